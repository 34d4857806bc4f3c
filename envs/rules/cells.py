"""What a gridworld can be made of: one entry a kind of cell."""

from __future__ import annotations

from typing import NamedTuple

ACTIONS = ("up", "right", "down", "left")
"""Clockwise, so that `(action + 1) % 4` turns right and `(action - 1) % 4` left."""
STEPS = ((-1, 0), (0, 1), (1, 0), (0, -1))
"""(rows, columns) that each action moves."""


class Cell(NamedTuple):
    """What a kind of cell does to whoever moves onto it, stands on it or leaves it."""

    name: str
    reward: str | None = None
    """The `Map` field with the reward for coming here; None: the reward of any step."""
    ends: bool = False
    """The episode ends here."""
    blocks: bool = False
    """Nobody comes here."""
    against: int | None = None
    """The direction in which nobody moves into it or out of it."""
    locked: bool = False
    """One comes here only with a key."""
    key: bool = False
    """Coming here is picking up a key; one key opens every door."""
    once: bool = False
    """Taken by the first visit, so it belongs to the state; from then on plain floor."""
    to_start: bool = False
    """Whoever comes here is back at the start."""
    teleports: bool = False
    """Whoever comes here is at the other cell of the same symbol."""
    slip: str | None = None
    """The `Map` field with the probability of slipping on the way out; None: `slip`."""
    push: tuple[int, int] = (0, 0)
    """(rows, columns) added to the step of whoever leaves."""


CELLS = {
    ".": Cell("floor"),
    "S": Cell("start"),
    "G": Cell("goal", reward="goal_reward", ends=True),
    "X": Cell("pit", reward="pit_reward", ends=True),
    "C": Cell("cliff", reward="pit_reward", to_start=True),
    "#": Cell("wall", blocks=True),
    "~": Cell("ice", slip="ice_slip"),
    "$": Cell("coin", reward="coin_reward", once=True),
    "*": Cell("buoy", reward="buoy_reward"),
    "k": Cell("key", key=True, once=True),
    "K": Cell("door", locked=True),
    "^": Cell("one-way up", against=2),
    ">": Cell("one-way right", against=3),
    "v": Cell("one-way down", against=0),
    "<": Cell("one-way left", against=1),
    "u": Cell("wind up", push=(-1, 0)),
    "r": Cell("wind right", push=(0, 1)),
    "d": Cell("wind down", push=(1, 0)),
    "l": Cell("wind left", push=(0, -1)),
    "U": Cell("strong wind up", push=(-2, 0)),
    "R": Cell("strong wind right", push=(0, 2)),
    "D": Cell("strong wind down", push=(2, 0)),
    "L": Cell("strong wind left", push=(0, -2)),
    **{digit: Cell(f"teleport {digit}", teleports=True) for digit in "123456789"},
}
"""Every kind of cell, by its symbol in a map."""
