"""Where everything is, in a window of any size."""

from __future__ import annotations

from envs.drawing.canvas import Box
from workshop.keys import ROW, Key, key_rows
from workshop.scale import unit_of

PANEL, MARGIN, GAP = 318, 26, 22
"""Units: the width of the panel, what stays free around everything, and between parts."""
KEYS: tuple[Key, ...] = (
    ("space", "pause"),
    ("s", "step"),
    ("r", "reset"),
    ("m", "mode"),
    ("c", "code"),
    ("d", "light / dark"),
    ("?", "help"),
    ("q", "quit"),
)


class Layout:
    """The parts of a window of `size` pixels.

    Attributes:
        unit: pixels; letters of 13 units are easy to read.
        panel: the controls; of no width if they are hidden.
        header: title and status.
        left: the network, or what takes its place; it touches the field.
        field: the square with the points.
        curves: below the field.
        command_at: the middle of the left edge of the line that says the setting.
        keys: key caps in rows; the first is at `keys_at`.
    """

    def __init__(self, size: tuple[int, int], with_panel: bool = True) -> None:
        self.size = size
        self.unit = unit = unit_of(size)
        self.letters = 13 * unit
        width = PANEL * unit if with_panel else 0
        self.panel = Box(size[0] - width, 0, width, size[1])
        margin, gap = MARGIN * unit, GAP * unit
        inner = self.panel.x - 2 * margin
        self.header = Box(margin, 10 * unit, inner, 74 * unit)
        self.keys = key_rows(KEYS, self.letters, inner) if with_panel else []
        below = max(len(self.keys) - 1, 0) * ROW * self.letters
        self.keys_at = margin, size[1] - 26 * unit - below
        self.command_at = margin, self.keys_at[1] - (30 if with_panel else 0) * unit
        top = self.header.y + self.header.height + 4 * unit
        height = self.command_at[1] - 20 * unit - top
        side = round(min(inner * 0.53, height - 108 * unit - gap))
        left = margin + inner - side
        self.field = Box(left, top, side, side)
        below = top + side + gap
        self.curves = Box(left, below, side, top + height - below)
        self.left = Box(margin, top, left - margin, height)

    def place(self, box: Box) -> tuple[int, int]:
        """The upper left corner of a box, in whole pixels."""
        return round(box.x), round(box.y)
