"""Draws a gridworld: cells, values and arrows under a small agent with a trail."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from envs.drawing.canvas import Box, Canvas
from envs.drawing.theme import blend, ink_on

if TYPE_CHECKING:
    from envs.gridworld import GridWorldEnv


class GridDrawer:
    """Draws the map and the agent of a `GridWorldEnv`."""

    def __init__(self, env: GridWorldEnv) -> None:
        self.env = env
        self.grid = env.grid

    def draw(
        self,
        canvas: Canvas,
        box: Box,
        scores: np.ndarray | None = None,
        field: np.ndarray | None = None,
    ) -> None:
        """The map; with a `field`, each cell's value as its colour and number, and the best way."""
        for state in range(self.grid.states):
            self._draw_cell(canvas, self._cell(box, state), state, field)
        self._draw_trail(canvas, box)
        self._draw_agent(canvas, self._cell(box, self.env.state))

    def _cell(self, box: Box, state: int) -> Box:
        row, col = divmod(state, self.grid.cols)
        return box.cell(row, col, self.grid.rows, self.grid.cols)

    def _draw_cell(self, canvas: Canvas, cell: Box, state: int, field: np.ndarray | None) -> None:
        theme, side = canvas.theme, cell.width
        tile = cell.inset(side * 0.025)
        symbol = self.grid.symbols.flat[state]
        layout = self.grid.layout
        if symbol in "GXC":
            worth = layout.goal_reward if symbol == "G" else layout.pit_reward
            color = theme.goal if symbol == "G" else theme.wrong
            canvas.rect(tile, color, radius=side * 0.08)
            label = f"{worth:+g}" if worth else ("goal" if symbol == "G" else "pit")
            size = side * (0.3 if len(label) < 4 else 0.22)
            canvas.text(label, cell.center, size, ink_on(color), bold=True)
            return
        if symbol == "#":
            canvas.rect(tile, theme.wall, radius=side * 0.08)
            return
        if field is None or state not in self._shown:
            canvas.rect(tile, theme.cell, radius=side * 0.08)
            if symbol == "S":
                canvas.text("start", cell.center, side * 0.22, theme.muted)
            return
        values = field.max(axis=1)
        low, high = values[list(self._shown)].min(), values[list(self._shown)].max()
        share = (values[state] - low) / (high - low) if high > low else 0.5
        color = blend(theme.cell, theme.best, 0.08 + 0.62 * float(share))
        canvas.rect(tile, color, radius=side * 0.08)
        ink = ink_on(color)
        if side >= 44:
            canvas.text(
                f"{values[state]:.2f}",
                (tile.x + side * 0.08, tile.y + side * 0.15),
                max(8.0, side * 0.16),
                blend(ink, color, 0.3),
                anchor="left",
            )
        x, y = cell.center
        direction = int(field[state].argmax())
        canvas.arrow((x, y + side * 0.08), direction, side * 0.4, ink)

    @property
    def _shown(self) -> set[int]:
        """The states that carry a value."""
        return set(self.grid.decision_states.tolist())

    def _draw_trail(self, canvas: Canvas, box: Box) -> None:
        for state in self.env.trail[-30:-1]:
            cell = self._cell(box, state)
            x, y = cell.center
            canvas.circle((x, y + cell.width * 0.08), cell.width * 0.09, canvas.theme.agent)

    def _draw_agent(self, canvas: Canvas, cell: Box) -> None:
        (x, y), side = cell.center, cell.width
        canvas.circle((x, y), side * 0.32, canvas.theme.background)
        canvas.circle((x, y), side * 0.29, canvas.theme.agent)
        for eye in (-1, 1):
            canvas.circle((x + eye * side * 0.1, y - side * 0.05), side * 0.045, (20, 22, 30))

    def action_at(self, box: Box, x: float, y: float) -> int | None:
        """The direction of the clicked cell, if it lies next to the agent."""
        for state in range(self.grid.states):
            if not self._cell(box, state).holds(x, y):
                continue
            row, col = divmod(state, self.grid.cols)
            here_row, here_col = divmod(self.env.state, self.grid.cols)
            step = (row - here_row, col - here_col)
            steps = [(-1, 0), (0, 1), (1, 0), (0, -1)]
            return steps.index(step) if step in steps else None
        return None
