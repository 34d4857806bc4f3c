"""A lesson as one page for the browser: text and code, and the pictures of the last run, if any."""

from __future__ import annotations

import ast
from importlib.resources import files
from pathlib import Path

from workshop.lessons.lesson import Cell, Lesson, stub
from workshop.lessons.running import question_html


def page_of(lesson: Lesson, pictures: Path) -> str:
    """The page; it needs no network, and of other files only the pictures.

    Args:
        pictures: the folder in which a run has left them.
    """
    from pygments.formatters import HtmlFormatter

    style = (files("workshop.lessons") / "page.css").read_text(encoding="utf-8")
    colors = HtmlFormatter(style="default").get_style_defs(".code")
    dark = HtmlFormatter(style="github-dark").get_style_defs(".code")
    first, *others = (_cell_html(lesson, cell, pictures) for cell in lesson.cells)
    body = "\n".join([first, _about(lesson), *others])
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{lesson.number} {lesson.title}</title><style>{colors}\n"
        f"@media (prefers-color-scheme: dark) {{{dark}}}\n{style}</style></head>"
        f"<body><main>\n{body}\n</main></body></html>\n"
    )


def _about(lesson: Lesson) -> str:
    """How to bring the page to life."""
    command = f"workshop lesson {lesson.number}"
    return (
        f'<p class="about"><code>{command} --run</code> runs this lesson: it prints the figures '
        f"and makes the pictures. After that <code>{command}</code> shows the pictures here.</p>"
    )


def _cell_html(lesson: Lesson, cell: Cell, pictures: Path) -> str:
    """A cell: text, code with its pictures, or the quiz."""
    from markdown_it import MarkdownIt
    from pygments import highlight
    from pygments.formatters import HtmlFormatter
    from pygments.lexers import PythonLexer

    kinds = " ".join(sorted(cell.tags))
    if cell.kind == "markdown":
        text = MarkdownIt("commonmark").enable("table").render(cell.text)
        return f'<section class="{kinds}">{text}</section>'
    if "quiz" in cell.tags:
        return "".join(map(question_html, lesson.questions))
    code = highlight(stub(cell.text), PythonLexer(), HtmlFormatter(cssclass="code"))
    if "check" in cell.tags:  # its hints are not to be read by the way
        code = f"<details><summary>Show the check</summary>{code}</details>"
    images = "".join(f'<img src="{it.name}" alt="{it.stem}">' for it in _shown(cell, pictures))
    return f'<section class="{kinds}">{code}{images}</section>'


def _shown(cell: Cell, pictures: Path) -> list[Path]:
    """The pictures that a cell shows, as far as they are there."""
    calls = [node for node in ast.walk(ast.parse(cell.text)) if isinstance(node, ast.Call)]
    names = [
        str(call.args[1].value)
        for call in calls
        if isinstance(call.func, ast.Name)
        and call.func.id == "show"
        and isinstance(call.args[1], ast.Constant)
    ]
    return [path for name in names for path in sorted(pictures.glob(f"{name}.*"))]


def write_page(lesson: Lesson, folder: Path) -> Path:
    """Writes the page and returns where it is."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{lesson.name}.html"
    path.write_text(page_of(lesson, folder), encoding="utf-8")
    return path
