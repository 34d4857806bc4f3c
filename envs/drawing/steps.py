"""Steps on the cells of a gridworld: what an agent would do there, and what is best in truth.

The agent's own steps are arrows in the middle of a cell. The truth stands at its edge, in gold: a
pointer for each best step, and what it is worth; a red corner where the agent does something else.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from envs.drawing.canvas import Box, Canvas, Point
from envs.drawing.theme import Color, blend, ink_on
from envs.rules.cells import STEPS

LEAST_SHARE = 0.02
"""Actions that are less probable have no arrow."""
TRUTH_EDGE: Color = (20, 22, 30)
"""Around what is golden, which is pale beside some cells."""
VALUES = 44
"""Pixels: in smaller cells the agent's value is not written."""
LEAST_SIZE = 8.0
"""Pixels: smaller words cannot be read."""
WORTH = 64
"""Pixels: in smaller cells the truth has no number."""


def head(center: Point, direction: int, near: float, tip: float, half: float) -> list[Point]:
    """A triangle that points up, right, down or left.

    Args:
        near, tip: how far from `center` its base and its tip are.
        half: half of the width of its base.
    """
    (x, y), (down, right) = center, STEPS[direction]
    base = [
        (x + right * near + turn * down * half, y + down * near + turn * right * half)
        for turn in (-1, 1)
    ]
    return [(x + right * tip, y + down * tip), *base]


def draw_policy(
    canvas: Canvas, tile: Box, shares: np.ndarray, ground: Color, stands: bool = False
) -> None:
    """An arrow for each action: its area and its strength are how probable it is.

    Args:
        shares: the probability of each action.
        ground: the colour of the cell.
        stands: the agent is in the middle: the arrows begin beside it.
    """
    side, ink = tile.width, ink_on(ground)
    begins, reach = (0.24, 0.17) if stands else (0.03, 0.37)
    for direction, share in enumerate(shares.tolist()):
        if share >= LEAST_SHARE:
            length, (down, right) = reach * side * math.sqrt(share), STEPS[direction]
            color, start = blend(ground, ink, 0.25 + 0.75 * share), begins * side
            neck, (x, y) = start + 0.55 * length, tile.center
            ends = [(x + right * along, y + down * along) for along in (start, neck)]
            canvas.line(ends, color, max(1.0, 0.17 * length))
            tip = head((x, y), direction, neck, start + length, 0.3 * length)
            canvas.polygon(tip, color)


def draw_best(canvas: Canvas, tile: Box, actions: Iterable[int]) -> None:
    """A golden pointer at the edge for each action that is best in truth."""
    side, edge = tile.width, max(0.6, tile.width * 0.013)
    near, half = (0.41, 0.09) if side >= VALUES else (0.38, 0.13)
    sizes = near * side, 0.475 * side, half * side
    grown = sizes[0] - edge, sizes[1] + edge, sizes[2] + 1.5 * edge
    for action in actions:
        canvas.polygon(head(tile.center, action, *grown), TRUTH_EDGE)
        canvas.polygon(head(tile.center, action, *sizes), canvas.theme.goal)


def write_worth(canvas: Canvas, tile: Box, worth: float) -> None:
    """What the best action is worth in truth, in gold in the lower right corner, if there is room.

    It ends beside the pointer that points down.
    """
    side, words = tile.width, f"{worth:z.2f}"
    size = canvas.fitted(words, max(LEAST_SIZE, side * 0.12), side * 0.29, bold=True)
    if side < WORTH or size < LEAST_SIZE:
        return
    width = canvas.text_width(words, size, bold=True) + 0.4 * size
    right, middle = tile.x + 0.97 * side, tile.y + 0.885 * side
    pill = Box(right - width, middle - 0.7 * size, width, 1.4 * size)
    canvas.rect(pill, canvas.theme.goal, radius=0.4 * size)
    canvas.text(words, pill.center, size, ink_on(canvas.theme.goal), bold=True)


def mark_mistake(canvas: Canvas, tile: Box, radius: float) -> None:
    """A red corner.

    Args:
        radius: of the corners of `tile`.
    """
    x, y, side = tile.x, tile.y + tile.height, tile.width * 0.34
    turns = np.linspace(0, math.pi / 2, 8)
    rounded = [
        (x + radius * (1 - math.sin(turn)), y - radius * (1 - math.cos(turn))) for turn in turns
    ]
    canvas.polygon([(x + side, y), *rounded, (x, y - side)], canvas.theme.wrong)
