"""Stable-Baselines3's A2C: the same idea as `a2c.py`, by the library most people know.

Every setting has SB3's name and SB3's default, so that its documentation holds here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from agents import sb3
from agents.training import check_settings
from envs.worlds import World


@dataclass(frozen=True)
class Config:
    """Settings of SB3's A2C."""

    steps: int = 200_000
    """Environment steps to train for, over all worlds."""
    num_envs: int = 1
    """Worlds stepped one after the other."""
    hidden: tuple[int, ...] = (64, 64)
    """Width of each hidden layer (for pictures SB3's own CNN)."""
    learning_rate: float = 7e-4
    """The optimiser's step size."""
    n_steps: int = 5
    """Steps of every world between two updates."""
    gamma: float = 0.99
    """Discount: what a reward is worth one step later."""
    gae_lambda: float = 1.0
    """How much of the next step's advantage counts."""
    ent_coef: float = 0.0
    """How much is paid for staying undecided."""
    vf_coef: float = 0.5
    """How much the critic's error counts."""
    max_grad_norm: float = 0.5
    """Longer gradients are cut to this length."""
    use_rms_prop: bool = True
    """RMSprop, as in the paper, or Adam."""
    normalize_advantage: bool = False
    """Whether advantages are scaled to unit variance."""
    linear: bool = False
    """Whether the learning rate falls linearly to zero."""

    def __post_init__(self) -> None:
        check_settings(self)


TUNED: dict[str, dict[str, Any]] = {
    "CartPole-v1": {"steps": 500_000, "num_envs": 8},
    "workshop/GridWorld-v0": {"steps": 100_000, "num_envs": 8},
    "workshop/TicTacToe-v0": {"steps": 100_000, "num_envs": 8},
}
"""CartPole's are those that RL Baselines3 Zoo publishes as tuned (hyperparams/a2c.yml); for worlds
of ours it has nothing."""


def config_for(world: World) -> Config:
    """The default settings for `world`."""
    return replace(Config(), **TUNED.get(world.id, {}))


class SB3A2CAgent(sb3.SB3Agent):
    """Plays the most probable legal action."""

    @staticmethod
    def algorithm() -> Any:
        """SB3's class."""
        from stable_baselines3 import A2C

        return A2C


train = sb3.train
