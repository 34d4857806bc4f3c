"""How strong an agent is, exactly where the truth is known: one measure a kind of world."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from agents.agent import Agent
from envs.board import board_percept
from envs.gridworld import GridWorldEnv
from envs.rules.grid import Grid
from envs.rules.kinarow import KInARow
from envs.rules.solution import Solution, solve
from envs.worlds import World

Measure = Callable[[Agent], dict[str, Any]]
"""From an agent to what is known about its play; always the same for the same play."""
DISCOUNT = 0.99
"""Which actions of a gridworld count as optimal is decided with this discount."""


def exact_measure(world: World) -> Measure | None:
    """The measure of `world` against ground truth; None where no truth is known."""
    if world.rules is not None:
        rules = world.rules
        solution = solution_of(rules)
        return None if solution is None else _board_measure(rules)
    if world.grid is not None:
        return _grid_measure(world, world.grid)
    return None


def solution_of(rules: KInARow) -> Solution | None:
    """The solution of a board, if it is small enough."""
    return solve(rules.rows, rules.cols, rules.k, rules.gravity, rules.misere)


def _board_measure(rules: KInARow) -> Measure:
    """Every position with a move to make, and every reply of any opponent in both seats."""
    solution = solution_of(rules)
    assert solution is not None
    positions = list(solution.best)
    percepts = [
        board_percept(rules, mine, theirs, (mine | theirs).bit_count() % 2)
        for mine, theirs in positions
    ]

    def measure(agent: Agent) -> dict[str, Any]:
        policy = dict(zip(positions, agent.act_many(percepts), strict=True))
        return {
            "unbeatable": solution.unbeatable(policy.__getitem__),
            "optimal_action_rate": solution.optimal_action_rate(policy),
            "decision_states": len(positions),
            "game_value": solution.value[0, 0],
        }

    return measure


def _grid_measure(world: World, grid: Grid) -> Measure:
    """The agent's action in every state that can be reached, and what it earns from the start."""
    env = world.make()
    states = grid.decision_states
    face: GridWorldEnv = env.unwrapped  # type: ignore[assignment]
    percepts = [face.percept(int(state)) for state in states]
    horizon = env.spec.max_episode_steps if env.spec else None
    best = grid.solve(DISCOUNT).q_value
    is_best = best >= best.max(1, keepdims=True) - 1e-9
    optimal_return = float(grid.solve(horizon=horizon).value[grid.start])
    env.close()

    def measure(agent: Agent) -> dict[str, Any]:
        actions = np.zeros(grid.states, np.int64)
        actions[states] = agent.act_many(percepts)
        value = np.zeros(grid.states)
        for _ in range(horizon or 10_000):
            value = np.take_along_axis(grid.backup(value), actions[:, None], 1)[:, 0]
        return {
            "greedy_return": float(value[grid.start]),
            "optimal_return": optimal_return,
            "optimal_action_rate": float(is_best[states, actions[states]].mean()),
            "decision_states": len(states),
        }

    return measure
