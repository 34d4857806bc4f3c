"""How strong an agent is, exactly where the truth is known: one measure a kind of world."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from agents.agent import Agent
from envs.board import board_percept
from envs.gridworld import GridWorldEnv
from envs.rules.grid import Grid, Optimum
from envs.rules.kinarow import KInARow
from envs.rules.solution import Solution, solve
from envs.worlds import World
from workshop.labelled import connect_four
from workshop.positions import are_labelled, by_stage, judge, percepts_of, rates

Measure = Callable[[Agent], dict[str, Any]]
"""From an agent to what is known about its play; always the same for the same play."""
DISCOUNT = 0.99
"""Which actions of a gridworld count as optimal, and the regret, is decided with this discount."""
ROUNDING = 1e-9
"""Values nearer than this are equal."""
DENSE = 2000
"""Up to so many states are solved as one linear system."""


def exact_measure(world: World) -> Measure | None:
    """The measure of `world` against ground truth; None where no truth is known."""
    if world.rules is not None:
        rules = world.rules
        if are_labelled(rules):
            return _labelled_measure()
        solution = solution_of(rules)
        return None if solution is None else _board_measure(rules)
    if world.grid is not None:
        return _grid_measure(world, world.grid)
    return None


def solution_of(rules: KInARow) -> Solution | None:
    """The solution of a board, if it is small enough."""
    return solve(rules.rows, rules.cols, rules.k, rules.gravity, rules.misere)


@lru_cache(maxsize=8)
def optimum_of(grid: Grid) -> Optimum:
    """The exact optimum of a map, solved once."""
    return grid.solve(DISCOUNT)


def best_in(grid: Grid) -> np.ndarray:
    """bool (states, actions): which actions are optimal on a map."""
    q_value = optimum_of(grid).q_value
    return q_value >= q_value.max(1, keepdims=True) - ROUNDING


def _board_measure(rules: KInARow) -> Measure:
    """Every position with a move to make, and every reply of any opponent in both seats.

    `unbeatable`: whether the agent never loses. `exploitability`: what a best reply earns, over
    both seats (0 at best, where the game is a draw as where one seat is lost). Both follow what the
    agent does, move by move: of a policy its most likely actions.
    """
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
            "exploitability": solution.exploitability(policy.__getitem__),
            "optimal_action_rate": solution.optimal_action_rate(policy),
            "decision_states": len(positions),
            "game_value": solution.value[0, 0],
        }

    return measure


def _labelled_measure() -> Measure:
    """The agent's moves in all labelled positions of Connect Four (`workshop.positions.rates`), and
    the share of those of each stage in which it kept the win or draw there was."""
    scores = [position.scores for position in connect_four()]
    stages = [position.stage for position in connect_four()]
    percepts = percepts_of(connect_four())

    def measure(agent: Agent) -> dict[str, Any]:
        judged = judge(scores, agent.act_many(percepts))
        kept = {
            f"kept_{s}": part["kept_value_rate"] for s, part in by_stage(stages, judged).items()
        }
        return rates(judged) | kept

    return measure


def _grid_measure(world: World, grid: Grid) -> Measure:
    """The agent's action in every state that can be reached, and what it earns from the start.

    `greedy_return` and `optimal_return`: the expected return of an episode, cut off as the world
    says. `regret`: how much the agent loses to the optimum from the start, discounted, with no
    end; `relative_regret`: the same, where the uniformly random policy loses 1. 0: it is optimal.
    `policy_agreement`: the share of states in which its action is an optimal one, which is the
    `optimal_action_rate` of a gridworld. An agent with a memory has no action of its own in a
    state: only its answers to first percepts are told. Of one that draws lots, one draw is
    measured.
    """
    env = world.make()
    states = grid.decision_states
    face: GridWorldEnv = env.unwrapped  # type: ignore[assignment]
    percepts = [face.percept(int(state)) for state in states]
    horizon = env.spec.max_episode_steps if env.spec else None
    is_best, optimal_value = best_in(grid), float(optimum_of(grid).value[grid.start])
    uniform = np.full((grid.states, grid.actions), 1 / grid.actions)
    at_stake = optimal_value - start_value(grid, uniform)
    optimal_return = float(grid.solve(horizon=horizon).value[grid.start])
    env.close()

    def measure(agent: Agent) -> dict[str, Any]:
        actions = np.zeros(grid.states, np.int64)
        actions[states] = agent.act_many(percepts)
        agreement = float(is_best[states, actions[states]].mean())
        found = {
            "optimal_return": optimal_return,
            "policy_agreement": agreement,
            "optimal_action_rate": agreement,
            "decision_states": len(states),
        }
        if agent.has_memory:
            return found
        value = np.zeros(grid.states)
        for _ in range(horizon or 10_000):
            value = np.take_along_axis(grid.backup(value), actions[:, None], 1)[:, 0]
        regret = optimal_value - start_value(grid, np.eye(grid.actions)[actions])
        regret = 0.0 if abs(regret) < ROUNDING else regret
        return {
            "greedy_return": float(value[grid.start]),
            "regret": regret,
            "relative_regret": regret / at_stake if at_stake > ROUNDING else 0.0,
            **found,
        }

    return measure


def start_value(grid: Grid, policy: np.ndarray, discount: float = DISCOUNT) -> float:
    """What the start is worth under `policy`: its discounted expected return, with no end.

    The Bellman equations of the states that `policy` comes through, solved as a linear system
    (Sutton & Barto 2018, formula 4.4); if they are very many, by sweeps until they stand still.

    Args:
        policy: the probability of each action, (states, actions).
        discount: below 1.
    """
    slip = grid.slips[:, None]
    beside = (np.roll(policy, 1, 1) + np.roll(policy, -1, 1)) / 2
    moves = (1 - slip) * policy + slip * beside  # (states, 4): how likely it goes each way
    rewards = (moves * grid.reward).sum(1)
    goes_on = discount * moves * ~grid.ends  # (states, 4)
    visited = _visited(grid.next_state, goes_on > 0, grid.start)
    places = np.full(grid.states, -1)
    places[visited] = np.arange(len(visited))
    rewards, goes_on, after = rewards[visited], goes_on[visited], places[grid.next_state[visited]]
    if len(visited) <= DENSE:
        system = np.eye(len(visited))
        np.subtract.at(system, (np.arange(len(visited))[:, None], after), goes_on)
        return float(np.linalg.solve(system, rewards)[places[grid.start]])
    value = np.zeros(len(visited))
    for _ in range(100_000):
        value, before = rewards + (goes_on * value[after]).sum(1), value
        if np.abs(value - before).max() < 1e-13:
            break
    return float(value[places[grid.start]])


def _visited(next_state: np.ndarray, possible: np.ndarray, start: int) -> np.ndarray:
    """The states that `possible` (states, actions) steps lead to from `start`, rising."""
    seen = np.zeros(len(next_state), bool)
    frontier = np.array([start])
    while len(frontier):
        seen[frontier] = True
        reached = np.unique(next_state[frontier][possible[frontier]])
        frontier = reached[~seen[reached]]
    return np.flatnonzero(seen)
