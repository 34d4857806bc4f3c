"""Stable-Baselines3's DQN: the same idea as `dqn.py`, by the library most people know.

Every setting has SB3's name and SB3's default, so that its documentation holds here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, ClassVar

from torch import Tensor

from agents import sb3
from agents.training import check_settings
from envs.worlds import World


@dataclass(frozen=True)
class Config:
    """Settings of SB3's DQN."""

    steps: int = 200_000
    """Environment steps to train for, over all worlds."""
    num_envs: int = 1
    """Worlds stepped one after the other."""
    hidden: tuple[int, ...] = (64, 64)
    """Width of each hidden layer (for pictures SB3's own CNN)."""
    learning_rate: float = 1e-4
    """Adam's step size."""
    buffer_size: int = 1_000_000
    """Steps remembered."""
    learning_starts: int = 100
    """Steps taken before the first update."""
    batch_size: int = 32
    """Remembered steps per update."""
    tau: float = 1.0
    """How far the target network moves towards the online one; 1: it is copied."""
    gamma: float = 0.99
    """Discount: what a reward is worth one step later."""
    train_freq: int = 4
    """Steps of every world between two trainings."""
    gradient_steps: int = 1
    """Updates in each training."""
    target_update_interval: int = 10_000
    """Steps after which the target network moves."""
    exploration_fraction: float = 0.1
    """Over which share of the steps exploration falls."""
    exploration_initial_eps: float = 1.0
    """Share of random actions at the start."""
    exploration_final_eps: float = 0.05
    """Share of random actions once exploration has fallen."""
    max_grad_norm: float = 10.0
    """Longer gradients are cut to this length."""

    def __post_init__(self) -> None:
        check_settings(self)


CARTPOLE: dict[str, Any] = {
    "steps": 50_000,
    "hidden": (256, 256),
    "learning_rate": 2.3e-3,
    "buffer_size": 100_000,
    "learning_starts": 1_000,
    "batch_size": 64,
    "train_freq": 256,
    "gradient_steps": 128,
    "target_update_interval": 10,
    "exploration_fraction": 0.16,
    "exploration_final_eps": 0.04,
}
"""What RL Baselines3 Zoo publishes as tuned (hyperparams/dqn.yml)."""
TUNED: dict[str, dict[str, Any]] = {
    "CartPole-v1": CARTPOLE,
    "workshop/GridWorld-v0": {
        **CARTPOLE,
        "exploration_fraction": 0.5,
        "exploration_final_eps": 0.1,
    },
    "workshop/TicTacToe-v0": CARTPOLE,
}
"""For worlds of ours the zoo has nothing; CartPole's settings serve better than the defaults, in a
gridworld with more exploration: without it the goal is not found again."""


def config_for(world: World) -> Config:
    """The default settings for `world`."""
    return replace(Config(), **TUNED.get(world.id, {}))


class SB3DQNAgent(sb3.SB3Agent):
    """Plays the legal action of highest Q-value."""

    meaning: ClassVar[str] = "Q-value"

    @staticmethod
    def algorithm() -> Any:
        """SB3's class."""
        from stable_baselines3 import DQN

        return DQN

    def scores(self, observations: Tensor) -> Tensor:
        """The Q-values of all actions, legal or not: (n, actions)."""
        q_values: Tensor = self.policy.q_net(observations)
        return q_values


train = sb3.train
