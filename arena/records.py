"""What is written down of a game, and where: one SQLite file that lasts a whole term.

A game is known by the hash of all that decides it: the world, what the bots are made of, the
opening, the seed and the limits. So a tournament goes on by playing what the file does not hold
yet, and a bot that has not changed is not asked again. Every game is committed as soon as it is
over; with a write-ahead log a crash loses at most the games that were being played.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from envs.names import BadInput

VERSION = 1
"""Of the file's layout and of what the hash is made of."""


class Outcome(StrEnum):
    """How a game ended."""

    WIN = "win"
    DRAW = "draw"
    ILLEGAL = "illegal"
    """A move that the rules forbid, or no move at all."""
    TIMEOUT = "timeout"
    ERROR = "error"
    """The bot's code failed, or its process ended."""
    LOAD_ERROR = "load_error"
    MEMORY = "memory"
    END = "end"
    """Of an episode of a world of one player."""
    VOID = "void"
    """The referee's own fault: nobody has lost, and the game is played again."""


class GameRecord(NamedTuple):
    """One game."""

    key: str
    """The hash of all that decides it."""
    first: str
    """The entrant in seat 0, which moves first."""
    second: str
    """The other one; empty in a world of one player."""
    pair: int
    """The number of its opening: the two games in which the seats are swapped share it."""
    opening: tuple[int, ...]
    """Boards: the moves that lead from the empty board to the start. Else: `(seed,)`."""
    moves: tuple[int, ...]
    """Boards: in turn, by whoever is to move. Duel: the first's and the second's of each step."""
    score: float
    """The first's: 1, 1/2 or 0; in a world of one player its return."""
    outcome: Outcome
    culprit: int | None = None
    """The seat that broke a rule, ran out of time or crashed."""
    reason: str = ""
    """One line about that."""
    said: tuple[tuple[int, str], ...] = ()
    """The number of a move, and what the bot printed while it thought about it."""
    milliseconds: tuple[float, ...] = ()
    """How long each move took. By the clock, so this does not repeat."""
    overrun: float = 0.0
    """By how many milliseconds a move came later than its limit, at most."""

    @property
    def repeatable(self) -> GameRecord:
        """What is the same whenever the game is played again."""
        return self._replace(milliseconds=(), overrun=0.0)


class Entrant(NamedTuple):
    """Who takes part."""

    name: str
    """Unique in the tournament."""
    source: str
    """How it was given: `minimax:depth=4`, `bots/ada.py`, `runs/...`."""
    content: str
    """The hash of what it is made of."""


def digest(*parts: object) -> str:
    """A hash of some values, the same on every machine."""
    text = json.dumps(parts, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:24]


class Records:
    """The games of one file.

    Args:
        path: of the file, which is made if it is not there.
        to_read: only look: nothing is made or written, not even where nothing could be.

    Raises:
        BadInput: it is no file of this kind, a newer one, damaged, or out of reach. So do all
            methods.
    """

    def __init__(self, path: Path, to_read: bool = False) -> None:
        self.path = path
        if not to_read:
            path.parent.mkdir(parents=True, exist_ok=True)
        with self._plainly():
            self._file = _opened(path) if to_read else sqlite3.connect(path, timeout=30)
            version = self._file.execute("PRAGMA user_version").fetchone()[0]
            if version not in (0, VERSION):
                raise BadInput(f"{path}: made by another version of this program ({version})")
            if not to_read:
                self._prepare()

    def _prepare(self) -> None:
        self._file.execute("PRAGMA journal_mode = WAL")
        self._file.execute("PRAGMA synchronous = NORMAL")
        with self._file:
            self._file.execute(f"PRAGMA user_version = {VERSION}")
            self._file.execute(
                "CREATE TABLE IF NOT EXISTS games (key TEXT PRIMARY KEY, game TEXT NOT NULL)"
                " WITHOUT ROWID"
            )
            self._file.execute(
                "CREATE TABLE IF NOT EXISTS about"
                " (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID"
            )

    @contextmanager
    def _plainly(self) -> Iterator[None]:
        """Says in one line what is wrong with the file."""
        try:
            yield
        except sqlite3.OperationalError as error:  # no right to write, a full disk
            raise BadInput(f"{self.path}: cannot be used: {error}") from None
        except sqlite3.DatabaseError as error:
            raise BadInput(
                f"{self.path}: not a file of results, or a damaged one: {error};"
                " put it elsewhere, and all is played anew"
            ) from None

    def add(self, records: Iterable[GameRecord]) -> None:
        """Writes games down; one that is there already stays as it is."""
        rows = [(record.key, json.dumps(record[1:])) for record in records]
        with self._plainly(), self._file:
            self._file.executemany("INSERT OR IGNORE INTO games VALUES (?, ?)", rows)

    def keys(self) -> set[str]:
        """The games that have been played."""
        with self._plainly():
            return {key for (key,) in self._file.execute("SELECT key FROM games")}

    def get(self, keys: Iterable[str]) -> dict[str, GameRecord]:
        """The games of these keys that have been played."""
        wanted = set(keys)
        with self._plainly():
            rows = self._file.execute("SELECT key, game FROM games")
            return {key: _record(key, game) for key, game in rows if key in wanted}

    def note(self, about: Mapping[str, str]) -> None:
        """Keeps what is told about all of them."""
        with self._plainly(), self._file:
            self._file.executemany("INSERT OR REPLACE INTO about VALUES (?, ?)", about.items())

    def about(self) -> dict[str, str]:
        """What `note` kept."""
        with self._plainly():
            return dict(self._file.execute("SELECT name, value FROM about"))

    def close(self) -> None:
        """Closes the file."""
        self._file.close()


def _opened(path: Path) -> sqlite3.Connection:
    """The file, to be read only. Without a log beside it nobody writes, and none has to be made."""
    busy = path.with_name(path.name + "-wal").exists()
    unchanging = "" if busy else "&immutable=1"
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro{unchanging}", uri=True, timeout=30)


def _record(key: str, text: str) -> GameRecord:
    """A game as it was written down.

    Raises:
        DatabaseError: that is not what stands there.
    """
    try:
        first, second, pair, opening, moves, score, outcome, *rest = json.loads(text)
        culprit, reason, said, milliseconds, overrun = rest
        return GameRecord(
            key,
            first,
            second,
            pair,
            tuple(opening),
            tuple(moves),
            score,
            Outcome(outcome),
            culprit,
            reason,
            tuple((move, told) for move, told in said),
            tuple(milliseconds),
            overrun,
        )
    except (TypeError, ValueError) as error:
        raise sqlite3.DatabaseError(f"game {key}: {error}") from None
