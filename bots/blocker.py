"""Connect Four: wins if it can, stops the other from winning, gives nothing away, likes the middle.

A class may keep what it needs between the moves of a game; a new one is made for every game. If its
`__init__` asks for `seed`, it gets one, and the same game can be played again.
"""

import random

import numpy as np


class Agent:
    def __init__(self, seed):
        self.lots = random.Random(seed)

    def act(self, percept):
        board, columns = percept.board, percept.legal_actions
        for stone in (1, -1):  # my win comes before theirs
            for column in columns:
                if wins(drop(board, column, stone), stone):
                    return column
        safe = [column for column in columns if not gives_away(board, column)] or columns
        best = min(abs(column - 3) for column in safe)
        return self.lots.choice([column for column in safe if abs(column - 3) == best])


def gives_away(board, column):
    """Whether the other could win on top of my stone."""
    after = drop(board, column, 1)
    return after[0, column] == 0 and wins(drop(after, column, -1), -1)


def drop(board, column, stone):
    """The board after a stone has fallen into a column. 1 is mine, -1 theirs; row 0 is on top."""
    after = board.copy()
    row = np.flatnonzero(after[:, column] == 0)[-1]
    after[row, column] = stone
    return after


def wins(board, stone):
    """Whether there are four of these stones in a row."""
    mine = board == stone
    across = mine[:, :-3] & mine[:, 1:-2] & mine[:, 2:-1] & mine[:, 3:]
    down = mine[:-3] & mine[1:-2] & mine[2:-1] & mine[3:]
    falling = mine[:-3, :-3] & mine[1:-2, 1:-2] & mine[2:-1, 2:-1] & mine[3:, 3:]
    rising = mine[3:, :-3] & mine[2:-1, 1:-2] & mine[1:-2, 2:-1] & mine[:-3, 3:]
    return across.any() or down.any() or falling.any() or rising.any()
