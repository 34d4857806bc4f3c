"""A network of Q-values, and the agent that plays by it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from agents.agent import Agent, Thoughts
from agents.networks import check_readable, encode, make_body, masked
from envs.percept import Percept
from envs.worlds import World


class Dueling(nn.Module):
    """Q-values from a value and advantages: Q(a) = V + A(a) - mean of A over all actions.

    All actions, also illegal ones: the network sees the observation and not the mask.

    Source: Wang et al., "Dueling Network Architectures for Deep Reinforcement Learning", 2016,
    formula 9. Their two streams have hidden layers of their own; here they share them.
    """

    def forward(self, streams: Tensor) -> Tensor:
        """(n, 1 + actions), the value first -> (n, actions)."""
        value, advantages = streams[:, :1], streams[:, 1:]
        return value + advantages - advantages.mean(1, keepdim=True)


def make_q_network(space: gym.Space[Any], config: Any, actions: int, seed: int) -> nn.Sequential:
    """A network whose first weights `seed` decides, drawn without the global generator's state.

    Args:
        config: says `hidden`, `body` and `dueling`.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        hidden = tuple(config.hidden)
        if config.dueling:
            return nn.Sequential(*make_body(space, hidden, 1 + actions, config.body), Dueling())
        return make_body(space, hidden, actions, config.body)


class QNetworkAgent(Agent):
    """Plays the legal action of highest Q-value."""

    def __init__(self, world: World, config: Any, seed: int | None = None) -> None:
        check_readable("dqn", world)
        self.space = world.observation_space
        self.network = make_q_network(self.space, config, world.action_count, seed or 0)
        self.network.requires_grad_(False)
        self.reward_scale = config.reward_scale

    def act(self, percept: Percept) -> int:
        """The best legal action."""
        return self.act_many([percept])[0]

    def act_many(self, percepts: list[Percept]) -> list[int]:
        """The best legal action for each percept, in one pass of the network."""
        masks = torch.as_tensor(np.stack([p.action_mask for p in percepts]))
        return self.choose(_observations(percepts), masks).tolist()

    def choose(self, observations: Tensor, masks: Tensor) -> Tensor:
        """The best legal action for each of a batch of observations: int64 (n,), on the CPU.

        Args:
            observations: (n, ...), as the world gives them.
            masks: bool (n, actions).
        """
        return masked(self._q_values(observations), masks.cpu()).argmax(1)

    def think(self, percept: Percept) -> Thoughts:
        """The Q-value of each legal action."""
        q_values = self._q_values(_observations([percept]))[0].double().numpy() / self.reward_scale
        return Thoughts(np.where(percept.action_mask, q_values, np.nan), "Q-value")

    def _q_values(self, observations: Tensor) -> Tensor:
        inputs = encode(observations.to(next(self.network.parameters()).device), self.space)
        return self.network(inputs).cpu()  # (n, actions)

    def save(self, path: Path) -> None:
        """Writes the weights of the network."""
        save_file({k: v.cpu().contiguous() for k, v in self.network.state_dict().items()}, path)

    def load(self, path: Path) -> None:
        """Reads the weights."""
        self.network.load_state_dict(load_file(path))


def _observations(percepts: list[Percept]) -> Tensor:
    """(n, ...), as the world gives them."""
    return torch.as_tensor(np.stack([percept.observation for percept in percepts]))
