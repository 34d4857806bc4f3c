"""How large everything in a window is: in proportion to it, but letters stay readable."""

from __future__ import annotations

DESIGN = (1280, 800)
"""The window that pictures are designed for, in units."""
LEAST = 0.72
"""Pixels a unit in a window of 640 x 480, where what needs more room takes more rows."""


def unit_of(size: tuple[int, int]) -> float:
    """Pixels of a unit in a window of `size` pixels; letters of 13 units are easy to read."""
    least = LEAST * min(1, size[0] / 640, size[1] / 480)
    return max(min(size[0] / DESIGN[0], size[1] / DESIGN[1]), least)
