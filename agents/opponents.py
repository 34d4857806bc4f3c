"""Whom a learner meets in a game of two: itself, a pool of its past selves, or a named agent.

Against itself it moves for both sides, and every move of a game teaches it. Otherwise it has one
seat, drawn anew for every game, and the opponent is a part of the world:

    workshop train ppo tictactoe --opponent pool
    workshop train dqn connect-four --opponent minimax:depth=2

A pool keeps a learner from forgetting how to beat what it once was.

Source: Heinrich, Lanctot and Silver, "Fictitious Self-Play in Extensive-Form Games", 2015.
"""

from __future__ import annotations

import copy
import random
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from agents.agent import Agent, make_agent
from agents.policy import PolicyAgent
from agents.q_network import QNetworkAgent
from agents.table import NumpyRandom
from envs.batched.world import BatchOpponent, random_legal
from envs.board import board_percept
from envs.names import BadInput
from envs.percept import Percept, freeze
from envs.rules.kinarow import KInARow
from envs.worlds import World

SIZE = 8
"""Past selves in a pool at most."""
EVERY = 50
"""Moves of the whole batch between the first past selves."""
AT_RANDOM = 0.1
"""Share of random moves of a past self, so that its games are not all alike."""

NetworkAgent = QNetworkAgent | PolicyAgent


def check_opponent(name: str, learner: str, kind: str | None, world: World) -> None:
    """Refuses an opponent where there can be none.

    Args:
        kind: what the learner trains on (`AgentSpec.trains_on`).

    Raises:
        BadInput: the world has one player, or the learner takes no opponent.
    """
    if name == "self":
        return
    if not world.two_player:
        raise BadInput(f"--opponent is for games of two; {world.name} has one player")
    if kind != "a batch" or learner == "alphazero":  # its search moves for both sides
        raise BadInput(
            f"--opponent is for dqn, reinforce, a2c and ppo; {learner} cannot choose whom it meets"
        )


def make_opponent(
    name: str, learner: Agent, world: World, device: str, seed: int
) -> BatchOpponent | None:
    """The opponent called `name` for a batch of `world`s; None where the learner plays itself.

    Args:
        name: `self`, `pool`, or an agent by the name it has everywhere.
        learner: whose past selves a pool holds; it goes on learning.

    Raises:
        BadInput: there is no such agent, or it cannot play many games at a time.
    """
    if name == "self":
        return None
    if name == "pool":
        assert isinstance(learner, NetworkAgent)
        return PastSelves(learner, device, seed)
    try:
        agent = make_agent(name, world, seed)
    except BadInput as error:
        raise BadInput(f"--opponent: {error} (or: self, pool)") from None
    if agent.has_memory or name.partition(":")[0] == "human":
        raise BadInput(f"--opponent: {name} plays one game at a time, and a training many")
    return NamedOpponent(agent, world)


class PastSelves:
    """A pool of what the learner was and is, all of them opponents at the same time.

    Game i of the batch is played by member i modulo their number; the learner as it is now is one
    of them. When the pool is full every other past self goes, and the next ones come half as
    often: so they lie evenly over the training.

    Args:
        learner: what is copied, now and then.
        device: where the games are.
        seed: of the random moves.
    """

    def __init__(self, learner: NetworkAgent, device: str, seed: int) -> None:
        self._learner = learner
        self._generator = torch.Generator(device).manual_seed(seed)
        self.past: list[NetworkAgent] = []
        """The oldest first."""
        self.every, self.moves = EVERY, 0

    def __call__(self, observations: Tensor, masks: Tensor) -> Tensor:
        """A move in each game; `masks`: bool (n, actions). Returns int64 (n,)."""
        if self.moves % self.every == 0:
            self._remember()
        self.moves += 1
        members = [self._learner, *self.past]
        chosen = torch.zeros(len(masks), dtype=torch.int64, device=masks.device)
        for number, member in enumerate(members):
            rows = slice(number, None, len(members))
            if len(masks[rows]):
                chosen[rows] = member.choose(observations[rows], masks[rows]).to(chosen.device)
        draws = torch.rand(len(masks), generator=self._generator, device=masks.device)
        return torch.where(draws < AT_RANDOM, random_legal(masks, self._generator), chosen)

    def _remember(self) -> None:
        if len(self.past) == SIZE:
            self.past = self.past[::2]
            self.every *= 2
        self.past.append(self._copy())

    def _copy(self) -> NetworkAgent:
        member = copy.copy(self._learner)
        member.network = copy.deepcopy(self._learner.network)
        return member

    def state_dict(self) -> dict[str, Any]:
        """The weights of every past self, how many moves were made, and the dice."""
        return {
            "past": [copy.deepcopy(member.network.state_dict()) for member in self.past],
            "every": self.every,
            "moves": self.moves,
            "generator": self._generator.get_state(),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Goes on from there."""
        self.past = [self._copy() for _ in state["past"]]
        for member, weights in zip(self.past, state["past"], strict=True):
            member.network.load_state_dict(weights)
        self.every, self.moves = state["every"], state["moves"]
        self._generator.set_state(state["generator"].cpu())


class NamedOpponent:
    """An agent that plays all games of a batch."""

    def __init__(self, agent: Agent, world: World) -> None:
        self.agent, self._rules = agent, world.rules

    def __call__(self, observations: Tensor, masks: Tensor) -> Tensor:
        """A move in each game that is not over; `masks`: bool (n, actions). Returns int64 (n,)."""
        if isinstance(self.agent, NetworkAgent):
            return self.agent.choose(observations, masks).to(masks.device)
        percepts = percepts_of(self._rules, observations, masks)
        chosen = np.zeros(len(percepts), np.int64)
        self.agent.forget()  # so that a saved training goes on from the dice alone
        asked = [row for row, percept in enumerate(percepts) if percept is not None]
        if asked:
            chosen[asked] = self.agent.act_many([p for p in percepts if p is not None])
        return torch.as_tensor(chosen, device=masks.device)

    def state_dict(self) -> dict[str, Any]:
        """Where its dice stand, if it has any."""
        lots = self.agent.lots
        if isinstance(lots, random.Random):
            return {"lots": lots.getstate()}
        return {} if lots is None else {"lots": NumpyRandom(lots).state_dict()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Goes on drawing from there."""
        lots = self.agent.lots
        if isinstance(lots, random.Random):
            lots.setstate(state["lots"])
        elif lots is not None:
            NumpyRandom(lots).load_state_dict(state["lots"])


def percepts_of(
    rules: KInARow | None, observations: Tensor, masks: Tensor
) -> Sequence[Percept | None]:
    """The percepts of a batch, one each; None where a board game is over.

    In a duel, where nobody moves first, everybody is player 0.
    """
    found: list[Percept | None] = []
    for seen, mask in zip(observations.cpu().numpy(), masks.cpu().numpy(), strict=True):
        if rules is None:
            legal = tuple(np.flatnonzero(mask).tolist())
            found.append(Percept(freeze(seen), freeze(mask), legal, 0, None))
            continue
        mine, theirs = rules.from_board(seen[0] - seen[1])
        player = (mine | theirs).bit_count() % 2
        over = rules.over(mine, theirs)
        found.append(None if over else board_percept(rules, mine, theirs, player))
    return found
