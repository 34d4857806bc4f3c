"""DQN: a network of Q-values, learned from remembered steps by one-step targets.

    target = reward + sign * gamma * (1 - terminated) * Q_target(next, argmax_a Q(next, a))

`sign` is the world's: +1 where the next percept is the agent's own, -1 where it is the
opponent's, whose gain is our loss. That one factor is all the difference between a gridworld and
self-play on a board. The argmax runs over legal actions only.

Four switches: `double` (without it the argmax is the target network's own), `dueling`,
`prioritised`, and `n_step`, with the rewards up to the end of the episode at most:

    target = sum over i < n of (sign * gamma)^i * reward(i) + (sign * gamma)^n * value of the last

Sources: Mnih et al., "Human-level control through deep reinforcement learning", 2015; van
Hasselt, Guez and Silver, "Deep Reinforcement Learning with Double Q-learning", 2016; those of
the other switches stand in `replay.py` and `q_network.py`.

Deviations: rewards may be scaled for the network (`reward_scale`); the target network follows the
online one a little at every update (`tau`) instead of being copied now and then; the learning rate
falls linearly to zero; worlds run in a batch; the agent that is kept acts by the target network,
which is an average over the last updates; n-step targets are not corrected for random actions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import gymnasium as gym
import torch
from torch import Tensor, nn

from agents.networks import Body, encode, masked
from agents.q_network import QNetworkAgent, make_q_network
from agents.replay import Batch, make_replay
from agents.table import epsilon_at
from agents.training import Counters, EpisodeReturns, Progress, RandomState, check_settings, restore
from envs.batched.world import random_legal
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
    double: bool = True
    """The online network chooses the next action, the target network rates it."""
    dueling: bool = False
    """The network tells what a state is worth and, apart from that, what each action adds."""
    n_step: int = 1
    """Steps of reward in a row before the network's estimate stands for the rest."""
    prioritised: bool = False
    """Draw steps the more often, the further the network was off there."""
    alpha: float = 0.6
    """Prioritised: how much that matters; 0: not at all."""
    beta: float = 0.4
    """Prioritised: how much of the bias it brings is undone at the start; all of it at the end."""
    body: Body = "auto"
    """mlp, cnn, or auto: a CNN for pictures and for boards of more than 5 x 5 cells."""

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
        "steps": 50_000,
        "num_envs": 16,
        "hidden": (128, 128),
        "learning_rate": 2e-3,
        "reward_scale": 0.05,
        "gamma": 0.995,
        "tau": 0.05,
        "epsilon_end": 0.02,
        "epsilon_fraction": 0.2,
        "n_step": 20,
    },
}
"""Settings that differ from the defaults for worlds we have tried."""


def config_for(world: World) -> Config:
    """The default settings for `world`."""
    return replace(Config(), **TUNED.get(world.id, {}))


class DQNAgent(QNetworkAgent):
    """Plays the legal action of highest Q-value."""


def td_targets(
    batch: Batch, next_q: Tensor, next_target_q: Tensor, gamma: float, sign: int
) -> Tensor:
    """Double Q-learning targets, (batch,).

    Args:
        next_q, next_target_q: (batch, actions), of the network that chooses the next action, and
            of the target network, which rates it.
        sign: -1 where the next percept is the opponent's.
    """
    choice = masked(next_q, batch["next_mask"]).argmax(1, keepdim=True)
    next_values = next_target_q.gather(1, choice).squeeze(1)
    discount = (sign * gamma) ** batch.get("steps", 1)
    return batch["reward"] + discount * (1 - batch["terminated"]) * next_values


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
    network = make_q_network(space, config, int(env.single_action_space.n), seed).to(device)
    target = agent.network.to(device)
    target.load_state_dict(network.state_dict())
    optimizer = torch.optim.Adam(network.parameters(), config.learning_rate, fused=True)
    replay = make_replay(config, env)
    returns = EpisodeReturns(env.num_envs)
    at = Counters()
    parts = {
        "env": env, "random": random, "network": network, "target": target,
        "optimizer": optimizer, "replay": replay, "returns": returns, "at": at,
    }  # fmt: skip
    restore(parts, state)
    nets = network, target
    observations, masks = env.percepts_now()
    loss = torch.zeros(())

    while at.step < config.steps:
        done = at.step / config.steps
        epsilon = epsilon_at(at.step, config)

        with torch.no_grad():
            greedy = masked(network(encode(observations, space)), masks).argmax(1)
        explore = torch.rand(env.num_envs, generator=random.generator, device=device) < epsilon
        chosen = torch.where(explore, random_legal(masks, random.generator), greedy)

        next_observations, rewards, terminated, truncated, info = env.step(chosen)
        replay.add(
            observation=observations,
            action=chosen,
            reward=rewards * config.reward_scale,
            terminated=terminated,
            ended=terminated | truncated,
            next_observation=info["final_obs"],
            next_mask=info.get("final_action_mask", info["action_mask"]),
        )
        returns.add(rewards, terminated | truncated)
        observations, masks = next_observations, info["action_mask"]
        at.step += env.num_envs
        at.iteration += 1

        if at.step >= config.learning_starts and replay.ready:
            for group in optimizer.param_groups:
                group["lr"] = config.learning_rate * max(0.0, 1 - done)
            for _ in range(config.updates):
                replay.beta = config.beta + done * (1 - config.beta)
                batch = replay.sample(config.batch_size, random.generator)
                loss, errors = update(nets, optimizer, batch, space, env.value_sign, config)
                replay.learned(batch["rows"], errors)

        if at.iteration % 16 == 0 or at.step >= config.steps:
            metrics = {"loss": float(loss), "epsilon": epsilon, **returns.metrics()}
            yield Progress(at.step, metrics, agent, parts)


def update(
    nets: tuple[nn.Module, nn.Module],
    optimizer: torch.optim.Optimizer,
    batch: Batch,
    space: gym.Space[Any],
    sign: int,
    config: Config,
) -> tuple[Tensor, Tensor]:
    """One step of descent for `nets`, online and target: the loss, each row's error (batch,)."""
    network, target = nets
    with torch.no_grad():
        inputs = encode(batch["next_observation"], space)
        next_target_q = target(inputs)  # (batch, actions)
        next_q = network(inputs) if config.double else next_target_q
        targets = td_targets(batch, next_q, next_target_q, config.gamma, sign)
    q_values = network(encode(batch["observation"], space))  # (batch, actions)
    chosen = q_values.gather(1, batch["action"][:, None]).squeeze(1)
    losses = nn.functional.smooth_l1_loss(chosen, targets, reduction="none")
    loss = (losses * batch["weights"] if "weights" in batch else losses).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    with torch.no_grad():
        torch._foreach_lerp_(list(target.parameters()), list(network.parameters()), config.tau)
    return loss.detach(), chosen.detach() - targets
