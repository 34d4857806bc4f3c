"""Whether answers are right: runs the checks of a lesson on them, and nothing that trains."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from envs.names import BadInput
from workshop.lessons.lesson import Lesson, solution

ANSWERS = "<your answers>"


class Mark(NamedTuple):
    """What came of one exercise."""

    name: str
    passed: bool
    message: str
    """What is wrong, for whoever wrote it; empty if nothing is."""


def judge(name: str, check: Callable[[Any], object], answer: Any) -> Mark:
    """Runs a check on an answer.

    Args:
        answer: what was written; None: nothing of that name.
    """
    if answer is None:
        return Mark(name, False, f"there is no {name} in your answers")
    try:
        check(answer)
    except NotImplementedError:
        return Mark(name, False, "not solved yet")
    except AssertionError as error:
        return Mark(name, False, str(error) or "not what it should be")
    except Exception as error:  # whatever an answer can do wrong
        return Mark(name, False, f"{type(error).__name__}: {error}{_where(error)}")
    return Mark(name, True, "")


def _where(error: Exception) -> str:
    """The line of the answers in which it happened, if it was there."""
    lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == ANSWERS]
    return f" (line {lines[-1]} of your answers)" if lines else ""


def mark(lesson: Lesson, answers: str | None = None) -> list[Mark]:
    """Marks every exercise of a lesson.

    Args:
        answers: the text of a file that defines what the exercises ask for; None: the solutions.

    Raises:
        BadInput: the answers are no Python, or fail before any exercise is looked at.
    """
    names: dict[str, Any] = {"__name__": "lesson"}
    for text in lesson.tagged("setup"):
        exec(compile(text, str(lesson.path), "exec"), names)
    own = "\n\n".join(map(solution, lesson.tagged("exercise")))
    run_answers(own if answers is None else answers, names)
    marks: list[Mark] = []

    def collect(name: str, hints: tuple[str, ...]) -> Callable[[Any], Any]:
        def decorate(check: Callable[[Any], object]) -> Callable[[Any], object]:
            marks.append(judge(name, check, names.get(name)))
            return check

        return decorate

    names["exercise"] = collect
    for text in lesson.tagged("check"):
        exec(compile(text, str(lesson.path), "exec"), names)
    return marks


def run_answers(text: str, names: dict[str, Any]) -> None:
    """Runs the answers among the names of the lesson.

    Raises:
        BadInput: they are no Python, or fail.
    """
    try:
        exec(compile(text, ANSWERS, "exec"), names)
    except SyntaxError as error:
        raise BadInput(f"your answers, line {error.lineno}: {error.msg}") from None
    except Exception as error:
        raise BadInput(f"your answers: {type(error).__name__}: {error}{_where(error)}") from None


def read_answers(path: Path) -> str:
    """The text of a file of answers: a Python file, or a notebook.

    Raises:
        BadInput: it cannot be read.
    """
    try:
        if path.suffix == ".ipynb":
            import jupytext

            cells = jupytext.read(path).cells
            wanted = [c.source for c in cells if "exercise" in c.metadata.get("tags", ())]
            return "\n\n".join(wanted)
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise BadInput(f"{path}: cannot be read: {error}") from None
