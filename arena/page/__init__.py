"""The page of a report: the results, packed, inside one HTML file.

The page only draws. What a rule decides, where a stone comes to rest or which stones make a line,
is worked out here with the rules of the game and handed over.

Whatever a bot says is hostile. It travels as JSON in which no `<` is left and reaches the page as
text only; and the page's own policy lets no script run but the one whose hash it names, and lets
nothing load.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import math
import re
from collections.abc import Hashable, Iterable, Sequence
from importlib.resources import files
from typing import Any, NamedTuple

from arena.records import GameRecord, Outcome
from arena.results import Results, Standing, crosstable, first_mover_points, seat_of
from envs.drawing.theme import THEMES
from envs.rules.cells import ACTIONS
from envs.rules.kinarow import KInARow

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_"
"""One a cell or action, and two a time."""
STEPS_A_DECADE = 512
"""Times are told in such steps of their logarithm, so within 0.5 %, from 1 us to 100 s."""
MOST_PRINTED = 600_000
"""Characters of prints on a page, shared evenly by the bots that print."""
LONGEST_PRINT = 2_000
"""Characters of what was printed during one move; of a longer one the middle is left out."""
SHORTEST_KEY = 8


def render_page(results: Results, lines: Sequence[Standing]) -> str:
    """The HTML of a report."""
    parts = {name: _part(f"report.{name}") for name in ("css", "js")}
    parts["css"] = _colors() + parts["css"]
    parts |= {f"{name}_hash": _hash(parts[name]) for name in ("css", "js")}
    parts["title"] = html.escape(f"{results.world} tournament")
    parts["data"] = as_text(page_data(results, lines))
    return re.sub(r"\{\{(\w+)\}\}", lambda match: parts[match[1]], _part("report.html"))


def _part(name: str) -> str:
    return files("arena.page").joinpath(name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    """As a content security policy names it."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _colors() -> str:
    """The window's colours, as variables of both themes."""
    rules = []
    for name, theme in THEMES.items():
        colors = (f"--{part}: rgb{color};" for part, color in theme._asdict().items())
        rules.append(f':root[data-theme="{name}"] {{ color-scheme: {name}; {" ".join(colors)} }}\n')
    return "".join(rules)


