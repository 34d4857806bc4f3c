"""The page of a model's run: what it reached, beside the simple method, and all its pictures.

One HTML file that needs no network and nothing beside it, light or dark as the reader has it. It
runs no script; whatever stands in the data (a class's name, a path) reaches it as text.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

from PIL import Image

from envs.drawing.theme import THEMES
from workshop.model_folder import LearnConfig
from workshop.options import quoted
from workshop.predict import example
from workshop.targets import told

FACTS = ("epochs", "seconds", "parameters", "train_rows", "test_rows")
"""What a summary holds that is no measure."""
SMALLER = "compression.json"
"""The file of a run folder in which `workshop compress` writes what it found."""
COLUMNS = ("network", "accuracy", "weights", "kB", "images a second", "more seconds")
"""Of the table of these."""
WIDE = 1.6
"""Pictures this many times as wide as high take a row of their own."""
FIRST = ("learning", "regions", "confusion", "classes")
"""The pictures that come first."""


class Measure(NamedTuple):
    """A line of the table."""

    name: str
    value: str
    simple: bool
    """Whether it is the simple method's."""


def write_page(
    folder: Path, config: LearnConfig, summary: Mapping[str, float], warned: Sequence[str]
) -> Path:
    """Writes `report.html`, with every picture in `pictures/` inside it."""
    partial = folder / "report.partial.html"
    pictures = sorted((folder / "pictures").glob("*.png"), key=_place)
    found = folder / SMALLER
    smaller = json.loads(found.read_text(encoding="utf-8")) if found.exists() else []
    page = render(folder, config, summary, warned, pictures, smaller)
    partial.write_text(page, encoding="utf-8", newline="\n")
    return partial.replace(folder / "report.html")


def _place(picture: Path) -> tuple[int, str]:
    name = picture.stem
    return (FIRST.index(name) if name in FIRST else len(FIRST)), name


def render(
    folder: Path,
    config: LearnConfig,
    summary: Mapping[str, float],
    warned: Sequence[str],
    pictures: Sequence[Path],
    smaller: Sequence[Mapping[str, Any]] = (),
) -> str:
    """The HTML."""
    title = escape(f"{config.learner} on {config.subject}")
    style = _colours() + files("workshop").joinpath("run_page.css").read_text(encoding="utf-8")
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'"
    return "\n".join(
        (
            '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f'<title>{title}</title>\n<link rel="icon" href="data:,">',
            f"<style>\n{style}</style>\n</head>\n<body>\n<main>",
            f'<h1>{title}</h1>\n<p class="muted">{escape(str(config.reads["description"]))}</p>',
            *(f'<p class="warning">{escape(line)}</p>' for line in warned),
            *_tiles(summary),
            "<h2>Measured on rows that it never saw</h2>",
            *_table(summary),
            *_smaller(smaller),
            '<h2>Pictures</h2>\n<div class="pictures">',
            *map(_figure, pictures),
            "</div>\n<h2>How it was made</h2>",
            *_conditions(folder, config),
            "</main>\n</body>\n</html>\n",
        )
    )


def _colours() -> str:
    """The window's colours, as variables, as the reader's system has it."""
    told = []
    for name, theme in THEMES.items():
        colours = " ".join(f"--{part}: rgb{colour};" for part, colour in theme._asdict().items())
        quiet = "--best-quiet: color-mix(in srgb, var(--best) 18%, var(--panel));"
        told.append(f"@media (prefers-color-scheme: {name}) {{ :root {{ {colours} {quiet} }} }}\n")
    return ":root { color-scheme: light dark; }\n" + "".join(told)


def measures_of(summary: Mapping[str, float]) -> list[Measure]:
    """Every measure, as people read it; those of the simple methods are told from the model's own
    by their end: `svm_accuracy` beside `accuracy`."""
    found = []
    for name, value in summary.items():
        if name in FACTS:
            continue
        simple = any(name.endswith(f"_{own}") for own in summary if own not in FACTS)
        found.append(Measure(name.replace("_", " "), told(name, value), simple))
    return found


def _tiles(summary: Mapping[str, float]) -> Iterator[str]:
    measures = measures_of(summary)
    own = [measure for measure in measures if not measure.simple][:1]
    beside = [m for m in measures if m.simple and own and m.name.endswith(own[0].name)][:2]
    yield '<div class="tiles">'
    for measure, kind in [(m, "tile chief") for m in own] + [(m, "tile") for m in beside]:
        yield f'<div class="{kind}"><strong>{measure.value}</strong><span>{escape(measure.name)}'
        yield "</span></div>"
    for name, told_as, digits in (
        ("parameters", "weights", 0),
        ("seconds", "seconds to learn", 1),
    ):
        number = f"{summary[name]:,.{digits}f}"
        yield f'<div class="tile"><strong>{number}</strong><span>{told_as}</span></div>'
    for name, told_as in (("train_rows", "rows to learn from"), ("test_rows", "rows to judge by")):
        yield f'<div class="tile"><strong>{summary[name]:,.0f}</strong><span>{told_as}</span></div>'
    yield "</div>"


def _table(summary: Mapping[str, float]) -> Iterator[str]:
    yield "<table>"
    for name, value, simple in measures_of(summary):
        kind = ' class="simple"' if simple else ""
        yield f"<tr{kind}><th>{escape(name)}</th><td>{value}</td></tr>"
    yield '</table>\n<p class="muted">In italics: the simple methods, on the same rows.</p>'


def _smaller(rows: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """What `workshop compress` found."""
    if not rows:
        return
    yield '<h2>Made smaller</h2>\n<table class="many">'
    yield f"<tr>{''.join(f'<th>{name}</th>' for name in COLUMNS)}</tr>"
    for row in rows:
        first, *others = cells(row)
        yield f"<tr><th>{escape(first)}</th>{''.join(f'<td>{cell}</td>' for cell in others)}</tr>"
    yield '</table>\n<p class="muted">Weights: those that are not 0. kB: of a packed file. More'
    yield "seconds: to make it of the first, or to learn alone; like the speed, of one core.</p>"


def cells(row: Mapping[str, Any]) -> list[str]:
    """A line of that table, as people read it: what stands under `COLUMNS`."""
    return [
        str(row["name"]),
        f"{100 * row['accuracy']:.2f} %",
        f"{row['weights']:,}",
        f"{row['bytes'] / 1000:,.0f}",
        f"{row['images_per_second']:,.0f}",
        f"{row['training_seconds']:,.1f}",
    ]


def _figure(picture: Path) -> str:
    with Image.open(picture) as image:
        width, height = image.size
    kind = ' class="wide"' if width > WIDE * height else ""
    data = base64.b64encode(picture.read_bytes()).decode()
    name = escape(picture.stem.replace("_", " "))
    source = f"data:image/png;base64,{data}"
    return (
        f'<figure{kind}><img alt="{name}" width="{width}" height="{height}" src="{source}">'
        "</figure>"
    )


def _conditions(folder: Path, config: LearnConfig) -> Iterator[str]:
    yield "<dl>"
    known = {
        "source": config.reads["source"],
        "licence": config.reads["licence"],
        "seed": config.seed,
        "device": config.device,
        **config.config,
        **config.versions,
    }
    for name, value in known.items():
        shown = " ".join(map(str, value)) if isinstance(value, list | tuple) else value
        yield f"<dt>{escape(name.replace('_', ' '))}</dt><dd>{escape(str(shown))}</dd>"
    yield "</dl>"
    lines = [config.again(), f"workshop predict {quoted(folder)} {example(config)}".strip()]
    yield f"<pre>{escape(chr(10).join(lines))}</pre>"
