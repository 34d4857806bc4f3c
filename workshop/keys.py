"""Which keys there are, and what each does: key caps with words, in rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from envs.drawing.canvas import Box, Canvas, Point

Key = tuple[str, str]
"""A key, and what it does."""
ROW = 2.3
"""From one row to the next, in sizes of the letters."""


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


def draw_help(canvas: Canvas, unit: float, keys: Sequence[Key]) -> None:
    """All keys in a box in the middle of the picture."""
    size, pitch = 17 * unit, 34 * unit
    caps = max(cap_width(key, size) for key, _ in keys)
    words = max(canvas.text_width(does, size) for _, does in keys)
    width, height = caps + words + 80 * unit, pitch * len(keys) + 90 * unit
    middle = canvas.size[0] / 2, canvas.size[1] / 2
    box = Box(middle[0] - width / 2, middle[1] - height / 2, width, height)
    canvas.rect(box.inset(-4 * unit), canvas.theme.track, radius=14 * unit)
    canvas.rect(box, canvas.theme.background, radius=12 * unit)
    canvas.text("Keys", (middle[0], box.y + 32 * unit), 21 * unit, bold=True)
    for number, (key, does) in enumerate(keys):
        y = box.y + 72 * unit + number * pitch
        draw_cap(canvas, (box.x + 30 * unit, y), size, key)
        at = (box.x + 30 * unit + caps + 18 * unit, y)
        canvas.text(does, at, size, anchor="left")
