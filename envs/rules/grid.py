"""A gridworld as an explicit Markov decision process: tables of next state, reward and end.

A map is text, one symbol a cell (see `envs.rules.cells`)::

    S . X
    . # $
    . . G

What can be taken once, coins and keys, belongs to the state. A state is
`scene * cells + cell`: the cell, counted row by row from the upper left, and the scene, whose bits
say which of the map's items, in the same order, have been taken. On a map without items a state
is a cell. A step is a look-up in the tables, on an int or on a tensor; the same tables feed value
iteration, so the optimum of every map is known.

Source: Sutton & Barto, "Reinforcement Learning", 2nd ed., chapters 3 and 4.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from envs.names import BadInput
from envs.rules.cells import ACTIONS, CELLS, STEPS
from envs.rules.maps import MAX_SIDE, Map

MAX_STATES = 1 << 18
SWEEPS = 100_000
"""After so many sweeps values that still change are given up."""


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
        cells: rows * cols.
        scenes: str (scenes, cells): the map as it is once the items of each scene are taken.
        next_state: int64 (states, actions), where a step in each direction leads.
        reward: float64 (states, actions).
        ends: bool (states, actions).
        slips: float64 (states,): how likely a step goes left or right of the action (half each).
        start: the state an episode begins in.
        reachable: bool (states,): the states an episode can come through, ends included.

    Raises:
        BadInput: the map is not a rectangle, holds an unknown symbol, not exactly one start, not
            two of each teleport, too many items, or no goal that can be reached.
    """

    def __init__(self, layout: Map) -> None:
        for name in ("slip", "ice_slip"):
            if not 0 <= getattr(layout, name) <= 1:
                raise BadInput(f"{name} is a probability, from 0 to 1, not {getattr(layout, name)}")
        self.layout = layout
        self.symbols = read_symbols(layout.text)
        self.rows, self.cols = self.symbols.shape
        self.cells = self.symbols.size
        self.actions = len(ACTIONS)
        self._kinds = [CELLS[symbol] for symbol in self.symbols.ravel()]
        flat = self.symbols.ravel()
        starts = np.flatnonzero(flat == "S")
        if len(starts) != 1:
            raise BadInput(f"the map has {len(starts)} starts (S), it needs exactly one")
        if not (flat == "G").any():
            raise BadInput("the map has no goal (G)")
        self.start = int(starts[0])
        self.items = np.flatnonzero(self._each("once"))
        """The cells of the things that can be taken once."""
        self.states = self.cells << len(self.items)
        if self.states > MAX_STATES:
            raise BadInput(
                f"{len(self.items)} coins and keys on {self.cells} cells make {self.states} "
                f"states; at most {MAX_STATES} fit"
            )
        self._other_end = self._pair_teleports()
        self.scenes = np.stack([self._scene(taken) for taken in range(1 << len(self.items))])
        slips = [getattr(layout, kind.slip or "slip") for kind in self._kinds]
        self.slips = np.tile(np.array(slips, float), len(self.scenes))
        shape = (len(self.scenes), self.cells, self.actions)
        self.next_state: np.ndarray = np.zeros(shape, np.int64)
        self.reward: np.ndarray = np.zeros(shape)
        self.ends: np.ndarray = np.zeros(shape, bool)
        for taken in range(len(self.scenes)):
            self._fill(taken)
        self.next_state = self.next_state.reshape(self.states, self.actions)
        self.reward = self.reward.reshape(self.states, self.actions)
        self.ends = self.ends.reshape(self.states, self.actions)
        self.reachable = self._reachable()
        goals = np.tile(flat == "G", len(self.scenes))
        if not (self.reachable & goals).any():
            raise BadInput("no goal (G) can be reached from the start (S)")

    def _each(self, attribute: str) -> np.ndarray:
        """What `Cell.attribute` is in each cell, (cells, ...)."""
        return np.array([getattr(kind, attribute) for kind in self._kinds])

    def _pair_teleports(self) -> np.ndarray:
        """Where a teleport leads, itself for every other cell: int64 (cells,)."""
        flat, other = self.symbols.ravel(), np.arange(self.cells)
        for symbol in np.unique(flat[self._each("teleports")]):
            pair = np.flatnonzero(flat == symbol)
            if len(pair) != 2:
                times = "once" if len(pair) == 1 else f"{len(pair)} times"
                raise BadInput(f"teleport {symbol} is there {times}; it needs two ends")
            other[pair] = pair[::-1]
        return other

    def _scene(self, taken: int) -> np.ndarray:
        """The symbols, str (cells,), without the items whose bit is set in `taken`."""
        scene = self.symbols.ravel().copy()
        scene[[cell for bit, cell in enumerate(self.items) if taken >> bit & 1]] = "."
        return scene

    def _fill(self, taken: int) -> None:
        """Fills the tables for one scene."""
        here, scene = np.arange(self.cells), self.scenes[taken]
        fields = [CELLS[symbol].reward or "step_reward" for symbol in scene]
        worth = np.array([getattr(self.layout, field) for field in fields])
        landing = np.where(self._each("to_start"), self.start, self._other_end)
        now_taken = np.full(self.cells, taken)
        now_taken[self.items] |= 1 << np.arange(len(self.items))
        ends = self._each("ends")
        absorbing = ends | self._each("blocks")  # as in Gymnasium's own tables
        for action, to in enumerate(self._walk(taken)):
            moved = to != here
            after = now_taken[to] * self.cells + landing[to]
            after = np.where(moved & ~absorbing, after, taken * self.cells + here)
            reward = np.where(moved, worth[to], self.layout.step_reward)
            self.next_state[taken, :, action] = after
            self.reward[taken, :, action] = np.where(absorbing, 0.0, reward)
            self.ends[taken, :, action] = ends[np.where(absorbing, here, to)]

    def _walk(self, taken: int) -> list[np.ndarray]:
        """Where a step comes to rest, before that cell acts: int64 (cells,) for each action.

        The step and the wind of the cell that is left add up. What they add up to is walked cell
        by cell, first along the action, until something is in the way.
        """
        has_key = any(
            self._kinds[cell].key and taken >> bit & 1 for bit, cell in enumerate(self.items)
        )
        shut = self._each("blocks") | (self._each("locked") & (not has_key))
        against, push = self._each("against"), self._each("push")
        ends = []
        for action in range(self.actions):
            row, col = np.divmod(np.arange(self.cells), self.cols)
            way = push + STEPS[action]  # (cells, 2)
            for axis in (action % 2, 1 - action % 2):
                for length in range(1, int(np.abs(way[:, axis]).max()) + 1):
                    sign = np.sign(way[:, axis]) * (np.abs(way[:, axis]) >= length)
                    to_row, to_col = (row + sign, col) if axis == 0 else (row, col + sign)
                    inside = (to_row >= 0) & (to_row < self.rows)
                    inside &= (to_col >= 0) & (to_col < self.cols)
                    here = row * self.cols + col
                    there = np.where(inside, to_row * self.cols + to_col, here)
                    direction = 1 + sign if axis == 0 else 2 - sign
                    free = inside & ~shut[there]
                    free &= (against[here] != direction) & (against[there] != direction)
                    row, col = np.where(free, to_row, row), np.where(free, to_col, col)
            ends.append(row * self.cols + col)
        return ends

    def _reachable(self) -> np.ndarray:
        seen = np.zeros(self.states, bool)
        seen[self.start] = True
        found = 0
        while found < (found := int(seen.sum())):
            seen[self.next_state[seen]] = True
        return seen

    @property
    def decision_states(self) -> np.ndarray:
        """The states, int64 (n,), that can be reached and in which a move is to be made."""
        return np.flatnonzero(self.reachable & ~self.ends.all(axis=1))

    def scene(self, state: int) -> np.ndarray:
        """The map as it is in `state`: str (rows, cols), taken items gone."""
        return self.scenes[state // self.cells].reshape(self.rows, self.cols)

    def taken(self, state: int) -> str:
        """What has been taken so far, in words: `coin, key`."""
        bits = state // self.cells
        return ", ".join(
            self._kinds[cell].name for bit, cell in enumerate(self.items) if bits >> bit & 1
        )

    def outcomes(self, state: int, action: int) -> list[tuple[float, int, float, bool]]:
        """What an action may lead to: `(probability, next state, reward, ends)` each."""
        slip = float(self.slips[state])
        turns = ((-1, slip / 2), (0, 1 - slip), (1, slip / 2))
        return [
            (
                p,
                int(self.next_state[state, d]),
                float(self.reward[state, d]),
                bool(self.ends[state, d]),
            )
            for d, p in (((action + turn) % 4, p) for turn, p in turns)
            if p
        ]

    def backup(self, value: np.ndarray, discount: float = 1.0) -> np.ndarray:
        """One exact Bellman backup: (states,) -> (states, actions) expected returns."""
        target = self.reward + discount * np.where(self.ends, 0.0, value[self.next_state])
        slip = self.slips[:, None]
        beside = (np.roll(target, 1, 1) + np.roll(target, -1, 1)) / 2
        return (1 - slip) * target + slip * beside

    def solve(self, discount: float = 1.0, horizon: int | None = None) -> Optimum:
        """The exact optimum by value iteration; 0 for states that cannot be reached.

        Args:
            discount: what a reward is worth one step later.
            horizon: steps until the episode is cut off; None: until the values stand still.

        Raises:
            BadInput: no horizon, and the values grow without end, or settle too slowly.
        """
        value = np.zeros(self.states)
        for _ in range(horizon or SWEEPS):
            q_value = self.backup(value, discount)
            improved = np.where(self.reachable, q_value.max(1), 0.0)
            change = np.abs(improved - value).max()
            value = improved
            if change < 1e-13:
                return Optimum(value, q_value)
        if horizon is None:
            raise BadInput(
                f"the values of this map do not stand still after {SWEEPS:,} sweeps with "
                f"discount {discount}: give a smaller one, or a horizon"
            )
        return Optimum(value, q_value)


def read_symbols(text: str) -> np.ndarray:
    """The symbols of a map, str (rows, cols).

    Raises:
        BadInput: it is empty, no rectangle, or holds an unknown symbol.
    """
    lines = [line.replace(" ", "") for line in text.strip("\n").splitlines()]
    lines = [line for line in lines if line]
    if not lines:
        raise BadInput("the map is empty")
    if len(lines) > MAX_SIDE or len(lines[0]) > MAX_SIDE:
        raise BadInput(
            f"the map has {len(lines)} x {len(lines[0])} cells; at most {MAX_SIDE} x {MAX_SIDE}"
        )
    for number, line in enumerate(lines, 1):
        if len(line) != len(lines[0]):
            raise BadInput(
                f"map line {number} has {len(line)} cells, line 1 has {len(lines[0])}; "
                "a map is a rectangle"
            )
        for column, symbol in enumerate(line, 1):
            if symbol not in CELLS:
                raise BadInput(
                    f"map line {number}, column {column}: {symbol!r} is no cell "
                    f"(there are: {' '.join(CELLS)})"
                )
    return np.array([list(line) for line in lines])
