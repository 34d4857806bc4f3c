"""The model-based reflex agent: it remembers what it saw, and so acts on more than it sees.

Its model is a map that it draws while it walks, with itself at a place that it keeps by counting
its own steps (dead reckoning); it is never told where it is. The rules:

1. A goal is known: take the shortest way there.
2. Something is unknown: go to the nearest of it.
3. There is a key: fetch it, it may open a door.
4. Else any direction, by lot.

Where what it sees contradicts its map, it looks for the place next to it that fits (it has
slipped), and if there is none it forgets the map: a new episode has begun.

Source: Russell & Norvig, "Artificial Intelligence: A Modern Approach", 4th ed., section 2.4.3.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from agents.agent import Agent, Thoughts
from agents.simple_reflex import ACTIONS, FLOOR, GOAL, LocalSight, Place, ahead, free
from envs.percept import Percept
from envs.rules.cells import Cell
from envs.worlds import World


class Way(NamedTuple):
    """How one comes to a place."""

    first: int
    """The action to begin with."""
    steps: int


class Memory(NamedTuple):
    """What the agent knows."""

    cells: dict[Place, Cell]
    """The map so far; the places count from where it began."""
    here: Place = (0, 0)
    has_key: bool = False

    def leads_on(self, place: Place, action: int, strange: bool) -> bool:
        """Whether a step from a known place is possible.

        Args:
            strange: also to cells from which the next step may lead anywhere.
        """
        here, there = self.cells[place], self.cells.get(ahead(place, action), FLOOR)
        if there.locked and self.has_key:
            there = FLOOR
        uncertain = there.teleports or there.slip or any(there.push)
        return free(here, there, action) and (strange or not uncertain)

    def ways(self, strange: bool) -> dict[Place, Way]:
        """The way to every place that known ones lead to, the nearest first; unknown ones too."""
        found = {self.here: Way(0, 0)}
        queue = [self.here]
        for place in queue:  # it grows while it is walked: breadth-first
            first, steps = found[place]
            for action in ACTIONS:
                there = ahead(place, action)
                if there not in found and self.leads_on(place, action, strange):
                    found[there] = Way(first if steps else action, steps + 1)
                    if self.cells.get(there, GOAL) != GOAL:
                        queue.append(there)
        del found[self.here]
        return found


class ModelBasedReflexAgent(Agent):
    """Walks to a goal it has seen, and explores until it has seen one.

    Args:
        world: a gridworld with local percepts.
        seed: of the lots.

    Raises:
        BadInput: the world's percepts are others.
    """

    has_memory = True

    def __init__(self, world: World, seed: int | None = None) -> None:
        self._sight = LocalSight(world, "model-based-reflex")
        self.lots: np.random.Generator = np.random.default_rng(seed)
        self._memory: Memory | None = None
        self._action = 0

    def act(self, percept: Percept) -> int:
        """Updates the memory, and takes the first step of what the rules say."""
        self._memory = self.remember(self._memory, percept)
        self._action = self._by_lot(decide(self._memory))
        return self._action

    def think(self, percept: Percept) -> Thoughts:
        """The step, and the rule that fires."""
        return decide(self.remember(self._memory, percept))

    def act_many(self, percepts: list[Percept]) -> list[int]:
        """Each as the first percept of an episode."""
        return [self._by_lot(decide(self.remember(None, percept))) for percept in percepts]

    def _by_lot(self, thoughts: Thoughts) -> int:
        return int(self.lots.choice(4, p=thoughts.scores))

    def remember(self, memory: Memory | None, percept: Percept) -> Memory:
        """What is known after the last action and this percept."""
        around = self._sight.around(percept)
        places = [] if memory is None else self._expected(memory)
        for place in places:
            assert memory is not None
            seen = {(place[0] + row, place[1] + col): cell for (row, col), cell in around.items()}
            entered = memory.cells.get(place, FLOOR)
            cells = {**memory.cells, place: FLOOR} if entered.once else memory.cells
            if all(cells.get(at, cell) == cell for at, cell in seen.items()):
                return Memory({**cells, **seen}, place, memory.has_key or entered.key)
        return Memory(around)

    def _expected(self, memory: Memory) -> list[Place]:
        """Where the last action led, the likeliest first; nowhere if it ended the episode."""
        there, here = ahead(memory.here, self._action), memory.here
        if memory.cells.get(there, FLOOR).ends:
            return []
        moved = memory.leads_on(here, self._action, strange=True)
        beside = [ahead(here, (self._action + turn) % 4) for turn in (1, 3, 2)]
        return [there, here, *beside] if moved else [here, there, *beside]


def decide(memory: Memory) -> Thoughts:
    """What the first rule says whose condition holds."""
    for strange in (False, True):
        ways = memory.ways(strange)
        known = memory.cells
        goals = [way for place, way in ways.items() if known.get(place) == GOAL]
        unknown = [way for place, way in ways.items() if place not in known]
        keys = [way for place, way in ways.items() if known.get(place, FLOOR).key]
        rules = (
            (goals, "rule 1: the goal is {} steps away"),
            (unknown, "rule 2: explore, {} steps to the unknown"),
            (keys if not memory.has_key else [], "rule 3: fetch a key, {} steps away"),
        )
        for found, note in rules:
            if found:
                first, steps = found[0]
                return Thoughts(np.eye(4)[first], "probability", note.format(steps))
    return Thoughts(np.full(4, 0.25), "probability", "rule 4: no way is left, any direction")
