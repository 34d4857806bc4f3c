"""A2C: a policy that grows where an action did better than the critic had expected.

    advantage = reward + sign * gamma * (1 - terminated) * V(next) - V(now), summed up as below
    loss = -log pi(action) * advantage + value_weight * (V - target)^2 - entropy_weight * entropy

Advantages are added up over the following steps, each further one counting `sign * gamma *
trace` as much (generalised advantage estimation). `sign` is the world's: -1 where the next percept
is the opponent's, whose advantage is our loss; so self-play needs no wrapper.

Sources: Mnih et al., "Asynchronous Methods for Deep Reinforcement Learning", 2016; Schulman et al.,
"High-Dimensional Continuous Control Using Generalized Advantage Estimation", 2016.

Deviations: worlds run in one batch, in step; advantages are scaled to unit variance; the
learning rate falls linearly to zero.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from agents.networks import Body
from agents.policy import PolicyAgent, PolicyNetwork, Rollout, collect, make_policy
from agents.training import Counters, EpisodeReturns, Progress, RandomState, check_settings, restore
from envs.worlds import World


@dataclass(frozen=True)
class Config:
    """Settings of A2C."""

    steps: int = 200_000
    """Environment steps to train for, over all parallel worlds."""
    num_envs: int = 16
    """Worlds stepped in parallel."""
    rollout: int = 8
    """Steps of every world between two updates."""
    hidden: tuple[int, ...] = (64, 64)
    """Width of each hidden layer."""
    learning_rate: float = 2e-3
    """Adam's step size at the start; it falls linearly to zero."""
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
    "workshop/TicTacToe-v0": {
        "steps": 2_500_000,
        "num_envs": 512,
        "rollout": 16,
        "hidden": (256, 128),
        "learning_rate": 3e-3,
        "entropy_weight": 0.6,
        "value_weight": 1.0,
        "trace": 1.0,
    },
}
"""Settings that differ from the defaults for worlds we have tried."""


def config_for(world: World) -> Config:
    """The default settings for `world`."""
    return replace(Config(), **TUNED.get(world.id, {}))


class A2CAgent(PolicyAgent):
    """Plays the legal action of highest probability."""


def advantages_of(
    rollout: Rollout, values: Tensor, next_values: Tensor, gamma: float, trace: float, sign: int
) -> Tensor:
    """Generalised advantage estimates, (steps, num_envs), each from the side of whoever acted.

    Args:
        values, next_values: (steps, num_envs), what the critic makes of each percept and the next.
        sign: -1 where the next percept is the opponent's.
    """
    following = sign * gamma * (1 - rollout.terminated) * next_values
    errors = rollout.rewards + following - values
    advantages = torch.zeros_like(errors)
    later = torch.zeros_like(errors[0])
    for step in reversed(range(len(errors))):
        later = errors[step] + sign * gamma * trace * (1 - rollout.ended[step]) * later
        advantages[step] = later
    return advantages


def train(
    config: Config,
    env: Any,
    device: str,
    seed: int,
    agent: A2CAgent,
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
    optimizer = torch.optim.Adam(network.parameters(), config.learning_rate, eps=1e-5)
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
        metrics = update(network, optimizer, rollout, env.value_sign, config)
        at.step += config.rollout * env.num_envs
        at.iteration += 1
        yield Progress(at.step, {**metrics, **returns.metrics()}, agent, parts)


def update(
    network: PolicyNetwork,
    optimizer: torch.optim.Optimizer,
    rollout: Rollout,
    sign: int,
    config: Config,
) -> dict[str, float]:
    """One step of gradient descent on all of the rollout."""
    flat, shape = rollout.flat(), rollout.rewards.shape
    with torch.no_grad():
        values = network.values(flat.observations).view(shape)
        next_values = network.values(flat.next_observations).view(shape)
        advantages = advantages_of(rollout, values, next_values, config.gamma, config.trace, sign)
    targets = (advantages + values).flatten()
    logits = network.logits(flat.observations, flat.masks)
    loss, metrics = policy_loss(logits, flat.actions, advantages.flatten(), config.entropy_weight)
    loss = loss + config.value_weight * (network.values(flat.observations) - targets).pow(2).mean()
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(network.parameters(), config.max_norm)
    optimizer.step()
    return {"loss": float(loss.detach()), **metrics}


def policy_loss(
    logits: Tensor, actions: Tensor, advantages: Tensor, entropy_weight: float
) -> tuple[Tensor, dict[str, float]]:
    """The loss of the policy, and its mean entropy. `logits`: (n, actions); the others (n,)."""
    log_policy = logits.log_softmax(1)
    chosen = log_policy.gather(1, actions[:, None]).squeeze(1)
    advantages = scaled(advantages)
    entropy = entropy_of(log_policy)
    loss = -(chosen * advantages).mean() - entropy_weight * entropy
    return loss, {"entropy": float(entropy.detach())}


def scaled(advantages: Tensor) -> Tensor:
    """Shifted to mean 0 and scaled to unit variance; a single one, which has none, as it is."""
    if len(advantages) == 1:
        return advantages
    return (advantages - advantages.mean()) / (advantages.std() + 1e-8)


def entropy_of(log_policy: Tensor) -> Tensor:
    """How undecided a policy is, on average; illegal actions count nothing."""
    return -(log_policy.exp() * log_policy.clamp(min=-1e9)).sum(1).mean()
