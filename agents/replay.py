"""Remembered steps: drawn evenly or by how wrong the network was, one at a time or n in a row."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from envs.names import BadInput

SMALLEST_PRIORITY = 1e-6
"""Added to every priority, so that a step of which nothing was learned can come again."""


Batch = dict[str, Tensor]
"""Steps to learn from, n in a row seen as one; the first dimension of every tensor is (batch,).

observation, action: where it began and what was done.
reward: what the n steps paid, discounted and added up.
terminated: 1 where the episode ended with the last of them, and nothing comes afterwards.
next_observation, next_mask: what was seen after the last of them, and what was legal there.
rows: where the first of them is kept.
steps: how many were counted, where n > 1: fewer than n where an episode ended or was cut off.
weights: what each counts in the loss, where not all count the same.
"""


class Replay:
    """The latest `size` steps, as tensors on one device.

    Args:
        num_envs: how many worlds `add` hands over at a time: the next step of a world stands so
            many rows further on.
        n_step: how many steps in a row a batch sees as one.
        discount: what a reward counts one step later; negative where it is then the opponent's.
    """

    def __init__(
        self,
        size: int,
        observations: Tensor,
        actions: int,
        num_envs: int = 1,
        n_step: int = 1,
        discount: float = 1.0,
    ) -> None:
        if size < (n_step + 1) * num_envs:
            raise BadInput(
                f"--buffer-size must be at least {(n_step + 1) * num_envs} for {n_step}-step "
                f"returns in {num_envs} worlds, not {size}"
            )
        device = observations.device
        row = observations.shape[1:]
        self.memory = {
            "observation": torch.zeros((size, *row), dtype=observations.dtype, device=device),
            "action": torch.zeros(size, dtype=torch.int64, device=device),
            "reward": torch.zeros(size, device=device),
            "terminated": torch.zeros(size, device=device),
            "ended": torch.zeros(size, device=device),
            "next_observation": torch.zeros((size, *row), dtype=observations.dtype, device=device),
            "next_mask": torch.zeros((size, actions), dtype=torch.bool, device=device),
        }
        self.size, self.added = size, 0
        self.num_envs, self.n_step, self.discount = num_envs, n_step, discount
        self.device = device
        self.beta = 1.0
        """How much of the bias of the draws the weights undo; even draws have none."""
        self.unfinished = (n_step - 1) * num_envs
        """How many of the newest rows still lack the steps that follow."""

    @property
    def ready(self) -> bool:
        """Whether there is anything to draw."""
        return self.added > self.unfinished

    def add(self, **step: Tensor) -> None:
        """Remembers one step of every world, over the oldest ones."""
        rows = self._newest(len(step["action"]))
        for name, column in step.items():
            self.memory[name][rows] = column.to(self.memory[name].dtype)
        self.added += len(rows)

    def _newest(self, count: int) -> Tensor:
        """The rows that the next `count` steps take."""
        return (torch.arange(count, device=self.device) + self.added) % self.size

    def sample(self, batch_size: int, generator: torch.Generator) -> Batch:
        """A uniformly random batch of rows that n steps are known of."""
        filled = min(self.added, self.size) - self.unfinished
        rows = torch.randint(filled, (batch_size,), generator=generator, device=self.device)
        if self.unfinished and self.added > self.size:  # count from the oldest row
            rows = (rows + self.added) % self.size
        return self._batch(rows)

    def _batch(self, rows: Tensor) -> Batch:
        """The steps that begin in `rows` (batch,), and what follows them."""
        memory, last, sums = self.memory, rows, {"reward": self.memory["reward"][rows]}
        if self.n_step > 1:
            ahead = torch.arange(self.n_step, device=self.device)[:, None] * self.num_envs
            path = (rows + ahead) % self.size  # (n_step, batch)
            rewards, ended = memory["reward"][path], memory["ended"][path]
            sums["reward"], sums["steps"] = n_step_returns(rewards, ended, self.discount)
            last = path.gather(0, sums["steps"][None] - 1).squeeze(0)
        begun = {name: memory[name][rows] for name in ("observation", "action")}
        after = ("terminated", "next_observation", "next_mask")
        return {**begun, **sums, **{name: memory[name][last] for name in after}, "rows": rows}

    def learned(self, rows: Tensor, errors: Tensor) -> None:
        """Is told how far the network was off its targets in `rows`; both (batch,)."""

    def state_dict(self) -> dict[str, Any]:
        """The filled rows, and where the next go."""
        filled = min(self.added, self.size)
        return {
            "memory": {name: column[:filled] for name, column in self.memory.items()},
            "added": self.added,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Remembers what `state_dict` returned."""
        for name, column in state["memory"].items():
            self.memory[name][: len(column)] = column
        self.added = state["added"]


