"""A game of a tournament, shown again as it was played."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from agents.agent import Agent
from arena.records import GameRecord, Records
from envs.names import BadInput
from envs.worlds import World, find_world
from workshop.session import Session

PRINTED = 60
"""So much is shown of what a bot printed."""


def is_results(folder: Path) -> bool:
    """Whether this is the folder of a tournament's results."""
    return (folder / "results.sqlite").is_file()


def replay_of(folder: Path, key: str | None) -> Session:
    """A game, found by its key or the beginning of it.

    Raises:
        BadInput: there is no such folder or game.
    """
    if not is_results(folder):
        raise BadInput(f"{folder}: there is no results.sqlite in it, so it is no tournament's")
    if not key:
        raise BadInput(f"{folder}: which game? --game KEY (report.html tells the keys)")
    with closing(Records(folder / "results.sqlite", to_read=True)) as records:
        about, keys = records.about(), records.keys()
        if "world" not in about or not keys:
            raise BadInput(f"{folder}: no game has been played in it yet")
        found = sorted(one for one in keys if one.startswith(key))
        if len(found) != 1:
            what = "several games begin so" if found else "there is no such game"
            some = ", ".join((found or sorted(keys))[:5])
            raise BadInput(f"--game {key}: {what} (for example {some})")
        record = records.get(found)[found[0]]
    return Replay(find_world(about["world"], about["map"]), record)


class Replay(Session):
    """One game that has been played.

    Args:
        world: where.
        record: the game.
    """

    silence = "only the moves are on record"
    can_be_changed = False

    def __init__(self, world: World, record: GameRecord) -> None:
        self.record = record
        self._opening = record.opening if world.rules is not None else ()
        self._moves = (*self._opening, *record.moves)
        names = [record.first, record.second][: 2 if world.two_player else 1]
        seed = 0 if world.rules is not None else record.opening[0]
        super().__init__(world, [Agent() for _ in names], names, seed)

    def next_game(self) -> None:
        """The game from its start: there is no other one."""
        self.begin()

    def ready(self, patience: float = 0.0) -> bool:
        """The next move is on record."""
        return True

    @property
    def intended(self) -> int | None:
        """The next move on record; None after the last one."""
        done = len(self.played)
        return self._moves[done] if done < len(self._moves) else None

    def advance(self, action: int | None = None) -> bool:
        """The next move that was made; after the last one, how the game ended."""
        if self.over:
            return False
        move = self.intended
        if move is None:  # somebody broke the rules, or off
            self.over = True
            self.result = self._why()
            if self.record.culprit is not None and len(self.agents) == 2:
                self._count(1 - self.record.culprit)
            return True
        return super().advance(move)

    def describe(self) -> str:
        """One line: the move, who is to play, and what it printed meanwhile."""
        said = dict(self.record.said).get(self.moves - len(self._opening), "").strip()
        told = f' · "{said.splitlines()[0][:PRINTED]}"' if said and not self.over else ""
        return super().describe() + told

    def _why(self) -> str:
        record = self.record
        names = [record.first, record.second]
        who = "" if record.culprit is None else f"{names[record.culprit]}: "
        return f"{who}{record.outcome}: {record.reason}" if record.reason else str(record.outcome)
