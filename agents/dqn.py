"""DQN: a network of Q-values, learned from remembered steps by one-step targets.

    target = reward + sign * gamma * (1 - terminated) * Q_target(next, argmax_a Q(next, a))

`sign` is the world's: +1 where the next percept is the agent's own, -1 where it is the
opponent's, whose gain is our loss. That one factor is all the difference between a gridworld and
self-play on a board. The argmax runs over legal actions only.

Sources: Mnih et al., "Human-level control through deep reinforcement learning", 2015; van
Hasselt, Guez and Silver, "Deep Reinforcement Learning with Double Q-learning", 2016.

Deviations: rewards may be scaled for the network (`reward_scale`); the target network follows the
online one a little at every update (`tau`) instead of being copied now and then; the learning rate
falls linearly to zero; worlds run in a batch; the agent that is kept acts by the target network,
which is an average over the last updates.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from agents.agent import Agent, Thoughts
from agents.networks import MLP, check_readable, encode, masked
from agents.training import Counters, EpisodeReturns, Progress, RandomState, check_settings, restore
from envs.batched.world import random_legal
from envs.percept import Percept
from envs.worlds import World


@dataclass(frozen=True)
class Config:
    """Settings of DQN."""

    steps: int = 200_000
    """Environment steps to train for, over all parallel worlds."""
    num_envs: int = 8
    """Worlds stepped in parallel."""
    hidden: tuple[int, ...] = (256, 256)
    """Width of each hidden layer."""
    learning_rate: float = 1e-3
    """Adam's step size at the start; it falls linearly to zero."""
    batch_size: int = 256
    """Remembered steps per update."""
    updates: int = 1
    """Updates after each step of all worlds."""
    buffer_size: int = 100_000
    """Steps remembered."""
    learning_starts: int = 1_000
    """Steps taken before the first update."""
    reward_scale: float = 1.0
    """The network learns rewards times this, so that returns of hundreds come to it as numbers
    near 1; the Q-values that are shown are not scaled."""
    gamma: float = 0.99
    """Discount: what a reward is worth one step later."""
    tau: float = 0.005
    """How far the target network moves towards the online one at each update."""
    epsilon_start: float = 1.0
    """Share of random actions at the start."""
    epsilon_end: float = 0.05
    """Share of random actions once exploration has fallen."""
    epsilon_fraction: float = 0.3
    """Over which share of the steps exploration falls."""

    def __post_init__(self) -> None:
        check_settings(self)


TUNED: dict[str, dict[str, Any]] = {
    "workshop/TicTacToe-v0": {
        "steps": 500_000,
        "num_envs": 128,
        "hidden": (512, 256),
        "learning_rate": 3e-3,
        "learning_starts": 10_000,
        "buffer_size": 50_000,
        "tau": 0.02,
        "epsilon_end": 0.9,
    },
    "workshop/GridWorld-v0": {
        "steps": 40_000,
        "hidden": (128,),
        "learning_rate": 3e-3,
        "batch_size": 128,
        "tau": 0.02,
        "epsilon_end": 0.5,
    },
    "CartPole-v1": {
        "steps": 100_000,
        "hidden": (128, 128),
        "learning_rate": 5e-4,
        "batch_size": 128,
        "updates": 4,
        "reward_scale": 0.05,
        "epsilon_end": 0.02,
        "epsilon_fraction": 0.2,
    },
}
"""Settings that differ from the defaults for worlds we have tried."""


def config_for(world: World) -> Config:
    """The default settings for `world`."""
    return replace(Config(), **TUNED.get(world.id, {}))


