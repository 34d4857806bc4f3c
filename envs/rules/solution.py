"""The truth about a small board: the value of every reachable position, by playing all of them.

Retrograde values by negamax over `(mine, theirs)`; nothing is pruned, nothing is estimated.
Tic-tac-toe has 5,478 reachable positions, in 4,520 of which someone must move.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

from envs.rules.kinarow import KInARow

Position = tuple[int, int]
"""`(mine, theirs)`, seen by the player to move."""
Policy = Callable[[Position], int | Mapping[int, float]]
"""From a position to the action, or to the probability of each action."""


class Solution:
    """Every reachable position of `rules` with its value to the player to move.

    Args:
        rules: the board.
        limit: how many positions at most.

    Raises:
        ValueError: more than `limit` positions are reachable.
    """

    def __init__(self, rules: KInARow, limit: int = 200_000) -> None:
        self.rules = rules
        self.value: dict[Position, int] = {}
        """+1 the player to move wins, 0 draws, -1 loses, with best play by both."""
        self.best: dict[Position, tuple[int, ...]] = {}
        """The actions that keep the value, for each position where someone must move."""
        self._limit = limit
        self._solve(0, 0)

    def _solve(self, mine: int, theirs: int) -> int:
        position = (mine, theirs)
        if position in self.value:
            return self.value[position]
        if len(self.value) >= self._limit:
            raise ValueError(f"{self.rules} has more than {self._limit} positions")
        rules = self.rules
        if rules.lines(theirs):
            value = -rules.line_value
        elif rules.full(mine, theirs):
            value = 0
        else:
            scores = {
                action: -self._solve(theirs, mine | rules.landing(mine, theirs, action))
                for action in rules.legal_actions(mine, theirs)
            }
            value = max(scores.values())
            self.best[position] = tuple(a for a, score in scores.items() if score == value)
        self.value[position] = value
        return value

    def optimal_action_rate(self, policy: dict[Position, int]) -> float:
        """The share of all positions with a move to make in which `policy` plays a best one."""
        right = sum(policy[position] in best for position, best in self.best.items())
        return right / len(self.best)

    def loses(self, policy: Callable[[Position], int], seat: int) -> list[int] | None:
        """Walks every reply to `policy` in `seat` (0 moves first).

        Returns:
            The actions of a game that `policy` loses or in which it breaks the rules, or None:
            whatever the opponent does, `policy` never loses.
        """
        rules, safe = self.rules, set[Position]()

        def walk(mine: int, theirs: int, ours: bool, played: list[int]) -> list[int] | None:
            position = (mine, theirs)
            if rules.lines(theirs):  # made by the player who just moved
                return played if ours == (rules.line_value > 0) else None
            if rules.full(mine, theirs) or position in safe:
                return None
            legal = rules.legal_actions(mine, theirs)
            actions = (policy(position),) if ours else legal
            for action in actions:
                if action not in legal:
                    return [*played, action]
                stones = mine | rules.landing(mine, theirs, action)
                lost = walk(theirs, stones, not ours, [*played, action])
                if lost is not None:
                    return lost
            safe.add(position)
            return None

        return walk(0, 0, seat == 0, [])

    def unbeatable(self, policy: Callable[[Position], int]) -> bool:
        """Whether `policy` never loses, in either seat, against any opponent."""
        return self.loses(policy, 0) is None and self.loses(policy, 1) is None

    def best_response_values(self, policy: Policy) -> tuple[float, float]:
        """What the best reply to `policy` earns, where `policy` moves first and where second.

        The opponent knows `policy` and plays what is best against it; breaking the rules loses.
        """
        rules = self.rules
        against: dict[Position, tuple[float, float]] = {}
        """The value to the player to move, if `policy` has seat 0, and if it has seat 1."""
        for position, value in self.value.items():  # every position after those it leads to
            if position not in self.best:
                against[position] = value, value
                continue
            mine, theirs = position
            after = {
                action: against[theirs, mine | rules.landing(mine, theirs, action)]
                for action in rules.legal_actions(mine, theirs)
            }
            chosen = policy(position)
            shares = chosen if isinstance(chosen, Mapping) else {chosen: 1.0}
            seat = (mine | theirs).bit_count() % 2
            followed = sum(
                share * (-after[action][seat] if action in after else -1.0)
                for action, share in shares.items()
            )
            best = max(-values[1 - seat] for values in after.values())
            against[position] = (best, followed) if seat else (followed, best)
        first, second = against[0, 0]
        return -first, second

    def exploitability(self, policy: Policy) -> float:
        """How much a best reply earns, averaged over both seats; 0: nobody gains anything on it.

        Half of NashConv, as OpenSpiel defines it for two players and zero sum (Lanctot et al.
        2017, "A Unified Game-Theoretic Approach to Multiagent Reinforcement Learning").
        """
        return sum(self.best_response_values(policy)) / 2


@cache
def solve(
    rows: int, cols: int, k: int, gravity: bool = False, misere: bool = False
) -> Solution | None:
    """The solution of a board, computed once; None if it is too large to enumerate here."""
    if 3 ** (rows * cols) > 3**16:  # also bounds the recursion
        return None
    try:
        return Solution(KInARow(rows, cols, k, gravity, misere))
    except ValueError:
        return None
