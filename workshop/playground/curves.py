"""Curves over time: the newest value stands at the right end of each."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pygame

from envs.drawing.canvas import Box
from envs.drawing.theme import Color, Theme
from workshop.playground.history import History
from workshop.playground.sketch import Sketch

MOST = 300
"""Points of a curve that are drawn."""


def draw_curves(
    size: tuple[int, int],
    theme: Theme,
    unit: float,
    title: str,
    history: History,
    colors: Sequence[Color],
    logarithmic: bool = False,
) -> pygame.Surface:
    """The curves of `history` as a picture of `size`, each with its name and newest value."""
    sketch = Sketch(size, theme)
    box = Box(0, 0, *size)
    sketch.rect(box, theme.panel, radius=8 * unit)
    letters = 12 * unit
    row = 1.45 * letters
    sketch.text(title, (12 * unit, row * 0.8), letters, theme.muted, anchor="left")
    names = list(history.curves)
    right = box.width - 12 * unit
    values = [curve[-1] if curve else math.nan for curve in history.curves.values()]
    widest = max(sketch.text_width(name, letters, bold=True) for name in names)
    plot = Box(12 * unit, row * 1.5, right - widest - 34 * unit, box.height - row * 1.5 - 12 * unit)
    low, high = _range(history, logarithmic)
    heights = []
    for (_, curve), color, value in zip(history.curves.items(), colors, values, strict=True):
        points = _points(plot, history.times, curve, (low, high), logarithmic)
        sketch.curve(points, color, 2 * unit)
        at = points[-1] if points else (plot.x, plot.y + plot.height)
        if math.isfinite(value):
            sketch.circle(at, 3.5 * unit, color)
        heights.append(at[1])
    _draw_names(sketch, plot, letters, names, colors, heights)
    if history.times and history.times[-1]:
        last = f"{history.times[-1]:,}"
        sketch.text(last, (right, row * 0.8), letters, theme.muted, anchor="right")
    return sketch.surface()


def _draw_names(
    sketch: Sketch,
    plot: Box,
    letters: float,
    names: Sequence[str],
    colors: Sequence[Color],
    heights: Sequence[float],
) -> None:
    """Each name beside the end of its curve, or as near as there is room."""
    row = 1.3 * letters
    order = sorted(range(len(names)), key=lambda number: heights[number])
    lowest = plot.y + plot.height - 0.3 * letters
    places: list[float] = []
    for number in order:
        above = places[-1] + row if places else plot.y
        places.append(max(above, heights[number]))
    for at in reversed(range(len(places))):
        below = places[at + 1] - row if at + 1 < len(places) else lowest
        places[at] = min(places[at], below)
    for number, y in zip(order, places, strict=True):
        x = plot.x + plot.width + letters
        sketch.text(names[number], (x, y), letters, colors[number], bold=True, anchor="left")


def _range(history: History, logarithmic: bool) -> tuple[float, float]:
    low, high = history.range()
    if logarithmic:
        low, high = math.log10(max(low, 1e-8)), math.log10(max(high, 1e-7))
        return low, max(high, low + 1)
    return min(low, 0.0), max(high, 0.1)


def _points(
    plot: Box,
    times: Sequence[int],
    curve: Sequence[float],
    limits: tuple[float, float],
    logarithmic: bool,
) -> list[tuple[float, float]]:
    """The finite values of a curve, in pixels, at most about `MOST` of them."""
    low, high = limits
    last = max(times[-1] if times else 0, 1)
    stride = max(1, len(times) // MOST)
    chosen = [*range(0, len(times), stride)]
    if chosen and chosen[-1] != len(times) - 1:
        chosen.append(len(times) - 1)
    points = []
    for at in chosen:
        value = curve[at]
        if math.isfinite(value):
            shown = math.log10(max(value, 1e-8)) if logarithmic else value
            share = min(max((high - shown) / (high - low), 0.0), 1.0)
            points.append((plot.x + plot.width * times[at] / last, plot.y + plot.height * share))
    return points
