"""Duel: two light-cycles on one grid, moving at the same time, each leaving a wall behind.

Whoever drives into a wall loses; if both crash in the same move, it is a draw. The arena lies in a
border of walls, and a cell is counted row by row from the upper left, border included. A 3 x 4
arena with both heads::

    # # # # # #        0  1  2  3  4  5
    # . . . . #        6  7  8  9 10 11
    # A . . B #       12 ...
    # . . . . #
    # # # # # #

The other end of the arena, seen from a cell, is `cells - 1 - cell`: starts and obstacles are
symmetric about the centre, so that no seat is better than the other.

`ahead` and `step` are written with what ints over a bytearray and tensors over a tensor share. For
many arenas at once, walls are laid out one arena after the other, and a cell is counted through.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

STARTS = ("facing", "corners", "random")
MAX_SIDE = 100


class Arena(NamedTuple):
    """An arena before the first move."""

    walls: np.ndarray
    """int8 (cells,), 1 where a wall is; the heads' cells are walls too."""
    heads: tuple[int, int]
    """The cells of the two players."""


class Duel:
    """The rules on a `rows` x `cols` arena.

    Args:
        rows, cols: size without the border.
        starts: `facing` each other, in opposite `corners`, or at `random`.
        obstacles: walls inside the arena, an even number, at random.

    Raises:
        ValueError: there is no such arena.
    """

    def __init__(
        self, rows: int = 11, cols: int = 11, starts: str = "facing", obstacles: int = 0
    ) -> None:
        if not (2 <= rows <= MAX_SIDE and 2 <= cols <= MAX_SIDE and rows * cols >= 6):
            raise ValueError(
                f"an arena has 2 x 3 to {MAX_SIDE} x {MAX_SIDE} cells, not {rows} x {cols}"
            )
        if starts not in STARTS:
            raise ValueError(f"no starts {starts!r}; there are {', '.join(STARTS)}")
        if not 0 <= obstacles <= rows * cols // 2 or obstacles % 2:
            raise ValueError(
                f"obstacles is an even number from 0 to {rows * cols // 2} here, not {obstacles}"
            )
        self.rows, self.cols = rows, cols
        self.starts, self.obstacles = starts, obstacles
        self.width = cols + 2
        self.cells = (rows + 2) * self.width
        border = np.ones((rows + 2, self.width), np.int8)
        border[1:-1, 1:-1] = 0
        self.border = border.ravel()

    def __repr__(self) -> str:
        return (
            f"Duel(rows={self.rows}, cols={self.cols}, starts={self.starts!r}, "
            f"obstacles={self.obstacles})"
        )

    @property
    def varies(self) -> bool:
        """Whether arenas differ from game to game."""
        return self.starts == "random" or self.obstacles > 0

    def ahead(self, cell: Any, action: Any) -> Any:
        """The next cell up, right, down or left (0 to 3). Ints, or tensors of one shape."""
        upright = (action + 1) & 1
        return cell + upright * (action - 1) * self.width + (1 - upright) * (2 - action)

    def step(self, walls: Any, heads: tuple[Any, Any], actions: tuple[Any, Any]) -> Any:
        """Moves both players at once, and puts walls where they now are.

        Args:
            walls: (cells,), or the walls of many arenas one after the other; changed in place.
            heads: where the players are.
            actions: their moves, each seen by nobody before both are made.

        Returns:
            heads: where they are now.
            crashed: for each player whether it drove into a wall or into the other.
        """
        first, second = (
            self.ahead(head, action) for head, action in zip(heads, actions, strict=True)
        )
        together = first == second
        crashed = walls[first] | together, walls[second] | together
        walls[first] = 1
        walls[second] = 1
        return (first, second), crashed

    def arena(self, rng: np.random.Generator) -> Arena:
        """An arena before the first move; only comparisons of random numbers decide."""
        first = self._first_head(rng)
        second = self.cells - 1 - first
        walls = self.border.copy()
        walls[[first, second]] = 1
        if self.obstacles:
            near = {self.ahead(head, action) for head in (first, second) for action in range(4)}
            free = [c for c in range(self.cells // 2) if not walls[c] and c not in near]
            chosen = np.argsort(rng.random(len(free)))[: self.obstacles // 2]
            for cell in np.array(free, int)[chosen]:
                walls[[cell, self.cells - 1 - cell]] = 1
        return Arena(walls, (first, second))

    def _first_head(self, rng: np.random.Generator) -> int:
        """Where player 0 starts; player 1 starts at the other end."""
        if self.starts == "corners":
            return self.width + 1
        if self.starts == "facing":
            return (self.rows + 1) // 2 * self.width + 1 + self.cols // 5
        apart = min(max(2, (self.rows + self.cols) // 4), self.rows + self.cols - 2)
        cells = [
            cell
            for cell in np.flatnonzero(self.border == 0).tolist()
            if self._distance(cell, self.cells - 1 - cell) >= apart
        ]
        return cells[int(rng.random() * len(cells))]

    def _distance(self, one: int, other: int) -> int:
        """Steps between two cells of an empty arena."""
        row, col = divmod(one, self.width)
        other_row, other_col = divmod(other, self.width)
        return abs(row - other_row) + abs(col - other_col)
