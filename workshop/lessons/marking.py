"""Whether answers are right: runs the checks of a lesson on them, and nothing that trains."""

from __future__ import annotations

import _thread
import signal
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Timer, current_thread, main_thread
from typing import Any, NamedTuple

from envs.names import BadInput
from workshop.lessons.lesson import Lesson, solution

ANSWERS = "<your answers>"
PATIENCE = 20.0
"""Seconds that one answer may take."""


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
        with _deadline():
            check(answer)
    except NotImplementedError:
        return Mark(name, False, "not solved yet")
    except AssertionError as error:
        return Mark(name, False, str(error) or "not what it should be")
    except TimeoutError as error:
        return Mark(name, False, f"{error}{_where(error)}")
    except (Exception, SystemExit) as error:  # whatever an answer can do wrong
        return Mark(name, False, f"{type(error).__name__}: {error}{_where(error)}")
    return Mark(name, True, "")


@contextmanager
def _deadline() -> Iterator[None]:
    """Ends what never comes to an end.

    Raises:
        TimeoutError: that was so.
    """
    if current_thread() is not main_thread():  # only that one can be interrupted
        yield
        return
    late = Event()

    def end() -> None:
        late.set()
        _thread.interrupt_main()

    timer = Timer(PATIENCE, end)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # it may be ignored here
    timer.start()
    try:
        yield
    except KeyboardInterrupt as error:
        if not late.is_set():  # a real Ctrl-C
            raise
        text = f"it runs for more than {PATIENCE:g} seconds: is there a loop that never ends?"
        raise TimeoutError(text).with_traceback(error.__traceback__) from None
    finally:
        timer.cancel()
        signal.signal(signal.SIGINT, before)


def _where(error: BaseException) -> str:
    """The line of the answers in which it happened; if it was not there, what may be missing."""
    lines = [f.lineno for f in traceback.extract_tb(error.__traceback__) if f.filename == ANSWERS]
    if lines:
        return f" (line {lines[-1]} of your answers)"
    return " (is a return missing?)" if "NoneType" in str(error) else ""


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
        with _deadline():
            exec(compile(text, ANSWERS, "exec"), names)
    except SyntaxError as error:
        raise BadInput(f"your answers, line {error.lineno}: {error.msg}") from None
    except TimeoutError as error:
        raise BadInput(f"your answers: {error}{_where(error)}") from None
    except (Exception, SystemExit) as error:
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
    except OSError as error:
        raise BadInput(f"{path}: cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise BadInput(f"{path}: cannot be read: {error}") from None
