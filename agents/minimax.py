"""Minimax: look ahead as far as the game goes, and assume the opponent does the same.

Negamax with alpha-beta pruning and a transposition table. The value of a position to the player
to move is::

    V(s) = max_a  -discount * V(s after a),    V = -1 where the opponent has just won, 0 for a draw

The minus is the other player's view; `discount` (a little less than 1) makes a quick win worth
more than a slow one, and a slow loss better than a quick one.

Where the end is too far, search stops at a horizon of `depth` plies and counts lines there
(`agents/line_count.py`). With `seconds` the horizon is moved out ply by ply until the time is up
(iterative deepening), and the answer is that of the last search that was finished.

Sources: C. Shannon, "Programming a Computer for Playing Chess", 1950; D. Knuth and R. Moore, "An
Analysis of Alpha-Beta Pruning", 1975; D. Slate and L. Atkin, "Chess 4.5", 1977 (deepening).
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import numpy as np

from agents.agent import Agent, Branch, Thoughts
from agents.line_count import UNDECIDED, LineCount
from agents.unfolding import unfold
from envs.names import BadInput
from envs.percept import Percept
from envs.rules.kinarow import KInARow
from envs.rules.solution import Position
from envs.worlds import World

DISCOUNT = 0.99
LEAVES = 5_000
"""The default depth on a large board is that at which ideal pruning leaves about so many leaves,
the square root of actions ** depth: 8 plies in Connect Four."""
EXACT, LOWER, UPPER = range(3)
TABLE_SIZE = 2_000_000
"""Positions remembered before the table is emptied."""
CLOCK_EVERY = 256
"""Positions between two looks at the clock."""


class MinimaxAgent(Agent):
    """Plays the move with the best minimax value; the first of equals, counted from the centre.

    Args:
        world: a board game.
        seed: unused: the same percept always gets the same answer (but for `seconds`).
        depth: plies to look ahead; 0: to the end of the game. By default to the end on boards of
            up to 12 cells, else fewer the more actions there are (8 in Connect Four).
        seconds: time for a move; as deep as it allows, and no deeper than `depth` if that is given.
        evaluation: count lines at the horizon; else every position there counts 0.

    Raises:
        BadInput: the world is no board game, or an option is out of range.
    """

    def __init__(
        self,
        world: World,
        seed: int | None = None,
        depth: int | None = None,
        seconds: float | None = None,
        evaluation: bool = True,
    ) -> None:
        if world.rules is None:
            raise BadInput(f"minimax plays board games; {world.name} is none")
        if depth is not None and (not isinstance(depth, int) or depth < 0):
            raise BadInput(f"minimax: depth is a number of plies, 0 for all, not {depth}")
        if seconds is not None and (not isinstance(seconds, int | float) or not seconds > 0):
            raise BadInput(f"minimax: seconds is a time above 0, not {seconds}")
        cells = world.rules.rows * world.rules.cols
        if depth is None:
            far = cells <= 12 or seconds is not None
            depth = 0 if far else int(2 * math.log(LEAVES, max(2, world.rules.actions)))
        self.seconds = seconds
        evaluate = LineCount(world.rules) if evaluation else None
        self.search = Search(world.rules, depth or cells, evaluate, self._clock)
        self._last: tuple[Position, dict[int, float]] | None = None

    def act(self, percept: Percept) -> int:
        """The move with the best value."""
        values = self._values(percept)
        return max(values, key=values.__getitem__)

    def think(self, percept: Percept) -> Thoughts:
        """The minimax value of every legal move."""
        scores = np.full(len(percept.action_mask), np.nan)
        for action, value in self._values(percept).items():
            scores[action] = value
        return Thoughts(scores, "minimax value", f"{self.search.reached} plies ahead")

    def ahead(self, percept: Percept, plies: int = 3) -> tuple[Branch, ...]:
        """What alpha-beta looks at first, and what it does not have to look at."""
        assert percept.board is not None
        position = self.search.rules.from_board(percept.board)
        self._values(percept)  # how far it looks, if that depends on the time
        return unfold(self.search, *position, -math.inf, math.inf, self.search.reached, plies)

    def _clock(self) -> float:
        """The time, which is up where nobody waits for the answer any more."""
        stop = self.unwanted is not None and self.unwanted.is_set()
        return math.inf if stop else time.monotonic()

    def _values(self, percept: Percept) -> dict[int, float]:
        """The values of the position; those of the last one are kept for think and act to share."""
        assert percept.board is not None
        position = self.search.rules.from_board(percept.board)
        if self._last is None or self._last[0] != position:
            search, seconds = self.search, self.seconds
            found = search.deepen(*position, seconds) if seconds else search.values(*position)
            self._last = position, found
        return self._last[1]


class OutOfTime(Exception):
    """The search has to stop."""


class GivenUp(Exception):
    """The search has to stop, and nobody wants to know what it has found so far."""


class Search:
    """Alpha-beta search of one game, with a table that lasts from move to move.

    Args:
        rules: the game.
        depth: plies to look ahead; as many as there are cells: to the end.
        evaluate: the value at the horizon to the player to move; None: 0.
        clock: the time in seconds; infinite: the search is to be given up.
    """

    discount = DISCOUNT

    def __init__(
        self,
        rules: KInARow,
        depth: int,
        evaluate: Callable[[int, int], float] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.rules, self.depth, self.evaluate = rules, depth, evaluate
        self.reached = 0
        """The plies that the last answer looked ahead."""
        self._clock = clock
        self._deadline = math.inf
        self._positions = 0
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

    def values(self, mine: int, theirs: int, depth: int | None = None) -> dict[int, float]:
        """The exact value (within the depth) of every legal move, from the centre outwards."""
        rules, depth = self.rules, depth or self.depth
        if len(self._table) > TABLE_SIZE:
            self._table.clear()
        found = {}
        for action in self.order:
            landing = rules.landing(mine, theirs, action)
            if landing:
                below = self.negamax(theirs, mine | landing, -math.inf, math.inf, depth - 1)
                found[action] = -DISCOUNT * below
        self.reached = min(depth, rules.rows * rules.cols - (mine | theirs).bit_count())
        return found

    def deepen(
        self, mine: int, theirs: int, seconds: float, most: int | None = None
    ) -> dict[int, float]:
        """The values within the greatest depth that can be searched in time, 1 ply at least.

        It ends sooner where the end of the game is reached, or a win or a loss is certain.

        Args:
            most: plies to look ahead at most; as many as the search has, if none are given.
        """
        self._deadline = self._clock() + seconds
        plies = self.rules.rows * self.rules.cols - (mine | theirs).bit_count()
        found = self.values(mine, theirs, 1)  # few positions: it never looks at the clock
        try:
            for depth in range(2, min(plies, most or self.depth) + 1):
                if abs(max(found.values())) > UNDECIDED:
                    break
                found = self.values(mine, theirs, depth)
        except OutOfTime:
            pass
        finally:
            self._deadline = math.inf
        return found

    def _look_at_clock(self) -> None:
        self._positions += 1
        if self._positions % CLOCK_EVERY:
            return
        now = self._clock()
        if math.isinf(now):
            raise GivenUp
        if now >= self._deadline:
            raise OutOfTime

    def negamax(self, mine: int, theirs: int, alpha: float, beta: float, depth: int) -> float:
        """The value to the player to move, exact if it lies between `alpha` and `beta`."""
        rules = self.rules
        if rules.lines(theirs):
            return -float(rules.line_value)
        if rules.full(mine, theirs):
            return 0.0
        if depth == 0:
            return self.evaluate(mine, theirs) if self.evaluate else 0.0
        self._look_at_clock()
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
