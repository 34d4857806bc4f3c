"""A tournament in the terminal: the table while games run, and the ranking at the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from rich import box
from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from arena.records import GameRecord
from arena.results import FORFEITS, Results, standings
from envs.worlds import World

CHROME = 5
"""Lines of the live table that are no bots: its head, the bar, and how many are left out."""


class Scoreboard:
    """The live table while games run."""

    def __init__(self, console: Console, world: World, names: Sequence[str], total: int) -> None:
        self.console, self.world = console, world
        self.points = dict.fromkeys(names, 0.0)
        self.played: Counter[str] = Counter()
        self.forfeits: Counter[str] = Counter()
        self.games = 0
        columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
        self._bar = Progress(*columns, TimeRemainingColumn(), console=console)
        self._task = self._bar.add_task("games", total=total)
        self._live = Live(console=console, get_renderable=self._picture, refresh_per_second=4)

    def __enter__(self) -> Scoreboard:
        self._live.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self._live.__exit__(*error)

    def add(self, records: Sequence[GameRecord]) -> None:
        """Counts games."""
        for record in records:
            names = [record.first, record.second][: 2 if self.world.two_player else 1]
            for seat, name in enumerate(names):
                self.points[name] = self.points.get(name, 0.0) + abs(seat - record.score)
                self.played[name] += 1
            if record.culprit is not None and record.outcome in FORFEITS:
                self.forfeits[names[record.culprit]] += 1
        self.games += len(records)
        self._bar.update(self._task, completed=self.games)

    def _picture(self) -> Group:
        """As many of the best as fit the window, and the bar."""
        table = Table(show_edge=False, pad_edge=False)
        table.add_column("bot", no_wrap=True)
        what = "score" if self.world.two_player else "mean return"
        for column in (what, "games", "forfeits"):
            table.add_column(column, justify="right")
        mean = {name: self.points[name] / max(1, self.played[name]) for name in self.points}
        ranked = sorted(mean, key=lambda name: (-mean[name], name))
        room = max(1, self.console.height - CHROME)
        for name in ranked[:room]:
            shown = f"{mean[name]:.1%}" if self.world.two_player else f"{mean[name]:.3f}"
            forfeits = str(self.forfeits[name] or "")
            table.add_row(Text(name), shown, str(self.played[name]), forfeits)
        left_out = len(ranked) - room
        more = [Text(f"and {left_out} more", "dim")] if left_out > 0 else []
        return Group(table, *more, self._bar)


def print_standings(results: Results) -> None:
    """The ranking, in the terminal."""
    title = f"{results.world}: {len(results.records)} games"
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
    two = results.trials is None
    table.add_column("rank", no_wrap=True)
    table.add_column("bot", overflow="fold")
    columns = ("Elo", "95 %", "score", "W-D-L", "ms") if two else ("mean return", "95 %", "ms")
    for column in columns:
        table.add_column(column, justify="right", no_wrap=True)
    lines, digits = standings(results), 0 if two else 3
    if any(line.forfeits for line in lines):
        table.add_column("forfeits", justify="right")
    for line in lines:
        low, high = line.rank_low, line.rank_high
        table.add_row(
            f"{low}" if low == high else f"{low}-{high}",
            Text(line.name + (" (repeats)" if line.repeats else "")),
            f"{line.value:.{digits}f}",
            f"{line.low:.{digits}f} to {line.high:.{digits}f}",
            *(
                [
                    "" if line.score is None else f"{line.score:.1%}",
                    f"{line.wins}-{line.draws}-{line.losses}",
                ]
                * two
            ),
            "" if line.ms_median is None else f"{line.ms_median:.1f}",
            *(
                [", ".join(f"{n} {kind}" for kind, n in line.forfeits.items())]
                * bool(line.forfeits)
            ),
        )
    console = Console()
    console.print(table)
    for name, reason in results.benched.items():
        console.print(f"{name} could not take part: {reason}", markup=False, highlight=False)
