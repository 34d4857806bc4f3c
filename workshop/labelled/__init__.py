"""Positions of Connect Four with the exact score of every move, made by our own solver.

2,000 different positions, also if mirrored, that random play leads to, and in each of which a
mistake is possible. They are sorted by how many stones there are and by how many plies the game
lasts if both play perfectly, and spread evenly over the combinations that exist::

              <= 14 stones    15 to 28    > 28
    < 14 plies    early         middle    late     easy
    14 to 27      early         middle             medium
    >= 28         early                            hard

One more row holds the empty board, and so the scores of the seven first moves.

`python -m benchmarks.connect_four_positions` made the file and checks it.
"""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from typing import NamedTuple

from envs.rules.kinarow import CONNECT_FOUR, KInARow

FILE = Path(__file__).with_name("connect_four.csv")
STAGES = {"early": range(8, 15), "middle": range(15, 29), "late": range(29, 41)}
"""How many stones are on the board."""
DIFFICULTIES = {"easy": range(14), "medium": range(14, 28), "hard": range(28, 43)}
"""How many plies are left with perfect play."""
CLASSES = (
    ("early", "easy"),
    ("early", "medium"),
    ("early", "hard"),
    ("middle", "easy"),
    ("middle", "medium"),
    ("late", "easy"),
)
"""The combinations that exist: the game ends when the board is full."""
COLUMNS = ("moves", "stage", "difficulty", *(f"score_{a}" for a in range(CONNECT_FOUR.actions)))


class Labelled(NamedTuple):
    """A position, what sort it is, and the truth about it."""

    moves: str
    """The columns played from the empty board, one digit a move, counted from 0."""
    stage: str
    difficulty: str
    scores: dict[int, int]
    """The score of each legal move to the player who makes it; see `agents/solver.py`."""

    @property
    def position(self) -> tuple[int, int]:
        """The bitboards `(mine, theirs)`, seen by the player to move."""
        return after(CONNECT_FOUR, self.moves)

    def row(self) -> list[str]:
        """Its line of the file."""
        scores = [str(self.scores.get(a, "")) for a in range(CONNECT_FOUR.actions)]
        return [self.moves, self.stage, self.difficulty, *scores]

    @classmethod
    def of_row(cls, row: list[str]) -> Labelled:
        """What a line of the file says."""
        scores = {action: int(score) for action, score in enumerate(row[3:]) if score}
        moves, stage, difficulty = row[:3]
        return cls(moves, stage, difficulty, scores)


@cache
def connect_four() -> tuple[Labelled, ...]:
    """The 2,000 positions."""
    return tuple(position for position in read(FILE) if position.stage in STAGES)


def opening_scores() -> dict[int, int]:
    """The score of each first move, by column."""
    return next(position.scores for position in read(FILE) if not position.moves)


def read(path: Path) -> list[Labelled]:
    """The positions of a file."""
    with path.open(encoding="utf-8", newline="") as file:
        return [Labelled.of_row(row) for row in list(csv.reader(file))[1:]]


def after(rules: KInARow, moves: str) -> tuple[int, int]:
    """The position after `moves`, seen by the player to move."""
    mine = theirs = 0
    for action in map(int, moves):
        mine, theirs = theirs, mine | rules.landing(mine, theirs, action)
    return mine, theirs


def stage_of(stones: int) -> str:
    """The name of the stage with so many stones; `opening` where there are fewer."""
    return next((name for name, counts in STAGES.items() if stones in counts), "opening")


def difficulty_of(stones: int, score: int) -> str:
    """How hard a position of this score is: by the plies until its end."""
    plies = plies_left(CONNECT_FOUR.rows * CONNECT_FOUR.cols - stones, score)
    return next(name for name, counts in DIFFICULTIES.items() if plies in counts)


def plies_left(free: int, score: int) -> int:
    """How long the game lasts with perfect play.

    Args:
        free: the cells that are free.
        score: of the position, to the player to move.
    """
    if score > 0:
        return 2 * ((free + 1) // 2 - score) + 1
    if score < 0:
        return 2 * (free // 2 + score) + 2
    return free
