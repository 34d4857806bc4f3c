"""A training seen again: what is kept of it, its picture, its window."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pygame
import pytest
from conftest import Workshop
from desk import HAS_SCREEN, Desk, virtual_screen
from PIL import Image

from agents.agent import load_agent
from agents.minimax import Search
from envs.drawing.canvas import Canvas
from envs.rules.kinarow import CONNECT_FOUR, TIC_TAC_TOE, KInARow
from envs.worlds import find_world
from workshop.curves import read_metrics
from workshop.evenly import evenly
from workshop.lapse_window import LapseWindow
from workshop.lock import locked
from workshop.timelapse import LapseView, TimeLapse, telling_position
from workshop.truth import exact_measure
from workshop.view import Look

SIZE = (640, 480)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, warm: object) -> Path:
    from workshop.__main__ import main

    folder = tmp_path_factory.mktemp("runs") / "walker"
    assert main(["train", "q-learning", "gridworld", "--steps", "20000", "--run", str(folder)]) == 0
    return folder


def test_the_history_holds_the_agent_of_every_measure(run: Path) -> None:
    lapse, metrics = TimeLapse(run), read_metrics(run)
    assert lapse.steps == metrics["greedy_return"].steps.tolist()
    world = find_world("gridworld")
    measure = exact_measure(world)
    assert measure is not None
    for number in (0, len(lapse.steps) // 2, len(lapse.steps) - 1):
        agent = load_agent(run / "history" / f"{lapse.steps[number]:012}", world)
        found = measure(agent)
        for name in ("greedy_return", "optimal_action_rate"):
            assert lapse.facts(number)[name] == pytest.approx(float(found[name]))


def test_its_picture_changes_as_the_agent_learns(run: Path) -> None:
    view = LapseView(TimeLapse(run))
    first = view.draw(SIZE, Look()).array()
    assert np.array_equal(first, view.draw(SIZE, Look()).array())
    view.show(len(view.lapse.steps) - 1)
    last = view.draw(SIZE, Look()).array()
    board = view.board_box(SIZE)
    area = np.s_[int(board.y) : int(board.y + board.height), int(board.x) : int(board.x + 200)]
    assert (first[area] != last[area]).any()  # other values
    assert view.session.over and view.session.total == pytest.approx(0.88)  # it has learned


def test_beside_it_stand_the_strength_and_its_curve(
    run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[str] = []
    monkeypatch.setattr(Canvas, "text", lambda c, text, *a, **k: written.append(text))
    view = LapseView(TimeLapse(run))
    view.show(len(view.lapse.steps) - 1)
    view.draw(SIZE, Look())
    assert "greedy return" in written and "What it perceives" not in written
    assert written.count("0.88") >= 2  # now, and at the top of the curve


@pytest.mark.parametrize("rules", [TIC_TAC_TOE, CONNECT_FOUR])
def test_the_position_it_judges_has_one_right_move(rules: KInARow) -> None:
    mine = theirs = 0
    for action in telling_position(rules):
        mine, theirs = theirs, mine | rules.landing(mine, theirs, action)
    assert mine or theirs
    values = sorted(Search(rules, 6).values(mine, theirs).values())
    assert len(values) >= 4 and values[-2] < -0.5 < values[-1]


def test_a_place_on_the_curve_is_a_moment_of_the_training(run: Path) -> None:
    view = LapseView(TimeLapse(run))
    box = view.chart_box(SIZE)
    numbers = [view.number_at(SIZE, box.x + box.width * s, box.center[1]) for s in (0, 0.4, 0.99)]
    assert numbers[0] == 0 and numbers[2] == len(view.lapse.steps) - 1
    assert 0 < numbers[1] < numbers[2]
    assert view.number_at(SIZE, box.x - 5, box.center[1]) is None


@pytest.fixture
def stopped(run: Path, tmp_path: Path) -> Path:
    """The run as it is left behind by a training that was stopped early."""
    copy = tmp_path / "stopped"
    shutil.copytree(run, copy)
    (copy / "summary.json").unlink()
    shutil.rmtree(sorted((copy / "history").iterdir())[-1])
    return copy


def test_what_is_kept_just_before_the_end_is_seen(run: Path, stopped: Path) -> None:
    with locked(stopped):
        lapse = TimeLapse(stopped)
        assert lapse.learning and not lapse.complete
        last = sorted((run / "history").iterdir())[-1]
        shutil.copytree(last, stopped / "history" / last.name)
        shutil.copy(run / "summary.json", stopped)
        assert lapse.look_again() and not lapse.look_again()
        assert lapse.complete and not lapse.learning and lapse.steps[-1] == int(last.name)


@pytest.fixture
def window(monkeypatch: pytest.MonkeyPatch, stopped: Path) -> Iterator[LapseWindow]:
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    yield LapseWindow(TimeLapse(stopped))
    pygame.display.quit()


def test_a_training_that_was_stopped_is_played_and_one_that_goes_on_is_followed(
    window: LapseWindow,
) -> None:
    assert window.view.number == 0 and window._status == "stopped early"
    window._due = 0.0
    window.tick()
    assert window.view.number == 1
    with locked(window.lapse.folder):  # somebody goes on with it
        window._looked = 0.0
        window.tick()
        assert window.view.number == len(window.lapse.steps) - 1
        assert window._status == "still learning"


def test_a_short_click_on_the_curve_goes_there(window: LapseWindow) -> None:
    box = window.view.chart_box((1280, 800))
    at = round(box.x + box.width * 0.99), round(box.center[1])
    for kind in (pygame.MOUSEBUTTONDOWN, pygame.MOUSEBUTTONUP):  # up again before it is answered
        pygame.event.post(pygame.event.Event(kind, pos=at, button=1))
    window.tick()
    assert window.paused and window.view.number == len(window.lapse.steps) - 1


def test_the_keys_are_told(window: LapseWindow) -> None:
    plain = surface_of(window)
    for key, helps in ((pygame.K_QUESTION, True), (pygame.K_ESCAPE, False)):
        typed = "?" if helps else ""
        pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=key, unicode=typed))
        assert (surface_of(window) != plain).any() == helps
    assert window.open


def surface_of(window: LapseWindow) -> np.ndarray:
    window.paused = True
    window.tick()
    return pygame.surfarray.array3d(window._surface)


def test_frames_are_chosen_evenly_with_both_ends() -> None:
    assert evenly(5, 60) == [0, 1, 2, 3, 4]
    assert evenly(100, 4) == [0, 33, 66, 99]


def test_it_is_written_to_a_file(run: Path, workshop: Workshop, tmp_path: Path) -> None:
    result = workshop("watch", run, "--save", "learned.gif")
    assert result.returncode == 0, result.stderr
    path = tmp_path / "learned.gif"
    with Image.open(path) as picture:
        assert getattr(picture, "n_frames", 1) > 20
    assert path.stat().st_size < 3_000_000
    for wrong, message in (
        ((run, "random"), "is a run folder, shown by itself"),
        ((run, "--save", "x.txt"), "no picture format '.txt'"),
    ):
        result = workshop("watch", *wrong)
        assert result.returncode == 2 and message in result.stderr
    shutil.copytree(run, tmp_path / "bare")
    for entry in (tmp_path / "bare" / "history").iterdir():
        shutil.rmtree(entry)
    result = workshop("watch", "bare")
    assert result.returncode == 2 and "nothing of this training is kept yet" in result.stderr


@pytest.mark.skipif(not HAS_SCREEN, reason="needs Xvfb and xdotool")
def test_its_window_plays_steps_and_survives_the_loss_of_the_run(run: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(run, copy)
    with virtual_screen() as display:
        desk = Desk(display, tmp_path, "watch", str(copy))
        before = desk.wait(lambda picture: bool(picture.mean() > 100), "a drawn window")
        desk.wait(lambda picture: bool((picture != before).any()), "that it goes on")
        desk.key("End")
        desk.key("d")
        desk.wait(lambda picture: bool(picture[200:600, 100:700].mean() < 120), "the dark theme")
        desk.close_button()
        assert desk.end() == (0, "")
        desk = Desk(display, tmp_path, "watch", str(copy))
        desk.wait(lambda picture: bool(picture.mean() > 100), "a drawn window")
        shutil.rmtree(copy)
        code, err = desk.end()
    assert code == 2 and "the run is not there any more" in err and len(err.splitlines()) == 1
