"""A gridworld as an explicit Markov decision process: tables of next state, reward and end.

A map is text, one symbol a cell (see `CELLS`)::

    S . X
    . # .
    . . G

A state is a cell, counted row by row from the upper left. A step is a look-up in the tables, on
an int or on a tensor; the same tables feed value iteration, so the optimum of every map is known.

Source: Sutton & Barto, "Reinforcement Learning", 2nd ed., chapters 3 and 4.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from envs.names import BadInput, nearest

ACTIONS = ("up", "right", "down", "left")
"""Clockwise, so that `(action + 1) % 4` turns right and `(action - 1) % 4` left."""
_STEPS = ((-1, 0), (0, 1), (1, 0), (0, -1))


class Cell(NamedTuple):
    """What a kind of cell does to whoever moves onto it."""

    name: str
    reward: str | None = None
    """The `Map` field with the reward for landing here; None: the reward of any step."""
    ends: bool = False
    blocks: bool = False
    to_start: bool = False


CELLS = {
    ".": Cell("floor"),
    "S": Cell("start"),
    "G": Cell("goal", reward="goal_reward", ends=True),
    "X": Cell("pit", reward="pit_reward", ends=True),
    "C": Cell("cliff", reward="pit_reward", to_start=True),
    "#": Cell("wall", blocks=True),
}


@dataclass(frozen=True)
class Map:
    """A map's text and what its cells are worth."""

    text: str
    step_reward: float = -0.01
    goal_reward: float = 1.0
    pit_reward: float = -1.0
    slip: float = 0.0
    """Probability that a step goes left or right of the intended direction (half each)."""


MAPS = {
    "default": Map(
        """
        ...#...G
        .#...#.X
        .#.#.#..
        ...X....
        .##..#.#
        .X##....
        ..#..X#.
        XS...#..
        """
    ),
    "small": Map(
        """
        ...G
        .#.X
        S...
        """
    ),
    "frozenlake-4x4": Map(
        """
        S...
        .X.X
        ...X
        X..G
        """,
        step_reward=0.0,
        pit_reward=0.0,
        slip=2 / 3,
    ),
    "frozenlake-8x8": Map(
        """
        S.......
        ........
        ...X....
        .....X..
        ...X....
        .XX...X.
        .X..X.X.
        ...X...G
        """,
        step_reward=0.0,
        pit_reward=0.0,
        slip=2 / 3,
    ),
    "cliff": Map(
        """
        ............
        ............
        ............
        SCCCCCCCCCCG
        """,
        step_reward=-1.0,
        goal_reward=-1.0,
        pit_reward=-100.0,
    ),
}


def find_map(name: str) -> Map:
    """A named map, the map in the text file `name`, or `name` itself if it is a map's text.

    Raises:
        BadInput: there is no such map or file.
    """
    if name in MAPS:
        return MAPS[name]
    if "\n" in name:
        return Map(name)
    path = Path(name)
    if not path.is_file():
        raise BadInput(f"no map {name!r}; {nearest(name, MAPS)}, or a text file")
    try:
        return Map(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"map {name}: cannot be read: {error}") from None


class Optimum(NamedTuple):
    """Exact values of a grid under best play."""

    value: np.ndarray
    """(states,): the expected return from each state."""
    q_value: np.ndarray
    """(states, actions): the same, after each action."""


