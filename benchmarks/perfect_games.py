"""How many games perfect play wins against minimax: `python -m benchmarks.perfect_games`.

All 49 openings of two plies of Connect Four in both seats, as `workshop evaluate ... --ladder`
plays them, by others' solver (`pip install bitbully`): the quickest win, the latest loss. Many of
these openings are lost for one side, so that not even perfect play wins all: what an agent wins is
to be compared with this, and not with the number of games.
"""

from __future__ import annotations

import argparse
import json
import random
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from agents.agent import Agent, make_agent
from envs.percept import Percept
from envs.worlds import find_world
from workshop.matches import play_board

WORLD = find_world("connect-four")


class Solver:
    """The score of every move of a position: above 0 a win, the greater the sooner."""

    def __init__(self) -> None:
        self._module = import_module("bitbully")
        self._solver = self._module.BitBully()
        self._known: dict[bytes, dict[int, int]] = {}

    def scores(self, board: np.ndarray) -> dict[int, int]:
        """Of a board as percepts have it: (6, 7), 1 the player to move, -1 the other."""
        key = board.tobytes()
        if key not in self._known:
            first = 1 if np.count_nonzero(board) % 2 == 0 else -1
            told = np.where(board == 0, 0, np.where(board == first, 1, 2))
            self._known[key] = self._solver.score_all_moves(self._module.Board(told.tolist()))
        return self._known[key]


class Perfect(Agent):
    """Draws lots among the moves that win soonest, or lose latest."""

    def __init__(self, solver: Solver, seed: int) -> None:
        self.solver, self.chance = solver, random.Random(seed)

    def act(self, percept: Percept) -> int:
        """One of the best moves."""
        assert percept.board is not None
        scores = self.solver.scores(percept.board)
        return self.chance.choice([a for a in scores if scores[a] == max(scores.values())])

    def save(self, path: Path) -> None:
        """Nothing: it has learned nothing."""

    load = save


def play(solver: Solver, depth: int, seed: int) -> dict[str, Any]:
    """All openings in both seats, against minimax of so many plies."""
    assert WORLD.rules is not None
    rival = make_agent(f"minimax:depth={depth}", WORLD, seed)
    games = play_board(WORLD.rules, Perfect(solver, seed), rival, 1, seed)
    won, drawn, lost = (sum(game.score == score for game in games) for score in (1, 0.5, 0))
    return {
        "against": f"minimax:depth={depth}", "seed": seed, "games": len(games),
        "won": won, "drawn": drawn, "lost": lost, "bitbully": version("bitbully"),
    }  # fmt: skip


def main() -> None:
    """Plays, and prints a JSON object a line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--depth", type=int, nargs="*", default=[2, 4])
    options = parser.parse_args()
    if find_spec("bitbully") is None:
        parser.error("the solver is not here: pip install bitbully")
    solver = Solver()
    for depth in options.depth:
        for seed in range(options.seeds):
            print(json.dumps(play(solver, depth, seed)), flush=True)


if __name__ == "__main__":
    main()
