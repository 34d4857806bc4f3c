"""A batch of gridworlds: every step is a look-up in one table."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np
import torch
from torch import Tensor

from envs.batched.world import BatchedWorld, replace_rows
from envs.gridworld import GridSource
from envs.rules.cells import ACTIONS
from envs.rules.grid import Grid
from envs.sight import Sight


class BatchedGridWorld(BatchedWorld):
    """A batch of gridworlds; see `envs.gridworld.GridWorldEnv` for the arguments they share.

    Args:
        num_envs: how many worlds.
        pool: where maps are redrawn, how many of them `reset(seed=...)` draws; every new episode
            takes one of these, so that no step waits for the host.
        max_episode_steps: after how many steps an episode is truncated.
        device: where the tensors live; None: NumPy arrays.
        source: `map`, `slip` and the other arguments that say what the world is like.
    """

    value_sign = 1
    _state = ("states", "steps")

    def __init__(
        self,
        num_envs: int = 1,
        observation: str = "index",
        view: int = 5,
        pool: int = 256,
        max_episode_steps: int = 200,
        device: str | torch.device | None = None,
        **source: Any,
    ) -> None:
        self.source = GridSource.of(source)
        self.observation, self.view, self.pool = observation, view, pool
        self.max_episode_steps = max_episode_steps
        grid = self.source.grid()
        sight = Sight([grid], observation, view, self.source.symbols(grid))
        super().__init__(num_envs, device, sight.space, gym.spaces.Discrete(len(ACTIONS)))
        self._worlds = torch.arange(num_envs, device=self.device)
        self._set_grids([grid])
        self.states = torch.full((num_envs,), grid.start, device=self.device)
        self.steps = torch.zeros_like(self.states)

    def _set_grids(self, grids: list[Grid]) -> None:
        """The tables of all maps, one after the other: a state of map i counts from i * states."""
        self.grids = grids
        symbols = self.source.symbols(grids[0])
        self.sight = Sight(grids, self.observation, self.view, symbols, self._table)
        offsets = np.arange(len(grids)) * grids[0].states
        stacked = [grid.next_state + at for grid, at in zip(grids, offsets, strict=True)]
        self._next_state = self._table(np.concatenate(stacked)).flatten()
        rewards = np.concatenate([grid.reward for grid in grids])
        self._reward = self._table(rewards.astype(np.float32)).flatten()
        self._ends = self._table(np.concatenate([grid.ends for grid in grids])).flatten()
        slips = np.concatenate([grid.slips for grid in grids]).astype(np.float32)
        self._slips = self._table(slips) if slips.any() else None
        self._starts = self._table(offsets + [grid.start for grid in grids])
        self.chances = 0 if self._slips is None and len(grids) == 1 else 2

    def _table(self, array: np.ndarray) -> Tensor:
        return torch.as_tensor(array, device=self.device)

    def percepts_now(self) -> tuple[Any, Any]:
        """The current observations and action masks."""
        return self._out(self.sight.observe(self.states, self._worlds)), self._out(self._masks())

    def _masks(self) -> Tensor:
        return torch.ones((self.num_envs, len(ACTIONS)), dtype=torch.bool, device=self.device)

    def restart(self, seed: int | None) -> tuple[Tensor, Tensor]:
        """New episodes everywhere, on new maps if these are redrawn and there is a seed."""
        if self.source.redrawn and (seed is not None or len(self.grids) < self.pool):
            draws = np.random.default_rng(seed).integers(2**32, size=self.pool)
            self._set_grids([self.source.grid(int(draw)) for draw in draws])
        self.states = self._new_starts(self._draw_chances())
        self.steps = torch.zeros_like(self.steps)
        return self.sight.observe(self.states, self._worlds), self._masks()

    def _start_over(self, final: Tensor, ended: Tensor) -> Tensor:
        """What is seen once the episodes that `ended` have begun anew."""
        if self.observation == "index" or len(self._starts) > 1:
            return self.sight.observe(self.states, self._worlds)
        start = self.sight.observe(self._starts, self._worlds[:1])
        return replace_rows(final, start, ended)

    def _new_starts(self, chances: Tensor) -> Tensor:
        """Where the next episode of each world begins: (num_envs,)."""
        if len(self._starts) == 1:
            return self._starts.expand(self.num_envs)
        return self._starts[(chances[1] * len(self._starts)).long()]

    def advance(self, actions: Tensor, chances: Tensor) -> tuple[Tensor, ...]:
        """One step of every world."""
        if self._slips is not None:
            slip, chance = self._slips[self.states], chances[0]
            actions = actions + (chance >= 1 - slip / 2).long() - (chance < slip / 2).long()
            actions = actions % len(ACTIONS)
        entry = self.states * len(ACTIONS) + actions
        after = self._next_state[entry]
        terminated = self._ends[entry]
        steps = self.steps + 1
        truncated = steps >= self.max_episode_steps
        ended = terminated | truncated
        final = self.sight.observe(after, self._worlds)
        self.states = torch.where(ended, self._new_starts(chances), after)
        self.steps = steps.masked_fill(ended, 0)
        seen = self._start_over(final, ended)
        return seen, self._reward[entry], terminated, truncated, self._masks(), final
