"""What the policy-gradient learners share: the two networks, the agent, a stretch of experience."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import gymnasium as gym
import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from agents.agent import Agent, Thoughts
from agents.networks import Body, check_readable, encode, make_body, masked
from agents.training import EpisodeReturns
from envs.percept import Percept
from envs.worlds import World


class PolicyNetwork(nn.Module):
    """Two networks side by side: logits of a policy, and the value of what is seen."""

    def __init__(
        self, space: gym.Space[Any], hidden: tuple[int, ...], actions: int, body: Body = "auto"
    ) -> None:
        super().__init__()
        self.space = space
        self.policy = make_body(space, hidden, actions, body)
        self.critic = make_body(space, hidden, 1, body)
        last = self.policy[-1]
        assert isinstance(last, nn.Linear)
        nn.init.orthogonal_(last.weight, 0.01)  # begin with a nearly uniform policy
        nn.init.zeros_(last.bias)

    def logits(self, observations: Tensor, masks: Tensor) -> Tensor:
        """Log-odds of the actions, minus infinity for illegal ones: (n, actions)."""
        return masked(self.policy(encode(observations, self.space)), masks)

    def values(self, observations: Tensor) -> Tensor:
        """The return to expect: (n,)."""
        return self.critic(encode(observations, self.space)).squeeze(1)


def make_policy(
    space: gym.Space[Any], hidden: tuple[int, ...], actions: int, seed: int, body: Body = "auto"
) -> PolicyNetwork:
    """A network whose first weights `seed` decides."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return PolicyNetwork(space, hidden, actions, body)


class PolicyAgent(Agent):
    """Plays the legal action of highest probability."""

    def __init__(self, world: World, config: Any, seed: int | None = None) -> None:
        check_readable("a policy network", world)
        space, hidden = world.observation_space, tuple(config.hidden)
        self.network = make_policy(space, hidden, world.action_count, seed or 0, config.body)

    def act(self, percept: Percept) -> int:
        """The most probable action."""
        return self.act_many([percept])[0]

    def act_many(self, percepts: list[Percept]) -> list[int]:
        """The most probable action for each percept, in one pass of the network."""
        return self.choose(*_tensors(percepts)).tolist()

    def choose(self, observations: Tensor, masks: Tensor) -> Tensor:
        """The most probable action for each of a batch of observations: int64 (n,), on the CPU.

        Args:
            observations: (n, ...), as the world gives them.
            masks: bool (n, actions).
        """
        return self._probabilities(observations, masks).argmax(1)

    def think(self, percept: Percept) -> Thoughts:
        """The probability of each legal action."""
        probabilities = self._probabilities(*_tensors([percept]))[0].double().numpy()
        return Thoughts(np.where(percept.action_mask, probabilities, np.nan), "probability")

    @torch.no_grad()
    def _probabilities(self, observations: Tensor, masks: Tensor) -> Tensor:
        device = next(self.network.parameters()).device
        logits = self.network.logits(observations.to(device), masks.to(device))
        return logits.softmax(1).cpu()  # (n, actions)

    def save(self, path: Path) -> None:
        """Writes the weights of both networks."""
        save_file({k: v.cpu().contiguous() for k, v in self.network.state_dict().items()}, path)

    def load(self, path: Path) -> None:
        """Reads the weights."""
        self.network.load_state_dict(load_file(path))


def _tensors(percepts: list[Percept]) -> tuple[Tensor, Tensor]:
    """Observations (n, ...) and masks (n, actions)."""
    observations = torch.as_tensor(np.stack([percept.observation for percept in percepts]))
    return observations, torch.as_tensor(np.stack([p.action_mask for p in percepts]))


class Rollout(NamedTuple):
    """A stretch of experience of all worlds; every field is (steps, num_envs, ...)."""

    observations: Tensor
    masks: Tensor
    actions: Tensor
    rewards: Tensor
    terminated: Tensor
    """1 where the episode ended, and nothing is worth anything afterwards."""
    ended: Tensor
    """1 where it ended or was cut off: the next row is another episode's."""
    next_observations: Tensor
    """What was seen after the action, before any reset."""

    def flat(self) -> Rollout:
        """All steps of all worlds in one row: (steps * num_envs, ...)."""
        return Rollout(*(field.flatten(0, 1) for field in self))


@torch.no_grad()
def collect(
    env: Any,
    network: PolicyNetwork,
    steps: int,
    generator: torch.Generator,
    returns: EpisodeReturns,
) -> Rollout:
    """Plays `steps` steps in every world, each action drawn from the policy."""
    rows: list[tuple[Tensor, ...]] = []
    observations, masks = env.percepts_now()
    for _ in range(steps):
        probabilities = network.logits(observations, masks).softmax(1)
        actions = torch.multinomial(probabilities, 1, generator=generator).squeeze(1)
        after, rewards, terminated, truncated, info = env.step(actions)
        ended = terminated | truncated
        returns.add(rewards, ended)
        rows.append(
            (
                observations,
                masks,
                actions,
                rewards,
                terminated.float(),
                ended.float(),
                info["final_obs"],
            )
        )
        observations, masks = after, info["action_mask"]
    return Rollout(*(torch.stack(column) for column in zip(*rows, strict=True)))