def make_network(space: gym.Space[Any], hidden: tuple[int, ...], actions: int, seed: int) -> MLP:
    """A network whose first weights `seed` decides, drawn without the global generator's state."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return MLP(gym.spaces.flatdim(space), hidden, actions)


class DQNAgent(Agent):
    """Plays the legal action of highest Q-value."""

    def __init__(self, world: World, config: Config, seed: int | None = None) -> None:
        check_readable("dqn", world)
        self.space = world.observation_space
        hidden = tuple(config.hidden)
        self.network = make_network(self.space, hidden, world.action_count, seed or 0)
        self.network.requires_grad_(False)
        self.reward_scale = config.reward_scale

    def act(self, percept: Percept) -> int:
        """The best legal action."""
        return self.act_many([percept])[0]

    def act_many(self, percepts: list[Percept]) -> list[int]:
        """The best legal action for each percept, in one pass of the network."""
        masks = torch.as_tensor(np.stack([p.action_mask for p in percepts]))
        return masked(self._q_values(percepts), masks).argmax(1).tolist()

    def think(self, percept: Percept) -> Thoughts:
        """The Q-value of each legal action."""
        q_values = self._q_values([percept])[0].double().numpy() / self.reward_scale
        return Thoughts(np.where(percept.action_mask, q_values, np.nan), "Q-value")

    def _q_values(self, percepts: list[Percept]) -> Tensor:
        device = next(self.network.parameters()).device
        observations = torch.as_tensor(np.stack([p.observation for p in percepts]), device=device)
        return self.network(encode(observations, self.space)).cpu()  # (n, actions)

    def save(self, path: Path) -> None:
        """Writes the weights of the network."""
        save_file({k: v.cpu() for k, v in self.network.state_dict().items()}, path)

    def load(self, path: Path) -> None:
        """Reads the weights."""
        self.network.load_state_dict(load_file(path))


class Replay:
    """The latest `size` steps, as tensors on one device."""

    def __init__(self, size: int, observations: Tensor, actions: int) -> None:
        device = observations.device
        row = observations.shape[1:]
        self.memory = {
            "observation": torch.zeros((size, *row), dtype=observations.dtype, device=device),
            "action": torch.zeros(size, dtype=torch.int64, device=device),
            "reward": torch.zeros(size, device=device),
            "terminated": torch.zeros(size, device=device),
            "next_observation": torch.zeros((size, *row), dtype=observations.dtype, device=device),
            "next_mask": torch.zeros((size, actions), dtype=torch.bool, device=device),
        }
        self.size, self.added = size, 0

    def add(self, **step: Tensor) -> None:
        """Remembers one step of every world, over the oldest ones."""
        count = len(step["action"])
        rows = (torch.arange(count, device=step["action"].device) + self.added) % self.size
        for name, column in step.items():
            self.memory[name][rows] = column.to(self.memory[name].dtype)
        self.added += count

    def sample(self, batch_size: int, generator: torch.Generator) -> dict[str, Tensor]:
        """A uniformly random batch."""
        filled = min(self.added, self.size)
        rows = torch.randint(filled, (batch_size,), generator=generator, device=generator.device)
        return {name: column[rows] for name, column in self.memory.items()}

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


def td_targets(
    batch: dict[str, Tensor], next_q: Tensor, next_target_q: Tensor, gamma: float, sign: int
) -> Tensor:
    """One-step double Q-learning targets, (batch,).

    Args:
        next_q, next_target_q: (batch, actions), of the online and of the target network.
        sign: -1 where the next percept is the opponent's.
    """
    choice = masked(next_q, batch["next_mask"]).argmax(1, keepdim=True)
    next_values = next_target_q.gather(1, choice).squeeze(1)
    return batch["reward"] + sign * gamma * (1 - batch["terminated"]) * next_values


def train(
    config: Config,
    env: Any,
    device: str,
    seed: int,
    agent: DQNAgent,
    state: Mapping[str, Any] | None = None,
) -> Iterator[Progress]:
    """Learns in a batch of worlds.

    Args:
        env: a batch of worlds as tensors on `device`.
        agent: receives what is learned.
        state: where an earlier call stopped; None: from the start.
    """
    random = RandomState(seed, device)
    space = env.single_observation_space
    actions = int(env.single_action_space.n)
    network = make_network(space, config.hidden, actions, seed).to(device)
    target = agent.network.to(device)
    target.load_state_dict(network.state_dict())
    optimizer = torch.optim.Adam(network.parameters(), config.learning_rate, fused=True)
    replay = Replay(config.buffer_size, env.percepts_now()[0], actions)
    returns = EpisodeReturns(env.num_envs)
    at = Counters()
    parts = {
        "env": env, "random": random, "network": network, "target": target,
        "optimizer": optimizer, "replay": replay, "returns": returns, "at": at,
    }  # fmt: skip
    restore(parts, state)
    observations, masks = env.percepts_now()
    loss = torch.zeros(())

    while at.step < config.steps:
        done = at.step / config.steps
        explored = min(1.0, done / config.epsilon_fraction)
        epsilon = config.epsilon_start + explored * (config.epsilon_end - config.epsilon_start)

        with torch.no_grad():
            greedy = masked(network(encode(observations, space)), masks).argmax(1)
        draws = torch.rand(env.num_envs, generator=random.generator, device=device)
        explore = draws < epsilon
        chosen = torch.where(explore, random_legal(masks, random.generator), greedy)

        next_observations, rewards, terminated, truncated, info = env.step(chosen)
        replay.add(
            observation=observations,
            action=chosen,
            reward=rewards * config.reward_scale,
            terminated=terminated,
            next_observation=info["final_obs"],
            next_mask=info.get("final_action_mask", info["action_mask"]),
        )
        returns.add(rewards, terminated | truncated)
        observations, masks = next_observations, info["action_mask"]
        at.step += env.num_envs
        at.iteration += 1

        if at.step >= config.learning_starts:
            for group in optimizer.param_groups:
                group["lr"] = config.learning_rate * max(0.0, 1 - done)
            for _ in range(config.updates):
                batch = replay.sample(config.batch_size, random.generator)
                loss = update(network, target, optimizer, batch, space, env.value_sign, config)

        if at.iteration % 16 == 0 or at.step >= config.steps:
            metrics = {"loss": float(loss), "epsilon": epsilon, **returns.metrics()}
            yield Progress(at.step, metrics, agent, parts)


def update(
    network: MLP,
    target: MLP,
    optimizer: torch.optim.Optimizer,
    batch: dict[str, Tensor],
    space: gym.Space[Any],
    sign: int,
    config: Config,
) -> Tensor:
    """One step of gradient descent on the error of the targets; returns the loss."""
    with torch.no_grad():
        inputs = encode(batch["next_observation"], space)
        targets = td_targets(batch, network(inputs), target(inputs), config.gamma, sign)
    q_values = network(encode(batch["observation"], space))  # (batch, actions)
    chosen = q_values.gather(1, batch["action"][:, None]).squeeze(1)
    loss = nn.functional.smooth_l1_loss(chosen, targets)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    with torch.no_grad():
        for slow, fast in zip(target.parameters(), network.parameters(), strict=True):
            slow.lerp_(fast, config.tau)
    return loss.detach()
