"""What the games of a session came to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass
class Score:
    """Wins by agent, and draws; or the returns of episodes."""

    wins: list[int]
    draws: int = 0
    returns: list[float] = field(default_factory=list)

    @property
    def games(self) -> int:
        """How many games of two are over."""
        return sum(self.wins) + self.draws

    def match_result(self, names: Sequence[str]) -> str:
        """Who has won a match of two that is over, `names` by agent."""
        ahead, behind = sorted(self.wins, reverse=True)
        if ahead == behind:
            return f"the match is drawn, {ahead} : {behind}"
        name = names[self.wins.index(ahead)]
        return f"{name} {'win' if name == 'you' else 'wins'} the match, {ahead} : {behind}"
