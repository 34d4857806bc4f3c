"""REINFORCE: actions become more probable as the return that followed them was higher.

    return(t) = reward(t) + sign * gamma * return(t + 1), to the end of the episode
    loss = -log pi(action) * (return - baseline)

`sign` is the world's: -1 where the next percept is the opponent's, whose return is our loss.
Without a baseline the update is right on average but wild; with one (the critic's value) it is
calmer and still right on average.

Sources: R. Williams, "Simple statistical gradient-following algorithms", 1992; Sutton & Barto,
2nd ed., sections 13.3 and 13.4.

Deviations: worlds run in a batch, and a rollout may cut an episode off, in which case the critic's
value stands for the rest (0 without a critic); returns are scaled to unit variance; the learning
rate falls linearly to zero; a little is paid for staying undecided.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from agents.a2c import policy_loss
from agents.networks import Body
from agents.policy import PolicyAgent, PolicyNetwork, Rollout, collect, make_policy
from agents.training import Counters, EpisodeReturns, Progress, RandomState, check_settings, restore
from envs.worlds import World


@dataclass(frozen=True)
class Config:
    """Settings of REINFORCE."""

    steps: int = 200_000
    """Environment steps to train for, over all parallel worlds."""
    num_envs: int = 16
    """Worlds stepped in parallel."""
    rollout: int = 32
    """Steps of every world between two updates."""
    hidden: tuple[int, ...] = (64, 64)
    """Width of each hidden layer."""
    learning_rate: float = 3e-3
    """Adam's step size at the start; it falls linearly to zero."""
    gamma: float = 0.99
    """Discount: what a reward is worth one step later."""
    baseline: bool = True
    """Subtract the critic's value from every return."""
    entropy_weight: float = 0.03
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
        "entropy_weight": 0.6,
        "value_weight": 1.0,
    },
}
"""Settings that differ from the defaults for worlds we have tried."""


def config_for(world: World) -> Config:
    """The default settings for `world`."""
    return replace(Config(), **TUNED.get(world.id, {}))


class ReinforceAgent(PolicyAgent):
    """Plays the legal action of highest probability."""


def returns_of(rollout: Rollout, next_values: Tensor, gamma: float, sign: int) -> Tensor:
    """The return from each step on, (steps, num_envs), from the side of whoever acted.

    Args:
        next_values: (steps, num_envs), what stands for the rest where an episode was cut off.
        sign: -1 where the next percept is the opponent's.
    """
    returns = torch.zeros_like(rollout.rewards)
    later = next_values[-1]
    for step in reversed(range(len(returns))):
        later = torch.where(rollout.ended[step] == 1, next_values[step], later)
        rest = sign * gamma * (1 - rollout.terminated[step]) * later
        later = rollout.rewards[step] + rest
        returns[step] = later
    return returns


def train(
    config: Config,
    env: Any,
    device: str,
    seed: int,
    agent: ReinforceAgent,
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
    known = float(config.baseline)
    with torch.no_grad():
        next_values = known * network.values(flat.next_observations).view(shape)
        returns = returns_of(rollout, next_values, config.gamma, sign).flatten()
        baseline = known * network.values(flat.observations)
    logits = network.logits(flat.observations, flat.masks)
    loss, metrics = policy_loss(logits, flat.actions, returns - baseline, config.entropy_weight)
    errors = known * (network.values(flat.observations) - returns)
    loss = loss + config.value_weight * errors.pow(2).mean()
    optimizer.zero_grad()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(network.parameters(), config.max_norm)
    optimizer.step()
    return {"loss": float(loss.detach()), **metrics}
