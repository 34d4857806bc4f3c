"""Dyna-Q: Q-learning that also practises in its head, on what it remembers of the world.

    Q(s, a) += alpha * (reward + sign * gamma * max_a' Q(s', a') - Q(s, a))

once for the step that was really taken, and `planning_steps` times for steps drawn by lot from a
learned model: what each action led to when it was last tried. One reward at a goal so runs back
along the whole way at once, where Q-learning needs a walk for every cell. `sign` is the world's,
as in Q-learning, whose update this is.

Sources: R. Sutton, "Integrated architectures for learning, planning, and reacting based on
approximating dynamic programming", 1990; Sutton & Barto, 2nd ed., section 8.2.

Deviations: exploration falls linearly; equal Q-values are broken by lot while learning. As in the
book the model takes the world to be deterministic: where steps slip, it believes the last one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from agents.q_learning import td_target
from agents.table import NumpyRandom, QTable, TableAgent, epsilon_at, epsilon_greedy
from agents.training import Counters, EpisodeReturns, Part, Progress, check_settings, restore
from envs.percept import perceive
from envs.replayable import ReplayableEnv
from envs.worlds import World


@dataclass(frozen=True)
class Config:
    """Settings of Dyna-Q."""

    steps: int = 5_000
    """Environment steps to train for."""
    planning_steps: int = 10
    """Updates on remembered steps after each real one; 0: Q-learning."""
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
    "workshop/TicTacToe-v0": {"steps": 200_000, "alpha": 0.5, "epsilon_end": 0.5},
}
"""Settings that differ from the defaults for worlds we have tried."""


def config_for(world: World) -> Config:
    """The default settings for `world`."""
    return replace(Config(), **TUNED.get(world.id, {}))


class DynaQAgent(TableAgent):
    """Plays the legal action of highest Q-value, the first of equals."""


class Remembered(NamedTuple):
    """A step as it went when it was last taken; observations as bytes, as the table has them."""

    observation: bytes
    action: int
    reward: float
    terminated: bool
    next_observation: bytes
    next_legal: tuple[int, ...]


class Model:
    """What each action led to, wherever it was tried."""

    def __init__(self) -> None:
        self.steps: list[Remembered] = []
        self._numbers: dict[tuple[bytes, int], int] = {}

    def remember(self, step: Remembered) -> None:
        """Believes `step`, and no longer what the same action led to before."""
        number = self._numbers.setdefault((step.observation, step.action), len(self.steps))
        self.steps[number : number + 1] = [step]

    def state_dict(self) -> dict[str, Any]:
        """All steps, in the order in which they were first taken."""
        return {"steps": [tuple(step) for step in self.steps]}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Believes what `state_dict` returned."""
        self.steps, self._numbers = [], {}
        for step in state["steps"]:
            self.remember(Remembered(*step))


def plan(
    table: QTable, model: Model, count: int, config: Config, sign: int, draw: np.random.Generator
) -> None:
    """Q-learning on `count` remembered steps, drawn by lot."""
    for number in (draw.random(count) * len(model.steps)).astype(int).tolist():
        update(table, model.steps[number], config, sign)


def update(table: QTable, step: Remembered, config: Config, sign: int) -> None:
    """Moves one Q-value towards the target of one step, real or remembered."""
    q_values = table.row(step.observation)
    next_q = q_values if step.terminated else table.row(step.next_observation)
    target = td_target(step.reward, step.terminated, next_q, step.next_legal, sign, config.gamma)
    q_values[step.action] += config.alpha * (target - q_values[step.action])


def train(
    config: Config,
    env: ReplayableEnv,
    device: str,
    seed: int,
    agent: DynaQAgent,
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
    table, model = agent.table, Model()
    returns = EpisodeReturns(1)
    at = Counters()
    parts: dict[str, Part] = {
        "env": env,
        "random": random,
        "table": table,
        "model": model,
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

        here = percept.observation.tobytes()
        observation, reward, terminated, truncated, info = env.step(action)
        percept = perceive(env, observation, info)
        there = percept.observation.tobytes()
        step = Remembered(here, action, reward, terminated, there, percept.legal_actions)
        update(table, step, config, sign)
        model.remember(step)
        plan(table, model, config.planning_steps, config, sign, draw)

        returns.add_one(reward, terminated or truncated)
        if terminated or truncated:
            percept = perceive(env, *env.reset())
        at.step += 1
        if at.step % 500 == 0 or at.step == config.steps:
            metrics = {"epsilon": epsilon, "states": float(len(table.rows)), **returns.metrics()}
            yield Progress(at.step, metrics, agent, parts)
