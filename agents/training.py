"""What every learner yields, and the small parts that learners share."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

import torch
from torch import Tensor

from agents.agent import Agent
from envs.names import BadInput


def check_settings(config: Any) -> None:
    """Refuses settings that cannot be meant: what a Config calls in `__post_init__`.

    Raises:
        BadInput: a count below 1 or beyond any machine, or a share outside 0 to 1.
    """
    for name, value in vars(config).items():
        option = "--" + name.replace("_", "-")
        if name in MOST and value > MOST[name]:
            raise BadInput(f"{option} must be at most {MOST[name]}, not {value}")
        if name in SHARES:
            if not 0 <= value <= 1:
                raise BadInput(f"{option} must lie between 0 and 1, not {value}")
        elif name in MAY_BE_ZERO:
            if value < 0:
                raise BadInput(f"{option} must be at least 0, not {value}")
        elif isinstance(value, int) and not isinstance(value, bool) and value < 1:
            raise BadInput(f"{option} must be at least 1, not {value}")
        elif isinstance(value, float) and not 0 < value < float("inf"):
            raise BadInput(f"{option} must be greater than 0, not {value}")
        elif isinstance(value, tuple) and any(width < 1 for width in value):
            raise BadInput(f"{option} must be at least 1 each, not {value}")


SHARES = (
    "alpha", "beta", "gamma", "tau", "trace", "clip", "entropy_weight",
    "epsilon_start", "epsilon_end", "epsilon_fraction", "gae_lambda", "ent_coef",
    "exploration_fraction", "exploration_initial_eps", "exploration_final_eps", "search_share",
)  # fmt: skip
"""The settings that are a share of something."""
MAY_BE_ZERO = ("learning_starts", "planning_steps", "random_plies", "window_growth")
"""The counts of which there may be none."""
MOST = {"num_envs": 2**16}
"""What fills any memory before anything can say so: the system would kill the process."""


class Part(Protocol):
    """Something that can be saved and brought back: a network, an optimiser, a replay, a world."""

    def state_dict(self) -> Mapping[str, Any]:
        """Everything it takes to go on."""

    def load_state_dict(self, state: Any) -> Any:
        """Goes on from there."""


class Progress(NamedTuple):
    """What `train` yields now and then: how far it is, and what it would take to go on."""

    step: int
    """Environment steps so far, over all parallel worlds."""
    metrics: dict[str, float]
    agent: Agent
    """The agent as it is now; it goes on learning when the generator goes on."""
    parts: dict[str, Part]
    """All that resuming needs, down to every random generator."""
    finished: bool = False
    """Whether there is nothing left to learn, though there are steps left."""


def restore(parts: dict[str, Part], state: Mapping[str, Any] | None) -> None:
    """Brings every part back to `state`, the `state_dict` of each by name; None: a fresh start.

    Raises:
        BadInput: the state is that of another training.
    """
    if state is None:
        return
    try:
        for name, part in parts.items():
            part.load_state_dict(state[name])
    except (KeyError, RuntimeError, TypeError, ValueError) as error:
        reason = " ".join(str(error).split())[:150]
        raise BadInput(f"the saved state does not fit this training: {reason}") from None


class Counters:
    """How far training is."""

    def __init__(self) -> None:
        self.step = 0
        self.iteration = 0

    def state_dict(self) -> dict[str, int]:
        """The numbers."""
        return dict(self.__dict__)

    def load_state_dict(self, state: dict[str, int]) -> None:
        """Goes on counting from there."""
        self.__dict__.update(state)


class RandomState:
    """A torch generator as a part."""

    def __init__(self, seed: int, device: str | torch.device = "cpu") -> None:
        self.generator = torch.Generator(device).manual_seed(seed)

    def state_dict(self) -> dict[str, Tensor]:
        """The state of the generator."""
        return {"state": self.generator.get_state()}

    def load_state_dict(self, state: dict[str, Tensor]) -> None:
        """Goes on drawing from there."""
        self.generator.set_state(state["state"].cpu())


class EpisodeReturns:
    """The returns and lengths of the episodes that parallel worlds finish.

    Args:
        num_envs: how many worlds.
        window: over how many finished episodes `mean` averages.
    """

    def __init__(self, num_envs: int, window: int = 100) -> None:
        self._running = torch.zeros(num_envs)
        self._recent: deque[float] = deque(maxlen=window)
        self.episodes = 0

    def add(self, rewards: Tensor, ended: Tensor) -> None:
        """Counts one step of every world; `rewards` and `ended` are (num_envs,)."""
        self._running += rewards.cpu()
        ended = ended.cpu()
        finished = self._running[ended].tolist()
        self.episodes += len(finished)
        self._recent.extend(finished[-100:])
        self._running[ended] = 0

    def add_one(self, reward: float, ended: bool) -> None:
        """Counts one step of a single world."""
        self._running[0] += reward
        if ended:
            self.episodes += 1
            self._recent.append(float(self._running[0]))
            self._running[0] = 0

    def metrics(self) -> dict[str, float]:
        """`episodes` so far, and the mean return of the latest."""
        found = {"episodes": float(self.episodes)}
        if self._recent:
            found["episode_return"] = sum(self._recent) / len(self._recent)
        return found

    def state_dict(self) -> dict[str, Any]:
        """The sums so far."""
        return {
            "running": self._running.clone(),
            "recent": list(self._recent),
            "episodes": self.episodes,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Goes on summing from there."""
        self._running = state["running"].clone()
        self._recent.clear()
        self._recent.extend(state["recent"])
        self.episodes = state["episodes"]
