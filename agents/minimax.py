"""Minimax: look ahead as far as the game goes, and assume the opponent does the same.

Negamax with alpha-beta pruning and a transposition table. The value of a position to the player
to move is::

    V(s) = max_a  -discount * V(s after a),    V = -1 where the opponent has just won, 0 for a draw

The minus is the other player's view; `discount` (a little less than 1) makes a quick win worth
more than a slow one, and a slow loss better than a quick one.

Sources: C. Shannon, "Programming a Computer for Playing Chess", 1950; D. Knuth and R. Moore, "An
Analysis of Alpha-Beta Pruning", 1975. Beyond `depth` plies every position counts 0.
"""

from __future__ import annotations

import math

import numpy as np

from agents.agent import Agent, Thoughts
from envs.names import BadInput
from envs.percept import Percept
from envs.rules.kinarow import KInARow
from envs.worlds import World

DISCOUNT = 0.99
LEAVES = 5_000
"""The default depth on a large board is that at which ideal pruning leaves about so many leaves,
the square root of actions ** depth: 8 plies in Connect Four."""
EXACT, LOWER, UPPER = range(3)
TABLE_SIZE = 2_000_000
"""Positions remembered before the table is emptied."""


class MinimaxAgent(Agent):
    """Plays the move with the best minimax value; the first of equals, counted from the centre.

    Args:
        world: a board game.
        seed: unused: the same percept always gets the same answer.
        depth: plies to look ahead; 0: to the end of the game. By default to the end on boards of
            up to 12 cells, else fewer the more actions there are (8 in Connect Four).

    Raises:
        BadInput: the world is no board game, or depth is negative.
    """

    def __init__(self, world: World, seed: int | None = None, depth: int | None = None) -> None:
        if world.rules is None:
            raise BadInput(f"minimax plays board games; {world.name} is none")
        if depth is not None and (not isinstance(depth, int) or depth < 0):
            raise BadInput(f"minimax: depth is a number of plies, 0 for all, not {depth}")
        cells = world.rules.rows * world.rules.cols
        if depth is None:
            depth = 0 if cells <= 12 else int(2 * math.log(LEAVES, world.rules.actions))
        self.search = Search(world.rules, depth or cells)

    def act(self, percept: Percept) -> int:
        """The move with the best value."""
        values = self._values(percept)
        return max(values, key=values.__getitem__)

    def think(self, percept: Percept) -> Thoughts:
        """The minimax value of every legal move."""
        scores = np.full(len(percept.action_mask), np.nan)
        for action, value in self._values(percept).items():
            scores[action] = value
        return Thoughts(scores, "minimax value")

    def _values(self, percept: Percept) -> dict[int, float]:
        assert percept.board is not None
        return self.search.values(*self.search.rules.from_board(percept.board))


class Search:
    """Alpha-beta search of one game, with a table that lasts from move to move."""

    def __init__(self, rules: KInARow, depth: int) -> None:
        self.rules = rules
        self.depth = depth
        middle = (rules.cols - 1) / 2, (rules.rows - 1) / 2
        self.order = sorted(
            range(rules.actions),
            key=lambda a: math.dist(
                (a % rules.cols, middle[1] if rules.gravity else a // rules.cols), middle
            ),
        )
        """Actions from the centre outwards: good moves first make for early cut-offs."""
        self._squares = [rules.squares(action) for action in self.order]
        self._table: dict[tuple[int, int, int], tuple[int, float]] = {}

    def values(self, mine: int, theirs: int) -> dict[int, float]:
        """The exact value (within the depth) of every legal move, from the centre outwards."""
        if len(self._table) > TABLE_SIZE:
            self._table.clear()
        return {
            action: -DISCOUNT
            * self.negamax(
                theirs,
                mine | self.rules.landing(mine, theirs, action),
                -math.inf,
                math.inf,
                self.depth - 1,
            )
            for action in self.order
            if self.rules.landing(mine, theirs, action)
        }

    def negamax(self, mine: int, theirs: int, alpha: float, beta: float, depth: int) -> float:
        """The value to the player to move, exact if it lies between `alpha` and `beta`."""
        rules = self.rules
        if rules.lines(theirs):
            return -float(rules.line_value)
        if depth == 0 or rules.full(mine, theirs):
            return 0.0
        key = (mine, theirs, depth)
        kind, value = self._table.get(key, (None, 0.0))
        if kind == EXACT or (kind == LOWER and value >= beta) or (kind == UPPER and value <= alpha):
            return value
        floor, best = alpha, -math.inf
        legal = rules.legal(mine, theirs)
        for squares in self._squares:
            landing = legal & squares
            if not landing:
                continue
            value = -DISCOUNT * self.negamax(
                theirs, mine | landing, -beta / DISCOUNT, -floor / DISCOUNT, depth - 1
            )
            best = max(best, value)
            floor = max(floor, value)
            if floor >= beta:
                break
        kind = UPPER if best <= alpha else LOWER if best >= beta else EXACT
        self._table[key] = (kind, best)
        return best
