"""The gates of an LSTM, word by word; and how far back a network remembers."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from supervised.pictures.style import (
    BLUE,
    DIVERGING,
    INK,
    MUTED,
    SEQUENTIAL,
    bare,
    entitle,
    new_figure,
    one_plot,
)

SHOWN = 12
"""So many numbers of the memory are drawn: those that changed least behind what they learned."""


def draw_gates(gates: np.ndarray, words: list[str]) -> Figure:
    """The input gate, the forget gate and the memory of the numbers that remember.

    Args:
        gates: i, f, g, o and the memory, (5, words, hidden).
    """
    memory = gates[4]
    lasting = np.argsort(-np.abs(memory[4:]).min(0))[:SHOWN]  # from the country on
    parts = {
        "input gate: what comes in": (gates[0], SEQUENTIAL, 0.0, 1.0),
        "forget gate: what is kept": (gates[1], SEQUENTIAL, 0.0, 1.0),
        "memory": (memory, DIVERGING, -2.5, 2.5),
    }
    figure = new_figure(max(0.2 * len(words) + 0.8, 6), 5.6)
    entitle(figure, "How an LSTM remembers", f"The {SHOWN} numbers of its memory that last.")
    subplots = figure.subplots(len(parts), sharex=True)
    for axes, (name, (values, colours, low, high)) in zip(subplots, parts.items(), strict=True):
        bare(axes)
        drawn = axes.imshow(values[:, lasting].T, cmap=colours, vmin=low, vmax=high, aspect="auto")
        axes.set_title(name, loc="left", fontsize=9, color=MUTED)
        figure.colorbar(drawn, ax=axes, fraction=0.03, pad=0.01)
    subplots[-1].set_xticks(range(len(words)), words, rotation=90, fontsize=8, color=INK)
    return figure


def draw_remembered(right: Mapping[int, float], chance: float) -> Figure:
    """Which share is told right at each distance in words; dotted: by chance."""
    figure, axes = one_plot("How far back it remembers", "Dotted: by chance.", 4.6, 3.6)
    names = [f"{distance} words" for distance in right]
    bars = axes.bar(names, [100 * share for share in right.values()], 0.55, color=BLUE)
    axes.bar_label(bars, fmt="%.1f %%", fontsize=9, color=INK, padding=2)
    axes.axhline(100 * chance, color=MUTED, linewidth=1.2, linestyle=":")
    axes.set_ylim(0, 112)
    axes.set_yticks(range(0, 101, 25))
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:g} %")
    axes.set_ylabel("right")
    axes.grid(axis="x", visible=False)
    return figure
