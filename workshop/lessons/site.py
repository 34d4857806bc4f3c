"""The site of all lessons, executed: Sphinx makes it, with search; it needs no network.

Exercises are shown without their solution, which is folded away below.
"""

from __future__ import annotations

import base64
import json
import os
import shutil
import tempfile
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress

from envs.names import BadInput
from workshop.lessons.lesson import Lesson, all_lessons, solution, stub
from workshop.lessons.notebooks import solution_notebook

NEEDED = {
    "sphinx": "sphinx",
    "myst_nb": "myst-nb",
    "furo": "furo",
    "sphinx_design": "sphinx-design",
}
"""What builds it, by the name it is imported under."""
SECONDS = 1200
"""A lesson may take so long."""
CONF = """\
project = "Deep Learning Workshop"
html_title = "Deep Learning Workshop"
extensions = ["myst_nb", "sphinx_design"]
nb_execution_mode = "off"
nb_merge_streams = True
myst_enable_extensions = ["colon_fence"]
html_theme = "furo"
html_static_path = ["_static"]
html_css_files = ["lessons.css"]
html_copy_source = False
html_show_copyright = False
suppress_warnings = ["mystnb.unknown_mime_type"]
"""
STYLE = """\
.prediction, .quiz { border-left: 4px solid var(--color-brand-primary);
  padding: .1rem 1rem !important; margin: 1.2rem 0; background: var(--color-background-secondary); }
div.cell.tag_exercise > div.cell_input { border-left: 4px solid #c7782a; }
@media (max-width: 640px) { /* wide pictures scroll in their place, and stay readable */
  .cell_output { overflow-x: auto; }
  .cell_output img { max-width: 40rem; } }
.sd-card-img-top { height: 9rem; object-fit: contain; background: #fff; padding: .4rem; }
"""


def build_site(
    target: Path, fast: bool = False, execute: bool = True, only: Sequence[int] = ()
) -> Path:
    """Builds the site and returns its first page; what was in the folder of a site is replaced.

    Args:
        fast: run the lessons in their short form.
        execute: run them at all.
        only: the numbers of the lessons that are run; none: all of them.

    Raises:
        BadInput: a package is missing, the folder holds something else, or a lesson fails.
    """
    missing = [package for name, package in NEEDED.items() if find_spec(name) is None]
    if missing:
        raise BadInput(f'the site needs {", ".join(missing)}: pip install -e ".[site]"')
    if target.exists() and any(target.iterdir()) and not (target / "objects.inv").exists():
        raise BadInput(f"{target} holds something else; name a new folder")
    lessons = all_lessons()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        _write_sources(place, lessons)
        with Progress(console=Console(stderr=True)) as bar:
            for lesson in bar.track(lessons, description="lessons"):
                wanted = execute and (not only or lesson.number in only)
                book = _shown(
                    lesson, _executed(lesson, fast) if wanted else solution_notebook(lesson)
                )
                (place / "lessons" / f"{lesson.name}.ipynb").write_text(
                    json.dumps(book), encoding="utf-8"
                )
                _write_thumbnail(book, place / "_static" / lesson.name)
        (place / "index.md").write_text(_index(lessons, place / "_static"), encoding="utf-8")
        made = place / "_site"
        _sphinx(place, made)
        if target.exists():
            shutil.rmtree(target)
        shutil.move(made, target)
    return target / "index.html"


def _write_sources(place: Path, lessons: Sequence[Lesson]) -> None:
    """What does not depend on the runs."""
    (place / "lessons").mkdir()
    (place / "_static").mkdir()
    (place / "conf.py").write_text(CONF, encoding="utf-8")
    (place / "_static" / "lessons.css").write_text(STYLE, encoding="utf-8")


