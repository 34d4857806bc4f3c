"""Which keys there are, and what each does: key caps with words, in rows."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import pygame

from envs.drawing.canvas import SCALE, Box, Canvas, Point
from envs.drawing.theme import Theme
from workshop.playground.sketch import Sketch

Key = tuple[str, str]
"""A key, and what it does."""
ROW = 2.3
"""From one row to the next, in sizes of the letters."""
PITCH, EDGE = 34, 4
"""Of the box with all keys: from one row to the next, and its frame, in units."""


def cap_width(key: str, size: float) -> float:
    """How wide a key's cap is."""
    return Canvas.text_width(key, size, bold=True) + size * 1.08


def key_width(key: Key, size: float) -> float:
    """How wide a cap, its words and the gap after them are."""
    return cap_width(key[0], size) + Canvas.text_width(key[1], size) + size * 1.77


def key_rows(keys: Iterable[Key], size: float, width: float) -> list[list[Key]]:
    """The keys in rows of at most `width`."""
    rows: list[list[Key]] = [[]]
    for key in keys:
        if rows[-1] and sum(key_width(k, size) for k in [*rows[-1], key]) > width:
            rows.append([])
        rows[-1].append(key)
    return rows


def draw_keys(canvas: Canvas, at: Point, size: float, rows: Sequence[Sequence[Key]]) -> None:
    """Draws rows of keys; `at` is the middle of the left edge of the first."""
    for number, row in enumerate(rows):
        x, y = at[0], at[1] + number * ROW * size
        for key, does in row:
            draw_cap(canvas, (x, y), size, key)
            width = cap_width(key, size)
            words = x + width + size * 0.54
            canvas.text(does, (words, y), size, canvas.theme.muted, anchor="left")
            x += key_width((key, does), size)


def draw_cap(canvas: Canvas, at: Point, size: float, key: str) -> None:
    """Draws the cap of one key; `at` is the middle of its left edge."""
    cap = Box(at[0], at[1] - size * 0.92, cap_width(key, size), size * 1.85)
    canvas.rect(cap, canvas.theme.track, radius=size * 0.38)
    canvas.text(key, cap.center, size, bold=True)


def help_size(unit: float, keys: Sequence[Key]) -> tuple[float, float]:
    """How wide and how high the box with all keys is."""
    words = max(Canvas.text_width(does, 17 * unit) for _, does in keys)
    return widest_cap(unit, keys) + words + 80 * unit, PITCH * unit * len(keys) + 90 * unit


def widest_cap(unit: float, keys: Sequence[Key]) -> float:
    """How wide the widest cap in the box with all keys is."""
    return max(cap_width(key, 17 * unit) for key, _ in keys)


def lay_help(surface: pygame.Surface, theme: Theme, unit: float, keys: Sequence[Key]) -> None:
    """Lays the box with all keys over the middle of what is drawn already."""
    width, height = (math.ceil(side + 2 * EDGE * unit) for side in help_size(unit, keys))
    place = pygame.Rect(0, 0, width, height)
    place.center = surface.get_rect().center
    place = place.clip(surface.get_rect())
    below = surface.subsurface(place)
    page = Sketch(below.get_size(), theme, pygame.transform.scale_by(below, SCALE))
    draw_help(page, unit, keys)
    surface.blit(page.surface(), place)


def draw_help(canvas: Canvas, unit: float, keys: Sequence[Key]) -> None:
    """All keys in a box in the middle of the picture; in a low one they come closer."""
    unit *= min(1.0, (canvas.size[1] - 2 * EDGE * unit) / help_size(unit, keys)[1])
    size, caps = 17 * unit, widest_cap(unit, keys)
    width, height = help_size(unit, keys)
    middle = canvas.size[0] / 2, canvas.size[1] / 2
    box = Box(middle[0] - width / 2, middle[1] - height / 2, width, height)
    canvas.rect(box.inset(-EDGE * unit), canvas.theme.track, radius=14 * unit)
    canvas.rect(box, canvas.theme.background, radius=12 * unit)
    canvas.text("Keys", (middle[0], box.y + 32 * unit), 21 * unit, bold=True)
    for number, (key, does) in enumerate(keys):
        y = box.y + 72 * unit + number * PITCH * unit
        draw_cap(canvas, (box.x + 30 * unit, y), size, key)
        at = (box.x + 30 * unit + caps + 18 * unit, y)
        canvas.text(does, at, size, anchor="left")
