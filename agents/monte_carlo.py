"""Monte Carlo control: a table of Q-values, corrected by what whole episodes brought in.

    G_t = reward_{t+1} + sign * gamma * G_{t+1}
    Q(s, a) += alpha * (G - Q(s, a))        G: the return from the first visit of s, a on

No target is built on another guess: nothing is bootstrapped, and nothing is learned before an
episode has ended. `sign` is the world's: +1 where the next percept is the agent's own, -1 where it
is the opponent's, so that in self-play the one return counts for the winner and against the loser.
The policy is epsilon-soft: every legal action keeps a probability above 0 while epsilon does.

Source: Sutton & Barto, 2nd ed., section 5.4, first-visit.

Deviations: a constant `alpha` instead of the mean of all returns (section 6.1), since the policy
that earned the oldest ones is gone; exploration falls linearly; equal Q-values are broken by lot
while learning. An episode that was cut off has not ended: the rest, which nobody saw, counts as
what the policy is worth there by the table. The last episode is played to its end, so training may
take a few more steps than asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from agents.expected_sarsa import expected_value
from agents.table import NumpyRandom, TableAgent, epsilon_at, epsilon_greedy
from agents.training import Counters, EpisodeReturns, Part, Progress, check_settings, restore
from envs.percept import perceive
from envs.replayable import ReplayableEnv
from envs.worlds import World


@dataclass(frozen=True)
class Config:
    """Settings of Monte Carlo control."""

    steps: int = 50_000
    """Environment steps to train for."""
    alpha: float = 0.02
    """Learning rate: how far a Q-value moves towards its target."""
    gamma: float = 0.99
    """Discount: what a reward is worth one step later."""
    epsilon_start: float = 1.0
    """Share of random actions at the start."""
    epsilon_end: float = 0.01
    """Share of random actions once exploration has fallen."""
    epsilon_fraction: float = 1.0
    """Over which share of the steps exploration falls."""

    def __post_init__(self) -> None:
        check_settings(self)


TUNED: dict[str, dict[str, Any]] = {
    "workshop/TicTacToe-v0": {"steps": 500_000, "alpha": 0.05, "epsilon_end": 0.1},
}
"""Settings that differ from the defaults for worlds we have tried."""


def config_for(world: World) -> Config:
    """The default settings for `world`."""
    return replace(Config(), **TUNED.get(world.id, {}))


class MonteCarloAgent(TableAgent):
    """Plays the legal action of highest Q-value, the first of equals."""


def returns_from(rewards: list[float], rest: float, sign: int, gamma: float) -> list[float]:
    """The return from each step of an episode on.

    Args:
        rest: what follows the last step; 0 where the episode has terminated.
        sign: -1 where the next percept is the opponent's.
    """
    found = []
    for reward in reversed(rewards):
        rest = reward + sign * gamma * rest
        found.append(rest)
    return found[::-1]


def first_visits(visits: list[tuple[bytes, int]]) -> dict[tuple[bytes, int], int]:
    """When each percept and action of an episode first came."""
    return {visit: len(visits) - 1 - at for at, visit in enumerate(reversed(visits))}


def train(
    config: Config,
    env: ReplayableEnv,
    device: str,
    seed: int,
    agent: MonteCarloAgent,
    state: Mapping[str, Any] | None = None,
) -> Iterator[Progress]:
    """Learns in one world, one episode at a time.

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
        reports = at.step // 500
        visits: list[tuple[bytes, int]] = []
        rewards: list[float] = []
        ended = terminated = False
        while not ended:
            epsilon = epsilon_at(at.step, config)
            q_values = table.peek(percept.observation)
            action = epsilon_greedy(q_values, percept.legal_actions, epsilon, draw)
            visits.append((percept.observation.tobytes(), action))
            observation, reward, terminated, truncated, info = env.step(action)
            percept = perceive(env, observation, info)
            rewards.append(reward)
            ended = terminated or truncated
            returns.add_one(reward, ended)
            at.step += 1

        rest = 0.0
        if not terminated:
            q_values = table.peek(percept.observation)
            rest = expected_value(q_values, percept.legal_actions, epsilon)
        gains = returns_from(rewards, rest, sign, config.gamma)
        for (key, action), first in first_visits(visits).items():
            q_values = table.row(key)
            q_values[action] += config.alpha * (gains[first] - q_values[action])

        percept = perceive(env, *env.reset())
        if at.step // 500 > reports or at.step >= config.steps:
            metrics = {"epsilon": epsilon, "states": float(len(table.rows)), **returns.metrics()}
            yield Progress(at.step, metrics, agent, parts)
