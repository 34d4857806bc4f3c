"""PPO: A2C that uses every rollout several times, and stops where the policy has moved far enough.

    ratio = pi(action) / pi_before(action)
    loss = -min(ratio * advantage, clip(ratio, 1 - c, 1 + c) * advantage)
           + value_weight * (V - target)^2 - entropy_weight * entropy

Advantages are A2C's, with the world's sign, so self-play needs no wrapper; illegal actions have
no probability, before and after.

Source: Schulman et al., "Proximal Policy Optimization Algorithms", 2017.

Deviations: the value is not clipped; advantages are scaled to unit variance in each minibatch; the
learning rate falls linearly to zero.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from agents.a2c import advantages_of, entropy_of, scaled
from agents.networks import Body
from agents.policy import PolicyAgent, PolicyNetwork, Rollout, collect, make_policy
from agents.training import Counters, EpisodeReturns, Progress, RandomState, check_settings, restore
from envs.worlds import World


@dataclass(frozen=True)
class Config:
    """Settings of PPO."""

    steps: int = 200_000
    """Environment steps to train for, over all parallel worlds."""
    num_envs: int = 16
    """Worlds stepped in parallel."""
    rollout: int = 64
    """Steps of every world between two updates."""
    hidden: tuple[int, ...] = (64, 64)
    """Width of each hidden layer."""
    learning_rate: float = 2e-3
    """Adam's step size at the start; it falls linearly to zero."""
    epochs: int = 4
    """How often each rollout is gone through."""
    batch_size: int = 256
    """Steps per gradient."""
    clip: float = 0.2
    """How far the probability of an action may move before it stops paying."""
    gamma: float = 0.99
    """Discount: what a reward is worth one step later."""
    trace: float = 0.95
    """How much of the next step's advantage counts (lambda)."""
    entropy_weight: float = 0.01
    """How much is paid for staying undecided."""
    value_weight: float = 0.5
    """How much the critic's error counts."""
    max_norm: float = 0.5
    """Longer gradients are cut to this length."""
    body: Body = "auto"
    """mlp, cnn, or auto: a CNN for pictures and for boards of more than 5 x 5 cells."""

    def __post_init__(self) -> None:
        check_settings(self)


TUNED: dict[str, dict[str, Any]] = {
    "CartPole-v1": {
        "steps": 100_000,
        "num_envs": 32,
        "learning_rate": 3e-3,
        "epochs": 10,
        "batch_size": 512,
    },
    "workshop/GridWorld-v0": {
        "steps": 150_000,
        "num_envs": 64,
        "rollout": 32,
        "learning_rate": 6e-3,
        "epochs": 6,
        "batch_size": 1024,
        "entropy_weight": 0.1,
        "trace": 1.0,
    },
    "workshop/TicTacToe-v0": {
        "steps": 1_500_000,
        "num_envs": 512,
        "rollout": 16,
        "hidden": (256, 128),
        "learning_rate": 1e-3,
        "batch_size": 1024,
        "entropy_weight": 0.25,
        "trace": 1.0,
    },
}
"""Settings that differ from the defaults for worlds we have tried."""


def config_for(world: World) -> Config:
    """The default settings for `world`."""
    return replace(Config(), **TUNED.get(world.id, {}))


class PPOAgent(PolicyAgent):
    """Plays the legal action of highest probability."""


def train(
    config: Config,
    env: Any,
    device: str,
    seed: int,
    agent: PPOAgent,
    state: Mapping[str, Any] | None = None,
) -> Iterator[Progress]:
    """Learns in a batch of worlds.

    Args:
        env: a batch of worlds as tensors on `device`.
        agent: receives what is learned.
        state: where an earlier call stopped; None: from the start.
    """
    random = RandomState(seed, device)
    space, actions = env.single_observation_space, int(env.single_action_space.n)
    network = agent.network.to(device)
    fresh = make_policy(space, config.hidden, actions, seed, config.body)
    network.load_state_dict(fresh.state_dict())
    optimizer = torch.optim.Adam(network.parameters(), config.learning_rate, eps=1e-5, fused=True)
    returns = EpisodeReturns(env.num_envs)
    at = Counters()
    parts = {
        "env": env, "random": random, "network": network, "optimizer": optimizer,
        "returns": returns, "at": at,
    }  # fmt: skip
    restore(parts, state)

    while at.step < config.steps:
        for group in optimizer.param_groups:
            group["lr"] = config.learning_rate * (1 - at.step / config.steps)
        rollout = collect(env, network, config.rollout, random.generator, returns)
        metrics = update(network, optimizer, rollout, env.value_sign, config, random.generator)
        at.step += config.rollout * env.num_envs
        at.iteration += 1
        yield Progress(at.step, {**metrics, **returns.metrics()}, agent, parts)


def update(
    network: PolicyNetwork,
    optimizer: torch.optim.Optimizer,
    rollout: Rollout,
    sign: int,
    config: Config,
    generator: torch.Generator,
) -> dict[str, float]:
    """Several passes over the rollout, in minibatches."""
    flat, shape = rollout.flat(), rollout.rewards.shape
    with torch.no_grad():
        values = network.values(flat.observations).view(shape)
        next_values = network.values(flat.next_observations).view(shape)
        advantages = advantages_of(rollout, values, next_values, config.gamma, config.trace, sign)
        targets = (advantages + values).flatten()
        log_policy = network.logits(flat.observations, flat.masks).log_softmax(1)
        before = log_policy.gather(1, flat.actions[:, None]).squeeze(1)
    advantages = advantages.flatten()
    count = len(targets)
    metrics: dict[str, float] = {}
    for _ in range(config.epochs):
        order = torch.randperm(count, generator=generator, device=targets.device)
        for rows in order.split(config.batch_size):
            logits = network.logits(flat.observations[rows], flat.masks[rows])
            loss, metrics = clipped_loss(
                logits, flat.actions[rows], before[rows], advantages[rows], config
            )
            errors = network.values(flat.observations[rows]) - targets[rows]
            loss = loss + config.value_weight * errors.pow(2).mean()
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), config.max_norm)
            optimizer.step()
    return metrics


def clipped_loss(
    logits: Tensor, actions: Tensor, before: Tensor, advantages: Tensor, config: Config
) -> tuple[Tensor, dict[str, float]]:
    """The clipped loss of the policy. `logits`: (n, actions); `before`: log-probabilities (n,)."""
    log_policy = logits.log_softmax(1)
    chosen = log_policy.gather(1, actions[:, None]).squeeze(1)
    ratio = (chosen - before).exp()
    advantages = scaled(advantages)
    clipped = ratio.clamp(1 - config.clip, 1 + config.clip)
    entropy = entropy_of(log_policy)
    loss = -torch.minimum(ratio * advantages, clipped * advantages).mean()
    share = ((ratio - 1).abs() > config.clip).float().mean()
    return loss - config.entropy_weight * entropy, {
        "entropy": float(entropy.detach()),
        "clipped": float(share),
    }
