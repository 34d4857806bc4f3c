"""A solver: the exact score of a position, by alpha-beta on bitboards.

Scores are those of J. Tromp's and P. Pons's pages. 0 is a draw. The player to move wins: 1 with the
very last stone of its own, and 1 more for each own stone that is then left. It loses: the negative
of what the other one scores. So of two wins the sooner is worth more, and of two losses the later.

The search asks one question only, whether a score is at least `bound`::

    at_least(s, bound) = any(not at_least(s after a, 1 - bound) for a in moves(s))

since a score of at least `bound` is one of at most `-bound` to the other player. That is alpha-beta
with a window of no width, which cuts off most. A score is found by bisecting: a high bound (a win
that soon) is answered after few plies, so the search deepens step by step.

- Moves after which the other player could win at once are left out, not searched.
- Moves that make most threats come first, of equals the one nearest to the centre.
- The table holds between which bounds the score of a position is known to lie.

The rules are those of `KInARow`. With numba they and the search are compiled as they stand; without
it the same functions run as Python, far slower.

Sources: D. Knuth and R. Moore, "An Analysis of Alpha-Beta Pruning", 1975; J. Tromp, "John's Connect
Four Playground"; A. Plaat et al., "Best-First Fixed-Depth Minimax Algorithms", 1996 (null windows).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, partial
from importlib import import_module
from importlib.util import find_spec
from typing import Any, NamedTuple

import numpy as np

from envs.rules.kinarow import KInARow

TABLE_SIZE = 16_777_213
"""Positions in the table. A prime: the remainder by it scatters positions well."""
LOW, HIGH = 6, 12
"""Where the bounds of an entry end: 6 bits each, and the rest tells the position."""
ZERO = 32
"""How a bound of 0 is written."""
MIRRORED = 0.6
"""With at least this share of the cells free, a position and its mirror image share an entry."""
HAS_NUMBA = find_spec("numba") is not None
UNLIMITED = 2**62
VISITED, ALLOWED = range(2)


class OutOfPositions(Exception):
    """The search has visited as many positions as it may."""


class Board(NamedTuple):
    """What the methods of `KInARow` read of it, as a tuple, which can be compiled."""

    line_shifts: tuple[tuple[int, ...], ...]
    k: int
    gravity: bool
    bottom: int
    board: int
    cols: int
    height: int


class Solver:
    """Solves positions of one board.

    Args:
        rules: the board.
        table: how many positions to remember, 8 bytes each; a prime serves best. 0: none, which
            takes far more time.
        compiled: by numba, or Python as it stands.

    Raises:
        ValueError: whoever makes a line loses there, or its positions do not fit into the table.
    """

    def __init__(self, rules: KInARow, table: int = TABLE_SIZE, compiled: bool = HAS_NUMBA) -> None:
        bits = rules.cols * rules.height
        if rules.misere:
            raise ValueError(f"the solver plays to make lines, not to avoid them: {rules}")
        if HIGH + (bits if rules.gravity else 2 * bits + 1) > 63:
            raise ValueError(f"positions of {rules} do not fit into the solver's table")
        self.rules = rules
        self.limit = UNLIMITED
        """How many positions may be visited for one answer, which else is OutOfPositions."""
        self._search = make_search(rules, table, compiled)
        self._table = np.zeros(table, np.int64)
        self._moves = np.zeros((rules.rows * rules.cols + 1) * rules.actions, np.int64)
        self._counters = np.zeros(2, np.int64)

    @property
    def positions(self) -> int:
        """How many positions have been visited."""
        return int(self._counters[VISITED])

    def score(self, mine: int, theirs: int) -> int:
        """The score of a position to the player to move.

        Raises:
            ValueError: the game is over.
        """
        if self.rules.over(mine, theirs):
            raise ValueError("there is no move to make: the game is over")
        free = self._free(mine, theirs)
        return bisect(partial(self.at_least, mine, theirs), -(free // 2), (free + 1) // 2, 0)

    def scores(self, mine: int, theirs: int, best: int | None = None) -> dict[int, int]:
        """The score of every legal move to the player who makes it, by action.

        Args:
            best: the score of the position, if it is known already.

        Raises:
            ValueError: the game is over.
        """
        high = self.score(mine, theirs) if best is None else best
        low = -(self._free(mine, theirs) // 2)
        return {
            action: bisect(partial(self.move_at_least, mine, theirs, action), low, high, high)
            for action in self.rules.legal_actions(mine, theirs)
        }

    def move_at_least(self, mine: int, theirs: int, action: int, bound: int) -> bool:
        """Whether a legal move scores `bound` or more to the player who makes it."""
        stones = mine | self.rules.landing(mine, theirs, action)
        if self.rules.lines(stones):
            return bound <= (self._free(mine, theirs) + 1) // 2
        if self.rules.full(stones, theirs):
            return bound <= 0
        return not self.at_least(theirs, stones, 1 - bound)

    def at_least(self, mine: int, theirs: int, bound: int) -> bool:
        """Whether a position scores `bound` or more to the player to move; it must not be over.

        Raises:
            OutOfPositions: it is not decided after `limit` positions.
        """
        free = self._free(mine, theirs)
        if self.rules.completions(mine) & self.rules.legal(mine, theirs):
            return bound <= (free + 1) // 2
        self._counters[ALLOWED] = min(self.positions + self.limit, UNLIMITED)
        return self._search(mine, theirs, free, bound, self._table, self._moves, self._counters)

    def _free(self, mine: int, theirs: int) -> int:
        return self.rules.rows * self.rules.cols - (mine | theirs).bit_count()


def bisect(at_least: Callable[[int], bool], low: int, high: int, guess: int) -> int:
    """The score between `low` and `high`, by asking about `guess`, and then about the middle."""
    while low < high:
        middle = (low + high + 1) // 2
        bound = guess if low < guess <= high else guess + 1 if low == guess else middle
        if at_least(bound):
            low = bound
        else:
            high = bound - 1
    return low


@cache
def make_search(rules: KInARow, size: int, compiled: bool) -> Callable[..., bool]:
    """The search for one board.

    Args:
        size: how many positions the table holds; 0: there is none.
        compiled: by numba, or Python as it stands.
    """
    compile: Callable[..., Any] = import_module("numba").njit if compiled else lambda it: it
    shifts = tuple(tuple(shifts) for shifts in rules.line_shifts)
    board = Board(shifts, *(getattr(rules, name) for name in Board._fields[1:]))
    legal, completions = compile(KInARow.legal), compile(KInARow.completions)
    mirrored = compile(KInARow.mirrored)
    bits, width, gravity = rules.cols * rules.height, rules.actions, rules.gravity
    cells, alike_from = (1 << bits) - 1, MIRRORED * rules.rows * rules.cols
    outwards = lambda at: abs(at.bit_length() + (at & -at).bit_length() - bits)  # noqa: E731
    columns = tuple(sorted(map(rules.squares, range(width)), key=outwards))

    @compile
    def key_of(mine: int, theirs: int, free: int) -> int:
        """A number that no other position has, but for its mirror image; never 0."""
        if not gravity:
            return (mine << bits | theirs) + 1
        key = mine + (mine | theirs) + board.bottom  # a bit on top of each column, and mine below
        return min(key, mirrored(board, key)) if free >= alike_from else key

    @compile
    def count(stones: int) -> int:
        """How many stones these are."""
        found = 0
        while stones:
            stones &= stones - 1
            found += 1
        return found

    @compile
    def at_least(
        mine: int, theirs: int, free: int, bound: int, table: Any, moves: Any, counters: Any
    ) -> bool:
        """Whether the score is `bound` or more, where the player to move cannot win at once.

        Of the moves that `moves` has room for, those of this position begin at `free * width`.
        """
        counters[VISITED] += 1
        if counters[VISITED] > counters[ALLOWED]:
            raise OutOfPositions
        low, high = -((free - 2) // 2), (free - 1) // 2  # nobody wins before its second stone
        if bound > high:
            return False
        threatened, landings = completions(board, theirs), legal(board, mine, theirs)
        first = last = free * width
        for column in columns:
            move = landings & column
            if move and not legal(board, mine | move, theirs) & threatened:
                threats = completions(board, mine | move) & ~(mine | theirs)
                worth, place = count(threats) << bits, last
                while place > first and int(moves[place - 1]) < worth:
                    moves[place] = moves[place - 1]
                    place -= 1
                moves[place] = worth | move
                last += 1
        if first == last:  # whatever it does, the other one wins at once
            return bound <= -(free // 2)
        if bound <= low:
            return True
        key, place = 0, 0
        remember = size > 0 and last - first > 1  # what is forced is soon found again
        if remember:
            key = key_of(mine, theirs, free)
            place = key % size
            entry = int(table[place])
            if entry >> HIGH == key:
                low, high = (entry & 63) - ZERO, (entry >> LOW & 63) - ZERO
                if bound <= low or bound > high:
                    return bound <= low
        found = False
        for number in range(first, last):
            stones = mine | int(moves[number]) & cells
            if not at_least(theirs, stones, free - 1, 1 - bound, table, moves, counters):
                found = True
                break
        if remember:
            low, high = (bound, high) if found else (low, bound - 1)
            table[place] = key << HIGH | high + ZERO << LOW | low + ZERO
        return found

    return at_least
