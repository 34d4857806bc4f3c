"""What came out of a tournament, and the figures that a report tells of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from typing import Literal, NamedTuple

import numpy as np

from arena.ratings import MeanReturn, Ratings
from arena.records import Entrant, GameRecord, Outcome

FORFEITS = (
    Outcome.ILLEGAL,
    Outcome.TIMEOUT,
    Outcome.ERROR,
    Outcome.MEMORY,
    Outcome.LOAD_ERROR,
)
"""The ways to lose that are the bot's own doing."""


class Results(NamedTuple):
    """A tournament, as it is told."""

    world: str
    """Its name."""
    kind: Literal["board", "duel", "gridworld"]
    rows: int
    cols: int
    gravity: bool
    """Of a board: whether stones fall."""
    k: int
    """Of a board: stones in a line; else 0."""
    header: Mapping[str, str]
    """Under which conditions it was played: limits, jail, seed, openings, versions, date."""
    entrants: Sequence[Entrant]
    ratings: Ratings
    """Of a world of two players; empty in a time trial."""
    trials: Sequence[MeanReturn] | None
    """Of a world of one player."""
    records: Sequence[GameRecord]
    benched: Mapping[str, str]
    """Who could not take part, and why."""
    repeated: Set[tuple[str, str]]
    """The pairs of names that repeat a game, in either order; their repeats count once."""
    maps: Mapping[int, str] = {}
    """Of a gridworld or a duel: the map of each seed, one symbol a cell (`envs.rules.cells`); of a
    duel with its border of walls, and `A` and `B` where the players start."""
    walks: Mapping[str, Sequence[int]] = {}
    """Of a gridworld: by the key of a game the cells that were walked, the start first, counted
    row by row. Actions alone do not tell, where a step can slip."""


class Standing(NamedTuple):
    """A line of the leaderboard."""

    name: str
    rank: int
    rank_low: int
    rank_high: int
    value: float
    """Elo, or the mean return of a time trial."""
    low: float
    high: float
    games: int
    score: float | None = None
    """The share of all points; None without games and in a time trial, which nobody wins."""
    wins: int = 0
    draws: int = 0
    losses: int = 0
    source: str = ""
    content: str = ""
    forfeits: Mapping[str, int] = {}
    """How often each kind happened; kinds that did not are left out."""
    ms_median: float | None = None
    ms_99: float | None = None
    """What 99 % of its moves stayed below; None without a move."""
    repeats: bool = False
    """Whether it repeats games against somebody."""


def standings(results: Results) -> list[Standing]:
    """All who were ranked, the best first."""
    known = {entrant.name: entrant for entrant in results.entrants}
    lost, times = forfeits(results.records), move_times(results)
    repeating = {name for pair in results.repeated for name in pair}
    lines = []
    for line in _ranked(results):
        entrant = known.get(line.name, Entrant(line.name, "", ""))
        median, most = _quantiles(times.get(line.name))
        lines.append(
            line._replace(
                source=entrant.source,
                content=entrant.content,
                forfeits=lost.get(line.name, {}),
                ms_median=median,
                ms_99=most,
                repeats=line.name in repeating,
            )
        )
    return sorted(lines, key=lambda line: (line.rank, -line.value, line.name))


def _ranked(results: Results) -> list[Standing]:
    """The lines as far as the ratings tell."""
    ranks = lambda one: (one.name, one.rank, one.rank_low, one.rank_high)  # noqa: E731
    if results.trials is None:
        return [
            Standing(
                *ranks(one), one.elo, one.low, one.high, one.games, one.score,
                one.wins, one.draws, one.losses,
            )
            for one in results.ratings.table
        ]  # fmt: skip
    return [Standing(*ranks(one), one.mean, one.low, one.high, one.maps) for one in results.trials]


def _quantiles(times: Sequence[float] | None) -> tuple[float | None, float | None]:
    """The median, and what 99 % stay below."""
    if not times:
        return None, None
    median, most = np.percentile(times, (50, 99)).tolist()
    return median, most


def seat_of(kind: str, record: GameRecord, number: int) -> int:
    """Who makes a game's move `number`."""
    if kind == "gridworld":
        return 0
    return (number + (len(record.opening) if kind == "board" else 0)) % 2


def forfeits(records: Iterable[GameRecord]) -> dict[str, dict[str, int]]:
    """How often each entrant lost by its own doing, by the kind of it."""
    counts: dict[str, dict[str, int]] = {}
    for record in records:
        if record.culprit is not None and record.outcome in FORFEITS:
            own = counts.setdefault((record.first, record.second)[record.culprit], {})
            own[record.outcome.value] = own.get(record.outcome.value, 0) + 1
    return counts


def move_times(results: Results) -> dict[str, list[float]]:
    """The milliseconds of all moves of each entrant."""
    times: dict[str, list[float]] = defaultdict(list)
    for record in results.records:
        names = record.first, record.second
        for number, milliseconds in enumerate(record.milliseconds):
            times[names[seat_of(results.kind, record, number)]].append(milliseconds)
    return times


def counted(results: Results) -> Iterator[GameRecord]:
    """The games that count: none that is void, and no repeat of a pair that repeats games."""
    repeating = {frozenset(pair) for pair in results.repeated}
    seen = set()
    for record in results.records:
        if record.outcome == Outcome.VOID:
            continue
        if frozenset((record.first, record.second)) in repeating:
            start = results.maps[record.opening[0]] if results.kind == "duel" else record.opening
            game = record.first, record.second, start, record.moves, record.outcome
            if game in seen:
                continue
            seen.add(game)
        yield record


def crosstable(results: Results, names: Sequence[str]) -> list[list[list[int] | None]]:
    """Wins, draws and losses of each of `names` against each; None where they have not met."""
    place = {name: number for number, name in enumerate(names)}
    table: list[list[list[int] | None]] = [[None] * len(names) for _ in names]
    for record in counted(results):
        first, second = place.get(record.first), place.get(record.second)
        if first is None or second is None or first == second:
            continue
        for row, column, score in (
            (first, second, record.score),
            (second, first, 1 - record.score),
        ):
            cell = table[row][column] or [0, 0, 0]
            cell[round(2 - 2 * score)] += 1
            table[row][column] = cell
    return table


def first_mover_points(results: Results) -> tuple[float, int]:
    """What the first players scored together, and in how many games."""
    scores = [record.score for record in counted(results)]
    return sum(scores), len(scores)
