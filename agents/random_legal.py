"""The baseline of all baselines: any legal action, each as likely as the next."""

from __future__ import annotations

import numpy as np

from agents.agent import Agent, Thoughts
from envs.percept import Percept
from envs.worlds import World


class RandomAgent(Agent):
    """Uniformly random legal actions."""

    def __init__(self, world: World, seed: int | None = None) -> None:
        self.lots: np.random.Generator = np.random.default_rng(seed)

    def act(self, percept: Percept) -> int:
        """Any of the legal actions."""
        return int(self.lots.choice(percept.legal_actions))

    def think(self, percept: Percept) -> Thoughts:
        """The same probability for each."""
        scores = np.where(percept.action_mask, 1 / len(percept.legal_actions), np.nan)
        return Thoughts(scores, "probability")
