"""What a gridworld shows of a state: a number, planes of cells, a window on them, or pixels.

Everything is a look-up in tables made once a map, written with what NumPy arrays and tensors share,
so that one class serves a single world and a batch on a GPU.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import gymnasium as gym
import numpy as np

from envs.drawing.theme import LIGHT, Color, blend
from envs.names import BadInput, nearest
from envs.rules.cells import CELLS
from envs.rules.grid import Grid

OBSERVATIONS = ("index", "planes", "local", "pixels")
VIEW, MAX_VIEW = 5, 99
"""Width of a window, unless one says otherwise; and at most."""
_OUTSIDE = "#"
"""What a window shows beyond the edge of the map."""


class Sight:
    """What is seen in each state of one or more maps of the same size.

    Args:
        grids: the maps. A state of map `i` counts from `i * grids[i].states`.
        kind: one of `OBSERVATIONS`.
        view: width and height of the window of `local`; odd.
        symbols: the kinds of cell there may be on any of the maps, floor left out.
        table: what a NumPy table becomes: `np.asarray`, or a tensor on a device.

    Raises:
        BadInput: there is no such kind of observation, or `view` is no odd number.
    """

    def __init__(
        self,
        grids: Sequence[Grid],
        kind: str,
        view: int,
        symbols: Sequence[str],
        table: Callable[[np.ndarray], Any] = np.asarray,
    ) -> None:
        check_kind(kind, view)
        self.kind, self.view = kind, view
        self.rows, self.cols, self.cells = grids[0].rows, grids[0].cols, grids[0].cells
        self.states = grids[0].states
        self.symbols = sorted({*symbols, _OUTSIDE} if kind == "local" else set(symbols))
        self.planes = ["agent", *(CELLS[symbol].name for symbol in self.symbols)]
        """What each plane of `planes` shows; `local` has the same but the first."""
        if kind == "index":
            return
        scenes = np.concatenate([grid.scenes for grid in grids])  # (scenes, cells)
        codes: np.ndarray = np.zeros(scenes.shape, np.int64)  # 0 is floor
        for code, symbol in enumerate(self.symbols, 1):
            codes[scenes == symbol] = code
        numbers = np.arange(1, len(self.symbols) + 1)
        if kind == "planes":
            layers = codes[:, None] == np.arange(len(self.symbols) + 1)[:, None]
            layers[:, 0] = False  # the agent's plane
            self._layers = table(layers.astype(np.int8))
        elif kind == "local":
            reach = view // 2
            self._width = self.cols + 2 * reach
            edge = self.symbols.index(_OUTSIDE) + 1
            codes = codes.reshape(-1, self.rows, self.cols)
            around = ((0, 0), (reach, reach), (reach, reach))
            self._padded = table(
                np.pad(codes, around, constant_values=edge).reshape(len(codes), -1)
            )
            window = np.arange(view)[:, None] * self._width + np.arange(view)
            self._window, self._numbers = table(window.ravel()), table(numbers[:, None])
            self._one = table(np.ones(1, np.int8))
        else:
            self.tile = max(8, -(-36 // min(self.rows, self.cols)))
            self._codes = table(codes)
            pictures = [_tile(symbol, self.tile) for symbol in (".", *self.symbols, "@")]
            self._tiles = table(np.stack(pictures))

    @property
    def space(self) -> gym.Space[Any]:
        """What an observation lies in."""
        if self.kind == "index":
            return gym.spaces.Discrete(self.states)
        if self.kind == "planes":
            return gym.spaces.MultiBinary((len(self.planes), self.rows, self.cols))
        if self.kind == "local":
            return gym.spaces.MultiBinary((len(self.symbols), self.view, self.view))
        shape = self.rows * self.tile, self.cols * self.tile, 3
        return gym.spaces.Box(0, 255, shape, np.uint8)

    def observe(self, states: Any, worlds: Any) -> Any:
        """The observations (n, ...) of `states` (n,); `worlds` counts from 0 to n - 1."""
        if self.kind == "index":
            return states % self.states
        scenes, at = states // self.cells, states % self.cells
        if self.kind == "planes":
            seen = self._layers[scenes]  # (n, planes, cells), a copy
            seen[worlds, 0, at] = 1
            return seen.reshape(len(states), -1, self.rows, self.cols)
        if self.kind == "local":
            corner = at // self.cols * self._width + at % self.cols
            codes = self._padded[scenes[:, None], corner[:, None] + self._window]
            seen = (codes[:, None] == self._numbers) * self._one  # (n, planes, view * view)
            return seen.reshape(len(states), -1, self.view, self.view)
        codes = self._codes[scenes]
        codes[worlds, at] = len(self._tiles) - 1
        picture = self._tiles[codes].reshape(-1, self.rows, self.cols, self.tile, self.tile, 3)
        picture = picture.swapaxes(2, 3)
        return picture.reshape(-1, self.rows * self.tile, self.cols * self.tile, 3)


def check_kind(kind: str, view: int) -> None:
    """Raises BadInput unless there is such an observation."""
    if kind not in OBSERVATIONS:
        raise BadInput(f"no observation {kind!r}; {nearest(kind, OBSERVATIONS)}")
    if not isinstance(view, int) or not 1 <= view <= MAX_VIEW or view % 2 == 0:
        raise BadInput(f"view is an odd number of cells, 1 to {MAX_VIEW}, not {view}")
    if view != VIEW and kind != "local":
        raise BadInput(f"view={view} is for observation=local, not for observation={kind}")


def _tile(symbol: str, size: int) -> np.ndarray:
    """A cell as pixels, uint8 (size, size, 3): a colour for its kind, a mark for a direction."""
    tile = np.full((size, size, 3), LIGHT.cell, np.uint8)
    across, down = np.meshgrid(np.linspace(-1, 1, size), np.linspace(-1, 1, size))
    round_shape = across**2 + down**2
    if symbol == "@":
        tile[round_shape < 0.8] = LIGHT.agent
    elif symbol.isdigit():
        tile[round_shape < 0.9] = blend(LIGHT.second, LIGHT.agent, int(symbol) / 9)
        tile[round_shape < 0.2] = LIGHT.cell
    elif symbol in "$*k":
        tile[round_shape < {"$": 0.5, "*": 0.7, "k": 0.3}[symbol]] = _COLORS[symbol]
    elif symbol in _COLORS:
        tile[:] = _COLORS[symbol]
    elif symbol in "^>v<urdlURDL":
        turns = {"^": 0, "u": 0, ">": 3, "r": 3, "v": 2, "d": 2, "<": 1, "l": 1}[
            symbol if symbol in "^>v<" else symbol.lower()
        ]
        mark = np.abs(across) < (down + 1) / 2  # a triangle that points up
        color = LIGHT.board if symbol in "^>v<" else blend(LIGHT.best, LIGHT.cell, 0.3)
        tile[np.rot90(mark, turns)] = blend(color, (0, 0, 0), 0.4 if symbol in "URDL" else 0.0)
    return tile


_COLORS: dict[str, Color] = {
    "G": LIGHT.goal,
    "X": LIGHT.wrong,
    "C": blend(LIGHT.wrong, LIGHT.cell, 0.4),
    "#": LIGHT.wall,
    "S": blend(LIGHT.cell, LIGHT.agent, 0.25),
    "~": blend(LIGHT.cell, LIGHT.mark, 0.4),
    "$": LIGHT.second,
    "*": LIGHT.first,
    "k": LIGHT.best,
    "K": blend(LIGHT.best, (0, 0, 0), 0.4),
}
