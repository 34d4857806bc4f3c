"""Draws a duel: two trails, their heads, and how the player to move rates its directions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from envs.drawing.canvas import Box, Canvas, number
from envs.drawing.gridworld import cell_at
from envs.drawing.theme import Color, blend, ink_on
from envs.rules.cells import STEPS

if TYPE_CHECKING:
    from envs.duel import DuelEnv


class DuelDrawer:
    """Draws the arena of a `DuelEnv`."""

    def __init__(self, env: DuelEnv) -> None:
        self.env = env
        self.moved = 1.0

    def draw(
        self,
        canvas: Canvas,
        box: Box,
        scores: np.ndarray | None = None,
        field: np.ndarray | None = None,
        shares: bool = False,
    ) -> None:
        """The arena, the trails and heads, and a crash where there is one."""
        theme, env = canvas.theme, self.env
        for cell in range(env.duel.cells):
            wall = env.walls[cell] and not any(cell in trail for trail in env.trails)
            wall = wall or env.duel.border[cell]
            tile = self._cell(box, cell)
            color = theme.wall if wall else theme.cell
            canvas.rect(tile.inset(tile.width * 0.03), color, radius=tile.width * 0.1)
        for player, color in enumerate((theme.first, theme.mark)):
            self._draw_trail(canvas, box, player, color)
        for player, color in enumerate((theme.first, theme.mark)):
            self._draw_head(canvas, box, player, color)
        if scores is not None and not env.over:
            self._draw_scores(canvas, box, scores, shares)

    def _cell(self, box: Box, cell: int) -> Box:
        duel = self.env.duel
        return box.cell(cell // duel.width, cell % duel.width, duel.rows + 2, duel.width)

    def _draw_trail(self, canvas: Canvas, box: Box, player: int, color: Color) -> None:
        points = [self._cell(box, cell).center for cell in self.env.trails[player]]
        side = self._cell(box, 0).width
        pale = blend(color, canvas.theme.cell, 0.35)
        canvas.line(points, pale, side * (0.5 if player == 0 else 0.32))

    def _draw_head(self, canvas: Canvas, box: Box, player: int, color: Color) -> None:
        """A disc for the first player, a ring for the second, a cross where it crashed."""
        cell = self._cell(box, self.env.trails[player][-1])
        (x, y), side = cell.center, cell.width
        canvas.circle((x, y), side * 0.4, canvas.theme.background)
        canvas.circle((x, y), side * 0.36, color)
        if player == 1:
            canvas.circle((x, y), side * 0.17, canvas.theme.background)
        if self.env.crashed[player]:
            reach = side * 0.34
            for sign in (-1, 1):
                ends = [(x - reach, y - sign * reach), (x + reach, y + sign * reach)]
                canvas.line(ends, canvas.theme.ink, side * 0.1)

    def _draw_scores(self, canvas: Canvas, box: Box, scores: np.ndarray, shares: bool) -> None:
        """The rating of each direction, in the cell it leads to."""
        rated = scores[~np.isnan(scores)]
        best = rated.max() if len(rated) and rated.max() > rated.min() else np.inf
        largest = float(abs(rated).max(initial=0))
        for action, score in enumerate(scores):
            ahead = self.env.duel.ahead(self.env.heads[self.env.player], action)
            if np.isnan(score) or self.env.walls[ahead]:
                continue
            cell = self._cell(box, ahead)
            text, chosen = number(float(score), shares, largest), score == best
            size = canvas.fitted(text, max(8.0, cell.width * 0.34), cell.width * 0.8, chosen)
            if chosen:
                canvas.rect(cell.inset(cell.width * 0.05), canvas.theme.best, cell.width * 0.15)
            color = ink_on(canvas.theme.best) if chosen else canvas.theme.muted
            canvas.text(text, cell.center, size, color, bold=chosen)

    def action_at(self, box: Box, x: float, y: float) -> int | None:
        """The direction of the clicked cell, if it lies next to the head that is to move."""
        duel = self.env.duel
        clicked = cell_at(box, duel.rows + 2, duel.width, x, y)
        if clicked is None:
            return None
        row, col = divmod(self.env.heads[self.env.player], duel.width)
        step = (clicked[0] - row, clicked[1] - col)
        return STEPS.index(step) if step in STEPS else None