def _executed(lesson: Lesson, fast: bool) -> dict[str, Any]:
    """The solved notebook with its outputs, run by a kernel of its own.

    Raises:
        BadInput: a cell fails.
    """
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError

    book = nbformat.reads(json.dumps(solution_notebook(lesson)), as_version=4)
    env = {"SDL_VIDEODRIVER": "dummy", **os.environ}
    env |= {"WORKSHOP_LESSONS": "fast"} if fast else {}
    with tempfile.TemporaryDirectory() as folder:
        client = NotebookClient(
            book, timeout=SECONDS, resources={"metadata": {"path": folder}}, kernel_name="python3"
        )
        try:
            client.execute(env=env)
        except CellExecutionError as error:
            raise BadInput(f"lesson {lesson.number} fails: {error.ename}: {error.evalue}") from None
    found: dict[str, Any] = json.loads(nbformat.writes(book))
    return found


def _shown(lesson: Lesson, book: dict[str, Any]) -> dict[str, Any]:
    """What readers see of a solved notebook: solutions folded away, no code around the quiz."""
    cells: list[dict[str, Any]] = []
    for made, cell in zip(book["cells"][1:], lesson.cells, strict=True):  # the first is Colab's
        tags = set(cell.tags)
        if "exercise" in tags:
            asked = {**made, "id": f"{made['id']}-stub", "source": stub(cell.text), "outputs": []}
            cells.append(asked)
            made = {**made, "source": solution(cell.text)}
            tags = {"hide-input"}
        if "check" in tags:
            tags.add("hide-input")
        what = "check" if "check" in tags else "solution"
        folded = (
            {"mystnb": {"code_prompt_show": f"Show the {what}"}} if "hide-input" in tags else {}
        )
        if "quiz" in tags:
            tags.add("remove-input")
        if "prediction" in tags:
            made = {**made, "source": f":::{{container}} prediction\n{cell.text}\n:::"}
        about = {**made["metadata"], "tags": sorted(tags), **folded}
        cells.append({**made, "metadata": about})
    return {**book, "cells": cells}


def _pictures(book: dict[str, Any]) -> list[tuple[str, bytes]]:
    """The pictures among the outputs, each with the ending of its file."""
    found = []
    for cell in book["cells"]:
        for output in cell.get("outputs", ()):
            for kind in ("png", "gif"):
                if f"image/{kind}" in output.get("data", {}):
                    found.append((kind, base64.b64decode(output["data"][f"image/{kind}"])))
    return found


def _write_thumbnail(book: dict[str, Any], stem: Path) -> None:
    """The first picture of a lesson, if it made one."""
    for kind, data in _pictures(book)[:1]:
        stem.with_suffix(f".{kind}").write_bytes(data)


def _index(lessons: Sequence[Lesson], static: Path) -> str:
    """The first page: a card for each lesson."""
    cards = []
    for lesson in lessons:
        thumbnails = list(static.glob(f"{lesson.name}.*"))
        image = f":img-top: _static/{thumbnails[0].name}\n" if thumbnails else ""
        cards.append(
            f":::{{grid-item-card}} {lesson.number} {lesson.title}\n"
            f":link: lessons/{lesson.name}\n:link-type: doc\n{image}\n"
            f"{lesson.minutes} minutes · {len(lesson.exercises)} exercises\n:::\n"
        )
    tree = "\n".join(f"lessons/{lesson.name}" for lesson in lessons)
    return (
        "# Deep Learning Workshop\n\n"
        "The course, lesson by lesson. Every figure and picture here was made by the code above "
        "it.\n\n"
        f"::::{{grid}} 1 2 3 3\n:gutter: 3\n\n{''.join(cards)}::::\n\n"
        f":::{{toctree}}\n:hidden:\n:caption: Lessons\n\n{tree}\n:::\n"
    )


def _sphinx(place: Path, made: Path) -> None:
    """Runs Sphinx.

    Raises:
        BadInput: it fails, or warns.
    """
    from io import StringIO

    from sphinx.application import Sphinx

    warnings = StringIO()
    app = Sphinx(place, place, made, place / "_doctrees", "html", status=None, warning=warnings)
    app.build()
    if app.statuscode or warnings.getvalue():
        raise BadInput(f"Sphinx: {(warnings.getvalue() or 'it failed').strip().splitlines()[0]}")
