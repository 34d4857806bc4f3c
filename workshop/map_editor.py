"""The map editor without its window: a map's cells, what is wrong with it, its values, a walk."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np

from envs.names import BadInput
from envs.rules.cells import ACTIONS, CELLS
from envs.rules.grid import Grid, read_symbols
from envs.rules.maps import MAPS, Map, empty_map, find_map, random_map, read_map_file

DISCOUNT = 0.99
SOLVED_STATES = 4096
"""Maps with more states are not solved after every change."""
MAX_SIDE = 40
"""As far as a map can be made to grow."""
FLOOR, START = ".", "S"


class Findings(NamedTuple):
    """What a map turns out to be."""

    grid: Grid | None = None
    problem: str = ""
    """Why there is no grid."""
    q_value: np.ndarray | None = None
    """(states, actions), the exact values; None where they were not asked for."""

    @property
    def start_value(self) -> float | None:
        """What an episode is worth under best play."""
        if self.grid is None or self.q_value is None:
            return None
        return float(self.q_value[self.grid.start].max())


@lru_cache(maxsize=8)
def examine(text: str, most: int = SOLVED_STATES) -> Findings:
    """The grid of a map, solved if it has at most `most` states, or what is wrong with the map."""
    try:
        grid = Grid(Map(text))
    except BadInput as error:
        return Findings(problem=str(error))
    if grid.states > most:
        return Findings(grid)
    return Findings(grid, q_value=grid.solve(DISCOUNT).q_value)


class MapEditor:
    """A map that can be painted, resized, and brought back.

    Args:
        text: the map.
        saved: what its file says; None: the same.

    Raises:
        BadInput: `text` is no rectangle of known symbols.
    """

    def __init__(self, text: str, saved: str | None = None) -> None:
        self.symbols = read_symbols(text)
        self._saved = self.text if saved is None else saved
        self._past: list[np.ndarray] = []
        self._future: list[np.ndarray] = []
        self._joined = False

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, cols)."""
        rows, cols = self.symbols.shape
        return rows, cols

    @property
    def text(self) -> str:
        """The map as its file says it, one row a line."""
        return "".join("".join(row) + "\n" for row in self.symbols)

    @property
    def changed(self) -> bool:
        """Whether the file says something else."""
        return self.text != self._saved

    def begin(self) -> None:
        """What is painted from here on is one stroke, undone in one go."""
        self._joined = False

    def paint(self, row: int, col: int, symbol: str) -> None:
        """Puts a kind of cell on a cell; the start moves, for there is one."""
        symbols = self.symbols.copy()
        if symbol == START:
            symbols[symbols == START] = FLOOR
        symbols[row, col] = symbol
        self._change(symbols)

    def resize(self, rows: int, cols: int) -> None:
        """Adds floor, or cuts, at the lower and at the right edge: `rows` and `cols` more cells."""
        old = self.shape
        to = [
            min(max(n + more, 1), max(n, MAX_SIDE))
            for n, more in zip(old, (rows, cols), strict=True)
        ]
        symbols = np.full(to, FLOOR)
        kept = min(old[0], to[0]), min(old[1], to[1])
        symbols[: kept[0], : kept[1]] = self.symbols[: kept[0], : kept[1]]
        self.begin()
        self._change(symbols)

    def _change(self, symbols: np.ndarray) -> None:
        if np.array_equal(symbols, self.symbols):
            return
        if not self._joined:
            self._past.append(self.symbols)
        self._joined = True
        self._future.clear()
        self.symbols = symbols

    def undo(self) -> bool:
        """Takes the last change back; False if there is none."""
        return self._travel(self._past, self._future)

    def redo(self) -> bool:
        """Takes the last undo back; False if there is none."""
        return self._travel(self._future, self._past)

    def _travel(self, to: list[np.ndarray], back: list[np.ndarray]) -> bool:
        self.begin()
        if not to:
            return False
        back.append(self.symbols)
        self.symbols = to.pop()
        return True

    def save(self, path: Path) -> None:
        """Writes the file; it is never there half."""
        partial = path.with_name(f"{path.name}.partial")
        partial.write_text(self.text, encoding="utf-8", newline="\n")
        partial.replace(path)
        self._saved = self.text


