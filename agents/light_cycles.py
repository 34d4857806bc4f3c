"""Three players of Duel: one that only avoids walls, one that hugs them, one that counts territory.

The last is the usual heuristic of Tron contests: after each move, how many cells could I reach
before the other does? (A. Bell, "Tron bots and Voronoi diagrams", Google AI Challenge 2010.)
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from agents.agent import Agent, Thoughts
from envs.names import BadInput
from envs.percept import Percept
from envs.rules.duel import Duel
from envs.worlds import World

ACTIONS = range(4)


class View(NamedTuple):
    """What a percept of Duel says."""

    walls: list[int]
    """(cells,), 1 where a wall is."""
    mine: int
    """The cell of one's own head."""
    theirs: int
    """The cell of the other's."""


def read(percept: Percept) -> View:
    """The walls and heads of a percept (3, rows + 2, cols + 2)."""
    walls, mine, theirs = percept.observation.reshape(3, -1)
    return View(walls.tolist(), int(mine.argmax()), int(theirs.argmax()))


class LightCycle(Agent):
    """What the three share: a direction that leads into a wall is taken only if all do."""

    meaning = ""
    trapped = 0.0
    """How each direction is rated where all lead into walls."""

    def __init__(self, world: World, seed: int | None = None) -> None:
        if not world.is_duel:
            raise BadInput(f"this agent plays duel, not {world.name}")
        self.lots: np.random.Generator = np.random.default_rng(seed)

    def act(self, percept: Percept) -> int:
        """One of the directions rated highest, by lot."""
        scores = self.think(percept).scores
        best = np.flatnonzero(scores == np.nanmax(scores))
        return int(best[int(self.lots.random() * len(best))])

    def think(self, percept: Percept) -> Thoughts:
        """A rating of each direction that leads into no wall."""
        view, rows, cols = read(percept), *percept.observation.shape[1:]
        duel = Duel(rows - 2, cols - 2)
        scores = np.full(4, np.nan)
        for action in ACTIONS:
            cell = duel.ahead(view.mine, action)
            if not view.walls[cell]:
                scores[action] = self.rate(duel, view, cell)
        if np.isnan(scores).all():
            scores[:] = self.trapped
        return Thoughts(scores, self.meaning)

    def rate(self, duel: Duel, view: View, cell: int) -> float:
        """How good it is to be in `cell` next."""
        raise NotImplementedError


class RandomSafeAgent(LightCycle):
    """Any direction that leads into no wall, each as likely as the next."""

    meaning = "probability"
    trapped = 0.25

    def rate(self, duel: Duel, view: View, cell: int) -> float:
        """The same for each."""
        free = sum(not view.walls[duel.ahead(view.mine, action)] for action in ACTIONS)
        return 1 / free


class WallHuggerAgent(LightCycle):
    """Stays beside walls, and so wastes the least room."""

    meaning = "walls alongside"

    def rate(self, duel: Duel, view: View, cell: int) -> float:
        """How many walls are next to `cell`; a dead end is the last resort."""
        beside = sum(view.walls[duel.ahead(cell, action)] for action in ACTIONS)
        return -1.0 if beside == 4 else float(beside)


class VoronoiAgent(LightCycle):
    """Looks one move ahead: keeps the most cells that it reaches before the other does."""

    meaning = "cells nearer to me"

    def rate(self, duel: Duel, view: View, cell: int) -> float:
        """Cells nearer to me than to the other, less those nearer to the other."""
        mine = distances(duel, view.walls, cell)
        theirs = distances(duel, view.walls, view.theirs)
        never, balance = len(view.walls), 0.0
        for here, there in zip(mine, theirs, strict=True):
            here = min(here + 1, never)  # one step has been made already
            balance += (here < there) - (here > there)
        if theirs[cell] == 1:
            balance -= 0.5  # the other might drive into the same cell: a draw at best
        return balance


def distances(duel: Duel, walls: list[int], start: int) -> list[int]:
    """Steps to each free cell from `start`; more than there are cells where no way leads."""
    far = len(walls)
    found = [far] * len(walls)
    found[start] = 0
    frontier = [start]
    while frontier:
        reached = []
        for cell in frontier:
            for action in ACTIONS:
                there = duel.ahead(cell, action)
                if not walls[there] and found[there] == far:
                    found[there] = found[cell] + 1
                    reached.append(there)
        frontier = reached
    return found
