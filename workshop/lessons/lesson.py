"""A lesson as text: its cells, exercises and questions, read without running any of it.

The source is a Python file in jupytext's percent format. Tags say what a cell is for::

    # %% tags=["setup"]        what exercises and checks need; quick
    # %% tags=["exercise"]     a function whose body lies between ### BEGIN SOLUTION and
                               ### END SOLUTION; students get it without
    # %% tags=["check"]        @exercise("name", hints=(...)): whether an answer is right
    # %% tags=["quiz"]         quiz(Question(...), ...)
    # %% [markdown] tags=["prediction"]
                               a question to answer before going on
"""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from envs.names import BadInput, nearest

FOLDER = Path(__file__).parents[2] / "tutorials"
SOLUTION = re.compile(r"^(\s*)### BEGIN SOLUTION\n(.*?)^\s*### END SOLUTION$", re.M | re.S)


class Cell(NamedTuple):
    """A part of a lesson: text, or code."""

    kind: str
    """`markdown` or `code`."""
    tags: frozenset[str]
    text: str


class Exercise(NamedTuple):
    """Something to write."""

    name: str
    """Of the function."""
    hints: tuple[str, ...]
    """Each says more than the one before."""


class Question(NamedTuple):
    """One question of a quiz, with its possible answers."""

    text: str
    options: tuple[str, ...]
    answer: int
    """Which option is right, counted from 0."""
    because: str


@dataclass(frozen=True)
class Lesson:
    """A file of `tutorials/`, read."""

    path: Path
    title: str
    topics: tuple[str, ...]
    """What of the workshop it is about: the words somebody would look for."""
    minutes: int
    """To work through it."""
    seconds: int
    """Its code takes on 2 cores."""
    data: str
    cells: tuple[Cell, ...]

    @property
    def name(self) -> str:
        """`08_the_perceptron`."""
        return self.path.stem

    @property
    def number(self) -> int:
        """Its place in the course, from 1."""
        return int(self.name.partition("_")[0])

    @cached_property
    def exercises(self) -> tuple[Exercise, ...]:
        """What there is to write, in order."""
        calls = self._calls("check", "exercise")
        return tuple(
            Exercise(ast.literal_eval(call.args[0]), tuple(_keywords(call)["hints"]))
            for call in calls
        )

    @cached_property
    def questions(self) -> tuple[Question, ...]:
        """Those of the quiz, in order."""
        return tuple(
            Question(*map(ast.literal_eval, call.args), **_keywords(call))
            for call in self._calls("quiz", "Question")
        )

    def tagged(self, tag: str) -> Iterator[str]:
        """The texts of the cells with a tag."""
        return (cell.text for cell in self.cells if tag in cell.tags)

    def _calls(self, tag: str, function: str) -> list[ast.Call]:
        """The calls of a function in cells with a tag, in order."""
        nodes = [node for text in self.tagged(tag) for node in ast.walk(ast.parse(text))]
        calls = [node for node in nodes if isinstance(node, ast.Call)]
        return [c for c in calls if isinstance(c.func, ast.Name) and c.func.id == function]


def _keywords(call: ast.Call) -> dict[str, Any]:
    return {word.arg: ast.literal_eval(word.value) for word in call.keywords if word.arg}


def stub(text: str) -> str:
    """The text of an exercise without its solution."""
    names = re.findall(r"^(?:def|class) (\w+)", text, re.M)
    unsolved = f'raise NotImplementedError("{names[0] if names else "this"} is yours to write")'
    return SOLUTION.sub(lambda found: found[1] + unsolved, text)


def solution(text: str) -> str:
    """The text of an exercise with its solution, and without the marks around it."""
    return SOLUTION.sub(lambda found: found[2].rstrip("\n"), text)


def read_lesson(path: Path) -> Lesson:
    """Reads the file of a lesson.

    Raises:
        BadInput: it is none.
    """
    import jupytext

    notebook = jupytext.read(path, fmt="py:percent")
    about = dict(notebook.metadata.get("workshop", {}))
    cells = tuple(
        Cell(cell.cell_type, frozenset(cell.metadata.get("tags", ())), cell.source)
        for cell in notebook.cells
    )
    try:
        return Lesson(
            path=path,
            title=str(about.pop("title")),
            topics=tuple(map(str, about.pop("topics"))),
            minutes=int(about.pop("minutes")),
            seconds=int(about.pop("seconds")),
            data=str(about.pop("data")),
            cells=cells,
        )
    except KeyError as error:
        raise BadInput(f"{path}: no lesson: its header does not tell its {error}") from None


def all_lessons(folder: Path = FOLDER) -> list[Lesson]:
    """Every lesson, in order.

    Raises:
        BadInput: there are none.
    """
    paths = sorted(folder.glob("[0-9][0-9]_*.py"))
    if not paths:
        raise BadInput(f"there are no lessons in {folder}; they come with the repository")
    return [read_lesson(path) for path in paths]


def find_lesson(name: str, folder: Path = FOLDER) -> Lesson:
    """The lesson of a number, or of a name or a part of it.

    Raises:
        BadInput: there is none, or several.
    """
    paths = sorted(folder.glob("[0-9][0-9]_*.py"))
    names = [path.stem for path in paths]
    if name.isdigit():
        found = [path for path in paths if int(path.stem[:2]) == int(name)]
    else:
        found = [path for path in paths if name.lower().replace("-", "_") in path.stem]
    if len(found) > 1:
        raise BadInput(f"{name!r} may be {' or '.join(path.stem for path in found)}")
    if not found:
        numbers = f"there are lessons {int(names[0][:2])} to {int(names[-1][:2])}" if names else ""
        guess = numbers if name.isdigit() else nearest(name, names)
        raise BadInput(f"no lesson {name!r}; {guess}")
    return read_lesson(found[0])


def answers_template(lesson: Lesson) -> str:
    """A file to write answers into: every exercise, without its solution."""
    about = textwrap.fill(
        f'"""My answers to lesson {lesson.number}, {lesson.title}. Names of the lesson, such as '
        f'imported modules, are there when it is checked."""',
        100,
    )
    return "\n\n\n".join([about, *(stub(text) for text in lesson.tagged("exercise"))]) + "\n"
