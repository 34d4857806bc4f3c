"""`workshop tournament ENV BOT...`: everybody against everybody, safely; a ranking and a page.

What has been played is kept in the folder of results, and the same command goes on from there:
after an interruption, or when bots came or changed.

    results.sqlite   every game; see `arena.records`
    report.html      the page; report.csv and report.json beside it
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path
from typing import Any

import tyro
from rich.console import Console
from rich.progress import track

from arena.bots import Bot, check_built_in, find_bots, kind_of, not_bots
from arena.jail import NAMES, highest
from arena.player import Limits
from arena.records import GameRecord, Outcome, Records
from arena.referee import Loaded, LoadJob, do, with_files
from arena.report import as_json, write_report
from arena.results import Results, standings
from arena.schedule import Pairing, schedule
from arena.tournament import about, gather, jobs, told_now
from envs.names import BadInput
from envs.worlds import World, find_world
from workshop.interrupt import Interrupt
from workshop.options import file_name, quoted
from workshop.parallel import Side
from workshop.scoreboard import Scoreboard, print_standings

ROUNDS = 3
"""So often games are tried that were void."""
FOLLOW_SECONDS = 2.0
"""So often `--follow` looks at the folder."""


@dataclass(kw_only=True)
class Options(Side):
    """Who plays what, and how."""

    world: tyro.conf.Positional[str]
    """tictactoe, connect-four, kinarow:rows=7,cols=7,k=4, duel, or a gridworld (a time trial)."""
    bots: tyro.conf.Positional[tuple[str, ...]]
    """Folders of bots, bots (.py, a folder with bot.py, runs/..., .zip), minimax:depth=4, ..."""
    pairs: int = 10
    """Openings of each pairing, each played twice with the seats swapped; of a time trial, the
    episodes of each bot."""
    staff: tuple[str, ...] = ()
    """Play only against these: for marks. They are rated too."""
    seed: int = 0
    """Of openings and bots. The maps of a time trial follow from it too: keep it to yourself."""
    move_seconds: float = Limits._field_defaults["move"]
    """For each move."""
    game_seconds: float = Limits._field_defaults["bank"]
    """For all moves of a game together."""
    load_seconds: float = Limits._field_defaults["load"]
    """To be loaded, and to begin a game."""
    memory: int = Limits._field_defaults["memory"]
    """MiB for a bot, beside our own code."""
    require_jail: int = 0
    """Refuse to play where the jail reaches less than this level: 0, 1, 2 (workshop doctor)."""
    out: Path | None = None
    """Folder of the results; by default results/ENV."""
    follow: bool = False
    """Keep watching the folders: play whatever is new or changed, until Ctrl-C."""
    json: bool = False
    """Print one JSON object and nothing else on standard output."""

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, least in (("pairs", 1), ("memory", 64)):
            if getattr(self, name) < least:
                raise BadInput(f"--{name} must be at least {least}, not {getattr(self, name)}")
        for name in ("move_seconds", "game_seconds", "load_seconds"):
            if not 0 < getattr(self, name) < 1e6:
                flag, given = name.replace("_", "-"), getattr(self, name)
                raise BadInput(f"--{flag} lies between 0 and 1,000,000 s, not {given:g}")

    @property
    def limits(self) -> Limits:
        """What a bot is granted."""
        return Limits(
            move=self.move_seconds,
            bank=self.game_seconds,
            load=self.load_seconds,
            memory=self.memory,
        )


def run(options: Options) -> int:
    """Plays what has not been played, and writes the report."""
    world = find_world(options.world)
    if not world.two_player and not world.is_gridworld:
        raise BadInput(f"tournaments are for games of two and for gridworlds, not {world.name}")
    if options.require_jail > highest():
        raise BadInput(
            f"--require-jail {options.require_jail}: this machine reaches level {highest()} "
            "(workshop doctor)"
        )
    sources = [*options.bots, *options.staff]  # a mistake is told before anything is written
    found = find_bots([s for s in sources if not (options.follow and Path(s).is_dir())])
    check_built_in(found, world)
    if world.two_player and len(found) < 2 and not options.follow:
        raise BadInput(f"a tournament of {world.name} takes two bots, a folder of them, or more")
    folder = options.out or Path("results") / file_name(world.name)
    console = Console(stderr=True)
    with closing(Records(folder / "results.sqlite")) as records, Interrupt() as interrupt:
        records.note(about(world))
        tournament = Tournament(options, world, records, folder, console, interrupt)
        results = tournament.look() if options.follow else tournament.play()
        while options.follow and not interrupt.asked:
            time.sleep(FOLLOW_SECONDS / 10)
            results = tournament.look_again() or results
    if results is None:  # nobody came
        return 0
    if options.json:
        print(json.dumps(as_json(results, standings(results))))
    else:
        print_standings(results)
        print(f"report: {folder / 'report.html'}")
    if interrupt.asked and not options.follow:
        console.print("interrupted; what was played is kept. To go on:")
        print(" ".join(["workshop", *map(quoted, sys.argv[1:])]), file=sys.stderr)
        return 130
    return 0


class Tournament:
    """One tournament, as long as this process lasts."""

    def __init__(
        self,
        options: Options,
        world: World,
        records: Records,
        folder: Path,
        console: Console,
        interrupt: Interrupt,
    ) -> None:
        self.options, self.world, self.records = options, world, records
        self.folder, self.console, self.interrupt = folder, console, interrupt
        self._tried: dict[str, Loaded] = {}
        """What came of loading each content."""
        self._seen: list[Bot] = []
        self._looked = time.monotonic()
        self._told = ""
        self._left_out: set[str] = set()

    def look_again(self) -> Results | None:
        """With `--follow`: plays what is new; None if nothing is."""
        if time.monotonic() - self._looked < FOLLOW_SECONDS:
            return None
        return self.look()

    def look(self) -> Results | None:
        """With `--follow`: plays what is new; what hinders that is told, and may pass."""
        self._looked = time.monotonic()
        try:
            found = find_bots([*self.options.bots, *self.options.staff])
            return self.play() if found != self._seen else None
        except (BadInput, OSError) as error:  # too few yet, or a file that is being copied
            if str(error) != self._told:
                self.console.print(str(error), markup=False, highlight=False)
            self._told = str(error)
            return None

    def play(self) -> Results:
        """Loads the bots, plays what has not been played, and writes the report."""
        options = self.options
        everybody = find_bots([*options.bots, *options.staff])
        self._tell_of_no_bots()
        self._seen = everybody
        staff = everybody[-len(find_bots(options.staff)) :] if options.staff else []
        benched = self._load(everybody)
        able = [bot for bot in everybody if bot.name not in benched]
        guests = [bot for bot in able if bot not in staff]
        able_staff = [bot for bot in able if bot in staff]
        if self.world.two_player and (len(able) < 2 or (options.staff and not able_staff)):
            for name, reason in benched.items():
                self.console.print(f"{name}: {reason}", markup=False, highlight=False)
            raise BadInput("fewer than two bots can be loaded")
        pairings = schedule(
            self.world, guests, options.pairs, options.seed, options.limits, able_staff
        )
        if not self.interrupt.asked:
            self._play(pairings, able)
        played = self._played(pairings)
        results = gather(self.world, able, played, self._header(able), benched, options.seed)
        write_report(results, self.folder)
        return results

    def _tell_of_no_bots(self) -> None:
        """Says once what lies in the folders and takes no part: somebody may miss it."""
        folders = [path for one in self.options.bots if kind_of(path := Path(one)) is None]
        for folder in filter(Path.is_dir, folders):
            names = ", ".join(not_bots(folder))
            if names and names not in self._left_out:
                self._left_out.add(names)
                told = f"{folder}: not a bot, so without part: {names}"
                self.console.print(told, markup=False, highlight=False)

    def _played(self, pairings: Sequence[Pairing]) -> list[GameRecord]:
        """The games of the schedule that are there."""
        keys = (fixture.key for pairing in pairings for fixture in pairing.fixtures)
        return told_now(pairings, self.records.get(keys))

    def _load(self, bots: Sequence[Bot]) -> dict[str, str]:
        """Tries to load each bot, in a process of its own; why those that fail do, by name."""
        new = [bot for bot in bots if bot.content not in self._tried]
        if new:
            found = self._run(
                [
                    LoadJob(self.world.name, self.world.map_file_text, bot, self.options.limits)
                    for bot in new
                ]
            )
            described = f"trying {len(new)} bots" if len(new) > 1 else "trying a bot"
            for number, loaded in track(
                found, described, len(new), console=self.console, transient=True
            ):
                self._tried[new[number].content] = loaded
        levels = [loaded.level for loaded in self._tried.values() if not loaded.failure]
        if levels and min(levels) < self.options.require_jail:
            raise BadInput(
                f"--require-jail {self.options.require_jail}: the jail reaches level {min(levels)} "
                "here (workshop doctor)"
            )
        return {
            bot.name: loaded.failure
            for bot in bots
            if (loaded := self._tried.get(bot.content)) is not None and loaded.failure
        }

    def _run(self, tasks: Sequence[Any]) -> Any:
        """Results of jobs, by number."""
        with closing(self.options.workers(do, len(tasks), 1)) as workers:
            sent = tasks if self.options.ray is None else map(with_files, tasks)
            for news in workers.run(sent):
                if self.interrupt.asked:
                    workers.stop_all()
                if news is not None:
                    yield news.job, news.content

    def _play(self, pairings: Sequence[Pairing], bots: Sequence[Bot]) -> None:
        """Plays what is left, writing down every game as soon as it is over."""
        total = sum(len(pairing.fixtures) for pairing in pairings)
        told = set[str]()
        for _ in range(ROUNDS):
            played = self.records.keys()
            left = jobs(self.world, pairings, played, self.options.limits)
            if not left or self.interrupt.asked:
                return
            with Scoreboard(self.console, self.world, [bot.name for bot in bots], total) as board:
                board.add(self._played(pairings))
                for _, record in self._run(left):
                    if record is None:  # a pairing is through
                        continue
                    if record.outcome is Outcome.VOID:
                        if record.reason not in told:
                            self.console.print(f"void: {record.reason}", markup=False)
                        told.add(record.reason)
                        continue
                    self.records.add([record])
                    if record.key not in played:  # else a node was lost, and its job done again
                        played.add(record.key)
                        board.add([record])

    def _header(self, bots: Sequence[Bot]) -> dict[str, str]:
        """The conditions, for the foot of the page."""
        options = self.options
        levels = {
            loaded.level
            for bot in bots
            if (loaded := self._tried.get(bot.content)) is not None and not loaded.failure
        }
        packages = ("deep-learning-workshop", "numpy", "torch")
        two = self.world.two_player
        games = "openings of each pairing, both seats each" if two else "episodes of each bot"
        return {
            "games": f"{options.pairs} {games}",
            "seed": str(options.seed),
            "limits": f"{options.move_seconds:g} s a move, {options.game_seconds:g} s a game, "
            f"{options.load_seconds:g} s to load, {options.memory} MiB",
            "jail": ", ".join(f"{level} ({NAMES[level]})" for level in sorted(levels)),
            "staff": ", ".join(options.staff) or "none: everybody against everybody",
            "versions": ", ".join(f"{name} {version(name)}" for name in packages),
            "date": date.today().isoformat(),
        }
