"""K in a row: tic-tac-toe, Connect Four and any m,n,k board, as two bitboards.

A position is `(mine, theirs)`, always seen by the player to move. Each is one integer with one
bit a cell, counted up the columns from the lower left, with a spare bit on top of each column
that stays empty, so that no line can wrap from one column into the next. Tic-tac-toe::

     3   7  11      <- spare
    ------------
     2   6  10
     1   5   9
     0   4   8

Everything is built from the operators that Python ints and int64 tensors share
(`& | ^ << >> + * // % ==`). On ints one game is played, on tensors of any shape as many as fit.

Source: J. Tromp, "Connect-4 bitboards"; m,n,k-games: J. W. H. M. Uiterwijk, "The advantage of
the initiative", 2000.
"""

from __future__ import annotations

from string import ascii_lowercase
from typing import TYPE_CHECKING, TypeVar

import numpy as np

if TYPE_CHECKING:
    import torch

Bits = TypeVar("Bits", int, "torch.Tensor")
"""A Python int, or an int64 tensor of any shape."""


def column_name(col: int) -> str:
    """a, b, ..., z, aa, ab, ..."""
    return ascii_lowercase[col] if col < 26 else f"a{ascii_lowercase[col - 26]}"


class KInARow:
    """The rules of a `rows` x `cols` board on which `k` in a row wins.

    Args:
        rows: height of the board.
        cols: width of the board.
        k: stones in a row, column or diagonal that win.
        gravity: stones fall to the lowest free cell of their column.
        misere: whoever makes a line loses.

    An action is a column (counted from the left) with gravity, else a cell (counted row by row
    from the upper left).

    Raises:
        ValueError: the board does not fit in 63 bits, or no line of `k` fits on the board.
    """

    def __init__(
        self, rows: int, cols: int, k: int, gravity: bool = False, misere: bool = False
    ) -> None:
        if rows < 1 or cols < 1:
            raise ValueError(f"a board has at least 1 row and 1 column, not {rows} x {cols}")
        if not 2 <= k <= max(rows, cols):
            raise ValueError(f"k must lie between 2 and {max(rows, cols)} here, not {k}")
        if cols * (rows + 1) > 63:
            most = f"{63 // cols - 1} rows for {cols} columns" if cols <= 31 else "31 columns"
            raise ValueError(
                f"a {rows} x {cols} board needs {cols * (rows + 1)} bits, cols * (rows + 1), and "
                f"63 are there: at most {most}"
            )
        self.rows, self.cols, self.k, self.gravity = rows, cols, k, gravity
        self.misere = misere
        self.line_value = -1 if misere else 1
        """What a line is worth to whoever makes it."""
        self.height = rows + 1
        self.actions = cols if gravity else rows * cols
        directions = (1, self.height, self.height + 1, self.height - 1)
        self.line_shifts = [[step * shift for step in _doublings(k)] for shift in directions]
        """For each direction (column, row, diagonals): the shifts that find k in a row."""
        self.column = (1 << rows) - 1
        self.bottom = sum(1 << (col * self.height) for col in range(cols))
        self.board = self.bottom * self.column
        self.cell_bits = np.array(
            [[1 << self.bit(row, col) for col in range(cols)] for row in range(rows)], np.int64
        )
        """The bit of each cell, int64 (rows, cols), first row on top."""
        self.cell_of = {
            1 << self.bit(row, col): (row, col) for row in range(rows) for col in range(cols)
        }
        """The (row, col) of each cell's bit."""
        self._squares = [self.squares(action) for action in range(self.actions)]
        self.action_bits = np.array(self._squares, np.int64)
        """The cells each action could fill, int64 (actions,)."""
        self.mirrored_actions = [self._squares.index(self.mirrored(own)) for own in self._squares]
        """What each action is where left and right are exchanged."""

    def __repr__(self) -> str:
        board = f"rows={self.rows}, cols={self.cols}, k={self.k}"
        return f"KInARow({board}, gravity={self.gravity}, misere={self.misere})"

    def action_name(self, action: int) -> str:
        """The letter of a column; without gravity, with the number of the row behind it."""
        letter = column_name(action % self.cols)
        return letter if self.gravity else f"{letter}{action // self.cols + 1}"

    def bit(self, row: int, col: int) -> int:
        """The number of a cell's bit; row 0 is on top."""
        return col * self.height + self.rows - 1 - row

    def lines(self, stones: Bits) -> Bits:
        """Non-zero where `stones` holds k in a row: one bit at the start of each line."""
        found = stones ^ stones  # zero of the same kind
        for shifts in self.line_shifts:
            run = stones
            for shift in shifts:
                run = run & (run >> shift)
            found = found | run
        return found

    def completions(self, stones: Bits) -> Bits:
        """The cells, free or not, that are all `stones` lacks for k in a row."""
        found = stones ^ stones
        for shifts in self.line_shifts:
            for gap in range(self.k):  # its place in the line
                run = self.board ^ found ^ found
                for step in range(1, gap + 1):
                    run = run & (stones << (step * shifts[0]))
                for step in range(1, self.k - gap):
                    run = run & (stones >> (step * shifts[0]))
                found = found | run
        return found

    def mirrored(self, stones: Bits) -> Bits:
        """The same stones with left and right exchanged."""
        found = stones ^ stones
        column_bits = (1 << self.height) - 1
        for col in range(self.cols):
            column = (stones >> (col * self.height)) & column_bits
            found = found | (column << ((self.cols - 1 - col) * self.height))
        return found

    def legal(self, mine: Bits, theirs: Bits) -> Bits:
        """The cells that the next stone can land on."""
        stones = mine | theirs
        if self.gravity:  # adding 1 to a column carries up to its first free cell
            return (stones + self.bottom) & self.board
        return stones ^ self.board

    def squares(self, action: Bits) -> Bits:
        """The cells that `action` could fill on an empty board: one, or a column with gravity."""
        if self.gravity:
            return self.column << (action * self.height)
        return 1 << ((action % self.cols + 1) * self.height - 2 - action // self.cols)

    def landing(self, mine: Bits, theirs: Bits, action: Bits) -> Bits:
        """The cell where the stone of `action` comes to rest; 0 where the action is illegal."""
        return self.legal(mine, theirs) & self.squares(action)

    def legal_actions(self, mine: int, theirs: int) -> tuple[int, ...]:
        """The legal actions of one position, in rising order."""
        legal = self.legal(mine, theirs)
        return tuple(a for a, squares in enumerate(self._squares) if legal & squares)

    def full(self, mine: Bits, theirs: Bits) -> Bits:
        """True where no cell is free: a bool, or a bool tensor."""
        return (mine | theirs) == self.board

    def over(self, mine: int, theirs: int) -> bool:
        """Whether the game has ended: the player who just moved has a line, or no cell is free."""
        return bool(self.lines(theirs) or self.full(mine, theirs))

    def winning_cells(self, stones: int) -> list[tuple[int, int]]:
        """The (row, col) of every stone that is part of a line, for drawing."""
        cells = 0
        for shifts in self.line_shifts:
            run = stones
            for shift in shifts:
                run &= run >> shift
            for shift in reversed(shifts):
                run |= run << shift
            cells |= run
        return [(int(r), int(c)) for r, c in np.argwhere(self.cell_bits & cells)]

    def from_board(self, board: np.ndarray) -> tuple[int, int]:
        """`(mine, theirs)` of a (rows, cols) array of 1 mine, -1 theirs, 0 empty."""
        mine = int(self.cell_bits[board > 0].sum())
        theirs = int(self.cell_bits[board < 0].sum())
        return mine, theirs

    def to_board(self, mine: int, theirs: int) -> np.ndarray:
        """An int8 array (rows, cols): 1 mine, -1 theirs, 0 empty; first row on top."""
        mine_plane = (self.cell_bits & mine) != 0
        theirs_plane = (self.cell_bits & theirs) != 0
        return mine_plane.astype(np.int8) - theirs_plane.astype(np.int8)


def _doublings(k: int) -> list[int]:
    """How far to shift runs of 1 to get runs of k: 1, 2, 4, ... and what is left."""
    steps, length = [], 1
    while length < k:
        steps.append(min(length, k - length))
        length += steps[-1]
    return steps


TIC_TAC_TOE = KInARow(rows=3, cols=3, k=3)
CONNECT_FOUR = KInARow(rows=6, cols=7, k=4, gravity=True)
