"""Draws a gridworld: cells, values and arrows under a small agent with a trail."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Protocol

import numpy as np

from envs.drawing.canvas import Box, Canvas, Point
from envs.drawing.glyphs import SMALL, draw_glyph
from envs.drawing.theme import Color, Theme, blend, ink_on
from envs.rules.cells import CELLS, STEPS
from envs.rules.grid import Grid
from envs.rules.maps import Map


class Walker(Protocol):
    """Who is on a grid, and has come there along a trail: a `GridWorldEnv`, for one."""

    grid: Grid
    state: int
    trail: list[int]


class GridDrawer:
    """Draws the map and the agent of a `GridWorldEnv`."""

    def __init__(self, env: Walker) -> None:
        self.env = env
        self.moved = 1.0
        """How much of the last step's way is done, from 0 to 1."""

    def draw(
        self,
        canvas: Canvas,
        box: Box,
        scores: np.ndarray | None = None,
        field: np.ndarray | None = None,
        shares: bool = False,
    ) -> None:
        """The map; with a `field`, each cell's value as its colour and number, and the best way."""
        grid, state = self.env.grid, self.env.state
        values = None if field is None else scene_values(grid, field, state)
        here = state % grid.cells
        draw_map(canvas, box, grid.scene(state), grid.layout, values, here)
        self._draw_trail(canvas, box)
        place = self._place(box)
        if values is None or np.isnan(values[here]).all():
            self._draw_agent(canvas, place.center, 0.29 * place.width)
        else:  # the value above it stays in sight, and the head of the arrow around it
            self._draw_agent(canvas, _standing(place), 0.22 * place.width)

    def _place(self, box: Box) -> Box:
        """The cell of the agent, or where it is between two."""
        grid, trail = self.env.grid, self.env.trail
        here = self._cell(box, self.env.state % grid.cells)
        if self.moved >= 1 or len(trail) < 2:
            return here
        before = self._cell(box, trail[-2] % grid.cells)
        if abs(before.x - here.x) + abs(before.y - here.y) > 1.5 * here.width:  # it was carried
            return here
        share = self.moved * self.moved * (3 - 2 * self.moved)
        x, y = before.x + (here.x - before.x) * share, before.y + (here.y - before.y) * share
        return here._replace(x=x, y=y)

    def mark_mistakes(self, canvas: Canvas, box: Box, states: Sequence[int]) -> None:
        """A red corner in the cell of each state of the present scene."""
        cells, scene = self.env.grid.cells, self.env.state // self.env.grid.cells
        for state in states:
            if state // cells == scene:
                tile, radius = _tile(self._cell(box, state % cells))
                x, y, side = tile.x, tile.y + tile.height, tile.width * 0.34
                turns = np.linspace(0, math.pi / 2, 8)
                rounded = [
                    (x + radius * (1 - math.sin(turn)), y - radius * (1 - math.cos(turn)))
                    for turn in turns
                ]
                canvas.polygon([(x + side, y), *rounded, (x, y - side)], canvas.theme.wrong)

    def mark(self, canvas: Canvas, box: Box, states: Sequence[int]) -> None:
        """A thin ring around the cell of each state that is in the present scene."""
        cells, scene = self.env.grid.cells, self.env.state // self.env.grid.cells
        for state in states:
            if state // cells == scene:
                cell = self._cell(box, state % cells)
                ring = cell.inset(cell.width * 0.07)
                width = max(1.0, cell.width * 0.035)
                canvas.rect(ring, canvas.theme.best, radius=cell.width * 0.08, width=width)

    def _cell(self, box: Box, cell: int) -> Box:
        grid = self.env.grid
        return box.cell(cell // grid.cols, cell % grid.cols, grid.rows, grid.cols)

    def _draw_trail(self, canvas: Canvas, box: Box) -> None:
        """A dot at the bottom of each cell, below whatever else is there."""
        for state in self.env.trail[-30:-1]:
            cell = self._cell(box, state % self.env.grid.cells)
            at = cell.center[0], cell.center[1] + cell.width * 0.38
            canvas.circle(at, max(2.2, cell.width * 0.065), canvas.theme.agent)

    @staticmethod
    def _draw_agent(canvas: Canvas, at: Point, radius: float) -> None:
        x, y = at
        canvas.circle(at, radius * 1.1, canvas.theme.background)
        canvas.circle(at, radius, canvas.theme.agent)
        for eye in (-1, 1):
            middle = x + eye * radius * 0.34, y - radius * 0.17
            canvas.circle(middle, radius * 0.155, (20, 22, 30))

    def action_at(self, box: Box, x: float, y: float) -> int | None:
        """The direction of the clicked cell, if it lies next to the agent."""
        grid = self.env.grid
        clicked = cell_at(box, grid.rows, grid.cols, x, y)
        if clicked is None:
            return None
        row, col = divmod(self.env.state % grid.cells, grid.cols)
        step = (clicked[0] - row, clicked[1] - col)
        return STEPS.index(step) if step in STEPS else None


def cell_at(box: Box, rows: int, cols: int, x: float, y: float) -> tuple[int, int] | None:
    """The (row, col) under a point, of a grid that fills `box`."""
    first = box.cell(0, 0, rows, cols)
    row, col = int((y - first.y) // first.width), int((x - first.x) // first.width)
    return (row, col) if 0 <= row < rows and 0 <= col < cols else None


def scene_values(grid: Grid, field: np.ndarray, state: int) -> np.ndarray:
    """The rows of `field` for the cells of the scene of `state`, NaN where nobody decides."""
    first = state - state % grid.cells
    values = field[first : first + grid.cells].copy()
    decided = np.zeros(grid.cells, bool)
    here = grid.decision_states[grid.decision_states // grid.cells == state // grid.cells]
    decided[here - first] = True
    values[~decided] = np.nan
    return values


def _tile(cell: Box) -> tuple[Box, float]:
    """What is coloured of a cell, and how round its corners are."""
    return cell.inset(cell.width * 0.025), cell.width * 0.08


def _standing(cell: Box) -> Point:
    """The middle of an agent that leaves room for the value of its cell."""
    return cell.center[0], cell.center[1] + 0.11 * cell.width


def _draw_head(canvas: Canvas, cell: Box, direction: int, color: Color) -> None:
    """The head of an arrow, beside the agent that stands in the cell."""
    (x, y), (down, right), side = _standing(cell), STEPS[direction], cell.width
    near, tip, half = 0.255 * side, 0.35 * side, 0.1 * side
    base = [
        (x + right * near + turn * down * half, y + down * near + turn * right * half)
        for turn in (-1, 1)
    ]
    canvas.polygon([(x + right * tip, y + down * tip), *base], color)


def draw_map(
    canvas: Canvas,
    box: Box,
    symbols: np.ndarray,
    layout: Map,
    values: np.ndarray | None = None,
    here: int | None = None,
) -> None:
    """Draws a map.

    Args:
        symbols: str (rows, cols).
        layout: what its cells are worth.
        values: float (cells, actions), how good each action is in each cell; a row of NaN where
            nobody decides.
        here: the cell in which somebody stands; of its arrow the head is drawn.
    """
    rows, cols = symbols.shape
    best = None
    shares = np.full(symbols.size, 0.5)
    if values is not None and not np.isnan(values).all():
        best = values.max(axis=1)
        low, high = np.nanmin(best), np.nanmax(best)
        if high > low:
            shares = (best - low) / (high - low)
    for at, symbol in enumerate(symbols.ravel()):
        cell = box.cell(at // cols, at % cols, rows, cols)
        color = _ground(canvas.theme, symbol)
        tile, radius = _tile(cell)
        valued = best is not None and not np.isnan(best[at])
        if valued:
            color = blend(canvas.theme.cell, canvas.theme.best, 0.08 + 0.62 * float(shares[at]))
        canvas.rect(tile, color, radius=radius)
        if CELLS[symbol].reward in ("goal_reward", "pit_reward"):
            _write_worth(canvas, cell, symbol, layout, color)
        elif valued:
            assert values is not None
            _write_value(canvas, tile, symbol, color, values[at])
            best_action, ink = int(values[at].argmax()), ink_on(color)
            if at == here:
                _draw_head(canvas, cell, best_action, ink)
            else:
                x, y = tile.center
                middle = x, y + tile.width * 0.08
                canvas.arrow(middle, best_action, tile.width * 0.4, ink)
        else:
            draw_glyph(canvas, cell.center, cell.width, symbol, color)


def _ground(theme: Theme, symbol: str) -> Color:
    """The colour of a kind of cell."""
    if symbol == "G":
        return theme.goal
    if symbol in "XC":
        return theme.wrong
    if symbol in "#K":
        return theme.wall
    return blend(theme.cell, theme.ice, 0.6) if symbol == "~" else theme.cell


def _write_worth(canvas: Canvas, cell: Box, symbol: str, layout: Map, color: Color) -> None:
    """What a goal or a pit pays."""
    worth = layout.goal_reward if symbol == "G" else layout.pit_reward
    label = f"{worth:+g}" if worth else CELLS[symbol].name
    size = cell.width * (0.3 if len(label) < 4 else 0.22)
    canvas.text(label, cell.center, size, ink_on(color), bold=True)
    if CELLS[symbol].to_start and cell.width >= 1.4 * SMALL:
        below = cell.center[0], cell.center[1] + cell.width * 0.28
        canvas.text("to start", below, cell.width * 0.15, ink_on(color))


def _write_value(
    canvas: Canvas, tile: Box, symbol: str, color: Color, q_values: np.ndarray
) -> None:
    """A cell's value, and in a corner what kind of cell it is."""
    side, ink = tile.width, ink_on(color)
    if symbol not in ".S":
        corner: Point = (tile.x + side * 0.82, tile.y + side * 0.18)
        draw_glyph(canvas, corner, side * 0.42, symbol, color)
    if side >= 44:
        at = (tile.x + side * 0.08, tile.y + side * 0.15)
        text = f"{q_values.max():z.2f}"
        canvas.text(text, at, max(8.0, side * 0.16), blend(ink, color, 0.3), anchor="left")
