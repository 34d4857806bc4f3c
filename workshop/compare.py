"""`workshop compare ENV A B`: is A better than B? Plays until that is decided; `arena.sequential`.

The games are kept with those of tournaments, and the same command goes on from there.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tyro
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from arena.bots import check_built_in, find_bots
from arena.player import Limits
from arena.records import GameRecord, Outcome, Records
from arena.referee import Job, do, with_files
from arena.schedule import Pairing, schedule
from arena.sequential import DIFFERENCE, SequentialTest, Verdict
from arena.tournament import about, jobs, renamed, repeating
from envs.names import BadInput
from envs.worlds import World, find_world
from workshop.interrupt import Interrupt
from workshop.options import file_name, quoted
from workshop.parallel import Side


@dataclass(kw_only=True)
class Options(Side):
    """Who, where, and how sure."""

    world: tyro.conf.Positional[str]
    """tictactoe, connect-four, kinarow:rows=7,cols=7,k=4, duel, ..."""
    a: tyro.conf.Positional[str]
    """bots/ada.py, runs/..., minimax:depth=4, ..."""
    b: tyro.conf.Positional[str]
    """The other."""
    difference: float = DIFFERENCE
    """Elo; smaller differences need not be found. Twice as fine takes four times the games."""
    most: int = 500
    """Opening pairs, of two games each; after so many it ends undecided."""
    seed: int = 0
    """Of openings and bots."""
    move_seconds: float = Limits._field_defaults["move"]
    """For each move."""
    out: Path | None = None
    """Folder of the results; by default results/ENV."""
    json: bool = False
    """Print one JSON object and nothing else on standard output."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.most < 1:
            raise BadInput(f"--most must be at least 1, not {self.most}")
        if not 1 <= self.difference <= 1000:
            raise BadInput(f"--difference lies between 1 and 1000 Elo, not {self.difference:g}")
        if not 0 < self.move_seconds < 1e6:
            raise BadInput(
                f"--move-seconds lies between 0 and 1,000,000 s, not {self.move_seconds:g}"
            )


def run(options: Options) -> int:
    """Plays, and says who is better."""
    world = find_world(options.world)
    if not world.two_player:
        raise BadInput(
            f"compare is for games of two; in {world.name}: "
            f"workshop evaluate {quoted(world.name)} A --against B"
        )
    limits = Limits(move=options.move_seconds)
    bots = find_bots([options.a, options.b])
    if len(bots) != 2:
        raise BadInput("compare takes two bots; for a folder of them: workshop tournament")
    check_built_in(bots, world)
    pairing = schedule(world, bots, options.most, options.seed, limits)[0]
    folder = options.out or Path("results") / file_name(world.name)
    with closing(Records(folder / "results.sqlite")) as records, Interrupt() as interrupt:
        records.note(about(world))
        match = Match(world, pairing, limits, options.difference, records)
        verdict = match.play(options, Console(stderr=True), interrupt)
    names = [bot.name for bot in bots]
    if options.json:
        told = {**verdict._asdict(), "a": names[0], "b": names[1], "repeats": match.repeats}
        print(json.dumps(told))
    else:
        show(verdict, names, match)
    if interrupt.asked and not verdict.decided:
        print("interrupted; what was played is kept. To go on:", file=sys.stderr)
        print(" ".join(["workshop", *map(quoted, sys.argv[1:])]), file=sys.stderr)
        return 130
    return 0


class Match:
    """Opening pairs of two bots, counted in the order of their numbers."""

    def __init__(
        self, world: World, pairing: Pairing, limits: Limits, difference: float, records: Records
    ) -> None:
        self.world, self.pairing, self.limits, self.records = world, pairing, limits, records
        self.test = SequentialTest(difference)
        self.verdict: Verdict = self.test.verdict()
        self.repeats = 0
        """Pairs that were left out since both repeat themselves."""
        self.failures: list[str] = []
        """Games lost by a bot's own doing."""
        self._games: dict[str, GameRecord] = {}
        self._counted: list[GameRecord] = []
        self._next = 0

    def play(self, options: Options, console: Console, interrupt: Interrupt) -> Verdict:
        """Plays until it is decided, or there is nothing left to play."""
        pairs = len(self.pairing.fixtures) // 2
        self._add(self.records.get(fixture.key for fixture in self.pairing.fixtures).values())
        columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
        with Progress(*columns, TextColumn("pairs"), console=console, transient=True) as bar:
            task = bar.add_task("", total=pairs, completed=self._next)
            for record in self._run(options, interrupt):
                if record.outcome is Outcome.VOID:
                    console.print(f"void: {record.reason}", markup=False)
                    continue
                self.records.add([record])
                self._add([record])
                verdict = self.verdict
                shown = f"{verdict.elo:+.0f} Elo ({verdict.low:+.0f} to {verdict.high:+.0f})"
                bar.update(task, completed=self._next, description=shown)
        return self.verdict

    def _run(self, options: Options, interrupt: Interrupt) -> Iterator[GameRecord]:
        """The games as they end; no new ones begin once it is decided."""

        def left() -> Iterator[Job]:
            for job in jobs(self.world, [self.pairing], self._games.keys(), self.limits):
                if self.verdict.decided:
                    return
                yield job if options.ray is None else with_files(job)

        if self.verdict.decided:
            return
        with closing(options.workers(do, len(self.pairing.fixtures), 1)) as workers:
            for news in workers.run(left()):
                if interrupt.asked or self.verdict.decided:
                    workers.stop_all()
                if news is not None and news.content is not None:
                    yield news.content

    def _add(self, records: Any) -> None:
        """Counts the pairs that are complete, in order."""
        self._games |= {record.key: record for record in records}
        fixtures = self.pairing.fixtures
        while 2 * self._next < len(fixtures):
            both = fixtures[2 * self._next : 2 * self._next + 2]
            if not all(fixture.key in self._games for fixture in both):
                return
            games = [renamed(self._games[fixture.key], fixture) for fixture in both]
            self._counted += games
            self._next += 1
            for game in games:
                if game.culprit is not None:
                    name = (game.first, game.second)[game.culprit]
                    self.failures.append(f"{name}: {game.outcome}: {game.reason}")
            if repeating(self.world, self._counted):
                self.repeats += 1
            else:
                self.verdict = self.test.add(games[0].score + 1 - games[1].score)


def show(verdict: Verdict, names: list[str], match: Match) -> None:
    """The answer, and what it rests on."""
    console = Console(highlight=False)
    console.print(verdict.told(*names), style="bold", markup=False)
    if verdict.score is not None:
        lost, half, even, more, won = verdict.counts
        console.print(
            f"{names[0]} scored {verdict.score:.1%} in {verdict.pairs} opening pairs: "
            f"{verdict.elo:+.0f} Elo, 95 % {verdict.low:+.0f} to {verdict.high:+.0f}\n"
            f"pairs by its points: 2: {won}, 1 1/2: {more}, 1: {even}, 1/2: {half}, 0: {lost}",
            markup=False,
        )
    if match.repeats:
        console.print(f"{match.repeats} pairs left out: both play the same games again and again")
    if match.failures:
        console.print(
            f"{len(match.failures)} games lost by a failure, the first: {match.failures[0]}",
            markup=False,
        )
