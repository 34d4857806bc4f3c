"""Percept: what a world hands to a mind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import gymnasium as gym
import numpy as np


class Percept(NamedTuple):
    """What an agent receives. It is immutable, and no way leads from it to the world."""

    observation: np.ndarray
    """What the Gymnasium env returns."""
    action_mask: np.ndarray
    """bool (actions,): which actions are legal."""
    legal_actions: tuple[int, ...]
    """The same, as action numbers in rising order."""
    player: int
    """Whose move it is; 0 moves first."""
    board: np.ndarray | None
    """Board games: int8 (rows, cols), 1 mine, -1 theirs, 0 empty; first row on top."""


def perceive(env: gym.Env, observation: Any, info: Mapping[str, Any]) -> Percept:
    """The percept of what `env.reset()` or `env.step()` just returned.

    A world of ours makes its own; any other Gymnasium env with discrete actions counts every
    action as legal unless `info` holds an `action_mask`.

    Raises:
        TypeError: the env's actions are not discrete.
    """
    world = env.unwrapped
    if hasattr(world, "percept"):
        return world.percept()
    if not isinstance(world.action_space, gym.spaces.Discrete):
        raise TypeError(f"agents here choose among discrete actions, not {world.action_space}")
    mask = info.get("action_mask")
    mask = np.ones(world.action_space.n, bool) if mask is None else np.asarray(mask, bool)
    legal = tuple(int(action) for action in np.flatnonzero(mask))
    return Percept(freeze(np.asarray(observation)), freeze(mask), legal, 0, None)


def freeze(array: np.ndarray) -> np.ndarray:
    """A read-only view of `array`."""
    view = array.view()
    view.flags.writeable = False
    return view
