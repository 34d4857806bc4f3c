"""The simple reflex agent: rules from what is seen now to an action; it remembers nothing.

1. A goal is next to me: go there.
2. A cell next to me is free: go to one of these, by lot.
3. Else any direction, by lot.

Without the lot it would walk in circles for ever, since the same percept always sets off the same
rule; with it, it strays.

Source: Russell & Norvig, "Artificial Intelligence: A Modern Approach", 4th ed., section 2.4.2.
"""

from __future__ import annotations

import numpy as np

from agents.agent import Agent, Thoughts
from envs.gridworld import GridWorldEnv
from envs.names import BadInput
from envs.percept import Percept
from envs.rules.cells import CELLS, STEPS, Cell
from envs.worlds import World

Place = tuple[int, int]
"""(rows, columns) from some origin."""
FLOOR, GOAL = CELLS["."], CELLS["G"]
ACTIONS = range(4)


class LocalSight:
    """What a local percept shows, by the kind of cell.

    Raises:
        BadInput: the world's percepts are others, or show not even the cells next to the agent.
    """

    def __init__(self, world: World, who: str) -> None:
        face = world.make().unwrapped
        if not isinstance(face, GridWorldEnv) or face.observation != "local":
            raise BadInput(f"{who} needs local percepts: gridworld:observation=local")
        if face.view < 3:
            raise BadInput(f"{who} has to see the cells next to it: view=3 or more")
        kinds = {kind.name: kind for kind in CELLS.values()}
        self._kinds = [kinds[name] for name in face.plane_names]

    def around(self, percept: Percept) -> dict[Place, Cell]:
        """The cells in sight; the agent is at (0, 0)."""
        planes = percept.observation  # (kinds, view, view)
        view = planes.shape[1]
        shown = np.where(planes.any(0), planes.argmax(0), -1)
        return {
            (row - view // 2, col - view // 2): FLOOR if kind < 0 else self._kinds[kind]
            for (row, col), kind in np.ndenumerate(shown)
        }


def ahead(place: Place, action: int) -> Place:
    """The place next to `place` in the direction of `action`."""
    return place[0] + STEPS[action][0], place[1] + STEPS[action][1]


def free(here: Cell, there: Cell, action: int) -> bool:
    """Whether a step from one kind of cell to another is possible and does no harm."""
    harmful = there.to_start or (there.ends and there != GOAL)
    return not (there.blocks or there.locked or harmful or action in (here.against, there.against))


class SimpleReflexAgent(Agent):
    """Does what the first rule says whose condition holds.

    Args:
        world: a gridworld with local percepts.
        seed: of the lots.

    Raises:
        BadInput: the world's percepts are others.
    """

    def __init__(self, world: World, seed: int | None = None) -> None:
        self._sight = LocalSight(world, "simple-reflex")
        self.lots: np.random.Generator = np.random.default_rng(seed)

    def act(self, percept: Percept) -> int:
        """One of the actions of the rule, by lot."""
        return int(self.lots.choice(4, p=self.think(percept).scores))

    def think(self, percept: Percept) -> Thoughts:
        """The rule that fires; each of its actions is as likely as the next."""
        around = self._sight.around(percept)
        here, beside = around[0, 0], [around[ahead((0, 0), action)] for action in ACTIONS]
        open_ways = [a for a in ACTIONS if free(here, beside[a], a)]
        to_goal = [a for a in open_ways if beside[a] == GOAL]
        rules = (
            (to_goal, "rule 1: a goal is next to me"),
            (open_ways, "rule 2: go where it is free"),
            (list(ACTIONS), "rule 3: nothing is free"),
        )
        actions, note = next(rule for rule in rules if rule[0])
        return Thoughts(np.eye(4)[actions].mean(0), "probability", note)
