"""GridWorld: find the goal, mind the pits. A Gymnasium face of `envs.rules.grid.Grid`."""

from __future__ import annotations

from dataclasses import replace
from math import isfinite
from typing import Any

import gymnasium as gym
import numpy as np

from envs.drawing.rendering import Renderer, render_modes
from envs.names import BadInput
from envs.percept import Percept, freeze
from envs.rules.grid import ACTIONS, Grid, find_map


def make_grid(
    map: str = "default",
    slip: float | None = None,
    step_reward: float | None = None,
    goal_reward: float | None = None,
    pit_reward: float | None = None,
) -> Grid:
    """The grid of a map, with the map's own slip and rewards wherever an argument is None."""
    given = {
        "slip": slip,
        "step_reward": step_reward,
        "goal_reward": goal_reward,
        "pit_reward": pit_reward,
    }
    changes: dict[str, Any] = {}
    for name, value in given.items():
        try:
            if value is not None:
                changes[name] = float(value)
                if not isfinite(changes[name]):
                    raise ValueError
        except ValueError:
            raise BadInput(f"{name} is a number, not {value!r}") from None
    return Grid(replace(find_map(str(map)), **changes))


class GridWorldEnv(gym.Env[Any, Any]):
    """One agent on a grid of cells.

    Description:
        The agent starts on S and ends on a goal (G) or in a pit (X). It cannot walk through walls
        (#) or off the map: it stays where it is. With `slip`, a step goes to the left or to the
        right of the intended direction instead, half of `slip` each.

    Action space:
        `Discrete(4)`: 0 up, 1 right, 2 down, 3 left (Gymnasium's FrozenLake has left, down,
        right, up; its CliffWalking has up, right, down, left).

    Observation space:
        `Discrete(rows * cols)`: the cell, counted row by row from the upper left.

    Rewards:
        That of the cell landed on: `goal_reward` (+1), `pit_reward` (-1), else `step_reward`
        (-0.01). The named maps `frozenlake-4x4`, `frozenlake-8x8` and `cliff` have the rewards
        and the slip of Gymnasium's worlds.

    Episode end:
        Terminated on a goal or in a pit; truncated after `max_episode_steps` (200).

    Arguments:
        map: a named map, a text file, or a map's text; see `envs.rules.grid`.
        slip, step_reward, goal_reward, pit_reward: replace the map's own.
        render_mode: `human`, `rgb_array` or `ansi`.
        theme: `light` or `dark`.

    Info:
        `action_mask`: int8 (4,), all ones.

    Version history:
        v0: first.
    """

    metadata = render_modes(fps=8)
    value_sign = 1
    """The next percept is the same agent's: its value counts as it is."""

    def __init__(
        self,
        map: str = "default",
        slip: float | None = None,
        step_reward: float | None = None,
        goal_reward: float | None = None,
        pit_reward: float | None = None,
        render_mode: str | None = None,
        theme: str = "light",
    ) -> None:
        self.grid = make_grid(map, slip, step_reward, goal_reward, pit_reward)
        self.observation_space = gym.spaces.Discrete(self.grid.states)
        self.action_space = gym.spaces.Discrete(len(ACTIONS))
        self.render_mode = render_mode
        self._renderer = Renderer(self, theme)
        self._next_state = self.grid.next_state.tolist()
        self._reward = self.grid.reward.tolist()
        self._ends = self.grid.ends.tolist()
        self._mask = np.ones(len(ACTIONS), np.int8)
        self.state = self.grid.start
        self.trail: list[int] = [self.state]
        """The states of this episode, the current one last."""

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[int, dict[str, Any]]:
        """Back to the start."""
        super().reset(seed=seed)
        self.state = self.grid.start
        self.trail = [self.state]
        if self.render_mode == "human":
            self.render()
        return self.state, {"action_mask": self._mask.copy()}

    def step(self, action: int) -> tuple[int, float, bool, bool, dict[str, Any]]:
        """One step in the direction of `action`, or beside it when it slips."""
        here = self.state
        slip = self.grid.slip
        if slip:
            chance = self.np_random.random()
            action = (action + (chance >= 1 - slip / 2) - (chance < slip / 2)) % 4
        self.state = self._next_state[here][action]
        self.trail.append(self.state)
        if self.render_mode == "human":
            self.render()
        reward, ends = self._reward[here][action], self._ends[here][action]
        return self.state, reward, ends, False, {"action_mask": self._mask.copy()}

    def action_masks(self) -> np.ndarray:
        """bool (4,): every direction is always allowed (the name SB3's maskable agents ask for)."""
        return np.ones(len(ACTIONS), bool)

    def percept(self, state: int | None = None) -> Percept:
        """What the agent perceives in `state` (default: where it is)."""
        observation = np.asarray(self.state if state is None else state)
        mask = freeze(np.ones(len(ACTIONS), bool))
        return Percept(freeze(observation), mask, tuple(range(len(ACTIONS))), 0, None)

    def ansi(self) -> str:
        """The map as text, the agent as @."""
        symbols = self.grid.symbols.copy()
        symbols.flat[self.state] = "@"
        return "\n".join(" ".join(row) for row in symbols)

    def render(self) -> Any:
        """A frame, or text, as `render_mode` asks."""
        return self._renderer.render()

    def close(self) -> None:
        """Closes the window, if one is open."""
        self._renderer.close()
