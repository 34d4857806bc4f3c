"""What a language model writes, and what it did not see coming."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from supervised.pictures.style import INK, MUTED, SEQUENTIAL, bare, entitle, ink_on, new_figure

WIDE = 64
"""Characters of a line."""
MOST = 4.0
"""Nats from which on a character is as dark as can be."""


def draw_writing(samples: Mapping[float, str]) -> Figure:
    """A piece of writing for each temperature."""
    blocks = {
        temperature: [
            line[:WIDE]
            for part in text.strip("\n").split("\n")
            for line in (textwrap.wrap(part, WIDE) if len(part) > WIDE else [part])
        ][:11]
        for temperature, text in samples.items()
    }
    lines = sum(len(block) + 2 for block in blocks.values())
    figure = new_figure(5.6, 0.175 * lines + 0.8)
    entitle(figure, "What it writes", "Below 1 the probable becomes more so; above 1 less.")
    axes = figure.add_subplot()
    bare(axes)
    axes.set_xlim(0, WIDE)
    axes.set_ylim(lines, 0)
    line = 0
    for temperature, block in blocks.items():
        axes.text(0, line, f"temperature {temperature:g}", fontsize=9, color=MUTED, va="top")
        for n, text in enumerate(block, 1):
            axes.text(0, line + n, text.replace("$", r"\$"), family="monospace", fontsize=9,
                      color=INK, va="top")  # fmt: skip
        line += len(block) + 2
    return figure


def draw_surprise(text: str, nats: Mapping[str, np.ndarray]) -> Figure:
    """The same text once a model; the darker a character, the less it was seen coming.

    Args:
        nats: (characters,) for each model.
    """
    lines = -(-len(text) // WIDE)
    figure = new_figure(8.2, (0.3 * lines + 0.35) * len(nats) + 0.9)
    note = f"White: no surprise. Darkest: {MOST:g} nats or more, 1 in {np.exp(MOST):.0f}."
    entitle(figure, "What was not seen coming", note)
    subplots = figure.subplots(len(nats), squeeze=False)[:, 0]
    for axes, (name, values) in zip(subplots, nats.items(), strict=True):
        bare(axes)
        page = np.full(lines * WIDE, np.nan)
        page[: len(values)] = values
        axes.imshow(page.reshape(lines, WIDE), cmap=SEQUENTIAL, vmin=0, vmax=MOST, aspect="auto")
        for place, (sign, value) in enumerate(zip(text, values, strict=True)):
            axes.text(
                place % WIDE, place // WIDE, r"\$" if sign == "$" else sign.replace("\n", "¶"),
                family="monospace", fontsize=8.5, ha="center", va="center",
                color=ink_on(value / MOST),
            )  # fmt: skip
        title = f"{name}: {values.mean():.2f} nats a character here"
        axes.set_title(title, loc="left", fontsize=9, color=MUTED)
    return figure
