"""The real window on a virtual screen: a click plays a move, the close button ends the program."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from desk import HAS_SCREEN, Desk, virtual_screen

from envs.drawing.theme import LIGHT, Color

pytestmark = pytest.mark.skipif(not HAS_SCREEN, reason="needs Xvfb and xdotool")
LEFT, TOP = 60, 50  # a window of 1280 x 800 is centred on a screen of 1400 x 900
CELLS = {0: (278, 282), 4: (480, 483), 8: (682, 685)}  # their centres on the screen


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    with virtual_screen() as name:
        yield name


def near(pixel: np.ndarray, color: Color) -> bool:
    return bool(np.abs(pixel.astype(int) - color).max() < 14)


def share(screen: np.ndarray, cell: int, color: Color) -> float:
    """How much of a cell has a colour."""
    x, y = CELLS[cell]
    patch = screen[y - 80 : y + 80, x - 80 : x + 80].astype(int)
    return float((np.abs(patch - color).max(axis=2) < 14).mean())


def test_a_click_plays_a_move_and_the_close_button_ends_with_0(
    display: str, tmp_path: Path
) -> None:
    desk = Desk(display, tmp_path, "play", "tictactoe", "--against", "minimax")
    desk.wait(lambda s: all(share(s, c, LIGHT.cell) > 0.95 for c in CELLS), "an empty board")
    desk.click(*CELLS[4])
    desk.wait(lambda s: share(s, 4, LIGHT.first) > 0.08, "the person's cross in the middle")
    screen = desk.wait(lambda s: share(s, 0, LIGHT.mark) > 0.1, "minimax's nought in the corner")
    assert share(screen, 8, LIGHT.cell) > 0.95  # nobody played there
    desk.click(*CELLS[0])  # taken: nothing changes but a notice
    screen = desk.wait(lambda s: near_any(s[100:135, 90:500], LIGHT.wrong), "a notice in red")
    assert share(screen, 0, LIGHT.mark) > 0.1 and share(screen, 8, LIGHT.cell) > 0.95
    desk.close_button()
    code, err = desk.end()
    assert (code, err) == (0, "")


def near_any(area: np.ndarray, color: Color) -> bool:
    return bool((np.abs(area.astype(int) - color).max(axis=2) < 14).any())


def test_keys_pause_theme_and_quit(display: str, tmp_path: Path) -> None:
    desk = Desk(display, tmp_path, "watch", "gridworld", "random")
    corner = (TOP + 790, LEFT + 5)
    desk.wait(lambda s: near(s[corner], LIGHT.background), "the light theme")
    desk.key("space")
    desk.key("d")
    desk.wait(lambda s: not near(s[corner], LIGHT.background) and s[corner].any(), "the dark theme")
    time.sleep(0.5)
    still = desk.screen()
    time.sleep(1.0)
    assert (still == desk.screen()).all()  # paused
    desk.key("s")
    desk.wait(lambda s: bool((s != still).any()), "one step")
    desk.key("q")
    assert desk.end() == (0, "")


def test_the_human_render_mode_answers_events_and_closes_twice(display: str) -> None:
    code = (
        "import gymnasium as gym, envs, pygame\n"
        "env = gym.make('workshop/TicTacToe-v0', seat='both', render_mode='human')\n"
        "env.reset(seed=0)\n"
        "env.step(4)\n"
        "assert pygame.display.get_init()\n"
        "pygame.event.post(pygame.event.Event(pygame.QUIT))\n"
        "env.step(0)\n"
        "assert not pygame.display.get_init()\n"
        "env.step(8); env.close(); env.close()\n"
    )
    env = {**os.environ, "DISPLAY": display}
    subprocess.run([sys.executable, "-c", code], check=True, env=env, timeout=60)
