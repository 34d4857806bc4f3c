"""The table-driven agent: look up all that was perceived so far, and do what the table says.

Any agent could be written down as such a table, from percept sequence to action. This one is made
from the exact solution of a small map, and shows why nobody does it: where steps slip, the number
of sequences grows without end, and no table holds them.

Source: Russell & Norvig, "Artificial Intelligence: A Modern Approach", 4th ed., figure 2.7.
"""

from __future__ import annotations

from collections import deque

import numpy as np

from agents.agent import Agent, Thoughts
from agents.goal_based import given_model
from envs.names import BadInput
from envs.percept import Percept
from envs.rules.grid import Grid
from envs.worlds import World

MOST_ROWS = 20_000
DISCOUNT = 0.99
"""What makes the shorter of two ways the better."""
Sequence = tuple[int, ...]
"""The states perceived since the episode began."""


class TableDrivenAgent(Agent):
    """Does what its table says.

    A percept that continues no sequence in the table is the first of a new episode.

    Args:
        world: a gridworld with one small map, in which the agent perceives its state.
        seed: unused: the same percepts always get the same answer.

    Raises:
        BadInput: the world is another, or has too many percept sequences.
    """

    has_memory = True

    def __init__(self, world: World, seed: int | None = None) -> None:
        grid = given_model(world, "table-driven")
        table = write_table(grid)
        if table is None:
            raise BadInput(
                f"table-driven: {world.name} has more than {MOST_ROWS} percept sequences, "
                "too many for a table"
            )
        self.table = table
        self._percepts: Sequence = ()

    def act(self, percept: Percept) -> int:
        """Adds the percept to the sequence, and looks it up."""
        self._percepts = self.sequence(percept)
        return self.table[self._percepts]

    def think(self, percept: Percept) -> Thoughts:
        """The row of the table that is next."""
        percepts = self.sequence(percept)
        note = f"a row of {len(percepts)} percepts, one of {len(self.table)} rows"
        return Thoughts(np.eye(4)[self.table[percepts]], "probability", note)

    def act_many(self, percepts: list[Percept]) -> list[int]:
        """Each as the first percept of an episode."""
        return [self.table[(int(percept.observation),)] for percept in percepts]

    def sequence(self, percept: Percept) -> Sequence:
        """What was perceived so far, and now."""
        state = int(percept.observation)
        longer = (*self._percepts, state)
        return longer if longer in self.table else (state,)


def write_table(grid: Grid) -> dict[Sequence, int] | None:
    """The best action after each sequence that best play can go through, from any state on.

    Returns:
        None: there are more than `MOST_ROWS`.
    """
    best = grid.solve(DISCOUNT).q_value.argmax(1).tolist()
    table: dict[Sequence, int] = {}
    waiting: deque[Sequence] = deque((state,) for state in grid.decision_states.tolist())
    while waiting:
        percepts = waiting.popleft()
        state = percepts[-1]
        table[percepts] = best[state]
        if len(table) + len(waiting) > MOST_ROWS:
            return None
        for there in {to for _, to, _, ends in grid.outcomes(state, best[state]) if not ends}:
            waiting.append((*percepts, there))
    return table
