"""Every command and every line of code in the README runs, in the order in which it stands."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

from conftest import Workshop
from desk import HAS_SCREEN, Desk, virtual_screen

WINDOWS = ("demo", "play", "watch", "edit", "playground")
"""Commands that open one."""
ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def commands() -> list[str]:
    return [line for block in blocks("sh") for line in block.splitlines() if line]


def test_the_first_two_commands_install_and_test() -> None:
    assert commands()[:2] == ["python start.py demo", "python start.py test"]
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "README.md" in ci  # CI reads its test command out of the README


def test_every_command_runs_and_the_network_becomes_unbeatable(
    workshop: Workshop, tmp_path: Path
) -> None:
    """Commands that open a window are shown one, where there is a screen, and closed by its button.

    Meanwhile the first of them trains tic-tac-toe with the default settings, to a verified result.
    """
    ran = 0
    with ExitStack() as stack:
        screen = stack.enter_context(virtual_screen()) if HAS_SCREEN else None
        for command in commands():
            program, *arguments = shlex.split(command)
            if command == "python start.py test":
                continue  # it is what runs this test
            if program == "python":
                assert arguments.pop(0) == "start.py"
            opens = arguments[0] in WINDOWS and "--save" not in arguments
            if opens and screen is None:
                continue
            if opens:
                code, err = in_a_window(screen, tmp_path, arguments)
            else:
                result = workshop(*arguments)
                code, err = result.returncode, result.stderr
            assert code == 0, (command, err)
            ran += 1
    assert ran >= 5
    assert (tmp_path / "game.gif").stat().st_size > 10_000
    trained = tmp_path / "runs" / "noughts"
    summary = json.loads((trained / "summary.json").read_text())
    assert summary["unbeatable"] is True
    assert summary["optimal_action_rate"] >= 0.995
    assert summary["decision_states"] == 4520
    assert (trained / "curve.png").stat().st_size > 5_000
    assert list(trained.glob("events.out.tfevents*"))


def in_a_window(screen: str | None, folder: Path, arguments: list[str]) -> tuple[int, str]:
    assert screen is not None
    desk = Desk(screen, folder, *arguments)
    desk.wait(lambda picture: bool(picture.mean() > 100), "a drawn window", seconds=150)
    desk.close_button()
    return desk.end()


def test_every_option_that_the_text_names_is_there(workshop: Workshop) -> None:
    prose = re.sub(r"```.*?```", "", README, flags=re.DOTALL)
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", prose))
    assert {"--opponent", "--ray"} <= named
    there: set[str] = set()
    for command in (
        "train dqn tictactoe", "train perceptron tictactoe", "train --resume x", "evaluate",
        "watch", "list", "tournament", "play", "learn cnn", "predict", "lesson",
    ):  # fmt: skip
        told = workshop(*command.split(), "--help")
        there |= set(re.findall(r"--[a-z][a-z-]*", told.stdout))
    assert named <= there, named - there


def test_the_code_runs(tmp_path: Path) -> None:
    for block in blocks("python"):
        subprocess.run([sys.executable, "-c", block], check=True, cwd=tmp_path, timeout=60)


def test_the_pictures_are_there_and_small() -> None:
    pictures = re.findall(r"!\[.*?\]\((.*?)\)", README)
    assert pictures
    for picture in pictures:
        most = 3_000_000 if picture.endswith(".gif") else 600_000
        assert 5_000 < (ROOT / picture).stat().st_size < most
