"""An expert system for tic-tac-toe: what a good player knows, as rules; the first that fits fires.

No search and no learning: the knowledge was asked from people and written down, and the agent can
always say why it did what it did.

Source: A. Newell and H. Simon, "Human Problem Solving", 1972; in the wording of K. Crowley and
R. Siegler, "Flexible Strategy Use in Young Children's Tic-Tac-Toe", 1993.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from agents.agent import Agent, Thoughts
from envs.names import BadInput
from envs.percept import Percept
from envs.rules.kinarow import TIC_TAC_TOE
from envs.worlds import World

CENTRE, CORNERS, SIDES = 4, (0, 2, 6, 8), (1, 3, 5, 7)


def free(mine: int, theirs: int) -> tuple[int, ...]:
    """The free cells."""
    return TIC_TAC_TOE.legal_actions(mine, theirs)


def stone(cell: int) -> int:
    """The bit of a cell."""
    return TIC_TAC_TOE.squares(cell)


def win(mine: int, theirs: int) -> list[int]:
    """Where I complete a line."""
    return [cell for cell in free(mine, theirs) if TIC_TAC_TOE.lines(mine | stone(cell))]


def block(mine: int, theirs: int) -> list[int]:
    """Where the other would complete one."""
    return win(theirs, mine)


def fork(mine: int, theirs: int) -> list[int]:
    """Where I come to threaten two lines at once."""
    return [cell for cell in free(mine, theirs) if len(win(mine | stone(cell), theirs)) > 1]


def block_fork(mine: int, theirs: int) -> list[int]:
    """Where I keep the other from a fork: at best by a threat, so that they have no time for it."""
    forks = fork(theirs, mine)
    threats = [cell for cell in free(mine, theirs) if forks and _forces(mine, theirs, cell)]
    return [cell for cell in threats if cell in forks] or threats or forks


def _forces(mine: int, theirs: int, cell: int) -> bool:
    """Whether a stone there threatens a line, and the answer to it makes no fork."""
    mine |= stone(cell)
    answers = win(mine, theirs)
    return bool(answers) and not set(answers) & set(fork(theirs, mine))


def centre(mine: int, theirs: int) -> list[int]:
    """The centre."""
    return [cell for cell in free(mine, theirs) if cell == CENTRE]


def opposite_corner(mine: int, theirs: int) -> list[int]:
    """A corner across from one of the other's."""
    corners = corner(mine, theirs)
    return [cell for cell in corners if theirs & stone(8 - cell)]


def corner(mine: int, theirs: int) -> list[int]:
    """Any corner."""
    return [cell for cell in free(mine, theirs) if cell in CORNERS]


def side(mine: int, theirs: int) -> list[int]:
    """The middle of a side."""
    return [cell for cell in free(mine, theirs) if cell in SIDES]


RULES: dict[str, Callable[[int, int], list[int]]] = {
    "win": win,
    "block": block,
    "make a fork": fork,
    "block a fork": block_fork,
    "take the centre": centre,
    "take the opposite corner": opposite_corner,
    "take a corner": corner,
    "take a side": side,
}
"""From a position `(mine, theirs)` to the cells a rule proposes; the first with any fires."""


def consult(mine: int, theirs: int) -> tuple[str, list[int]]:
    """The rule that fires, and the cells it proposes."""
    for number, (name, rule) in enumerate(RULES.items(), 1):
        cells = rule(mine, theirs)
        if cells:
            return f"rule {number}: {name}", cells
    raise ValueError("the board is full")


class ExpertSystemAgent(Agent):
    """Plays one of the cells that the first fitting rule proposes, by lot.

    Args:
        world: tic-tac-toe.
        seed: of the lots.

    Raises:
        BadInput: the world is another.
    """

    def __init__(self, world: World, seed: int | None = None) -> None:
        if repr(world.rules) != repr(TIC_TAC_TOE):
            raise BadInput(f"expert knows nothing but tictactoe, and not {world.name}")
        self.lots: np.random.Generator = np.random.default_rng(seed)

    def act(self, percept: Percept) -> int:
        """One of the cells, each as likely as the next."""
        return int(self.lots.choice(self._consult(percept)[1]))

    def think(self, percept: Percept) -> Thoughts:
        """The rule that fires."""
        rule, cells = self._consult(percept)
        scores = np.where(percept.action_mask, 0.0, np.nan)
        scores[cells] = 1 / len(cells)
        return Thoughts(scores, "probability", rule)

    def _consult(self, percept: Percept) -> tuple[str, list[int]]:
        assert percept.board is not None
        return consult(*TIC_TAC_TOE.from_board(percept.board))
