"""Connect Four: wins if it can at once, else plays at random. One ply of foresight."""

import random

import numpy as np


def act(percept):
    for column in percept.legal_actions:
        if wins(drop(percept.board, column, 1)):
            return column
    return random.choice(percept.legal_actions)


def drop(board, column, stone):
    """The board after a stone has fallen into a column. 1 is mine, -1 theirs; row 0 is on top."""
    after = board.copy()
    row = np.flatnonzero(after[:, column] == 0)[-1]
    after[row, column] = stone
    return after


def wins(board, stone=1):
    """Whether there are four of these stones in a row."""
    mine = board == stone
    across = mine[:, :-3] & mine[:, 1:-2] & mine[:, 2:-1] & mine[:, 3:]
    down = mine[:-3] & mine[1:-2] & mine[2:-1] & mine[3:]
    falling = mine[:-3, :-3] & mine[1:-2, 1:-2] & mine[2:-1, 2:-1] & mine[3:, 3:]
    rising = mine[3:, :-3] & mine[2:-1, 1:-2] & mine[1:-2, 2:-1] & mine[:-3, 3:]
    return across.any() or down.any() or falling.any() or rising.any()
