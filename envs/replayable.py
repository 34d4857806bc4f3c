"""Any Gymnasium env, made resumable: an unfinished episode is saved as its seed and its actions.

A Gymnasium env has no way to write down where it stands. But an episode is decided by the seed of
its reset and the actions taken since, so those are saved, and played again to come back. That
holds for every env whose only randomness is its own `np_random`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import gymnasium as gym
import numpy as np
import torch
from torch import Tensor


class ReplayableEnv(gym.Wrapper[Any, Any, Any, Any]):
    """One env whose episodes are seeded one by one, from a single seed.

    Args:
        env: what to wrap.
        seed: an int or a tuple of ints; with the number of the episode it decides the episode.
    """

    def __init__(self, env: gym.Env, seed: int | tuple[int, ...]) -> None:
        super().__init__(env)
        self._seed = seed if isinstance(seed, tuple) else (seed,)
        self._episode = -1
        self._actions: list[int] = []
        space: Any = self.action_space
        self._all_legal = np.ones(space.n, bool)
        self._all_legal.setflags(write=False)
        self.now: tuple[Any, dict[str, Any]] = (None, {})
        """The current observation and info."""

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Starts the next episode; its seed follows from the wrapper's own."""
        self._episode += 1
        self._actions = []
        self.now = self.env.reset(seed=self._episode_seed(), options=options)
        return self.now

    def _episode_seed(self) -> int:
        sequence = np.random.SeedSequence((*self._seed, self._episode))
        return int(sequence.generate_state(1)[0])

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """A step of the env; the action is written down."""
        self._actions.append(int(action))
        observation, reward, terminated, truncated, info = self.env.step(action)
        self.now = (observation, info)
        return observation, float(reward), terminated, truncated, info

    def action_masks(self) -> np.ndarray:
        """bool (actions,): which actions are legal now (the name by which SB3's agents ask)."""
        return np.asarray(self.now[1].get("action_mask", self._all_legal), bool)

    def state_dict(self) -> dict[str, Any]:
        """The number of the episode and the actions taken in it."""
        return {"episode": self._episode, "actions": list(self._actions)}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Plays the saved episode up to where it stood."""
        self._episode = state["episode"] - 1
        self.reset()
        for action in state["actions"]:
            self.step(action)


class TensorEnvs:
    """Several envs as one batch of tensors; where an episode ends the next begins in that step.

    The same face as `envs.batched.BatchedWorld`, for envs that have no batched twin.
    """

    def __init__(self, envs: Sequence[ReplayableEnv], device: str) -> None:
        self.envs = list(envs)
        self.num_envs = len(self.envs)
        self.device = torch.device(device)
        self.single_observation_space = self.envs[0].observation_space
        self.single_action_space: Any = self.envs[0].action_space
        self.value_sign = 1
        for env in self.envs:
            env.reset()

    def percepts_now(self) -> tuple[Tensor, Tensor]:
        """The current observations and action masks (bool, (num_envs, actions))."""
        observations = self._tensor([env.now[0] for env in self.envs])
        return observations, self._tensor([env.action_masks() for env in self.envs])

    def _tensor(self, rows: Sequence[Any]) -> Tensor:
        array = np.array(rows)
        if array.dtype == np.float64:  # which Apple's GPUs do not have
            array = array.astype(np.float32)
        return torch.as_tensor(array, device=self.device)

    def step(self, actions: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor, dict[str, Tensor]]:
        """One step of each env; see `BatchedWorld.step`."""
        rewards, ends, cuts = [], [], []
        for env, action in zip(self.envs, actions.tolist(), strict=True):
            _, reward, terminated, truncated, _ = env.step(action)
            rewards.append(reward)
            ends.append(terminated)
            cuts.append(truncated)
        observations, masks = finals, final_masks = self.percepts_now()
        over = np.logical_or(ends, cuts)
        if over.any():
            for number in over.nonzero()[0]:
                self.envs[number].reset()
            observations, masks = self.percepts_now()
        batch_info = {
            "action_mask": masks,
            "final_obs": finals,
            "final_action_mask": final_masks,
        }
        flags = self._tensor(ends), self._tensor(cuts)
        return observations, self._tensor(rewards), *flags, batch_info

    def state_dict(self) -> dict[str, Any]:
        """Where every episode stands."""
        return {"envs": [env.state_dict() for env in self.envs]}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Goes on from what `state_dict` returned."""
        for env, saved in zip(self.envs, state["envs"], strict=True):
            env.load_state_dict(saved)
