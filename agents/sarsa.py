"""SARSA: a table of Q-values, corrected towards the action that is really taken next.

    Q(s, a) += alpha * (reward + sign * gamma * Q(s', a') - Q(s, a))

The target is that of the policy that is followed, exploration and all: it learns on-policy, and
near a cliff prefers a way on which a random step does no harm. `sign` is the world's: +1 where the
next percept is the agent's own, -1 where it is the opponent's: a' is then the opponent's move by
the same table, and what it is worth to the opponent counts negative. Where the episode has
terminated the next value is 0; where it was only cut off, an action is drawn there all the same.

Sources: Rummery & Niranjan, "On-line Q-learning using connectionist systems", 1994; Sutton &
Barto, 2nd ed., section 6.4.

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
    """Settings of SARSA."""

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
    "workshop/TicTacToe-v0": {"steps": 500_000, "epsilon_end": 0.1},
}
"""Settings that differ from the defaults for worlds we have tried."""


def config_for(world: World) -> Config:
    """The default settings for `world`."""
    return replace(Config(), **TUNED.get(world.id, {}))


class SarsaAgent(TableAgent):
    """Plays the legal action of highest Q-value, the first of equals."""


def td_target(
    reward: float,
    terminated: bool,
    next_q: np.ndarray,
    next_action: int,
    sign: int,
    gamma: float,
) -> float:
    """What Q(s, a) should have been: the reward, and the action that does follow.

    Args:
        next_q: (actions,), the Q-values of the next percept.
        sign: -1 where the next percept is the opponent's.
    """
    if terminated:
        return reward
    return reward + sign * gamma * float(next_q[next_action])


class Chosen(Counters):
    """How far training is, and the action that is chosen but not yet taken."""

    def __init__(self) -> None:
        super().__init__()
        self.action = -1


def train(
    config: Config,
    env: ReplayableEnv,
    device: str,
    seed: int,
    agent: SarsaAgent,
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
    at = Chosen()
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
    epsilon = epsilon_at(at.step, config)
    if state is None:
        q_values = table[percept.observation]
        at.action = epsilon_greedy(q_values, percept.legal_actions, epsilon, draw)

    while at.step < config.steps:
        q_values, action = table[percept.observation], at.action

        observation, reward, terminated, truncated, info = env.step(action)
        percept = perceive(env, observation, info)
        next_q, next_legal = table.peek(percept.observation), percept.legal_actions
        epsilon = epsilon_at(at.step + 1, config)
        if not terminated:
            at.action = epsilon_greedy(next_q, next_legal, epsilon, draw)
        target = td_target(reward, terminated, next_q, at.action, sign, config.gamma)
        q_values[action] += config.alpha * (target - q_values[action])

        returns.add_one(reward, terminated or truncated)
        if terminated or truncated:
            percept = perceive(env, *env.reset())
            next_q = table.peek(percept.observation)
            at.action = epsilon_greedy(next_q, percept.legal_actions, epsilon, draw)
        at.step += 1
        if at.step % 500 == 0 or at.step == config.steps:
            metrics = {"epsilon": epsilon, "states": float(len(table.rows)), **returns.metrics()}
            yield Progress(at.step, metrics, agent, parts)
