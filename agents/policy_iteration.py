"""Policy iteration: works out what a policy is worth, then makes it greedy, until it is the best.

    V(s) <- sum_s' p(s' | s, pi(s)) * (reward + gamma * V(s'))      until the values stand still
    pi(s) <- argmax_a sum_s' p(s' | s, a) * (reward + gamma * V(s'))

No step is taken in the world: the model says what each would lead to, slips and all. Every
improvement is one for good, and there are only so many policies: so it ends with an optimal one.

Sources: R. Howard, "Dynamic Programming and Markov Processes", 1960; Sutton & Barto, 2nd ed.,
section 4.3.

Deviations: all states are backed up at once; an action is only given up for one that is better by
more than rounding, else equals could be swapped for ever (exercise 4.4); an evaluation ends after
`evaluation_sweeps` at the latest, since without discount a policy that never arrives has no value;
a step of training is one evaluation and one improvement.
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
    """Settings of policy iteration."""

    steps: int = 200
    """Evaluations, each with an improvement, at most."""
    gamma: float = 0.99
    """Discount: what a reward is worth one step later."""
    theta: float = 1e-12
    """The values stand still when none changes by this much in a sweep."""
    evaluation_sweeps: int = 10_000
    """Sweeps of one evaluation at most."""

    def __post_init__(self) -> None:
        check_settings(self)


TUNED: dict[str, dict[str, Any]] = {}
"""Settings that differ from the defaults for worlds we have tried."""
ROUNDING = 1e-9
"""Q-values nearer than this are equal."""


def config_for(world: World) -> Config:
    """The default settings for `world`."""
    return replace(Config(), **TUNED.get(world.id, {}))


class PolicyIterationAgent(PlanningAgent):
    """Plays the action of highest Q-value, the first of equals."""


def evaluate(grid: Grid, policy: np.ndarray, value: np.ndarray, config: Config) -> np.ndarray:
    """What each state is worth, (states,), under `policy`, int64 (states,), from a first guess."""
    for _ in range(config.evaluation_sweeps):
        followed = chosen(grid.backup(value, config.gamma), policy) * grid.reachable
        change = np.abs(followed - value).max()
        value = followed
        if change < config.theta:
            break
    return value


def improve(q_value: np.ndarray, policy: np.ndarray) -> np.ndarray:
    """The greedy policy, int64 (states,), which keeps its action where none is better."""
    keep = chosen(q_value, policy) >= q_value.max(1) - ROUNDING
    return np.where(keep, policy, q_value.argmax(1))


def chosen(q_value: np.ndarray, policy: np.ndarray) -> np.ndarray:
    """The Q-value, (states,), of the action that `policy` takes in each state."""
    return np.take_along_axis(q_value, policy[:, None], 1)[:, 0]


def train(
    config: Config,
    env: ReplayableEnv,
    device: str,
    seed: int,
    agent: PolicyIterationAgent,
    state: Mapping[str, Any] | None = None,
) -> Iterator[Progress]:
    """Plans on the model of one world, a policy at a time.

    Args:
        env: a gridworld; only its model is used.
        device: unused: a table lives on the CPU.
        seed: unused: nothing here is random.
        agent: receives what is planned.
        state: where an earlier call stopped; None: from the start.
    """
    grid: Grid = env.unwrapped.grid  # type: ignore[attr-defined]
    value = SavedArray(np.zeros(grid.states))
    policy = SavedArray(np.zeros(grid.states, np.int64))
    at = Counters()
    parts: dict[str, Part] = {"table": agent.table, "value": value, "policy": policy, "at": at}
    restore(parts, state)
    stable = False

    while at.step < config.steps and not stable:
        value.array[:] = evaluate(grid, policy.array, value.array, config)
        q_value = grid.backup(value.array, config.gamma)
        improved = improve(q_value, policy.array)
        changed = int((improved != policy.array)[grid.decision_states].sum())
        stable = changed == 0
        policy.array[:] = improved
        agent.write(q_value)
        at.step += 1
        start = float(value.array[grid.start])
        metrics = {"changed_actions": float(changed), "value_of_start": start}
        yield Progress(at.step, metrics, agent, parts, finished=stable)
