"""Draws a board game: holes and discs with gravity, cells with crosses and noughts without."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import numpy as np

from envs.drawing.canvas import Box, Canvas, number
from envs.drawing.theme import blend, ink_on
from envs.rules.kinarow import column_name

if TYPE_CHECKING:
    from envs.board import BoardEnv


SMALL = 200
"""Pixels: on a smaller board nothing is named."""


def letters_in(box: Box) -> float:
    """How high the letters at the edges of a board are; 0: there are none."""
    side = min(box.width, box.height)
    return max(9.0, 0.032 * side) if side >= SMALL else 0.0


class BoardDrawer:
    """Draws the position of a `BoardEnv`."""

    def __init__(self, env: BoardEnv) -> None:
        self.env = env
        self.rules = env.rules
        self.moved = 1.0
        """How much of the last stone's way is done, from 0 to 1."""

    def draw(
        self,
        canvas: Canvas,
        box: Box,
        scores: np.ndarray | None = None,
        field: np.ndarray | None = None,
        shares: bool = False,
    ) -> None:
        """The board, the last move, the winning line, and how the agent rates the free cells."""
        rules, theme = self.rules, canvas.theme
        if rules.gravity:
            first = self._cell(box, 0, 0)
            last = self._cell(box, rules.rows - 1, rules.cols - 1)
            side = first.width
            whole = Box(first.x, first.y, last.x + side - first.x, last.y + side - first.y)
            canvas.rect(whole, theme.board, radius=side * 0.2)
        self._draw_coordinates(canvas, box)
        stones = self.env.stones()
        boards = rules.to_board(*stones)
        last_cell = self._last_cell()
        winning = rules.winning_cells(stones[0]) + rules.winning_cells(stones[1])
        for row in range(rules.rows):
            for col in range(rules.cols):
                cell = self._cell(box, row, col)
                self._hole(canvas, cell)
                owner = boards[row, col]
                faded = bool(winning) and (row, col) not in winning
                under_way = (row, col) == last_cell and self.moved < 1
                if owner and not under_way:
                    self._stone(canvas, cell, 0 if owner > 0 else 1, faded)
                if (row, col) == last_cell and not winning and not under_way:
                    self._outline(canvas, cell)
        if last_cell is not None and self.moved < 1:
            self._draw_moving(canvas, box, last_cell, 0 if boards[last_cell] > 0 else 1)
            return
        if winning:
            self._strike(canvas, box, winning)
        elif scores is not None and not self.env.over:
            self._draw_scores(canvas, box, scores, shares)

    def _cell(self, box: Box, row: int, col: int) -> Box:
        box = self._board(box)
        margin = 0.012 * min(box.width, box.height) if self.rules.gravity else 0.0
        return box.inset(margin).cell(row, col, self.rules.rows, self.rules.cols)

    def _board(self, box: Box) -> Box:
        """The part of `box` that is left to the board: its columns and rows are named at its edges.

        In a small picture nothing is named.
        """
        letters = letters_in(box)
        if not letters:
            return box
        top, side = 1.7 * letters, 0.0 if self.rules.gravity else 1.7 * letters
        return Box(box.x + side, box.y + top, box.width - 2 * side, box.height - top)

    def _draw_coordinates(self, canvas: Canvas, box: Box) -> None:
        """The letter of each column above it; the number of each row, where it has one."""
        letters, color = letters_in(box), canvas.theme.muted
        if not letters:
            return
        gap = letters * (1.0 if self.rules.gravity else 0.8)
        for col in range(self.rules.cols):
            cell = self._cell(box, 0, col)
            at = cell.center[0], cell.y - gap
            canvas.text(column_name(col), at, letters, color)
        for row in range(0 if self.rules.gravity else self.rules.rows):
            cell = self._cell(box, row, 0)
            canvas.text(f"{row + 1}", (cell.x - letters, cell.center[1]), letters, color)

    def _hole(self, canvas: Canvas, cell: Box) -> None:
        theme = canvas.theme
        if self.rules.gravity:
            canvas.circle(cell.center, cell.width * 0.41, theme.background)
        else:
            canvas.rect(cell.inset(cell.width * 0.03), theme.cell, radius=cell.width * 0.1)

    def _stone(self, canvas: Canvas, cell: Box, player: int, faded: bool) -> None:
        """A stone: the players differ by shape as well as by colour."""
        theme, (x, y), side = canvas.theme, cell.center, cell.width
        if self.rules.gravity:
            color = theme.first if player == 0 else theme.second
            color = blend(color, theme.background, 0.6 if faded else 0.0)
            canvas.circle((x, y), side * 0.41, color)
            ring = blend(color, (0, 0, 0), 0.18)
            if player == 0:
                canvas.circle((x, y), side * 0.27, ring, width=side * 0.035)
            else:
                canvas.circle((x, y), side * 0.09, ring)
            return
        color = theme.first if player == 0 else theme.mark
        color = blend(color, theme.cell, 0.65 if faded else 0.0)
        if player == 0:
            reach = side * 0.24
            canvas.line([(x - reach, y - reach), (x + reach, y + reach)], color, side * 0.1)
            canvas.line([(x - reach, y + reach), (x + reach, y - reach)], color, side * 0.1)
        else:
            canvas.circle((x, y), side * 0.3, color, width=side * 0.1)

    def _draw_moving(self, canvas: Canvas, box: Box, last: tuple[int, int], player: int) -> None:
        """The last stone on its way: it falls into its column, or grows in its cell."""
        cell = self._cell(box, *last)
        if self.rules.gravity:
            top = self._cell(box, 0, last[1]).y
            cell = cell._replace(y=top + (cell.y - top) * self.moved**2)
        else:
            cell = cell.inset(cell.width * 0.3 * (1 - self.moved))
        self._stone(canvas, cell, player, faded=False)

    def mark_truth(
        self, canvas: Canvas, box: Box, best: Collection[int], chosen: int | None
    ) -> None:
        """A ring in the cell of each best action; a cross in that of a chosen one that is not."""
        for action in range(self.rules.actions):
            landing = self._landing_cell(action)
            if landing is None:
                continue
            cell = self._cell(box, *landing)
            if action in best:
                radius, width = cell.width * 0.43, max(1.5, cell.width * 0.02)
                canvas.circle(cell.center, radius, canvas.theme.best, width=width)
            elif action == chosen:
                self._cross_out(canvas, cell)

    def mark_cursor(self, canvas: Canvas, box: Box, action: int) -> None:
        """A mark where a stone would come to rest; where none can, in the cell or column's top."""
        here = self._landing_cell(action)
        if here is None:
            here = (0, action) if self.rules.gravity else divmod(action, self.rules.cols)
        cell, color = self._cell(box, *here), canvas.theme.ink
        width = max(2.0, cell.width * 0.04)
        if self.rules.gravity:
            canvas.circle(cell.center, cell.width * 0.37, color, width=width)
        else:
            canvas.rect(cell.inset(width), color, radius=cell.width * 0.1, width=width)

    @staticmethod
    def _cross_out(canvas: Canvas, cell: Box) -> None:
        (x, y), reach = cell.center, cell.width * 0.36
        for slope in (1, -1):
            ends = [(x - reach, y - slope * reach), (x + reach, y + slope * reach)]
            canvas.line(ends, canvas.theme.wrong, max(1.5, cell.width * 0.035))

    def _last_cell(self) -> tuple[int, int] | None:
        """Where the last stone came to rest."""
        if not self.env.moves:
            return None
        action = self.env.moves[-1]
        if not self.rules.gravity:
            return divmod(action, self.rules.cols)
        height = sum(move == action for move in self.env.moves)
        return self.rules.rows - height, action

    def _outline(self, canvas: Canvas, cell: Box) -> None:
        if self.rules.gravity:
            canvas.circle(cell.center, cell.width * 0.43, canvas.theme.ink, width=cell.width * 0.04)
        else:
            canvas.rect(
                cell.inset(cell.width * 0.03),
                canvas.theme.ink,
                radius=cell.width * 0.1,
                width=cell.width * 0.022,
            )

    def _strike(self, canvas: Canvas, box: Box, cells: list[tuple[int, int]]) -> None:
        """A line through the winning stones: between the two that lie farthest apart."""
        centers = [self._cell(box, row, col).center for row, col in cells]
        pairs = [(a, b) for a in centers for b in centers]
        ends = max(pairs, key=lambda p: (p[0][0] - p[1][0]) ** 2 + (p[0][1] - p[1][1]) ** 2)
        side = self._cell(box, 0, 0).width
        canvas.line(list(ends), canvas.theme.ink, side * 0.07)

    def _draw_scores(self, canvas: Canvas, box: Box, scores: np.ndarray, shares: bool) -> None:
        theme = canvas.theme
        rated = scores[~np.isnan(scores)]
        best = rated.max() if len(rated) and rated.max() > rated.min() else np.inf
        largest = float(abs(rated).max(initial=0))
        for action, score in enumerate(scores):
            landing = self._landing_cell(action)
            if np.isnan(score) or landing is None:
                continue
            cell = self._cell(box, *landing)
            text = number(float(score), shares, largest)
            size = canvas.fitted(text, max(9.0, cell.width * 0.17), cell.width * 0.6, bold=True)
            if score == best:
                canvas.rect(
                    Box(
                        cell.center[0] - cell.width * 0.33,
                        cell.center[1] - size * 0.85,
                        cell.width * 0.66,
                        size * 1.7,
                    ),
                    theme.best,
                    radius=size * 0.85,
                )
                canvas.text(text, cell.center, size, ink_on(theme.best), bold=True)
            else:
                canvas.text(text, cell.center, size, theme.muted)

    def _landing_cell(self, action: int) -> tuple[int, int] | None:
        landing = self.rules.landing(self.env.mine, self.env.theirs, action)
        return self.rules.cell_of[landing] if landing else None

    def action_at(self, box: Box, x: float, y: float) -> int | None:
        """The column or cell under the pointer."""
        for row in range(self.rules.rows):
            for col in range(self.rules.cols):
                if self._cell(box, row, col).holds(x, y):
                    return col if self.rules.gravity else row * self.rules.cols + col
        return None
