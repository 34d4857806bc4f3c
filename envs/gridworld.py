"""GridWorld: find the goal, mind the pits. A Gymnasium face of `envs.rules.grid.Grid`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from math import isfinite
from typing import Any

import gymnasium as gym
import numpy as np

from envs.drawing.rendering import Renderer, render_modes
from envs.names import BadInput
from envs.percept import Percept, freeze
from envs.rules.cells import ACTIONS
from envs.rules.grid import Grid
from envs.rules.maps import Map, find_map, random_map
from envs.sight import Sight

WORTH = [field.name for field in fields(Map) if field.name != "text"]
"""What a map says beside its cells: rewards and slips; each is an argument of the world."""


@dataclass(frozen=True)
class GridSource:
    """Where the grids of a world come from: one map, or random ones without end.

    Attributes:
        map: a named map, a text file, a map's text, or `random`.
        size: of random maps: `8`, or `6x10` for 6 rows of 10 cells.
        walls, pits: the shares of their cells.
        map_seed: the one random map that is meant; None: a new one at every reset.
        worth: what replaces the map's own rewards and slips, by the names in `WORTH`.

    Raises:
        BadInput: there is no such map, or a value is out of range.
    """

    map: str = "default"
    size: int | str = 8
    walls: float = 0.25
    pits: float = 0.05
    map_seed: int | None = None
    worth: tuple[tuple[str, float | None], ...] = ()

    def __post_init__(self) -> None:
        if self.map == "random":
            return
        for field in fields(self):
            if field.name in ("size", "walls", "pits", "map_seed"):
                value = getattr(self, field.name)
                if value != field.default:
                    raise BadInput(
                        f"{field.name}={value} is for map=random, not for map={self.map}"
                    )

    @classmethod
    def of(cls, arguments: Mapping[str, Any]) -> GridSource:
        """The source that the arguments of a world describe.

        Raises:
            TypeError: an argument is none of a gridworld's.
        """
        own = {name: value for name, value in arguments.items() if name not in WORTH}
        worth = tuple((name, arguments.get(name)) for name in WORTH)
        return cls(**own, worth=worth)

    @property
    def redrawn(self) -> bool:
        """Whether every episode has a new map."""
        return self.map == "random" and self.map_seed is None

    def grid(self, seed: int = 0) -> Grid:
        """The grid; `seed` decides which, where maps are redrawn."""
        changes: dict[str, Any] = {
            name: _number(name, value) for name, value in self.worth if value is not None
        }
        if self.map == "random":
            if self.map_seed is not None:
                seed = _whole("map_seed", self.map_seed)
            shares = [_number(name, getattr(self, name)) for name in ("walls", "pits")]
            return Grid(replace(Map(random_map(seed, *self._size(), *shares)), **changes))
        return Grid(replace(find_map(str(self.map)), **changes))

    def symbols(self, grid: Grid) -> list[str]:
        """The kinds of cell there may be on a map, floor left out; `grid` is one of them."""
        found = set("SGX#") if self.redrawn else set(grid.symbols.ravel())
        return sorted(found - {"."})

    def _size(self) -> tuple[int, int]:
        rows, _, cols = str(self.size).partition("x")
        return _whole("size", rows), _whole("size", cols or rows)


def _number(name: str, value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = float("nan")
    if not isfinite(number):
        raise BadInput(f"{name} is a number, not {value!r}")
    return number


def _whole(name: str, value: Any) -> int:
    try:
        number = int(value)
    except (TypeError, ValueError, OverflowError):
        number = -1
    if number < 0 or number != float(value):
        raise BadInput(f"{name} is a whole number, 0 or more, not {value!r}")
    return number


class GridWorldEnv(gym.Env[Any, Any]):
    """One agent on a grid of cells.

    Description:
        The agent starts on S and ends on a goal (G) or in a pit (X). It cannot walk through walls
        (#) or off the map: it stays where it is. With `slip`, a step goes to the left or to the
        right of the intended direction instead, half of `slip` each. `envs.rules.cells` has every
        kind of cell: ice, coins, keys and doors, one-way cells, teleports, wind.

    Action space:
        `Discrete(4)`: 0 up, 1 right, 2 down, 3 left (Gymnasium's FrozenLake has left, down,
        right, up; its CliffWalking has up, right, down, left).

    Observation space:
        By `observation`:
        `index`: `Discrete(states)`. The cell, counted row by row from the upper left; where there
        are coins or keys, plus the number of cells times the scene (`envs.rules.grid`).
        `planes`: `MultiBinary((1 + kinds, rows, cols))`. The agent, then one plane for each kind
        of cell on the map, as it is now (`sight.planes` names them).
        `local`: `MultiBinary((kinds, view, view))`. The same without the agent's plane, in a
        window around it; beyond the map are walls. What the agent carries is not seen.
        `pixels`: `Box(0, 255, (height, width, 3), uint8)`. A small picture of the map.

    Rewards:
        That of the cell come to: `goal_reward` (+1), `pit_reward` (-1), `coin_reward` (+0.5),
        `buoy_reward` (+0.1), else `step_reward` (-0.01). Named maps have their own; those of
        `frozenlake-4x4`, `frozenlake-8x8`, `cliff` and `windy` are their originals'.

    Episode end:
        Terminated on a goal or in a pit; truncated after `max_episode_steps` (200).

    Arguments:
        map: a named map, a text file, a map's text, or `random`; see `envs.rules.maps`.
        observation: `index`, `planes`, `local` or `pixels`.
        view: width and height of the window of `local`; odd.
        size, walls, pits: of random maps: `8` or `6x10`, and the shares of walls and pits.
        map_seed: the one random map that is meant. None: `reset` draws another one every time;
            `reset(seed=7)` draws the map of `map_seed=7`.
        slip, ice_slip, step_reward, goal_reward, pit_reward, coin_reward, buoy_reward: replace the
            map's own.
        render_mode: `human`, `rgb_array` or `ansi`.
        theme: `light` or `dark`.

    Info:
        No `action_mask`: every action is legal everywhere.
        `is_success`: whether the goal was reached, where the episode has ended.

    Version history:
        v0: first.
    """

    metadata = render_modes(fps=8)
    value_sign = 1
    """The next percept is the same agent's: its value counts as it is."""

    def __init__(
        self,
        map: str = "default",
        observation: str = "index",
        view: int = 5,
        size: int | str = 8,
        walls: float = 0.25,
        pits: float = 0.05,
        map_seed: int | None = None,
        slip: float | None = None,
        ice_slip: float | None = None,
        step_reward: float | None = None,
        goal_reward: float | None = None,
        pit_reward: float | None = None,
        coin_reward: float | None = None,
        buoy_reward: float | None = None,
        render_mode: str | None = None,
        theme: str = "light",
    ) -> None:
        given = locals()
        names = ("map", "size", "walls", "pits", "map_seed", *WORTH)
        self.source = GridSource.of({name: given[name] for name in names})
        self.observation, self.view = observation, view
        self._set_grid(self.source.grid())
        self.observation_space = self.sight.space
        self.action_space = gym.spaces.Discrete(len(ACTIONS))
        self._chances: list[float] = []
        self._plain = observation == "index"
        self.render_mode = render_mode
        self._drawn = render_mode is not None
        self._renderer = Renderer(self, theme)
        self.state = self.grid.start
        self.trail: list[int] = [self.state]
        """The states of this episode, the current one last, where it is drawn."""

    def _set_grid(self, grid: Grid) -> None:
        self.grid = grid
        self.sight = Sight([grid], self.observation, self.view, self.source.symbols(grid))
        columns = grid.next_state.tolist(), grid.reward.tolist(), grid.ends.tolist()
        self._outcomes: list[list[tuple[int, float, bool]]] = [
            list(zip(*rows, strict=True)) for rows in zip(*columns, strict=True)
        ]
        """By state and action: the next state, the reward, whether the episode ends."""
        self._slips = grid.slips.tolist() if grid.slips.any() else None

    def _see(self, state: int) -> Any:
        if self.observation == "index":
            return state
        return self.sight.observe(np.array([state]), np.zeros(1, int))[0]

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Back to the start, of a new map where maps are redrawn."""
        super().reset(seed=seed)
        if seed is not None:
            self._chances = []
        if self.source.redrawn:
            draw = int(self.np_random.integers(2**32)) if seed is None else seed
            self._set_grid(self.source.grid(draw))
        self.state = self.grid.start
        self.trail = [self.state]
        if self.render_mode == "human":
            self.render()
        return self._see(self.state), {}

    def step(self, action: int) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """One step in the direction of `action`, or beside it when it slips."""
        if not 0 <= action < len(ACTIONS):
            raise ValueError(f"there is no action {action}; legal: 0, 1, 2, 3")
        if self._slips is not None:
            action = self._slipped(action, self._slips[self.state])
        there, reward, ends = self._outcomes[self.state][action]
        self.state = there
        info: dict[str, Any] = {}
        if ends:
            info["is_success"] = self.at_goal
        if self._drawn:
            self._draw()
        return there if self._plain else self._see(there), reward, ends, False, info

    def _slipped(self, action: int, slip: float) -> int:
        """The direction a step goes in; chances are drawn in blocks, which is faster."""
        if not self._chances:
            self._chances = self.np_random.random(256).tolist()
        chance = self._chances.pop()
        return (action + (chance >= 1 - slip / 2) - (chance < slip / 2)) % 4

    def _draw(self) -> None:
        self.trail.append(self.state)
        if self.render_mode == "human":
            self.render()

    @property
    def at_goal(self) -> bool:
        """Whether the agent stands on a goal."""
        return bool(self.grid.scene(self.state).flat[self.state % self.grid.cells] == "G")

    @property
    def plane_names(self) -> list[str]:
        """What each plane of an observation shows; none where it has no planes."""
        names = {"planes": self.sight.planes, "local": self.sight.planes[1:]}
        return names.get(self.observation, [])

    def percepts_mean(self) -> tuple[object, ...]:
        """Equal for two worlds in which equal percepts say the same."""
        if self.observation == "index":
            return "index", self.source.redrawn or self.grid.symbols.tolist()
        return self.observation, self.observation_space, self.sight.planes

    def action_masks(self) -> np.ndarray:
        """bool (4,): every direction is always allowed (the name SB3's maskable agents ask for)."""
        return np.ones(len(ACTIONS), bool)

    def percept(self, state: int | None = None) -> Percept:
        """What the agent perceives in `state` (default: where it is)."""
        observation = np.asarray(self._see(self.state if state is None else state))
        mask = freeze(np.ones(len(ACTIONS), bool))
        return Percept(freeze(observation), mask, tuple(range(len(ACTIONS))), 0, None)

    def ansi(self) -> str:
        """The map as text, the agent as @."""
        symbols = self.grid.scene(self.state).copy()
        symbols.flat[self.state % self.grid.cells] = "@"
        return "\n".join(" ".join(row) for row in symbols)

    def render(self) -> Any:
        """A frame, or text, as `render_mode` asks."""
        return self._renderer.render()

    def close(self) -> None:
        """Closes the window, if one is open."""
        self._renderer.close()
