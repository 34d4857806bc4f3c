"""Stable-Baselines3's PPO: the same idea as `ppo.py`, by the library most people know.

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
    """Settings of SB3's PPO."""

    steps: int = 200_000
    """Environment steps to train for, over all worlds."""
    num_envs: int = 1
    """Worlds stepped one after the other."""
    hidden: tuple[int, ...] = (64, 64)
    """Width of each hidden layer (for pictures SB3's own CNN)."""
    learning_rate: float = 3e-4
    """Adam's step size."""
    n_steps: int = 2048
    """Steps of every world between two updates."""
    batch_size: int = 64
    """Steps per gradient."""
    n_epochs: int = 10
    """How often each rollout is gone through."""
    gamma: float = 0.99
    """Discount: what a reward is worth one step later."""
    gae_lambda: float = 0.95
    """How much of the next step's advantage counts."""
    clip_range: float = 0.2
    """How far the probability of an action may move before it stops paying."""
    ent_coef: float = 0.0
    """How much is paid for staying undecided."""
    vf_coef: float = 0.5
    """How much the critic's error counts."""
    max_grad_norm: float = 0.5
    """Longer gradients are cut to this length."""
    linear: bool = False
    """Whether learning rate and clip range fall linearly to zero."""

    def __post_init__(self) -> None:
        check_settings(self)


CARTPOLE: dict[str, Any] = {
    "steps": 100_000,
    "num_envs": 8,
    "learning_rate": 1e-3,
    "n_steps": 32,
    "batch_size": 256,
    "n_epochs": 20,
    "gamma": 0.98,
    "gae_lambda": 0.8,
    "linear": True,
}
"""What RL Baselines3 Zoo publishes as tuned (hyperparams/ppo.yml)."""
TUNED: dict[str, dict[str, Any]] = {
    "CartPole-v1": CARTPOLE,
    "workshop/GridWorld-v0": CARTPOLE,
    "workshop/TicTacToe-v0": CARTPOLE,
}
"""For worlds of ours the zoo has nothing; CartPole's settings serve better than the defaults."""


def config_for(world: World) -> Config:
    """The default settings for `world`."""
    return replace(Config(), **TUNED.get(world.id, {}))


class SB3PPOAgent(sb3.SB3Agent):
    """Plays the most probable legal action."""

    @staticmethod
    def algorithm() -> Any:
        """SB3's class."""
        from stable_baselines3 import PPO

        return PPO


train = sb3.train
