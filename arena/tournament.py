"""A tournament: what is left to be played, and what has come out so far."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, Literal

import numpy as np

from arena.bots import Bot
from arena.games import Episode
from arena.player import Limits
from arena.ratings import Ratings, Result, paired_means, rate
from arena.records import GameRecord, Outcome
from arena.referee import PairingJob
from arena.results import Results, counted
from arena.schedule import Fixture, Pairing
from envs.worlds import World, find_world

CHUNK = 40
"""One job has at most so many games, so that no worker is left alone with a long one."""


def jobs(
    world: World, pairings: Sequence[Pairing], played: Collection[str], limits: Limits
) -> list[PairingJob]:
    """The games that have not been played yet, in parts of a pairing each."""
    found = []
    for pairing in pairings:
        left = [fixture for fixture in pairing.fixtures if fixture.key not in played]
        for start in range(0, len(left), CHUNK):
            part = tuple(left[start : start + CHUNK])
            found.append(PairingJob(world.name, world.map_file_text, pairing.bots, part, limits))
    return found


def about(world: World) -> dict[str, str]:
    """What is kept beside the records, to draw the games again."""
    return {"world": world.name, "map": world.map_file_text}


def told_now(pairings: Sequence[Pairing], played: Mapping[str, GameRecord]) -> list[GameRecord]:
    """The games of the schedule, in its order, with the names that the bots have now."""
    return [
        renamed(played[fixture.key], fixture)
        for pairing in pairings
        for fixture in pairing.fixtures
        if fixture.key in played
    ]


def renamed(record: GameRecord, fixture: Fixture) -> GameRecord:
    """A record as this tournament tells it: what the bots are made of decides, not their names."""
    first, second = fixture.names
    return record._replace(first=first, second=second, pair=fixture.pair)


def repeating(world: World, records: Iterable[GameRecord]) -> set[tuple[str, str]]:
    """The pairs of names that play the same game again wherever they could play another."""
    games: dict[tuple[str, str], dict[Any, list[tuple[int, ...]]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for record in records:
        pair = min(record.first, record.second), max(record.first, record.second)
        start = map_of(world, record.opening[0]) if world.is_duel else record.opening
        games[pair][record.first, start].append(record.moves)
    return {
        pair
        for pair, kinds in games.items()
        if any(len(kind) > 1 for kind in kinds.values())
        and all(len(set(kind)) == 1 for kind in kinds.values())
    }


def gather(
    world: World,
    bots: Sequence[Bot],
    records: Sequence[GameRecord],
    header: Mapping[str, str],
    benched: Mapping[str, str],
    seed: int,
) -> Results:
    """Everything a report tells."""
    names = [bot.name for bot in bots]
    rules = world.rules
    kind: Literal["board", "duel", "gridworld"]
    kind = "board" if rules is not None else "duel" if world.is_duel else "gridworld"
    face: Any = world.make().unwrapped
    area = rules or getattr(face, "duel", None)
    rows, cols = (area.rows, area.cols) if area is not None else face.grid.symbols.shape
    results = Results(
        world=world.name,
        kind=kind,
        rows=rows,
        cols=cols,
        gravity=rules is not None and rules.gravity,
        k=rules.k if rules is not None else 0,
        header=header,
        entrants=[bot.entrant for bot in bots],
        ratings=Ratings([], 0.0, 0.0, 0.0),
        trials=None,
        records=records,
        benched=benched,
        repeated=repeating(world, records) if world.two_player else set(),
        maps={} if rules else {seed: map_of(world, seed) for seed in _seeds(records)},
    )
    if world.two_player:
        return results._replace(ratings=_ratings(results, names, seed))
    return results._replace(
        trials=_trials(names, records, seed),
        walks={record.key: list(_walk(world, record)) for record in records},
    )


def _ratings(results: Results, names: Sequence[str], seed: int) -> Ratings:
    place = {name: number for number, name in enumerate(names)}
    return rate(
        names,
        [
            Result(place[record.first], place[record.second], record.pair, record.score)
            for record in counted(results)
        ],
        seed,
    )


def _trials(names: Sequence[str], records: Sequence[GameRecord], seed: int) -> list[Any]:
    """Those who have played all episodes, by their mean returns."""
    returns: dict[str, dict[int, float]] = defaultdict(dict)
    for record in records:
        if record.outcome != Outcome.VOID:
            returns[record.first][record.pair] = record.score
    most = max(map(len, returns.values()), default=0)
    whole = [name for name in names if most and len(returns[name]) == most]
    if not whole:
        return []
    rows = [[returns[name][pair] for pair in sorted(returns[name])] for name in whole]
    return paired_means(whole, np.array(rows), seed)


def _seeds(records: Iterable[GameRecord]) -> set[int]:
    """Of the episodes, or arenas."""
    return {record.opening[0] for record in records}


@lru_cache(maxsize=4096)
def _map_of(name: str, text: str, seed: int) -> str:
    world = find_world(name, text)
    env = world.make(**({"seat": "both"} if world.is_duel else {}))
    env.reset(seed=seed)
    inner: Any = env.unwrapped
    if world.is_duel:
        return "\n".join(row.replace(" ", "") for row in inner.ansi().splitlines())
    return "\n".join("".join(row) for row in inner.grid.symbols)


def map_of(world: World, seed: int) -> str:
    """The map of an episode, or the arena of a duel, as it is at its start."""
    return _map_of(world.name, world.map_file_text, seed)


def _walk(world: World, record: GameRecord) -> Iterator[int]:
    """The cells of an episode, the start first."""
    episode = Episode(world, record.opening[0])
    face: Any = episode.env.unwrapped
    yield int(face.state) % face.grid.cells
    for action in record.moves:
        episode.play((action,))
        yield int(face.state) % face.grid.cells
