"""What AlphaZero learns from: games while they are played, and the positions of finished ones."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor

from agents.tree_search import Found
from envs.batched.world import random_legal
from envs.rules.kinarow import KInARow


class Positions(NamedTuple):
    """Positions and what was found about them; every field is (n, ...)."""

    mine: Tensor
    theirs: Tensor
    policy: Tensor
    """(n, actions)."""
    values: Tensor
    """To the player to move."""


class Saved:
    """A part whose state is its tensors."""

    _state: tuple[str, ...]

    def state_dict(self) -> dict[str, Tensor]:
        """Copies of all of them."""
        return {name: getattr(self, name).clone() for name in self._state}

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """Goes on from there.

        Raises:
            ValueError: they have another shape.
        """
        for name in self._state:
            if state[name].shape != getattr(self, name).shape:
                raise ValueError(f"{name} has the shape {tuple(state[name].shape)}")
            getattr(self, name).copy_(state[name])


class Games(Saved):
    """The games that are being played, with all positions since their beginnings.

    Args:
        env: a batch of boards; every step is for whoever is to move.
        random_plies: games begin with up to so many random moves.
    """

    _state = ("mine", "theirs", "policy", "values", "ply", "opening")

    def __init__(self, env: Any, random_plies: int, generator: torch.Generator) -> None:
        self.env, self.random_plies = env, random_plies
        rules, device = env.rules, env.device
        shape = env.num_envs, rules.rows * rules.cols
        self.mine = torch.zeros(shape, dtype=torch.int64, device=device)
        self.theirs = torch.zeros_like(self.mine)
        self.policy = torch.zeros(*shape, rules.actions, device=device)
        self.values = torch.zeros(shape, device=device)
        self.ply = torch.zeros(env.num_envs, dtype=torch.int64, device=device)
        self.opening = self._draw_openings(generator)
        """How many moves of each game are random."""
        self._plies = torch.arange(shape[1], device=device)

    def _draw_openings(self, generator: torch.Generator) -> Tensor:
        shape = (self.env.num_envs,)
        high = self.random_plies + 1
        return torch.randint(high, shape, generator=generator, device=self.env.device)

    def play(
        self, found: Found, search_share: float, generator: torch.Generator
    ) -> tuple[Tensor, Tensor, Positions]:
        """A move of every game: what was searched, or a random one in its opening.

        Returns:
            rewards, ended: of this move, (games,) each; and the positions of the games that ended.
        """
        here = torch.arange(len(self.ply), device=self.ply.device), self.ply
        self.mine[here], self.theirs[here] = self.env.mine.long(), self.env.theirs.long()
        self.policy[here], self.values[here] = found.policy, found.values
        at_random = random_legal(self.env.percepts_now()[1], generator)
        actions = torch.where(self.ply < self.opening, at_random, found.actions)
        _, rewards, ended, _, _ = self.env.step(actions)
        finished = self._finished(rewards, ended, search_share)
        self.ply = (self.ply + 1) * ~ended
        self.opening = torch.where(ended, self._draw_openings(generator), self.opening)
        return rewards, ended, finished

    def _finished(self, rewards: Tensor, ended: Tensor, search_share: float) -> Positions:
        """The positions of the games that `ended`, with their value targets."""
        ply, values = self.ply[ended][:, None], self.values[ended]
        signs = 1 - 2 * ((ply - self._plies) % 2)  # whoever moved last has the reward
        results = rewards[ended][:, None] * signs
        before_random = self._plies < self.opening[ended][:, None]
        share = torch.where(before_random, 1.0, search_share)
        targets = share * values + (1 - share) * results
        there = self._plies <= ply
        fields = self.mine[ended], self.theirs[ended], self.policy[ended], targets
        return Positions(*(field[there] for field in fields))


class Window(Saved):
    """The latest positions; each as it is or mirrored, whichever comes first."""

    _state = ("mine", "theirs", "policy", "values", "count")

    def __init__(self, rules: KInARow, capacity: int, device: str) -> None:
        self.rules, self.capacity = rules, capacity
        self.squares = torch.as_tensor(rules.action_bits, device=device)
        self.mine = torch.zeros(capacity, dtype=torch.int64, device=device)
        self.theirs = torch.zeros_like(self.mine)
        self.policy = torch.zeros(capacity, rules.actions, device=device)
        self.values = torch.zeros(capacity, device=device)
        self.count = torch.zeros((), dtype=torch.int64)
        """How many there ever were."""

    def mirrored(self, positions: Positions, where: Tensor) -> Positions:
        """Left and right exchanged `where`, bool (n,)."""
        mine, theirs, policy, values = positions
        return Positions(
            torch.where(where, self.rules.mirrored(mine), mine),
            torch.where(where, self.rules.mirrored(theirs), theirs),
            torch.where(where[:, None], policy[:, self.rules.mirrored_actions], policy),
            values,
        )

    def add(self, positions: Positions) -> None:
        """Remembers them, in place of the oldest."""
        mine, theirs = positions[:2]
        other_mine, other_theirs = self.rules.mirrored(mine), self.rules.mirrored(theirs)
        swap = (other_mine < mine) | ((other_mine == mine) & (other_theirs < theirs))
        positions = self.mirrored(positions, swap)
        rows = torch.arange(len(mine), device=mine.device)[-self.capacity :] + int(self.count)
        for name, field in positions._asdict().items():
            getattr(self, name)[rows % self.capacity] = field[-self.capacity :]
        self.count += len(mine)

    def latest(self, size: int) -> Positions:
        """The different ones of the latest `size`, with the means of their targets.

        On a GPU they are added up in any order: there a training does not repeat bit for bit.
        """
        end = int(self.count)
        rows = torch.arange(max(0, end - min(size, self.capacity)), end, device=self.mine.device)
        rows %= self.capacity
        mine, theirs = self.mine[rows], self.theirs[rows]
        kinds, by_theirs = theirs.unique(return_inverse=True)
        pairs = mine.unique(return_inverse=True)[1] * len(kinds) + by_theirs
        group, counts = pairs.unique(return_inverse=True, return_counts=True)[1:]
        many = len(counts)
        policy = self.policy.new_zeros(many, self.rules.actions)
        policy = policy.index_add_(0, group, self.policy[rows]) / counts[:, None]
        values = self.values.new_zeros(many).index_add_(0, group, self.values[rows]) / counts
        return Positions(
            mine.new_zeros(many).scatter_(0, group, mine),
            mine.new_zeros(many).scatter_(0, group, theirs),
            policy,
            values,
        )

    def batch(
        self, distinct: Positions, size: int, generator: torch.Generator
    ) -> tuple[Positions, Tensor]:
        """A random choice of `distinct`, half of them mirrored; and the legal actions there."""
        device = distinct.mine.device
        rows = torch.randint(len(distinct.mine), (size,), generator=generator, device=device)
        swap = torch.rand(size, generator=generator, device=device) < 0.5
        chosen = self.mirrored(Positions(*(field[rows] for field in distinct)), swap)
        legal = self.rules.legal(chosen.mine, chosen.theirs)[:, None] & self.squares
        return chosen, legal != 0
