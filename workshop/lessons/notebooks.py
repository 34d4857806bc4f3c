"""Notebooks from the sources of the lessons: the same source always gives the same bytes."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from workshop.lessons.lesson import FOLDER, Cell, Lesson, all_lessons, solution, stub

NOTEBOOKS = FOLDER.parent / "notebooks"
SETUP = """\
# On Google Colab: fetches the workshop and installs it. Anywhere else this does nothing.
import sys

if "google.colab" in sys.modules:
    repository = input("Address of the workshop's git repository: ")
    !git clone --quiet {repository} workshop
    %pip install --quiet --editable workshop
    %cd workshop"""


def exercise_notebook(lesson: Lesson) -> dict[str, Any]:
    """The notebook that students get: exercises without their solutions."""
    return _notebook(lesson, [cell._replace(text=stub(cell.text)) for cell in lesson.cells])


def solution_notebook(lesson: Lesson) -> dict[str, Any]:
    """The same, solved."""
    return _notebook(lesson, [cell._replace(text=solution(cell.text)) for cell in lesson.cells])


def _notebook(lesson: Lesson, cells: list[Cell]) -> dict[str, Any]:
    """A notebook of format 4.5, with no outputs, stamped with the source it came from."""
    text = lesson.path.read_bytes().replace(b"\r\n", b"\n")
    stamp = {
        "source": f"tutorials/{lesson.path.name}",
        "sha256": hashlib.sha256(text).hexdigest(),
    }
    shown = [Cell("code", frozenset({"colab"}), SETUP), *cells]
    return {
        "cells": [_cell(cell, f"{lesson.number:02}-{i:03}") for i, cell in enumerate(shown)],
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
            "workshop": stamp,
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def _cell(cell: Cell, name: str) -> dict[str, Any]:
    about: dict[str, Any] = {"tags": sorted(cell.tags)} if cell.tags else {}
    if "check" in cell.tags:  # folded, as its hints tell the solution
        about["jupyter"] = {"source_hidden": True}
    made: dict[str, Any] = {
        "cell_type": cell.kind,
        "id": name,
        "metadata": about,
        "source": cell.text.splitlines(keepends=True),
    }
    return made | ({"execution_count": None, "outputs": []} if cell.kind == "code" else {})


def notebooks(folder: Path = FOLDER) -> dict[str, str]:
    """The text of every notebook, by its place in the folder of notebooks."""
    found = {}
    for lesson in all_lessons(folder):
        for kind, made in (
            ("exercises", exercise_notebook(lesson)),
            ("solutions", solution_notebook(lesson)),
        ):
            text = json.dumps(made, indent=1, ensure_ascii=False) + "\n"
            found[f"{kind}/{lesson.name}.ipynb"] = text
    return found


def write_notebooks(target: Path = NOTEBOOKS) -> list[Path]:
    """Writes them all, and removes those whose lesson is gone."""
    wanted = {target / name: text for name, text in notebooks().items()}
    for path in target.glob("*/*.ipynb"):
        if path not in wanted:
            path.unlink()
    for path, text in wanted.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    return list(wanted)
