"""The report of a tournament: one HTML file to project, and its figures as CSV and JSON.

`report.html` needs no network and nothing beside it. `report.csv` has a line an entrant.
`report.json` holds the same figures, the crosstable, and all of every game but its moves, times
and prints, which the records keep.
"""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

from arena.page import render_page
from arena.results import FORFEITS, Results, Standing, crosstable, standings

FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""What makes a spreadsheet take a text for a formula."""


def write_report(results: Results, folder: Path) -> Path:
    """Writes `report.html`, `report.csv` and `report.json`; files there are replaced at the end.

    Returns:
        The path of the page.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lines = standings(results)
    _write(folder / "report.csv", as_csv(results, lines))
    _write(folder / "report.json", json.dumps(as_json(results, lines), indent=1))
    return _write(folder / "report.html", render_page(results, lines))


def _write(path: Path, text: str) -> Path:
    """Writes a file at once, so that whoever reads meanwhile sees the old one or the new one."""
    partial = path.with_name(f"{path.stem}.partial{path.suffix}")
    partial.write_text(text, encoding="utf-8", errors="backslashreplace", newline="")
    return partial.replace(path)


def as_csv(results: Results, lines: list[Standing]) -> str:
    """A line an entrant, the best first; before a text that would be a formula an apostrophe."""
    value = measure(results)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(
        ["rank", "rank_low", "rank_high", "name", value, f"{value}_low", f"{value}_high",
         "score", "games", "wins", "draws", "losses", *(kind.value for kind in FORFEITS),
         "ms_median", "ms_99", "repeats_games", "source", "content"]
    )  # fmt: skip
    for line in lines:
        own = [line.forfeits.get(kind.value, 0) for kind in FORFEITS]
        writer.writerow(
            [line.rank, line.rank_low, line.rank_high, _harmless(line.name), line.value, line.low,
             line.high, line.score, line.games, line.wins, line.draws, line.losses, *own,
             line.ms_median, line.ms_99, int(line.repeats), _harmless(line.source), line.content]
        )  # fmt: skip
    return text.getvalue()


def measure(results: Results) -> str:
    """By what the entrants are ranked."""
    return "elo" if results.trials is None else "mean_return"


def _harmless(text: str) -> str:
    return "'" + text if text.startswith(FORMULA) else text


def as_json(results: Results, lines: list[Standing]) -> dict[str, Any]:
    """Everything but what happened within a game."""
    names = [line.name for line in lines]
    found = {
        "world": results.world,
        "conditions": dict(results.header),
        "measure": measure(results),
        "standings": [line._asdict() for line in lines],
        "benched": dict(results.benched),
        "repeated": sorted(sorted(pair) for pair in results.repeated),
        "games": [
            {
                "key": record.key,
                "first": record.first,
                "second": record.second,
                "pair": record.pair,
                "opening": record.opening,
                "score": record.score,
                "outcome": record.outcome,
                "culprit": record.culprit,
                "reason": record.reason,
            }
            for record in results.records
        ],
    }
    if results.trials is None:
        elo, low, high = results.ratings[1:4]
        found["first_move"] = {"elo": elo, "low": low, "high": high}
        found["crosstable"] = {"names": names, "wins_draws_losses": crosstable(results, names)}
    return found
