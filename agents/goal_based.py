"""Goal-based agents: plan a way to the goal on a model of the world, then take its first step.

Both search best-first: of the states on the frontier, expand the one that seems nearest to the
goal by way of it::

    priority(state) = steps so far + estimate of the steps left

`breadth-first` estimates nothing and so spreads evenly. `a-star` estimates by the distance as the
crow walks, which never overrates, and so both find a shortest way. The model is the world's own
`Grid`: it is given, not learned.

Sources: Russell & Norvig, "Artificial Intelligence: A Modern Approach", 4th ed., sections 2.4.4,
3.3 and 3.5; P. Hart, N. Nilsson and B. Raphael, "A Formal Basis for the Heuristic Determination of
Minimum Cost Paths", 1968. Deviation: breadth-first search tests for the goal when it expands a
state, as A* has to, so that the numbers of expanded states can be compared.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from itertools import count
from typing import NamedTuple

import numpy as np

from agents.agent import Agent, Thoughts
from envs.gridworld import GridWorldEnv
from envs.names import BadInput
from envs.percept import Percept
from envs.rules.grid import Grid
from envs.worlds import World


class Plan(NamedTuple):
    """What a search found."""

    actions: list[int] | None
    """The way to a goal; None: there is none."""
    expanded: int
    """How many states were expanded."""
    frontier: tuple[int, ...]
    """The states that were reached, and not expanded."""


class BreadthFirstAgent(Agent):
    """Takes the first step of a shortest way, planned anew in every state.

    Args:
        world: a gridworld with one map and certain steps, in which the agent perceives its state.
        seed: unused: the same percept always gets the same answer.

    Raises:
        BadInput: the world is another.
    """

    name = "breadth-first"

    def __init__(self, world: World, seed: int | None = None) -> None:
        self.grid = given_model(world, self.name)
        if self.grid.slips[self.grid.decision_states].any():
            raise BadInput(
                f"{self.name} plans as if every step were certain; {world.name} slips: "
                "utility-based weighs what may happen"
            )
        self.goals = goals_of(self.grid)
        self._last: tuple[int, Plan] | None = None

    def act(self, percept: Percept) -> int:
        """The first step of the plan."""
        return (self.plan(int(percept.observation)).actions or [0])[0]

    def think(self, percept: Percept) -> Thoughts:
        """The step, how much was searched for it, and the frontier."""
        plan = self.plan(int(percept.observation))
        steps = "no way" if plan.actions is None else f"{len(plan.actions)} steps"
        note = f"{steps} to the goal; {plan.expanded} states expanded"
        return Thoughts(np.eye(4)[self.act(percept)], "probability", note, plan.frontier)

    def plan(self, state: int) -> Plan:
        """The plan from a state; the last one is kept, so think and act share it."""
        if self._last is None or self._last[0] != state:
            self._last = state, best_first(self.grid, state, self.goals, self.estimate())
        return self._last[1]

    def estimate(self) -> Callable[[int], int]:
        """How many steps are left from a state: nothing is known."""
        return lambda state: 0


class AStarAgent(BreadthFirstAgent):
    """The same with an estimate of the steps left, which saves it most of the search."""

    name = "a-star"

    def __init__(self, world: World, seed: int | None = None) -> None:
        super().__init__(world, seed)
        self._estimates = steps_left(self.grid, self.goals).tolist()

    def estimate(self) -> Callable[[int], int]:
        """The distance as the crow walks."""
        return self._estimates.__getitem__


def best_first(grid: Grid, start: int, goals: np.ndarray, estimate: Callable[[int], int]) -> Plan:
    """A shortest way from `start` to a goal, if `estimate` is consistent.

    Args:
        goals: bool (states,).
        estimate: from a state to the steps left; it falls by no more than 1 a step.
    """
    steps, came_from, expanded = {start: 0}, dict[int, tuple[int, int]](), set[int]()
    order = count()
    frontier = [(estimate(start), estimate(start), next(order), start)]
    while frontier:
        *_, state = heapq.heappop(frontier)
        if goals[state]:
            waiting = steps.keys() - expanded - {state}
            return Plan(way(came_from, state), len(expanded), tuple(sorted(waiting)))
        if state in expanded:  # a longer way to it was still waiting
            continue
        expanded.add(state)
        for action, there in successors(grid, goals, state):
            so_far = steps[state] + 1
            if so_far < steps.get(there, so_far + 1):
                steps[there], came_from[there] = so_far, (state, action)
                left = estimate(there)
                heapq.heappush(frontier, (so_far + left, left, next(order), there))
    return Plan(None, len(expanded), ())


def successors(grid: Grid, goals: np.ndarray, state: int) -> list[tuple[int, int]]:
    """`(action, state)` of every step that does not end the episode short of a goal."""
    steps = zip(grid.next_state[state].tolist(), grid.ends[state].tolist(), strict=True)
    return [(a, there) for a, (there, ends) in enumerate(steps) if not ends or goals[there]]


def way(came_from: dict[int, tuple[int, int]], state: int) -> list[int]:
    """The actions that led to `state`."""
    actions: list[int] = []
    while state in came_from:
        state, action = came_from[state]
        actions.append(action)
    return actions[::-1]


def goals_of(grid: Grid) -> np.ndarray:
    """bool (states,): where the agent stands on a goal."""
    return np.tile(grid.symbols.ravel() == "G", len(grid.scenes))


def steps_left(grid: Grid, goals: np.ndarray) -> np.ndarray:
    """int (states,): at least so many steps lead from each state to a goal.

    The distance to the nearest goal, in rows and columns, over the longest leap that any step
    makes: more than 1 where there are winds, teleports or cliffs.
    """
    rows, cols = np.divmod(np.arange(grid.states) % grid.cells, grid.cols)
    here = np.flatnonzero(grid.reachable)
    there = grid.next_state[here]
    leaps = np.abs(rows[there] - rows[here, None]) + np.abs(cols[there] - cols[here, None])
    at = np.flatnonzero(goals[: grid.cells])
    distances = np.abs(rows[:, None] - rows[at]) + np.abs(cols[:, None] - cols[at])
    return -(-distances.min(1) // leaps.max())


def given_model(world: World, who: str) -> Grid:
    """The map of a world whose percepts are its states.

    Raises:
        BadInput: it is no gridworld, draws a new map every episode, or shows something else.
    """
    if not world.is_gridworld:
        raise BadInput(f"{who} acts in a gridworld; {world.name} is none")
    if world.grid is None:
        raise BadInput(f"{who} needs the map beforehand: gridworld:map=random,map_seed=7")
    face: GridWorldEnv = world.make().unwrapped  # type: ignore[assignment]
    if face.observation != "index":
        raise BadInput(f"{who} needs to perceive its state: gridworld:observation=index")
    return world.grid
