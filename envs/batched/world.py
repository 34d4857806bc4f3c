"""What all batched worlds share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gymnasium as gym
import numpy as np
import torch
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space
from torch import Tensor

from envs.batched.memory import keep_freed_memory
from envs.names import BadInput

BatchOpponent = Callable[[Tensor, Tensor], Tensor]
"""From observations (n, ...) and action masks (n, actions) to actions (n,).

One that changes from move to move has `state_dict` and `load_state_dict`, and is saved with its
world.
"""


def random_legal(action_masks: Tensor, generator: torch.Generator) -> Tensor:
    """A uniformly random legal action for each row of bool (n, actions): int64 (n,)."""
    device = action_masks.device
    return pick_legal(
        action_masks, torch.rand(len(action_masks), generator=generator, device=device)
    )


def pick_legal(action_masks: Tensor, chances: Tensor) -> Tensor:
    """The legal action that a number from 0 to 1 stands for; `chances`: (n,)."""
    so_far = action_masks.cumsum(1, dtype=torch.int32)  # (n, actions) legal actions up to here
    pick = (chances * so_far[:, -1]).int()
    return (so_far <= pick[:, None]).sum(1)


def replace_rows(rows: Tensor, fresh: Tensor, where: Tensor) -> Tensor:
    """A copy of `rows` with those of `fresh` (as many, or one) where bool `where` (n,) is set.

    For small integers: masking bytes is an order of magnitude faster than `torch.where`.
    """
    shape = (-1,) + (1,) * (rows.ndim - 1)
    new = where.to(rows.dtype).view(shape)
    return (rows & (new - 1)).bitwise_or_(fresh & -new)


class BatchedWorld(VectorEnv[Any, Any, Any]):
    """What all batched worlds share: device, seeding, NumPy at the edge, saved state.

    Actions outside the action space are the caller's mistake; no step waits for the device to look
    for them (boards count them as illegal).

    `advance` is a step without its edges: tensors in, tensors out, no generator and no wait for
    the device. To compile it: `env.advance = torch.compile(env.advance)`.
    """

    chances = 0
    """How many random numbers a step takes for each world."""
    opponent: BatchOpponent | None = None
    """Who has the other seat in a game of two."""

    def __init__(
        self,
        num_envs: int,
        device: str | torch.device | None,
        observation_space: gym.Space[Any],
        action_space: gym.Space[Any],
    ) -> None:
        if num_envs < 1:
            raise BadInput(f"num_envs must be at least 1, not {num_envs}")
        self.metadata = {"autoreset_mode": AutoresetMode.SAME_STEP}
        self.num_envs = num_envs
        self.numpy = device is None
        self.device = torch.device(device or "cpu")
        if self.device.type == "cpu":
            keep_freed_memory()
        self.single_observation_space = observation_space
        self.single_action_space = action_space
        self.observation_space = batch_space(observation_space, num_envs)
        self.action_space = batch_space(action_space, num_envs)
        self.generator = torch.Generator(self.device)

    def reset(
        self, *, seed: int | list[int] | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Starts every episode anew; one seed stands for the whole batch."""
        if isinstance(seed, list):
            seed = seed[0]
        if seed is not None:  # not the seed itself: whoever acts may seed a generator with that
            mixed = np.random.SeedSequence((seed, self.num_envs)).generate_state(1, np.uint64)
            self.generator.manual_seed(int(mixed[0]))
        elif self._np_random is None:  # the first reset of all
            self.generator.seed()
        self._np_random = np.random.default_rng(seed)
        observations, masks = self.restart(seed)
        return self._out(observations), {"action_mask": self._out(masks)}

    def step(self, actions: Any) -> tuple[Any, Any, Any, Any, dict[str, Any]]:
        """One step of every world. `actions`: int64 (num_envs,)."""
        actions = torch.as_tensor(actions, device=self.device)
        observations, rewards, terminated, truncated, masks, final = self.advance(
            actions, self._draw_chances()
        )
        ended = terminated | truncated
        info = {
            "action_mask": self._out(masks),
            "final_obs": self._out(final),
            "_final_obs": self._out(ended),
        }
        return (
            self._out(observations),
            self._out(rewards),
            self._out(terminated),
            self._out(truncated),
            info,
        )

    def _out(self, tensor: Tensor) -> Any:
        return tensor.numpy() if self.numpy else tensor

    def _draw_chances(self) -> Tensor:
        """Uniform numbers from 0 to 1: (chances, num_envs)."""
        shape = (self.chances, self.num_envs)
        return torch.rand(shape, generator=self.generator, device=self.device)

    def restart(self, seed: int | None) -> tuple[Tensor, Tensor]:
        """Starts all episodes; returns observations and action masks."""
        raise NotImplementedError

    def advance(self, actions: Tensor, chances: Tensor) -> tuple[Tensor, ...]:
        """One step: observations, rewards, terminated, truncated, masks, final observations.

        Args:
            actions: int64 (num_envs,).
            chances: float (`self.chances`, num_envs), uniform from 0 to 1.
        """
        raise NotImplementedError

    _state: tuple[str, ...] = ()
    """The names of the tensors that say where every episode stands."""

    def state_dict(self) -> dict[str, Any]:
        """Where every episode stands, the random generator, and what an opponent remembers."""
        state = {name: getattr(self, name) for name in self._state}
        state["generator"] = self.generator.get_state()
        remembered = getattr(self.opponent, "state_dict", None)
        if remembered is not None:
            state["opponent"] = remembered()
        return state

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Goes on from what `state_dict` returned."""
        for name in self._state:
            setattr(self, name, state[name].to(self.device).clone())
        self.generator.set_state(state["generator"].cpu())
        if "opponent" in state:
            self.opponent.load_state_dict(state["opponent"])  # type: ignore[union-attr]

    def percepts_now(self) -> tuple[Any, Any]:
        """The current observations and action masks, as the last step returned them."""
        raise NotImplementedError
