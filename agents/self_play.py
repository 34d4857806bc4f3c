"""Self-play: many games at once, every move by a search with the network as it is."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import torch
from torch import Tensor

from agents.policy_value import Evaluate, PolicyValueNetwork, Remembered
from agents.positions import Games, Positions
from agents.tree_search import Search, search

if TYPE_CHECKING:
    from agents.alphazero import Config


class Played(NamedTuple):
    """What came of a few moves of every game."""

    positions: list[Positions]
    """Those of the games that ended, move by move."""
    rewards: Tensor
    """(moves, games)."""
    ended: Tensor
    """bool (moves, games)."""


class Players(Protocol):
    """Whoever plays: the learner itself, or others on many machines."""

    def play(self, network: PolicyValueNetwork) -> Played:
        """`config.rollout` moves of `config.num_envs` games, with about this network."""


class SelfPlay:
    """Plays here and now.

    Args:
        env: a batch of boards as tensors, both seats the learner's.
        generator: of every random choice.
    """

    def __init__(self, config: Config, env: Any, generator: torch.Generator) -> None:
        self.config, self.env, self.generator = config, env, generator
        self.games = Games(env, config.random_plies, generator)
        self.search = Search(config.simulations, value_scale=config.value_scale)

    def play(self, network: PolicyValueNetwork) -> Played:
        """`config.rollout` moves of every game."""
        evaluate: Evaluate = partial(network, quick=self.config.bfloat16)
        if network.cells.device.type == "cpu":  # a GPU would wait at every look
            evaluate = Remembered(evaluate, network.rules.actions)
        moves = [self._move(evaluate) for _ in range(self.config.rollout)]
        rewards, ended, positions = zip(*moves, strict=True)
        return Played(list(positions), torch.stack(rewards), torch.stack(ended))

    def _move(self, evaluate: Evaluate) -> tuple[Tensor, Tensor, Positions]:
        mine, theirs = self.env.mine.long(), self.env.theirs.long()
        found = search(self.env.rules, mine, theirs, evaluate, self.search, self.generator)
        return self.games.play(found, self.config.search_share, self.generator)
