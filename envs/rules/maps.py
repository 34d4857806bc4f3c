"""Maps of a gridworld: named ones, text files, and random ones that can always be solved."""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from envs.names import BadInput, nearest
from envs.rules.cells import STEPS

MAX_SIDE = 200
"""Rows or columns, at most."""


@dataclass(frozen=True)
class Map:
    """A map's text, one symbol of `envs.rules.cells` a cell, and what its cells are worth."""

    text: str
    step_reward: float = -0.01
    goal_reward: float = 1.0
    pit_reward: float = -1.0
    coin_reward: float = 0.5
    buoy_reward: float = 0.1
    slip: float = 0.0
    """Probability that a step goes left or right of the intended direction (half each)."""
    ice_slip: float = 2 / 3
    """The same on ice."""


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
    # Gymnasium's FrozenLake-v1: https://gymnasium.farama.org/environments/toy_text/frozen_lake/
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
    # Sutton & Barto, 2nd ed., example 6.6
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
    # Sutton & Barto, 2nd ed., example 6.5: the best way takes 15 steps
    "windy": Map(
        """
        ...uuuUUu.
        ...uuuUUu.
        ...uuuUUu.
        S..uuuUGu.
        ...uuuUUu.
        ...uuuUUu.
        ...uuuUUu.
        """,
        step_reward=-1.0,
        goal_reward=-1.0,
    ),
    # Sutton & Barto, 2nd ed., example 8.1: the best way takes 14 steps
    "maze": Map(
        """
        .......#G
        ..#....#.
        S.#....#.
        ..#......
        .....#...
        .........
        """,
        step_reward=0.0,
    ),
    # Sutton, Precup and Singh, "Between MDPs and semi-MDPs", 1999
    "four-rooms": Map(
        """
        S....#.....
        .....#.....
        ...........
        .....#.....
        .....#.....
        #.####.....
        .....###.##
        .....#.....
        .....#.....
        ...........
        .....#....G
        """
    ),
    # the way to the goal leads past buoys that pay at every visit, so that circling pays more:
    # after Clark and Amodei, "Faulty reward functions in the wild", 2016
    "boat-race": Map(
        """
        S>*>v####
        #^##*#...
        #*##v...G
        #^##*#...
        #^*<<####
        """,
        buoy_reward=0.2,
    ),
    "key-and-door": Map(
        """
        S..<...
        .#.#.k.
        .#.#.#.
        ...>...
        ##.####
        ...K..G
        .#.#..X
        """
    ),
    "showcase": Map(
        """
        S.~~.1#$
        .#~~.##.
        .#..K>.1
        k#.X#...
        ..<.#.uG
        *.^.#.U.
        2#C.vrR.
        $#2d.D.l
        """
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
    if not Path(name).is_file():
        raise BadInput(f"no map {name!r}; {nearest(name, [*MAPS, 'random'])}, or a text file")
    return Map(read_map_file(Path(name)))


def is_map_file(name: str) -> bool:
    """Whether `name` is that of a text file, and not a named map or a map's text."""
    return name not in MAPS and "\n" not in name and Path(name).is_file()


def read_map_file(path: Path) -> str:
    """The text of a map, with or without the mark that some editors put at its beginning.

    Raises:
        BadInput: it cannot be read, or is no text.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise BadInput(f"{path} is no text in UTF-8") from None
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}") from None


def empty_map(rows: int, cols: int) -> str:
    """The text of a map of floor, the start in one corner and the goal in the other."""
    cells = "S" + "." * (rows * cols - 2) + "G"
    return "\n".join(cells[at : at + cols] for at in range(0, rows * cols, cols))


def random_map(
    seed: int, rows: int = 8, cols: int = 8, walls: float = 0.25, pits: float = 0.05
) -> str:
    """The text of a random map in which the goal can always be reached.

    Every cell is given a random height. The way from the start to the goal that climbs least
    stays free; of the others the highest become walls and the next highest pits. The same seed
    gives the same map on every system: only comparisons of random integers decide.

    Args:
        seed: decides everything.
        rows, cols: size.
        walls: share of all cells that are walls; fewer where the free way leaves no room.
        pits: share of all cells that are pits.

    Raises:
        BadInput: the map is too small or too large, or a share lies outside 0 to 1.
    """
    if not (1 <= rows <= MAX_SIDE and 1 <= cols <= MAX_SIDE and rows * cols >= 2):
        raise BadInput(
            f"a random map has 2 cells at least and {MAX_SIDE} x {MAX_SIDE} at most, "
            f"not {rows} x {cols}"
        )
    for name, share in (("walls", walls), ("pits", pits)):
        if not 0 <= share <= 1:
            raise BadInput(f"{name} is a share of the cells, from 0 to 1, not {share}")
    rng = np.random.default_rng(seed)
    cells = rows * cols
    heights = rng.integers(1, 1 << 20, cells).tolist()
    start = int(rng.integers(cells))
    row, col = divmod(start, cols)
    distant = (rows + cols) // 2 - 1  # some corner is always at least this far from any cell
    goals = [
        cell
        for cell in range(cells)
        if cell != start and abs(cell // cols - row) + abs(cell % cols - col) >= distant
    ]
    goal = goals[int(rng.integers(len(goals)))]
    way = _lowest_way(heights, cols, start, goal)
    others = sorted((cell for cell in range(cells) if cell not in way), key=lambda c: -heights[c])
    wall_count = round(walls * cells)
    symbols = ["."] * cells
    for cell in others[:wall_count]:
        symbols[cell] = "#"
    for cell in others[wall_count : wall_count + round(pits * cells)]:
        symbols[cell] = "X"
    symbols[start], symbols[goal] = "S", "G"
    return "\n".join("".join(symbols[at : at + cols]) for at in range(0, cells, cols))


def _lowest_way(heights: list[int], cols: int, start: int, goal: int) -> set[int]:
    """The cells of the way that climbs least: Dijkstra over the fourth powers of the heights."""
    rows = len(heights) // cols
    cost, came_from = {start: 0}, {start: start}
    queue = [(0, start)]
    while queue:
        so_far, cell = heapq.heappop(queue)
        if cell == goal:
            break
        if so_far > cost[cell]:
            continue
        row, col = divmod(cell, cols)
        for down, right in STEPS:
            if 0 <= row + down < rows and 0 <= col + right < cols:
                there = (row + down) * cols + col + right
                total = so_far + heights[there] ** 4  # rather a long way than over a hill
                if total < cost.get(there, total + 1):
                    cost[there], came_from[there] = total, cell
                    heapq.heappush(queue, (total, there))
    way = {start}
    while goal != start:
        way.add(goal)
        goal = came_from[goal]
    return way
