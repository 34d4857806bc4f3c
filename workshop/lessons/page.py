"""A lesson as one page for the browser, to be read at once: text and code, nothing run."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from workshop.lessons.lesson import Cell, Lesson, stub
from workshop.lessons.running import question_html


def page_of(lesson: Lesson) -> str:
    """The page; it needs no other file, and no network."""
    from pygments.formatters import HtmlFormatter

    style = (files("workshop.lessons") / "page.css").read_text(encoding="utf-8")
    colors = HtmlFormatter(style="default").get_style_defs(".code")
    dark = HtmlFormatter(style="github-dark").get_style_defs(".code")
    body = "\n".join(_cell_html(lesson, cell) for cell in lesson.cells)
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{lesson.number} {lesson.title}</title><style>{colors}\n"
        f"@media (prefers-color-scheme: dark) {{{dark}}}\n{style}</style></head>"
        f"<body><main>\n{body}\n</main></body></html>\n"
    )


def _cell_html(lesson: Lesson, cell: Cell) -> str:
    """A cell: text, code, or the quiz."""
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
    return f'<section class="{kinds}">{code}</section>'


def write_page(lesson: Lesson, folder: Path) -> Path:
    """Writes the page and returns where it is."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{lesson.name}.html"
    path.write_text(page_of(lesson), encoding="utf-8")
    return path
