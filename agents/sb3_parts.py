"""What it takes to stop a training of Stable-Baselines3 and go on as if it had never stopped.

SB3 draws from the global generators, counts in private attributes, and saves neither them nor the
episodes under way. Each class here is one part of that state.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from stable_baselines3.common.base_class import BaseAlgorithm
from stable_baselines3.common.buffers import ReplayBuffer
from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.vec_env import DummyVecEnv

from agents.training import EpisodeReturns
from envs.replayable import ReplayableEnv

COUNTERS = (
    "num_timesteps", "_n_updates", "_n_calls", "_episode_num",
    "_current_progress_remaining", "exploration_rate",
)  # fmt: skip
"""How far an algorithm is, as far as it counts."""
COLUMNS = ("observations", "next_observations", "actions", "rewards", "dones", "timeouts")
"""What a replay buffer remembers of a step."""


class GlobalRandom:
    """The global generators of Python, NumPy and torch, from which SB3 draws, as a part.

    Within `with` they are this training's own; outside, they are as if it had never drawn.
    """

    def __init__(self, device: str = "cpu") -> None:
        self._device = torch.device(device)
        self._own = self._outside = self._read()

    def __enter__(self) -> None:
        self._outside = self._read()
        self._write(self._own)

    def __exit__(self, *error: object) -> None:
        self._own = self._read()
        self._write(self._outside)

    def _read(self) -> dict[str, Any]:
        name, key, *rest = np.random.get_state()  # noqa: NPY002
        found = {
            "python": random.getstate(),
            "numpy": (name, np.asarray(key).tolist(), *rest),
            "torch": torch.get_rng_state(),
        }
        if self._device.type == "cuda":
            found["cuda"] = torch.cuda.get_rng_state(self._device)
        return found

    def _write(self, state: dict[str, Any]) -> None:
        random.setstate(state["python"])
        np.random.set_state(state["numpy"])  # noqa: NPY002
        torch.set_rng_state(state["torch"].cpu())
        if self._device.type == "cuda":
            torch.cuda.set_rng_state(state["cuda"].cpu(), self._device)

    def state_dict(self) -> dict[str, Any]:
        """The states of this training's generators."""
        return self._own

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Goes on drawing from there."""
        self._own = state


class Worlds(DummyVecEnv):
    """Several worlds, one after the other, as SB3 steps them; and as a part."""

    def __init__(self, worlds: Sequence[ReplayableEnv]) -> None:
        super().__init__([lambda world=world: world for world in worlds])  # type: ignore[misc]

    def state_dict(self) -> dict[str, Any]:
        """Where every episode stands."""
        return {"envs": [env.state_dict() for env in self.envs]}  # type: ignore[attr-defined]

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Plays every episode up to where it stood."""
        for env, saved in zip(self.envs, state["envs"], strict=True):
            env.load_state_dict(saved)  # type: ignore[attr-defined]


class AlgorithmState:
    """Weights, optimiser, counters, what was seen last, and the dice of random actions."""

    def __init__(self, algorithm: BaseAlgorithm) -> None:
        self._algorithm: Any = algorithm

    def state_dict(self) -> dict[str, Any]:
        """All of it, by name."""
        algorithm = self._algorithm
        return {
            "policy": algorithm.policy.state_dict(),
            "optimizer": algorithm.policy.optimizer.state_dict(),
            "counters": {n: getattr(algorithm, n) for n in COUNTERS if hasattr(algorithm, n)},
            "observations": torch.as_tensor(algorithm._last_obs),
            "starts": torch.as_tensor(algorithm._last_episode_starts),
            "dice": algorithm.action_space.np_random.bit_generator.state,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Goes on from there."""
        algorithm = self._algorithm
        algorithm.policy.load_state_dict(state["policy"])
        algorithm.policy.optimizer.load_state_dict(state["optimizer"])
        vars(algorithm).update(state["counters"])
        algorithm._last_obs = state["observations"].cpu().numpy()
        algorithm._last_episode_starts = state["starts"].cpu().numpy()
        algorithm.action_space.np_random.bit_generator.state = state["dice"]


class ReplayMemory:
    """The filled rows of a replay buffer, and where the next go."""

    def __init__(self, buffer: ReplayBuffer) -> None:
        self._buffer = buffer

    def state_dict(self) -> dict[str, Any]:
        """The rows as tensors (filled, num_envs, ...)."""
        buffer = self._buffer
        return {
            "rows": {n: torch.as_tensor(getattr(buffer, n)[: buffer.size()]) for n in COLUMNS},
            "position": buffer.pos,
            "full": buffer.full,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Remembers what `state_dict` returned."""
        for name, rows in state["rows"].items():
            getattr(self._buffer, name)[: len(rows)] = rows.cpu().numpy()
        self._buffer.pos, self._buffer.full = state["position"], state["full"]


class Bookkeeping(BaseCallback):
    """Adds up the returns of episodes while SB3 collects experience."""

    def __init__(self, returns: EpisodeReturns) -> None:
        super().__init__()
        self.returns = returns

    def _on_step(self) -> bool:
        rewards, dones = self.locals["rewards"], self.locals["dones"]
        self.returns.add(torch.as_tensor(rewards), torch.as_tensor(dones))
        return True
