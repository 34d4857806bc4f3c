"""Q-learning: a table with one number for every percept and action, corrected after each step.

    Q(s, a) += alpha * (reward + sign * gamma * max_a' Q(s', a') - Q(s, a))

The target is that of the greedy policy, whatever the agent does next: it learns off-policy, about
the best way while it walks another. `sign` is the world's: +1 where the next percept is the
agent's own, -1 where it is the opponent's. The maximum runs over legal actions; where the episode
has terminated it is 0, where it was only cut off it stays.

Sources: C. Watkins, "Learning from Delayed Rewards", 1989; Sutton & Barto, 2nd ed., section 6.5.

Deviations: exploration falls linearly; equal Q-values are broken by lot while learning (else an
agent that has seen nothing always tries action 0).
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
    """Settings of Q-learning."""

    steps: int = 50_000
    """Environment steps to train for."""
    alpha: float = 0.2
    """Learning rate: how far a Q-value moves towards its target."""
    gamma: float = 0.99
    """Discount: what a reward is worth one step later."""
    epsilon_start: float = 1.0
    """Share of random actions at the start."""
    epsilon_end: float = 0.05
    """Share of random actions once exploration has fallen."""
    epsilon_fraction: float = 0.5
    """Over which share of the steps exploration falls."""

    def __post_init__(self) -> None:
        check_settings(self)


TUNED: dict[str, dict[str, Any]] = {
    "workshop/TicTacToe-v0": {"steps": 1_000_000, "alpha": 0.5, "epsilon_end": 0.5},
}
"""Settings that differ from the defaults for worlds we have tried."""


def config_for(world: World) -> Config:
    """The default settings for `world`."""
    return replace(Config(), **TUNED.get(world.id, {}))


class QLearningAgent(TableAgent):
    """Plays the legal action of highest Q-value, the first of equals."""


def td_target(
    reward: float,
    terminated: bool,
    next_q: np.ndarray,
    next_legal: tuple[int, ...],
    sign: int,
    gamma: float,
) -> float:
    """What Q(s, a) should have been: the reward, and the best that can follow.

    Args:
        next_q: (actions,), the Q-values of the next percept.
        sign: -1 where the next percept is the opponent's.
    """
    if terminated:
        return reward
    values = next_q.tolist()
    return reward + sign * gamma * max(values[action] for action in next_legal)


def train(
    config: Config,
    env: ReplayableEnv,
    device: str,
    seed: int,
    agent: QLearningAgent,
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
        target = td_target(reward, terminated, next_q, next_legal, sign, config.gamma)
        q_values[action] += config.alpha * (target - q_values[action])

        returns.add_one(reward, terminated or truncated)
        if terminated or truncated:
            percept = perceive(env, *env.reset())
        at.step += 1
        if at.step % 500 == 0 or at.step == config.steps:
            metrics = {"epsilon": epsilon, "states": float(len(table.rows)), **returns.metrics()}
            yield Progress(at.step, metrics, agent, parts)
