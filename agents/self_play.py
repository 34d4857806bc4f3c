"""Self-play: many games at once, every move by a search with the network as it is."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from copy import deepcopy
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import torch
from torch import Tensor

from agents.policy_value import Evaluate, PolicyValueNetwork, Remembered
from agents.positions import Games, Positions
from agents.training import Part, RandomState
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

    def to(self, device: torch.device) -> Played:
        """The same on a device."""
        positions = [Positions(*(f.to(device) for f in found)) for found in self.positions]
        return Played(positions, self.rewards.to(device), self.ended.to(device))


class Players(Part, Protocol):
    """Whoever plays: the learner itself, a thread beside it, or others on many machines."""

    def play(self, network: PolicyValueNetwork) -> Played:
        """`config.rollout` moves of `config.num_envs` games, with about this network.

        They are on its device. No move at all: a Ctrl-C came while there was nobody to play.
        """


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

    def state_dict(self) -> dict[str, Tensor]:
        """Where the games are."""
        return self.games.state_dict()

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """Goes on from there; where others have played, games begin anew."""
        if state:
            self.games.load_state_dict(state)

    def _move(self, evaluate: Evaluate) -> tuple[Tensor, Tensor, Positions]:
        mine, theirs = self.env.mine.long(), self.env.theirs.long()
        found = search(self.env.rules, mine, theirs, evaluate, self.search, self.generator)
        return self.games.play(found, self.config.search_share, self.generator)


class Alongside:
    """Plays in a thread of its own while the learner learns, with the network as it was before the
    last update.

    Two halves side by side take less time than one after the other on twice the threads: what a
    search multiplies at once is too little to be shared. The outcome does not depend on which of
    them is faster: each waits for the other.

    Args:
        env: a batch of boards as tensors, both seats the learner's; nobody else moves in it.
        seed: of every random choice.
    """

    def __init__(self, config: Config, env: Any, seed: int) -> None:
        self._random = RandomState(seed)
        self._here = SelfPlay(config, env, self._random.generator)
        self._parts = {"env": env, "games": self._here, "random": self._random}
        self._network: PolicyValueNetwork | None = None
        self._thread = ThreadPoolExecutor(1, "self-play")
        self._next: Future[Played] | None = None

    def play(self, network: PolicyValueNetwork) -> Played:
        """What was played meanwhile; the next moves begin with the network as it is now."""
        played = self._here.play(network) if self._next is None else self._next.result()
        self._network = self._network or deepcopy(network)
        self._network.load_state_dict(network.state_dict())
        self._next = self._thread.submit(self._here.play, self._network)
        return played

    def state_dict(self) -> dict[str, Any]:
        """Where the games are, and what was played but not learned from yet."""
        played = None if self._next is None else self._next.result()  # nothing moves after that
        state = {name: part.state_dict() for name, part in self._parts.items()}
        if played is None:
            return state
        positions = [list(found) for found in played.positions]
        return {**state, "positions": positions, "played": [played.rewards, played.ended]}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Goes on from there; where others have played, games begin anew."""
        for name, part in self._parts.items():
            if state:
                part.load_state_dict(state[name])
        if "played" in state:
            self._next = Future()
            positions = [Positions(*found) for found in state["positions"]]
            self._next.set_result(Played(positions, *state["played"]))
