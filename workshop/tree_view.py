"""Draws how an agent looks ahead: a column for each ply, along one line.

The first column holds its moves; behind one of them are the replies, behind one of these the
answers to that: behind the best, or what a person has opened. What was cut off is crossed out.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from agents.agent import Branch
from envs.drawing.canvas import Box, Canvas, number
from envs.drawing.theme import blend

MOST = 12
"""Moves in a column, at most."""


def expected(branches: Sequence[Branch]) -> Branch | None:
    """The move that will be played: visited most, else of the highest value."""
    looked_at = [branch for branch in branches if not math.isnan(branch.value)]
    return max(looked_at, key=lambda branch: (branch.visits, branch.value), default=None)


class Column(NamedTuple):
    """The moves of one ply."""

    moves: Sequence[Branch]
    opened: Branch | None
    """The move whose replies are the next column."""


def columns_of(branches: Sequence[Branch], plies: int, opened: Sequence[int] = ()) -> list[Column]:
    """The moves of each ply along a line.

    Args:
        opened: the first actions of that line; from there on, and where there is no such move, it
            is the expected one.
    """
    columns: list[Column] = []
    while branches and len(columns) < plies:
        wanted = opened[len(columns)] if len(columns) < len(opened) else None
        asked = next((branch for branch in branches if branch.action == wanted), None)
        opened = opened if asked else ()
        along = asked or expected(branches)
        columns.append(Column(branches, along))
        branches = along.replies if along else ()
    return columns


def places_of(box: Box, unit: float, columns: Sequence[Column], plies: int) -> list[list[Box]]:
    """Where each move that is drawn is, column by column."""
    width, places = box.width / plies, []
    for ply, column in enumerate(columns):
        count = len(shown_of(column.moves))
        pitch = min(46 * unit, box.height / count)
        top = box.y + (box.height - pitch * count) / 2 + pitch / 2
        x = box.x + ply * width + 8 * unit
        rows = (top + pitch * row - 12 * unit for row in range(count))
        places.append([Box(x, y, width - 30 * unit, 24 * unit) for y in rows])
    return places


def opened_at(
    box: Box, unit: float, columns: Sequence[Column], plies: int, x: float, y: float
) -> tuple[int, ...] | None:
    """The line to open after a click at (x, y): the actions that lead to a move, and that move."""
    for ply, places in enumerate(places_of(box, unit, columns, plies)):
        for branch, place in zip(shown_of(columns[ply].moves), places, strict=True):
            if place.holds(x, y):
                before = (column.opened for column in columns[:ply])
                return (*(move.action for move in before if move), branch.action)
    return None


def draw_tree(
    canvas: Canvas,
    box: Box,
    unit: float,
    columns: Sequence[Column],
    name: Callable[[int], str],
    plies: int = 3,
) -> None:
    """Draws the first plies of a search tree into `box`.

    Args:
        unit: a pixel of the picture's design.
        name: what an action is called.
    """
    parent: tuple[float, float] | None = None
    for column, places in zip(columns, places_of(box, unit, columns, plies), strict=True):
        shown, best = shown_of(column.moves), expected(column.moves)
        if parent is not None:
            draw_links(canvas, unit, parent, shown, places, column.opened)
        for branch, place in zip(shown, places, strict=True):
            draw_move(canvas, place, unit, branch, branch is best, name)
            if branch is column.opened:
                x, y = place.center
                parent = x + place.width / 2, y
                if branch is not best:
                    edge = 2 * unit
                    canvas.rect(place, canvas.theme.best, radius=6 * unit, width=edge)
        if len(column.moves) > len(shown):
            rest = f"and {len(column.moves) - len(shown)} more"
            pitch = places[1].y - places[0].y
            at = (places[0].x, places[-1].center[1] + pitch / 2 + 8 * unit)
            canvas.text(rest, at, 12 * unit, canvas.theme.muted, anchor="left")


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
    moves: Sequence[Branch],
    places: Sequence[Box],
    opened: Branch | None,
) -> None:
    """Lines from a move to its replies, that of the line over the others."""
    theme = canvas.theme
    order = sorted(zip(moves, places, strict=True), key=lambda pair: pair[0] is opened)
    for branch, place in order:
        along, (x, y) = branch is opened, (place.x, place.center[1])
        middle = (parent[0] + x) / 2
        points = [parent, (middle, parent[1]), (middle, y), (x - 2 * unit, y)]
        color = theme.best if along else theme.track
        canvas.line(points, color, (2.5 if along else 1.5) * unit)


def draw_move(
    canvas: Canvas,
    box: Box,
    unit: float,
    branch: Branch,
    best: bool,
    name: Callable[[int], str],
) -> None:
    """One move: what it is called, what it is worth, and whether it was cut off."""
    theme, middle = canvas.theme, box.center[1]
    fill = theme.best if best else blend(theme.panel, theme.track, 0.55)
    if not branch.pruned:
        canvas.rect(box, fill, radius=6 * unit)
    ink = theme.background if best else theme.muted if branch.pruned else theme.ink
    left = (box.x + 8 * unit, middle)
    used = canvas.text(name(branch.action), left, 13 * unit, ink, bold=best, anchor="left")
    right = (box.x + box.width - 8 * unit, middle)
    if branch.pruned:
        canvas.line(
            [(box.x + 4 * unit, middle), (box.x + 26 * unit, middle)], theme.wrong, 1.5 * unit
        )
        canvas.text("cut", right, 12 * unit, theme.wrong, anchor="right")
        return
    said = ("≤ " if branch.at_most else "") + number(branch.value)
    if branch.visits:
        said = f"{branch.visits}x {said}"
    size = canvas.fitted(said, 12.5 * unit, box.width - used - 20 * unit, bold=best)
    canvas.text(said, right, size, ink, bold=best, anchor="right")
