"""What the games of a session came to."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace


@dataclass
class Score:
    """Wins by agent, and draws; or the returns of episodes."""

    wins: list[int]
    draws: int = 0
    episodes: int = 0
    """How many episodes of worlds for one are over."""
    total: float = 0.0
    """The sum of their returns."""

    def copy(self) -> Score:
        """The score as it is now."""
        return replace(self, wins=list(self.wins))

    @property
    def mean(self) -> float:
        """The mean return of the episodes; nan before the first is over."""
        return self.total / self.episodes if self.episodes else math.nan

    @property
    def games(self) -> int:
        """How many games of two are over."""
        return sum(self.wins) + self.draws

    def match_result(self, names: Sequence[str]) -> str:
        """Who has won a match of two that is over, `names` by agent."""
        ahead, behind = sorted(self.wins, reverse=True)
        stands = ", ".join([f"{ahead} : {behind}", *self.drawn])
        if ahead == behind:
            return f"the match is drawn, {stands}"
        name = names[self.wins.index(ahead)]
        return f"{name} {'win' if name == 'you' else 'wins'} the match, {stands}"

    @property
    def drawn(self) -> list[str]:
        """How many games were drawn, in words; nothing if none was."""
        return [f"{self.draws} draw{'s' if self.draws > 1 else ''}"] if self.draws else []