def as_text(data: object) -> str:
    """JSON that can stand inside a script element: it has no `<`, and only ASCII."""
    text = json.dumps(data, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def page_data(results: Results, lines: Sequence[Standing]) -> dict[str, Any]:
    """All that the page shows. Entrants and repeated texts are told by number."""
    names = Numbered(line.name for line in lines)
    for record in results.records:
        names.number(record.first)
        if record.second:
            names.number(record.second)
    trial = results.trials is not None
    ranked = [line.name for line in lines]
    return {
        "world": results.world,
        "kind": results.kind,
        "rows": results.rows,
        "cols": results.cols,
        "gravity": results.gravity,
        "header": dict(results.header),
        "trial": trial,
        "standings": [_standing(line) for line in lines],
        "crosstable": None if trial else crosstable(results, ranked),
        "firstMove": None if trial else _first_move(results),
        "benched": dict(results.benched),
        "repeated": sorted(sorted(map(names.number, pair)) for pair in results.repeated),
        "outcomes": [outcome.value for outcome in Outcome],
        "actions": ACTIONS,
        "maps": {str(seed): text for seed, text in results.maps.items()},
        "games": _games(results, names),
        "names": names.values,
    }


class Numbered:
    """Values that repeat, each kept once and told by its number."""

    def __init__(self, values: Iterable[Hashable] = ()) -> None:
        self._numbers: dict[Hashable, int] = {}
        for value in values:
            self.number(value)

    def number(self, value: Hashable) -> int:
        """The number of a value, a new one if it is new."""
        return self._numbers.setdefault(value, len(self._numbers))

    @property
    def values(self) -> list[Hashable]:
        """The values in the order of their numbers."""
        return list(self._numbers)


def _standing(line: Standing) -> dict[str, Any]:
    """A line of the leaderboard, with figures as fine as they are shown."""
    rounded = {
        part: _rounded(value) for part, value in line._asdict().items() if isinstance(value, float)
    }
    return line._asdict() | rounded


def _rounded(value: float) -> float | None:
    return round(value, 4) if math.isfinite(value) else None


def _first_move(results: Results) -> dict[str, Any]:
    points, games = first_mover_points(results)
    elo, low, high = (_rounded(value) for value in results.ratings[1:4])
    return {"elo": elo, "low": low, "high": high, "points": points, "games": games}


class Played(NamedTuple):
    """A game as it is drawn."""

    opening: str
    """Boards: the cell of each stone; else the seed."""
    moves: str
    """Boards: the cell of each stone; else the actions. Without one that was illegal."""
    line: str
    """The cells of a line at the end."""


def _games(results: Results, names: Numbered) -> dict[str, Any]:
    """The games, one list a property; what few games have is told by the number of the game."""
    records = results.records
    openings, lines, reasons, texts = Numbered(), Numbered(), Numbered(), Numbered()
    said, cut = _prints(records, results.kind, texts)
    played = [_played(results, record) for record in records]
    width = key_width([record.key for record in records])
    return {
        "keys": [record.key[:width] for record in records],
        "first": [names.number(record.first) for record in records],
        "second": [names.number(record.second) if record.second else -1 for record in records],
        "pair": [record.pair for record in records],
        "opening": [openings.number(game.opening) for game in played],
        "moves": [game.moves for game in played],
        "line": [lines.number(game.line) for game in played],
        "score": [_rounded(record.score) for record in records],
        "outcome": [list(Outcome).index(record.outcome) for record in records],
        "culprit": [-1 if record.culprit is None else record.culprit for record in records],
        "reason": {n: reasons.number(r.reason) for n, r in enumerate(records) if r.reason},
        "times": [times_text(record.milliseconds) for record in records],
        "walks": {
            n: list(results.walks[r.key]) for n, r in enumerate(records) if r.key in results.walks
        },
        "said": said,
        "cut": cut,
        "openings": openings.values,
        "lines": lines.values,
        "reasons": reasons.values,
        "texts": texts.values,
    }


def key_width(keys: Sequence[str]) -> int:
    """How many characters tell all keys apart."""
    longest = max(map(len, keys), default=0)
    for width in range(SHORTEST_KEY, longest):
        if len({key[:width] for key in keys}) == len(keys):
            return width
    return longest


def times_text(milliseconds: Sequence[float]) -> str:
    """Two digits a time: the logarithm of its microseconds."""
    text = ""
    for value in milliseconds:
        step = round(STEPS_A_DECADE * math.log10(max(value * 1000, 1)))
        text += "".join(DIGITS[digit] for digit in divmod(min(step, 64 * 64 - 1), 64))
    return text


def _played(results: Results, record: GameRecord) -> Played:
    if results.kind == "board":
        rules = KInARow(results.rows, results.cols, results.k, results.gravity)
        return play_board(rules, record)
    moves = ""
    for action in record.moves:
        if not 0 <= action < len(DIGITS):  # the illegal one at the end
            break
        moves += DIGITS[action]
    return Played(str(record.opening[0]) if record.opening else "", moves, "")


def play_board(rules: KInARow, record: GameRecord) -> Played:
    """Where the stones of a game come to rest."""
    mine = theirs = 0
    cells = ""
    for action in (*record.opening, *record.moves):
        landing = rules.landing(mine, theirs, action) if 0 <= action < rules.actions else 0
        if not landing:
            break
        row, col = rules.cell_of[landing]
        cells += DIGITS[row * rules.cols + col]
        mine, theirs = theirs, mine | landing
    ply = len(record.opening)
    line = rules.winning_cells(theirs) if rules.lines(theirs) else []
    return Played(
        cells[:ply], cells[ply:], "".join(DIGITS[row * rules.cols + col] for row, col in line)
    )


def _prints(
    records: Sequence[GameRecord], kind: str, texts: Numbered
) -> tuple[dict[int, list[list[int]]], int]:
    """What was printed, by the number of the game, and how many prints had no room.

    Games that somebody forfeited come first, for their prints tell why.
    """
    talkers = {(r.first, r.second)[seat_of(kind, r, move)] for r in records for move, _ in r.said}
    room = dict.fromkeys(talkers, MOST_PRINTED // max(1, len(talkers)))
    said: dict[int, list[list[int]]] = {}
    cut = 0
    known: set[str] = set()
    for number in sorted(range(len(records)), key=lambda n: records[n].culprit is None):
        record = records[number]
        for move, text in record.said:
            bot = (record.first, record.second)[seat_of(kind, record, move)]
            short = shortened(text)
            price = 8 if short in known else 8 + len(json.dumps(short))
            if price > room[bot]:
                cut += 1
                continue
            room[bot] -= price
            known.add(short)
            said.setdefault(number, []).append([move, texts.number(short)])
    return said, cut


def shortened(text: str) -> str:
    """A text without its middle, if it is too long to be shown."""
    half = LONGEST_PRINT // 2
    left_out = len(text) - 2 * half
    if left_out <= 0:
        return text
    return f"{text[:half]}\n[... {left_out:,} characters ...]\n{text[-half:]}"
