"""Value iteration: sweeps over all states of a known model, until the values stand still.

    V(s) <- max_a sum_s' p(s' | s, a) * (reward + gamma * V(s'))

No step is taken in the world: the model says what each would lead to, slips and all. One sweep
brings the worth of a goal one cell further; the error shrinks by `gamma` with each.

Sources: R. Bellman, "Dynamic Programming", 1957; Sutton & Barto, 2nd ed., section 4.4.

Deviations: all states of a sweep are backed up at once, from the values of the sweep before; a
step of training is a sweep.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from agents.planning import PlanningAgent, SavedArray
from agents.training import Counters, Part, Progress, check_settings, restore
from envs.replayable import ReplayableEnv
from envs.rules.grid import Grid
from envs.worlds import World


@dataclass(frozen=True)
class Config:
    """Settings of value iteration."""

    steps: int = 2_000
    """Sweeps at most."""
    gamma: float = 0.99
    """Discount: what a reward is worth one step later."""
    theta: float = 1e-10
    """The values stand still when none changes by this much in a sweep."""

    def __post_init__(self) -> None:
        check_settings(self)


TUNED: dict[str, dict[str, Any]] = {}
"""Settings that differ from the defaults for worlds we have tried."""


def config_for(world: World) -> Config:
    """The default settings for `world`."""
    return replace(Config(), **TUNED.get(world.id, {}))


class ValueIterationAgent(PlanningAgent):
    """Plays the action of highest Q-value, the first of equals."""


def sweep(grid: Grid, value: np.ndarray, gamma: float) -> tuple[np.ndarray, np.ndarray]:
    """One backup of every state: the values after it, (states,), and (states, actions).

    States that an episode cannot come through keep the value 0.
    """
    q_value = grid.backup(value, gamma)
    return np.where(grid.reachable, q_value.max(1), 0.0), q_value


def train(
    config: Config,
    env: ReplayableEnv,
    device: str,
    seed: int,
    agent: ValueIterationAgent,
    state: Mapping[str, Any] | None = None,
) -> Iterator[Progress]:
    """Plans on the model of one world, a sweep at a time.

    Args:
        env: a gridworld; only its model is used.
        device: unused: a table lives on the CPU.
        seed: unused: nothing here is random.
        agent: receives what is planned.
        state: where an earlier call stopped; None: from the start.
    """
    grid: Grid = env.unwrapped.grid  # type: ignore[attr-defined]
    value = SavedArray(np.zeros(grid.states))
    at = Counters()
    parts: dict[str, Part] = {"table": agent.table, "value": value, "at": at}
    restore(parts, state)
    stable = False

    while at.step < config.steps and not stable:
        improved, q_value = sweep(grid, value.array, config.gamma)
        change = float(np.abs(improved - value.array).max())
        stable = change < config.theta
        value.array[:] = improved
        agent.write(q_value)
        at.step += 1
        metrics = {"change": change, "value_of_start": float(improved[grid.start])}
        yield Progress(at.step, metrics, agent, parts, finished=stable)
