"""An estimate of a position whose end is too far to see: by the lines that are still open.

Source: C. Shannon, "Programming a Computer for Playing Chess", 1950 (static evaluation).
"""

from __future__ import annotations

from envs.rules.kinarow import KInARow

UNDECIDED = 0.5
"""What is estimated lies below; every forced win is worth more, for 0.99 ** 63 is 0.53
(`agents/minimax.py`)."""


class LineCount:
    """An estimate of a position, by the lines that are still open.

    A line on which only one player has stones counts 4 for each stone beyond the first, multiplied:
    1, 4, 16, ... The difference of both players is squeezed to between -0.5 and 0.5.
    """

    def __init__(self, rules: KInARow) -> None:
        places = (
            sum(1 << shifts[0] * step for step in range(rules.k)) << start
            for shifts in rules.line_shifts
            for start in range(rules.cols * rules.height)
        )
        self.lines = [line for line in places if line & rules.board == line]
        """The stones of every line there may be."""
        self._worth = [0.0, *(4.0**stones for stones in range(rules.k))]
        self._sign = rules.line_value

    def __call__(self, mine: int, theirs: int) -> float:
        """How good the position seems to the player to move; the other sees the negative."""
        balance = 0.0
        for line in self.lines:
            own, other = mine & line, theirs & line
            if own and not other:
                balance += self._worth[own.bit_count()]
            elif other and not own:
                balance -= self._worth[other.bit_count()]
        return self._sign * UNDECIDED * balance / (abs(balance) + self._worth[-1])