class Grid:
    """The tables of one map.

    Attributes:
        symbols: str (rows, cols).
        next_state: int64 (states, actions), where a step in each direction leads.
        reward: float64 (states, actions).
        ends: bool (states, actions).
        start: the state an episode begins in.

    Raises:
        BadInput: the map is not a rectangle, holds an unknown symbol, not exactly one start,
            or no goal that can be reached.
    """

    def __init__(self, layout: Map) -> None:
        if not 0 <= layout.slip <= 1:
            raise BadInput(f"slip is a probability, from 0 to 1, not {layout.slip}")
        self.layout = layout
        self.slip = layout.slip
        self.symbols = _read(layout.text)
        self.rows, self.cols = self.symbols.shape
        self.states = self.rows * self.cols
        self.actions = len(ACTIONS)
        starts = np.flatnonzero(self.symbols == "S")
        if len(starts) != 1:
            raise BadInput(f"the map has {len(starts)} starts (S), it needs exactly one")
        if not (self.symbols == "G").any():
            raise BadInput("the map has no goal (G)")
        self.start = int(starts[0])
        self.next_state = np.zeros((self.states, self.actions), np.int64)
        self.reward = np.zeros((self.states, self.actions))
        self.ends = np.zeros((self.states, self.actions), bool)
        for state in range(self.states):
            for action in range(self.actions):
                self._fill(state, action)
        self.reachable = self._reachable()
        """bool (states,): the cells that an episode can come through, ends included."""
        if not (self.reachable & (self.symbols.ravel() == "G")).any():
            raise BadInput("no goal (G) can be reached from the start (S)")

    def _fill(self, state: int, action: int) -> None:
        here = CELLS[self.symbols.flat[state]]
        if here.ends or here.blocks:  # absorbing, as in Gymnasium's own tables
            self.next_state[state, action], self.ends[state, action] = state, here.ends
            return
        row, col = divmod(state, self.cols)
        row_step, col_step = _STEPS[action]
        row = min(max(row + row_step, 0), self.rows - 1)
        col = min(max(col + col_step, 0), self.cols - 1)
        there = CELLS[self.symbols[row, col]]
        landing = state if there.blocks else row * self.cols + col
        self.next_state[state, action] = self.start if there.to_start else landing
        self.reward[state, action] = getattr(self.layout, there.reward or "step_reward")
        self.ends[state, action] = there.ends

    def _reachable(self) -> np.ndarray:
        seen = np.zeros(self.states, bool)
        seen[self.start] = True
        queue = deque([self.start])
        while queue:
            for after in self.next_state[queue.popleft()]:
                if not seen[after]:
                    seen[after] = True
                    queue.append(int(after))
        return seen

    @property
    def decision_states(self) -> np.ndarray:
        """The states, int64 (n,), that can be reached and in which a move is to be made."""
        return np.flatnonzero(self.reachable & ~self.ends.all(axis=1))

    @property
    def turn_probability(self) -> tuple[float, float, float]:
        """How likely a step goes to the left of the action, along it, to the right of it."""
        return self.slip / 2, 1 - self.slip, self.slip / 2

    def outcomes(self, state: int, action: int) -> list[tuple[float, int, float, bool]]:
        """What an action may lead to: `(probability, next state, reward, ends)` each."""
        directions = [(action + turn) % 4 for turn in (-1, 0, 1)]
        return [
            (
                p,
                int(self.next_state[state, d]),
                float(self.reward[state, d]),
                bool(self.ends[state, d]),
            )
            for p, d in zip(self.turn_probability, directions, strict=True)
            if p
        ]

    def backup(self, value: np.ndarray, discount: float = 1.0) -> np.ndarray:
        """One exact Bellman backup: (states,) -> (states, actions) expected returns."""
        target = self.reward + discount * np.where(self.ends, 0.0, value[self.next_state])
        left, ahead, right = self.turn_probability
        return left * np.roll(target, 1, 1) + ahead * target + right * np.roll(target, -1, 1)

    def solve(self, discount: float = 1.0, horizon: int | None = None) -> Optimum:
        """The exact optimum by value iteration.

        Args:
            discount: what a reward is worth one step later.
            horizon: steps until the episode is cut off; None: until the values stand still.

        Raises:
            ValueError: no horizon, and the values grow without end.
        """
        value = np.zeros(self.states)
        for _ in range(horizon or 100_000):
            q_value = self.backup(value, discount)
            change = np.abs(q_value.max(1) - value).max()
            value = q_value.max(1)
            if change < 1e-13:
                return Optimum(value, q_value)
        if horizon is None:
            raise ValueError("the values of this map do not converge; give a horizon or discount")
        return Optimum(value, q_value)


def _read(text: str) -> np.ndarray:
    """The symbols of a map, str (rows, cols)."""
    lines = [line.replace(" ", "") for line in text.strip("\n").splitlines()]
    lines = [line for line in lines if line]
    if not lines:
        raise BadInput("the map is empty")
    for number, line in enumerate(lines, 1):
        if len(line) != len(lines[0]):
            raise BadInput(
                f"map line {number} has {len(line)} cells, line 1 has {len(lines[0])}; "
                "a map is a rectangle"
            )
        for column, symbol in enumerate(line, 1):
            if symbol not in CELLS:
                known = ", ".join(f"{s} {cell.name}" for s, cell in CELLS.items())
                raise BadInput(
                    f"map line {number}, column {column}: {symbol!r} is no cell ({known})"
                )
    return np.array([list(line) for line in lines])