def n_step_returns(rewards: Tensor, ended: Tensor, discount: float) -> tuple[Tensor, Tensor]:
    """Rewards of n steps in a row added up, to the end of the episode at most.

    Args:
        rewards, ended: (n, batch); `ended` is 1 where the next row is another episode's.
        discount: what a reward counts one step later.

    Returns:
        sums: sum over i of discount ** i * reward(i), (batch,).
        steps: how many rewards were counted, int64 (batch,).

    Source: Sutton & Barto, 2nd ed., formula 7.1.
    """
    before = torch.cat((torch.zeros_like(ended[:1]), ended[:-1]))
    counted = (1 - before).cumprod(0)  # 1 up to the end of the episode
    powers = discount ** torch.arange(len(rewards), device=rewards.device)[:, None]
    return (powers * counted * rewards).sum(0), counted.sum(0).long()


class PrioritisedReplay(Replay):
    """Draws a step the more often, the further the network was off its target there.

        P(i) = p(i) ** alpha / sum of all p ** alpha, with p = |error| + a little
        weight(i) = (N * P(i)) ** -beta, the largest of a batch being 1

    The weights undo the bias of the draws, wholly at beta = 1. A new step has the largest priority
    so far. Draws are independent of each other (the paper draws one from each of equal shares).

    Source: Schaul, Quan, Antonoglou and Silver, "Prioritized Experience Replay", 2016, section 3.3.
    """

    def __init__(self, alpha: float, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.alpha = alpha
        kind = widest_float(self.device)
        self.powers = torch.zeros(self.size, dtype=kind, device=self.device)
        """p ** alpha of each row; 0 where nothing can begin."""
        self.largest = torch.ones((), dtype=kind, device=self.device)

    def add(self, **step: Tensor) -> None:
        """Remembers one step of every world; those that n steps are known of may now be drawn."""
        rows = self._newest(len(step["action"]))
        super().add(**step)
        self.powers[rows] = 0
        if self.ready:
            self.powers[(rows - self.unfinished) % self.size] = self.largest

    def sample(self, batch_size: int, generator: torch.Generator) -> Batch:
        """A batch drawn by priority, with what each step counts."""
        heights = self.powers.cumsum(0)
        chances = torch.rand(
            batch_size, generator=generator, device=self.device, dtype=heights.dtype
        )
        rows = torch.searchsorted(heights, chances * heights[-1], right=True)
        rows = rows.clamp(max=min(self.added, self.size) - 1)
        return {**self._batch(rows), "weights": self.weights_of(rows)}

    def weights_of(self, rows: Tensor) -> Tensor:
        """What each of `rows` counts in the loss, to make up for how often it is drawn."""
        count = min(self.added, self.size) - self.unfinished
        chances = self.powers[rows] / self.powers.sum()
        weights = (count * chances) ** -self.beta
        return (weights / weights.max()).float()

    def learned(self, rows: Tensor, errors: Tensor) -> None:
        """Remembers how far the network was off its targets in `rows`; both (batch,)."""
        powers = (errors.abs().to(self.powers.dtype) + SMALLEST_PRIORITY) ** self.alpha
        self.powers[rows] = powers
        self.largest = torch.maximum(self.largest, powers.max())

    def state_dict(self) -> dict[str, Any]:
        """The filled rows, and their priorities."""
        priorities = {"powers": self.powers, "largest": self.largest}
        return {**super().state_dict(), **priorities}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Remembers what `state_dict` returned."""
        super().load_state_dict(state)
        self.powers.copy_(state["powers"])
        self.largest = state["largest"].to(self.device).clone()


def widest_float(device: torch.device) -> torch.dtype:
    """The most exact numbers there are on a device: Apple's GPUs have none of 64 bits."""
    return torch.float32 if device.type == "mps" else torch.float64


def make_replay(config: Any, env: Any) -> Replay:
    """What remembers the steps of the batch `env`, as `config` (of DQN) says."""
    seen, actions = env.percepts_now()[0], int(env.single_action_space.n)
    discount = env.value_sign * config.gamma
    shape = (config.buffer_size, seen, actions, env.num_envs, config.n_step, discount)
    return PrioritisedReplay(config.alpha, *shape) if config.prioritised else Replay(*shape)
