"""How long the shortest ways of random maps are: `python -m benchmarks.random_maps`.

All maps are flooded at once, cell by cell from the start, with nothing of the gridworld's own
tables, so that the count is also a check that every map can be solved.
"""

from __future__ import annotations

import argparse
import json
from typing import Any

import numpy as np

from envs.rules.maps import random_map

SEEDS = 10_000


def draw(seeds: int, rows: int, cols: int, walls: float, pits: float) -> np.ndarray:
    """The maps of seeds 0, 1, ...: str (seeds, rows, cols)."""
    texts = [random_map(seed, rows, cols, walls, pits) for seed in range(seeds)]
    return np.array([[list(line) for line in text.split("\n")] for text in texts])


def shortest_ways(maps: np.ndarray) -> np.ndarray:
    """Steps from the start to the goal of each map, through no wall and no pit; -1: no way."""
    open_cells = np.isin(maps, list(".SG"))
    reached, found = maps == "S", np.full(len(maps), -1)
    for step in range(maps[0].size):
        at_goal = (reached & (maps == "G")).any(axis=(1, 2))
        found[(found < 0) & at_goal] = step
        spread = reached.copy()
        spread[:, 1:] |= reached[:, :-1]
        spread[:, :-1] |= reached[:, 1:]
        spread[:, :, 1:] |= reached[:, :, :-1]
        spread[:, :, :-1] |= reached[:, :, 1:]
        spread &= open_cells
        if (spread == reached).all():
            return found
        reached = spread
    return found


def report(seeds: int, rows: int, cols: int, walls: float, pits: float) -> dict[str, Any]:
    """The distribution of shortest ways."""
    maps = draw(seeds, rows, cols, walls, pits)
    ways = shortest_ways(maps)
    quantiles = np.percentile(ways, [0, 5, 25, 50, 75, 95, 100]).round(1).tolist()
    return {
        "seeds": seeds,
        "rows": rows,
        "cols": cols,
        "walls": walls,
        "pits": pits,
        "solvable": int((ways > 0).sum()),
        "different_maps": len({m.tobytes() for m in maps}),
        "share_of_walls": round(float((maps == "#").mean()), 4),
        "share_of_pits": round(float((maps == "X").mean()), 4),
        "shortest_way_min_5_25_50_75_95_max": quantiles,
        "mean": round(float(ways.mean()), 2),
    }


def main() -> None:
    """Prints one JSON object a setting."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=SEEDS)
    seeds = parser.parse_args().seeds
    settings = [(8, 8, 0.25, 0.05), (8, 8, 0.4, 0.1), (16, 16, 0.25, 0.05), (16, 16, 0.5, 0.0)]
    print(json.dumps([report(seeds, *setting) for setting in settings], indent=2))


if __name__ == "__main__":
    main()
