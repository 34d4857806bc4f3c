"""What a lesson calls while it runs, as a script, in a notebook, or in the tests.

As a script it is strict: a wrong answer or a figure out of its range ends it. In a notebook it only
says so. Two variables of the environment decide the rest: `WORKSHOP_LESSONS=fast` makes every
training short, and `WORKSHOP_PICTURES=FOLDER` says where a script leaves its pictures.
"""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import numpy as np

from agents.agent import Agent, agent_spec, make_agent
from envs.worlds import find_world
from workshop.lessons.lesson import Question
from workshop.lessons.marking import judge

T = TypeVar("T")
PICTURES = Path("results") / "lessons"
"""Where pictures go if nothing else is said."""


def is_fast() -> bool:
    """Whether this run is only to see that everything works."""
    return os.environ.get("WORKSHOP_LESSONS") == "fast"


def pick(full: T, fast: T) -> T:
    """`full`, or in a fast run `fast`: numbers of steps, seeds, epochs."""
    return fast if is_fast() else full


def in_notebook() -> bool:
    """Whether this runs in a notebook."""
    get_ipython = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)
    return type(get_ipython()).__name__ == "ZMQInteractiveShell"


def _complain(text: str) -> None:
    """Says what is wrong; a script ends with it.

    Raises:
        AssertionError: this is no notebook.
    """
    if not in_notebook():
        raise AssertionError(text)
    print(text)


def expect(
    name: str, value: float, full: tuple[float, float], fast: tuple[float, float] | None = None
) -> None:
    """Prints a figure, and whether it is what the lesson says it is.

    Args:
        full: the least and the most it should be.
        fast: the same in a fast run; None: anything.
    """
    low, high = pick(full, fast or (-np.inf, np.inf))
    shown = f"{name}: {value:,.0f}" if abs(value) >= 1000 else f"{name}: {value:.4g}"
    if not low <= value <= high:
        _complain(f"{shown}, but it should lie between {low:g} and {high:g}")
    elif np.isfinite([low, high]).all():
        print(f"{shown} (expected {low:g} to {high:g})")
    else:
        print(shown)


def exercise(name: str, hints: tuple[str, ...]) -> Callable[[T], T]:
    """Decorates the check of an exercise, and runs it on the function `name` of the lesson.

    Args:
        hints: each says more than the one before; `workshop lesson N --hint NAME` tells them.
    """

    def decorate(check: T) -> T:
        answer = getattr(check, "__globals__", {}).get(name)
        mark = judge(name, check, answer)  # type: ignore[arg-type]
        if mark.passed:
            print(f"exercise {name}: right")
        else:
            _complain(f"exercise {name}: {mark.message} (hint 1 of {len(hints)}: {hints[0]})")
        return check

    return decorate


def quiz(*questions: Question) -> None:
    """Shows questions, their answers folded away; `workshop lesson N --quiz` asks them."""
    if not in_notebook():
        print(f"{len(questions)} questions: workshop lesson N --quiz asks them")
        return
    from IPython.display import HTML, display

    display(HTML("".join(map(question_html, questions))))


def question_html(question: Question) -> str:
    """A question, with the answer folded away."""
    options = "".join(f"<li>{escape(option)}</li>" for option in question.options)
    letter = "abcdefgh"[question.answer]
    return (
        f'<div class="quiz"><p><b>{escape(question.text)}</b></p><ol type="a">{options}</ol>'
        f"<details><summary>Answer</summary><p><b>{letter}</b>. {escape(question.because)}</p>"
        "</details></div>"
    )


def show(picture: Any, name: str) -> None:
    """Shows a picture: in a notebook under the cell; else it is written, and its place is printed.

    Args:
        picture: a matplotlib figure, a pygame surface or canvas, an image as uint8 (rows, cols, 3),
            or the path of a GIF or PNG.
        name: of the file.
    """
    image = _as_file(picture)
    if in_notebook():
        from IPython.display import Image, display

        display(Image(data=image.data, format=image.kind))
        return
    folder = Path(os.environ.get("WORKSHOP_PICTURES", PICTURES))
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.{image.kind}"
    path.write_bytes(image.data)
    print(f"picture: {path}")


class _File(NamedTuple):
    data: bytes
    kind: str


def _as_file(picture: Any) -> _File:
    """A picture of any kind, as what its file holds."""
    from io import BytesIO

    if isinstance(picture, str | Path):
        return _File(Path(picture).read_bytes(), Path(picture).suffix[1:].lower())
    data = BytesIO()
    if hasattr(picture, "savefig"):
        import matplotlib.pyplot as plt

        picture.savefig(data, format="png", dpi=110, bbox_inches="tight")
        plt.close(picture)
        return _File(data.getvalue(), "png")
    from PIL import Image

    Image.fromarray(_pixels(picture)).save(data, format="png", optimize=True)
    return _File(data.getvalue(), "png")


def _pixels(picture: Any) -> np.ndarray:
    """uint8 (rows, cols, 3)."""
    if hasattr(picture, "array"):
        pixels: np.ndarray = picture.array()
        return pixels
    if isinstance(picture, np.ndarray):
        return picture
    import pygame

    return pygame.surfarray.array3d(picture).swapaxes(0, 1)


def watched(world: str, agents: str | list[Any], name: str, seed: int = 0) -> Path:
    """Plays one episode and writes it as a GIF, as the window would show it.

    Args:
        agents: one or two, by name or as agents.
        name: of the file.
    """
    from workshop.recording import record
    from workshop.session import Session

    place = find_world(world)
    wanted = [agents] if isinstance(agents, str) else list(agents)
    minds = [make_agent(it, place, seed) if isinstance(it, str) else it for it in wanted]
    names = [it if isinstance(it, str) else type(it).__name__ for it in wanted]
    if place.two_player and len(minds) == 1:
        minds, names = minds * 2, names * 2
    session = Session(place, minds, names, seed)
    folder = Path(os.environ.get("WORKSHOP_PICTURES", PICTURES))
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.gif"
    record(session, path, size=(800, 500))
    session.close()
    return path


def trained(agent: str, world: str, seed: int = 0, **settings: Any) -> Agent:
    """A learner at the end of its training: `workshop train AGENT WORLD`, in this process.

    Args:
        settings: those that differ from the defaults, such as `steps`.
    """
    from dataclasses import replace
    from importlib import import_module

    from workshop.training import Options, Training, begin

    place = find_world(world)
    default = import_module(agent_spec(agent).module).config_for(place)
    config = replace(default, **settings)
    *_, last = begin(Training(Options(seed=seed), agent, place, config), "cpu")
    return last.agent


def source(thing: Any) -> None:
    """Prints the source of a function or class of ours: what you read is what runs."""
    text = inspect.getsource(thing)
    if not in_notebook():
        print(text)
        return
    from IPython.display import Code, display

    display(Code(text, language="python"))
