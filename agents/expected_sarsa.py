"""Expected SARSA: a table of Q-values, corrected towards what the policy is worth on average.

    Q(s, a) += alpha * (reward + sign * gamma * sum_a' pi(a' | s') Q(s', a') - Q(s, a))

It learns on-policy as SARSA does, about the epsilon-greedy policy pi that is followed, but takes
the mean over the next action instead of the one that was drawn: less noise for the same step.
With pi greedy it would be Q-learning. `sign` is the world's: +1 where the next percept is the
agent's own, -1 where it is the opponent's: pi is then the opponent's policy by the same table, and
what it is worth to the opponent counts negative. Where the episode has terminated the next value
is 0, where it was only cut off it stays.

Sources: van Seijen et al., "A theoretical and empirical analysis of Expected Sarsa", 2009; Sutton &
Barto, 2nd ed., section 6.6.

Deviations: exploration falls linearly; equal Q-values are broken by lot while learning.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from agents.table import NumpyRandom, TableAgent, epsilon_at, epsilon_greedy
from agents.training import Counters, EpisodeReturns, Part, Progress, check_settings, restore
from envs.percept import perceive
from envs.replayable import ReplayableEnv
from envs.worlds import World


@dataclass(frozen=True)
class Config:
    """Settings of expected SARSA."""

    steps: int = 50_000
    """Environment steps to train for."""
    alpha: float = 0.1
    """Learning rate: how far a Q-value moves towards its target."""
    gamma: float = 0.99
    """Discount: what a reward is worth one step later."""
    epsilon_start: float = 1.0
    """Share of random actions at the start."""
    epsilon_end: float = 0.01
    """Share of random actions once exploration has fallen."""
    epsilon_fraction: float = 0.8
    """Over which share of the steps exploration falls."""

    def __post_init__(self) -> None:
        check_settings(self)


TUNED: dict[str, dict[str, Any]] = {
    "workshop/TicTacToe-v0": {"steps": 500_000, "alpha": 0.2, "epsilon_end": 0.1},
}
"""Settings that differ from the defaults for worlds we have tried."""


def config_for(world: World) -> Config:
    """The default settings for `world`."""
    return replace(Config(), **TUNED.get(world.id, {}))


class ExpectedSarsaAgent(TableAgent):
    """Plays the legal action of highest Q-value, the first of equals."""


def td_target(
    reward: float,
    terminated: bool,
    next_q: np.ndarray,
    next_legal: tuple[int, ...],
    epsilon: float,
    sign: int,
    gamma: float,
) -> float:
    """What Q(s, a) should have been: the reward, and what follows on average.

    Args:
        next_q: (actions,), the Q-values of the next percept.
        epsilon: share of random actions of the policy there.
        sign: -1 where the next percept is the opponent's.
    """
    if terminated:
        return reward
    return reward + sign * gamma * expected_value(next_q, next_legal, epsilon)


def expected_value(q_values: np.ndarray, legal: tuple[int, ...], epsilon: float) -> float:
    """The mean Q-value of the action that an epsilon-greedy policy draws."""
    values = [float(q_values[action]) for action in legal]
    return epsilon * sum(values) / len(values) + (1 - epsilon) * max(values)


def train(
    config: Config,
    env: ReplayableEnv,
    device: str,
    seed: int,
    agent: ExpectedSarsaAgent,
    state: Mapping[str, Any] | None = None,
) -> Iterator[Progress]:
    """Learns in one world, one step at a time.

    Args:
        env: one world, seeded episode by episode.
        device: unused: a table lives on the CPU.
        agent: receives what is learned.
        state: where an earlier call stopped; None: from the start.
    """
    sign = getattr(env.unwrapped, "value_sign", 1)
    random = NumpyRandom(seed)
    table = agent.table
    returns = EpisodeReturns(1)
    at = Counters()
    parts: dict[str, Part] = {
        "env": env,
        "random": random,
        "table": table,
        "returns": returns,
        "at": at,
    }
    if state is None:
        env.reset()
    restore(parts, state)
    draw = random.generator
    percept = perceive(env, *env.now)

    while at.step < config.steps:
        epsilon = epsilon_at(at.step, config)
        q_values = table[percept.observation]
        action = epsilon_greedy(q_values, percept.legal_actions, epsilon, draw)

        observation, reward, terminated, truncated, info = env.step(action)
        percept = perceive(env, observation, info)
        next_q, next_legal = table.peek(percept.observation), percept.legal_actions
        target = td_target(reward, terminated, next_q, next_legal, epsilon, sign, config.gamma)
        q_values[action] += config.alpha * (target - q_values[action])

        returns.add_one(reward, terminated or truncated)
        if terminated or truncated:
            percept = perceive(env, *env.reset())
        at.step += 1
        if at.step % 500 == 0 or at.step == config.steps:
            metrics = {"epsilon": epsilon, "states": float(len(table.rows)), **returns.metrics()}
            yield Progress(at.step, metrics, agent, parts)
