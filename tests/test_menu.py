"""The menu of `workshop play`: what it offers can be played, and what is chosen is played."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from conftest import Workshop
from desk import HAS_SCREEN, Desk, virtual_screen

from agents.agent import make_agent
from envs.drawing.theme import DARK, LIGHT, Color
from envs.worlds import find_world
from workshop.menu import moved, opponents, runs_for, title_of, worlds


def test_all_that_is_offered_can_be_played() -> None:
    names = worlds()
    assert len({title_of(name) for name in names}) == len(names)
    for name in names:
        world = find_world(name)
        assert bool(opponents(name)) == world.two_player
        for opponent in opponents(name):
            make_agent(opponent, world, seed=0)
    assert "expert" in opponents("tictactoe") and "expert" not in opponents("connect-four")
    assert "voronoi" in opponents("duel") and "minimax" not in opponents("duel")


def test_trained_runs_are_offered_where_they_belong(
    workshop: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = "runs/mine"
    trained = workshop("train", "q-learning", "tictactoe", "--steps", 200, "--run", run)
    assert trained.returncode == 0, trained.stderr
    (tmp_path / "runs" / "broken" / "agent").mkdir(parents=True)
    (tmp_path / "runs" / "broken" / "agent" / "config.json").write_text("{")
    monkeypatch.chdir(tmp_path)
    assert runs_for("tictactoe") == [run]
    assert runs_for("connect-four") == []


def test_the_arrows_end_at_both_ends() -> None:
    assert [moved("abc", name, step) for name, step in (("a", -1), ("a", 1), ("c", 1))] == [
        "a",
        "b",
        "c",
    ]


def test_without_a_display_it_says_what_to_do(workshop: Workshop) -> None:
    result = workshop("play")
    assert result.returncode == 2
    assert "which world? workshop play tictactoe --against minimax --terminal" in result.stderr


def share(area: np.ndarray, color: Color) -> float:
    """How much of an area has a colour."""
    return float((np.abs(area.astype(int) - color).max(axis=2) < 14).mean())


@pytest.mark.skipif(not HAS_SCREEN, reason="needs Xvfb and xdotool")
def test_what_is_chosen_is_played(tmp_path: Path) -> None:
    with virtual_screen() as display:
        desk = Desk(display, tmp_path, "play")
        desk.wait(lambda picture: bool(picture.mean() > 100), "the menu")
        desk.key("Down")
        beside, left = np.s_[170:580, 890:1300], np.s_[150:780, 100:860]
        desk.wait(lambda p: share(p[beside], LIGHT.board) > 0.2, "Connect Four beside the lists")
        desk.key("d")
        desk.wait(lambda p: share(p[800:845], DARK.background) > 0.5, "the dark theme")
        desk.key("d")
        desk.key("Return")
        desk.wait(lambda p: share(p[left], LIGHT.board) > 0.2, "the game")
        desk.key("q")
        assert desk.end() == (0, "")
