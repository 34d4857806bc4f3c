"""Draws how an agent looks ahead: a column for each ply, along the line it expects.

The first column holds its moves; behind the best of them are the replies, behind the best reply the
answers to that. What was cut off is crossed out.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from agents.agent import Branch
from envs.drawing.canvas import Box, Canvas, number
from envs.drawing.theme import blend

MOST = 12
"""Moves in a column, at most."""


def expected(branches: Sequence[Branch]) -> Branch | None:
    """The move that will be played: visited most, else of the highest value."""
    looked_at = [branch for branch in branches if not math.isnan(branch.value)]
    return max(looked_at, key=lambda branch: (branch.visits, branch.value), default=None)


def columns_of(branches: Sequence[Branch], plies: int) -> list[Sequence[Branch]]:
    """The moves of each ply along the expected line."""
    columns: list[Sequence[Branch]] = []
    while branches and len(columns) < plies:
        columns.append(branches)
        best = expected(branches)
        branches = best.replies if best else ()
    return columns


def draw_tree(
    canvas: Canvas,
    box: Box,
    unit: float,
    branches: Sequence[Branch],
    name: Callable[[int], str],
    plies: int = 3,
) -> None:
    """Draws the first plies of a search tree into `box`.

    Args:
        unit: a pixel of the picture's design.
        name: what an action is called.
    """
    columns = columns_of(branches, plies)
    width = box.width / plies
    parent: tuple[float, float] | None = None
    for ply, column in enumerate(columns):
        shown, best = shown_of(column), expected(column)
        pitch = min(46 * unit, box.height / len(shown))
        top = box.y + (box.height - pitch * len(shown)) / 2
        x = box.x + ply * width
        ends = [(x + 8 * unit, top + pitch * (row + 0.5)) for row in range(len(shown))]
        if parent is not None:
            draw_links(canvas, unit, parent, shown, ends, best)
        for branch, at in zip(shown, ends, strict=True):
            draw_move(canvas, at, width - 30 * unit, unit, branch, branch is best, name)
        if len(column) > len(shown):
            rest = f"and {len(column) - len(shown)} more"
            at = (x + 8 * unit, top + pitch * len(shown) + 8 * unit)
            canvas.text(rest, at, 12 * unit, canvas.theme.muted, anchor="left")
        here = next((at for b, at in zip(shown, ends, strict=True) if b is best), ends[0])
        parent = (here[0] + width - 30 * unit, here[1])


def shown_of(column: Sequence[Branch]) -> list[Branch]:
    """The moves of a column that are drawn: the best are never left out."""
    if len(column) <= MOST:
        return list(column)
    key = {id(b): (b.visits, -math.inf if math.isnan(b.value) else b.value) for b in column}
    kept = {id(b) for b in sorted(column, key=lambda b: key[id(b)], reverse=True)[:MOST]}
    return [branch for branch in column if id(branch) in kept]


def draw_links(
    canvas: Canvas,
    unit: float,
    parent: tuple[float, float],
    column: Sequence[Branch],
    ends: Sequence[tuple[float, float]],
    best: Branch | None,
) -> None:
    """Lines from a move to its replies, the expected one over the others."""
    theme = canvas.theme
    order = sorted(zip(column, ends, strict=True), key=lambda pair: pair[0] is best)
    for branch, (x, y) in order:
        color = theme.best if branch is best else theme.track
        middle = (parent[0] + x) / 2
        points = [parent, (middle, parent[1]), (middle, y), (x - 2 * unit, y)]
        canvas.line(points, color, (2.5 if branch is best else 1.5) * unit)


def draw_move(
    canvas: Canvas,
    at: tuple[float, float],
    width: float,
    unit: float,
    branch: Branch,
    best: bool,
    name: Callable[[int], str],
) -> None:
    """One move: what it is called, what it is worth, and whether it was cut off."""
    theme = canvas.theme
    box = Box(at[0], at[1] - 12 * unit, width, 24 * unit)
    fill = theme.best if best else blend(theme.panel, theme.track, 0.55)
    if not branch.pruned:
        canvas.rect(box, fill, radius=6 * unit)
    ink = theme.background if best else theme.muted if branch.pruned else theme.ink
    left = (box.x + 8 * unit, at[1])
    used = canvas.text(name(branch.action), left, 13 * unit, ink, bold=best, anchor="left")
    right = (box.x + box.width - 8 * unit, at[1])
    if branch.pruned:
        canvas.line(
            [(box.x + 4 * unit, at[1]), (box.x + 26 * unit, at[1])], theme.wrong, 1.5 * unit
        )
        canvas.text("cut", right, 12 * unit, theme.wrong, anchor="right")
        return
    said = ("≤ " if branch.at_most else "") + number(branch.value)
    if branch.visits:
        said = f"{branch.visits}x {said}"
    size = canvas.fitted(said, 12.5 * unit, box.width - used - 20 * unit, bold=best)
    canvas.text(said, right, size, ink, bold=best, anchor="right")