def open_map(path: Path, template: str | None, rows: int, cols: int, seed: int) -> MapEditor:
    """The map in the file `path`, or a new one: a copy of `template`, or floor with S and G.

    Raises:
        BadInput: the file is no map, the template is none, or the file cannot be written later.
    """
    if str(path) in (*MAPS, "random"):
        raise BadInput(f"{path} is a map of the workshop; yours: edit FILE.txt --from {path}")
    if path.exists():
        if template is not None:
            raise BadInput(f"{path} is there already; leave --from away, or choose another file")
        return _read(path)
    if not path.parent.is_dir():
        raise BadInput(f"there is no folder {path.parent}")
    if template is None:
        return MapEditor(new_map(rows, cols))
    text = random_map(seed, rows, cols) if template == "random" else find_map(template).text
    return MapEditor(text, saved="")


def _read(path: Path) -> MapEditor:
    try:
        return MapEditor(read_map_file(path))
    except BadInput as error:
        raise BadInput(f"{path} is no map: {error}") from None


def new_map(rows: int, cols: int) -> str:
    """The text of a map of floor with a start and a goal.

    Raises:
        BadInput: it would be too small or too large.
    """
    if not (1 <= rows <= MAX_SIDE and 1 <= cols <= MAX_SIDE and rows * cols >= 2):
        raise BadInput(
            f"a new map has 2 cells at least and {MAX_SIDE} x {MAX_SIDE} at most, "
            f"not {rows} x {cols}"
        )
    return empty_map(rows, cols)


class Walk:
    """A person's episode on a grid.

    Attributes:
        trail: the states so far, the current one last.
        total: the return so far.
    """

    def __init__(self, grid: Grid, rng: np.random.Generator) -> None:
        self.grid = grid
        self.state = grid.start
        self.trail = [grid.start]
        self.total = 0.0
        self.over = False
        self._rng = rng

    @property
    def steps(self) -> int:
        """How many there were."""
        return len(self.trail) - 1

    def step(self, action: int) -> None:
        """One step in a direction, or beside it when it slips."""
        outcomes = self.grid.outcomes(self.state, action)
        chosen = self._rng.choice(len(outcomes), p=[outcome[0] for outcome in outcomes])
        _, self.state, reward, self.over = outcomes[chosen]
        self.trail.append(self.state)
        self.total += reward


def families() -> dict[str, list[str]]:
    """The symbols of every kind of cell; kinds that differ in the last word only are one family."""
    found: dict[str, list[str]] = {}
    for symbol, kind in CELLS.items():
        found.setdefault(kind.name.rpartition(" ")[0] or kind.name, []).append(symbol)
    return found


def about(symbol: str) -> str:
    """What a kind of cell does, in words."""
    kind, worth, reach = CELLS[symbol], Map(""), ("", "a cell", "two cells")
    facts = [
        (symbol == START, "an episode begins here"),
        (symbol == FLOOR, f"a step pays {worth.step_reward:+g}"),
        (kind.reward, f"pays {getattr(worth, kind.reward or 'step_reward'):+g}"),
        (kind.ends, "ends the episode"),
        (kind.blocks, "nobody comes here"),
        (kind.locked, "opens with a key"),
        (kind.key, "opens every door"),
        (kind.once, "is taken once"),
        (kind.to_start, "leads back to the start"),
        (kind.teleports, f"leads to the other {symbol}"),
        (kind.against is not None, f"no step {ACTIONS[kind.against or 0]} in or out"),
        (kind.slip, f"{getattr(worth, kind.slip or 'slip'):.0%} of steps slip to a side"),
        (any(kind.push), f"blows whoever leaves {reach[max(map(abs, kind.push))]} further"),
    ]
    return ", ".join(words for holds, words in facts if holds)
