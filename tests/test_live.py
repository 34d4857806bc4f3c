"""The window of `--watch` is a process of its own: whatever happens to it, the training goes on."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import pytest
from desk import HAS_SCREEN, Desk, virtual_screen
from rich.console import Console

from workshop.interrupt import Interrupt
from workshop.live import LiveWindow

pytestmark = pytest.mark.skipif(not HAS_SCREEN, reason="needs Xvfb and xdotool")
TRAINING = ("train", "q-learning", "tictactoe", "--steps", "20000", "--watch", "--run", "run")


def windows_of(folder: Path) -> list[int]:
    """The processes that show a run."""
    found = subprocess.run(
        ["pgrep", "-f", f"workshop watch {folder / 'run'}"], capture_output=True, text=True
    )
    return list(map(int, found.stdout.split()))


def test_it_follows_the_training_and_stays_until_it_is_closed(tmp_path: Path) -> None:
    with virtual_screen() as display:
        desk = Desk(display, tmp_path, *TRAINING)
        desk.wait(lambda picture: bool(picture.mean() > 100), "a drawn window", seconds=120)
        deadline = time.monotonic() + 120
        while not (tmp_path / "run" / "summary.json").exists():
            assert time.monotonic() < deadline and desk.process.poll() is None
            time.sleep(0.1)
        (window,) = windows_of(tmp_path)
        assert desk.process.poll() is None  # trained, and it waits
        os.kill(window, signal.SIGTERM)
        code, err = desk.end()
    assert code == 0 and "Traceback" not in err


def test_the_training_outlives_its_window_and_its_screen(tmp_path: Path) -> None:
    with virtual_screen() as display:
        desk = Desk(display, tmp_path, *TRAINING)
        desk.wait(lambda picture: bool(picture.mean() > 100), "a drawn window", seconds=120)
    code, err = desk.end()  # the screen is gone
    assert code == 0 and "Traceback" not in err
    assert json.loads((tmp_path / "run" / "summary.json").read_text())["steps"] == 20_000


def test_ctrl_c_closes_it(tmp_path: Path) -> None:
    with virtual_screen() as display:
        longer = [word if word != "20000" else "4000000" for word in TRAINING]
        desk = Desk(display, tmp_path, *longer)
        desk.wait(lambda picture: bool(picture.mean() > 100), "a drawn window", seconds=120)
        desk.process.send_signal(signal.SIGINT)
        assert desk.end()[0] == 130
        assert not windows_of(tmp_path)


def test_ctrl_c_closes_it_also_when_all_is_learned() -> None:
    live, interrupted = LiveWindow(False), Interrupt()
    window = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    live._process = window
    with interrupted, closing(live):
        threading.Timer(0.3, signal.raise_signal, [signal.SIGINT]).start()
        live.stay(Console(file=io.StringIO()), interrupted)
    assert interrupted.asked and window.poll() is not None


def test_a_screen_that_goes_away_ends_a_window_with_one_line(tmp_path: Path) -> None:
    with virtual_screen() as display:
        desk = Desk(display, tmp_path, "watch", "tictactoe", "random", "minimax:depth=1")
        desk.wait(lambda picture: bool(picture.mean() > 100), "a drawn window")
    code, err = desk.end()
    assert code == 2 and err.strip() == "workshop: the display is gone"
