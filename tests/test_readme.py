"""Every command and every line of code in the README runs, in the order in which it stands."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest
from conftest import Workshop
from desk import HAS_SCREEN, Desk, virtual_screen

WINDOWS = ("demo", "play", "watch", "edit", "playground")
"""Commands that open one."""
ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(language: str, text: str = README) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


def commands() -> list[str]:
    return [line for block in blocks("sh") for line in block.splitlines() if line]


def test_the_first_two_commands_install_and_test() -> None:
    assert commands()[:2] == ["python start.py demo", "python start.py test"]
    ci = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "README.md" in ci  # CI reads its test command out of the README


def sections() -> list[list[str]]:
    """The commands, those together that need what others among them have made."""
    found: list[list[str]] = []
    for text in README.split("\n## "):
        of_this = [line for block in blocks("sh", text) for line in block.splitlines() if line]
        needed = [part for part in found if made_in(part) & made_in(of_this)]
        found = [part for part in found if part not in needed]
        found.append([*(line for part in needed for line in part), *of_this])
    return [part for part in found if part]


def made_in(part: list[str]) -> set[str]:
    """The run folders and bots that commands name."""
    return set(re.findall(r"runs/[\w-]+|\w+\.py", " ".join(part))) - {"start.py"}


def test_no_command_is_left_out() -> None:
    assert sorted(line for part in sections() for line in part) == sorted(commands())


@pytest.mark.parametrize("part", sections(), ids=lambda part: part[0])
def test_every_command_runs(workshop: Workshop, tmp_path: Path, part: list[str]) -> None:
    """Commands that open a window are shown one, where there is a screen, and closed by its button.

    The first of them train tic-tac-toe with the default settings, to a verified result.
    """
    with ExitStack() as stack:
        screen = stack.enter_context(virtual_screen()) if HAS_SCREEN else None
        for command in part:
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
    if any("--run runs/noughts" in command for command in part):
        becomes_unbeatable(tmp_path)


def becomes_unbeatable(folder: Path) -> None:
    assert (folder / "game.gif").stat().st_size > 10_000
    trained = folder / "runs" / "noughts"
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
        "watch", "list", "tournament", "play", "learn cnn", "learn gan", "predict", "lesson",
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
