"""Draws a gridworld: cells, values and arrows under a small agent with a trail."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from envs.drawing.canvas import Box, Canvas, Point
from envs.drawing.glyphs import SMALL, draw_glyph, ice_of
from envs.drawing.steps import VALUES, draw_best, draw_policy, head, mark_mistake, write_worth
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
        """The map; with a `field`, each cell's value as its colour and number, and the best way.

        Of shares, the field is a policy: an arrow for each action that it may take.
        """
        grid, state = self.env.grid, self.env.state
        values = None if field is None else scene_values(grid, field, state)
        here = state % grid.cells
        draw_map(canvas, box, grid.scene(state), grid.layout, values, here, shares)
        self._draw_trail(canvas, box)
        place = self._place(box)
        if values is None or np.isnan(values[here]).all():
            self._draw_agent(canvas, place.center, 0.29 * place.width)
        elif shares:
            self._draw_agent(canvas, place.center, 0.21 * place.width)
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

    def mark_best(self, canvas: Canvas, box: Box, worth: np.ndarray, best: np.ndarray) -> None:
        """In each cell of the present scene, the best actions, and what they are worth.

        Args:
            worth: float (states, actions), what each action is worth in truth.
            best: bool (states, actions), which of them are best.
        """
        grid, state = self.env.grid, self.env.state
        for at, row in enumerate(scene_values(grid, worth, state)):
            if not np.isnan(row).all():
                tile, _ = _tile(self._cell(box, at))
                if at != state % grid.cells:  # nobody stands there
                    write_worth(canvas, tile, float(row.max()))
                draw_best(canvas, tile, np.flatnonzero(best[state - state % grid.cells + at]))

    def mark_mistakes(self, canvas: Canvas, box: Box, states: Sequence[int]) -> None:
        """A red corner in the cell of each state of the present scene."""
        cells, scene = self.env.grid.cells, self.env.state // self.env.grid.cells
        for state in states:
            if state // cells == scene:
                mark_mistake(canvas, *_tile(self._cell(box, state % cells)))

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


def draw_map(
    canvas: Canvas,
    box: Box,
    symbols: np.ndarray,
    layout: Map,
    values: np.ndarray | None = None,
    here: int | None = None,
    shares: bool = False,
) -> None:
    """Draws a map.

    Args:
        symbols: str (rows, cols).
        layout: what its cells are worth.
        values: float (cells, actions), how good each action is in each cell; a row of NaN where
            nobody decides.
        here: the cell in which somebody stands; of its arrow the head is drawn.
        shares: `values` holds the probability of each action, and not what it is worth.
    """
    rows, cols = symbols.shape
    rated = np.zeros(symbols.size, bool)
    if values is not None:
        rated = ~np.isnan(values).any(axis=1)
    brightness = None if values is None or shares else _brightness(values)
    for at, symbol in enumerate(symbols.ravel()):
        cell = box.cell(at // cols, at % cols, rows, cols)
        color = _ground(canvas.theme, symbol)
        tile, radius = _tile(cell)
        if rated[at] and brightness is not None:
            color = blend(canvas.theme.cell, canvas.theme.best, 0.08 + 0.62 * brightness[at])
        canvas.rect(tile, color, radius=radius)
        if CELLS[symbol].reward in ("goal_reward", "pit_reward"):
            _write_worth(canvas, cell, symbol, layout, color)
        elif rated[at]:
            assert values is not None
            if symbol not in ".S":
                corner = tile.x + tile.width * 0.82, tile.y + tile.width * 0.18
                draw_glyph(canvas, corner, tile.width * 0.42, symbol, color)
            if shares:
                draw_policy(canvas, tile, values[at], color, stands=at == here)
            else:
                _draw_value(canvas, cell, color, values[at], stands=at == here)
        else:
            draw_glyph(canvas, cell.center, cell.width, symbol, color)


def _brightness(values: np.ndarray) -> list[float]:
    """How good the best action of each cell is, from 0 to 1 on this map; NaN where none is."""
    best = values.max(axis=1)
    if np.isnan(best).all():
        return best.tolist()
    low, high = np.nanmin(best), np.nanmax(best)
    return ((best - low) / (high - low) if high > low else best * 0 + 0.5).tolist()


def _ground(theme: Theme, symbol: str) -> Color:
    """The colour of a kind of cell."""
    if symbol == "G":
        return theme.goal
    if symbol in "XC":
        return theme.wrong
    if symbol in "#K":
        return theme.wall
    return ice_of(theme) if symbol == "~" else theme.cell


def _write_worth(canvas: Canvas, cell: Box, symbol: str, layout: Map, color: Color) -> None:
    """What a goal or a pit pays."""
    worth = layout.goal_reward if symbol == "G" else layout.pit_reward
    label = f"{worth:+g}" if worth else CELLS[symbol].name
    size = cell.width * (0.3 if len(label) < 4 else 0.22)
    canvas.text(label, cell.center, size, ink_on(color), bold=True)
    if CELLS[symbol].to_start and cell.width >= 1.4 * SMALL:
        below = cell.center[0], cell.center[1] + cell.width * 0.28
        canvas.text("to start", below, cell.width * 0.15, ink_on(color))


def _draw_value(
    canvas: Canvas, cell: Box, color: Color, q_values: np.ndarray, stands: bool
) -> None:
    """A cell's value, and the best action: of its arrow only the head, where somebody stands."""
    tile, _ = _tile(cell)
    side, best, ink = tile.width, int(q_values.argmax()), ink_on(color)
    if side >= VALUES:
        at = (tile.x + side * 0.08, tile.y + side * 0.19)
        text, size = f"{q_values.max():z.2f}", max(8.0, side * 0.16)
        wide = canvas.text_width(text, size) > 0.3 * side
        if not (stands and best == 0 and wide):  # else the arrow's head would be on it
            canvas.text(text, at, size, blend(ink, color, 0.3), anchor="left")
    if stands:
        reach = (share * cell.width for share in (0.255, 0.35, 0.1))
        canvas.polygon(head(_standing(cell), best, *reach), ink)
    else:
        x, y = tile.center
        canvas.arrow((x, y + side * 0.08), best, side * 0.4, ink)
