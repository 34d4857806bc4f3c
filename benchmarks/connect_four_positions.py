"""Makes and checks the labelled positions of Connect Four.

    python -m benchmarks.connect_four_positions                # makes the file
    python -m benchmarks.connect_four_positions --verify 200   # checks members without a table
    python -m benchmarks.connect_four_positions --verify 2000 --by bitbully   # by others' solver

Random legal play leads to the candidates of each stage; the solver says of which difficulty each is
and what every move scores, and the first of each class are taken until its share of the 2,000 is
full. Left out are positions that were there before (also mirrored), and those in which all moves
score the same. What "early", "easy" and so on mean, and which combinations cannot exist, is in
`workshop/labelled/__init__.py`. Fewer than 8 stones are left out, for these cost by far the most.

The same seed makes the same file whatever `--jobs` is. What is solved is written down at once
beside the file, as `.partial`; after an interruption the same command goes on from there. The seven
openings are solved last and are one more row; `--openings` solves only them (16 minutes).
"""

from __future__ import annotations

import argparse
import csv
import itertools
import json
import random
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from functools import cache, partial
from importlib import import_module
from importlib.util import find_spec
from multiprocessing import get_context
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from agents.solver import TABLE_SIZE, OutOfPositions, Solver
from envs.rules.kinarow import CONNECT_FOUR
from workshop.labelled import (
    CLASSES,
    COLUMNS,
    DIFFICULTIES,
    FILE,
    STAGES,
    Labelled,
    after,
    difficulty_of,
    read,
    stage_of,
)

POSITIONS = 2000
SEED = 4
OPENINGS_TABLE = 134_217_689
"""Positions in the table for the seven openings: 1 GiB. With a smaller one they take hours."""
MOST = 1_000_000_000
"""So many positions are visited for one move when it is checked without a table, and no more."""


class Task(NamedTuple):
    """A candidate, and the difficulties that are still wanted of its stage."""

    moves: str
    wanted: frozenset[str]


@cache
def solver(table: int = TABLE_SIZE) -> Solver:
    """The solver of this process."""
    return Solver(CONNECT_FOUR, table)


def label(task: Task, table: int = TABLE_SIZE) -> Labelled:
    """A candidate with its difficulty, and with its scores if it is wanted."""
    mine, theirs = after(CONNECT_FOUR, task.moves)
    stones = len(task.moves)
    score = solver(table).score(mine, theirs)
    difficulty = difficulty_of(stones, score)
    wanted = difficulty in task.wanted
    scores = solver(table).scores(mine, theirs, score) if wanted else {}
    assert not scores or max(scores.values()) == score
    return Labelled(task.moves, stage_of(stones), difficulty, scores)


def candidates(stage: str, seed: int) -> Iterator[str]:
    """Random games without a winner, of as many moves as belong to `stage`, each only once."""
    draw, seen = random.Random(f"{seed} {stage}"), set()
    counts = list(STAGES[stage])
    while True:
        mine = theirs = 0
        moves = ""
        for _ in range(draw.choice(counts)):
            if CONNECT_FOUR.over(mine, theirs):
                break
            action = draw.choice(CONNECT_FOUR.legal_actions(mine, theirs))
            mine, theirs = theirs, mine | CONNECT_FOUR.landing(mine, theirs, action)
            moves += str(action)
        if CONNECT_FOUR.over(mine, theirs):
            continue
        same = frozenset([(mine, theirs), tuple(map(CONNECT_FOUR.mirrored, (mine, theirs)))])
        if same not in seen:
            seen.add(same)
            yield moves


def shares(count: int) -> Counter[tuple[str, str]]:
    """How many of `count` positions each class gets: as evenly as it goes."""
    return Counter(itertools.islice(itertools.cycle(CLASSES), count))


def labelled(tasks: Iterable[Task], jobs: int, known: dict[str, Labelled]) -> Iterator[Labelled]:
    """The candidates labelled, in the order of the tasks."""
    if jobs == 1:
        for task in tasks:
            yield known.get(task.moves) or label(task)
        return
    with ProcessPoolExecutor(jobs, get_context("spawn")) as pool:
        waiting: deque[Labelled | Future[Labelled]] = deque()
        for task in tasks:
            waiting.append(known.get(task.moves) or pool.submit(label, task))
            if len(waiting) >= 2 * jobs:
                first = waiting.popleft()
                yield first.result() if isinstance(first, Future) else first
        for first in waiting:
            yield first.result() if isinstance(first, Future) else first


def make(count: int, seed: int, jobs: int, path: Path, bar: Progress) -> list[Labelled]:
    """The positions, by class; what is solved is kept in `partial_file`."""
    partial = partial_file(path, seed)
    known = {found.moves: found for found in read(partial)} if partial.exists() else {}
    share = shares(count)
    taken: dict[tuple[str, str], list[Labelled]] = {sort: [] for sort in CLASSES}
    task = bar.add_task("", total=count)
    with partial.open("a", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")

        def keep(found: Labelled) -> None:
            if found.moves not in known:
                writer.writerow(found.row())
                file.flush()

        if not known:
            writer.writerow(COLUMNS)
        for stage in reversed(STAGES):

            def tasks(stage: str = stage) -> Iterator[Task]:
                for moves in candidates(stage, seed):
                    wanted = [
                        difficulty
                        for (where, difficulty), found in taken.items()
                        if where == stage and len(found) < share[where, difficulty]
                    ]
                    if not wanted:
                        return
                    yield Task(moves, frozenset(wanted))

            for found in labelled(tasks(), jobs, known):
                keep(found)
                sort = (found.stage, found.difficulty)
                if len(set(found.scores.values())) > 1 and len(taken[sort]) < share[sort]:
                    taken[sort].append(found)
                    bar.update(task, advance=1, description=" ".join(sort))
    return list(itertools.chain.from_iterable(taken.values()))


def solve_openings() -> Labelled:
    """The empty board with the scores of the seven first moves."""
    return label(Task("", frozenset(DIFFICULTIES)), OPENINGS_TABLE)


def partial_file(path: Path, seed: int) -> Path:
    """Where unfinished work is kept."""
    return path.with_suffix(f".{seed}.partial")


def write(positions: list[Labelled], path: Path) -> None:
    """Writes the file whole or not at all."""
    unfinished = path.with_suffix(".unfinished")
    with unfinished.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerows([COLUMNS, *(position.row() for position in positions)])
    unfinished.replace(path)


def check(position: Labelled, most: int = MOST) -> Counter[str]:
    """How many of a position's scores a search without a table finds `right`, `wrong` or `open`.

    A score is right if it is proven that it is no less, and no more; open if that is not decided
    after `most` positions.
    """
    bare = solver(0)
    bare.limit = most
    mine, theirs = position.position
    found: Counter[str] = Counter()
    for action, score in position.scores.items():
        try:
            right = bare.move_at_least(mine, theirs, action, score)
            right = right and not bare.move_at_least(mine, theirs, action, score + 1)
            found["right" if right else "wrong"] += 1
        except OutOfPositions:
            found["open"] += 1
    return found


@cache
def bitbully() -> tuple[Any, Any]:
    """The module of M. Thill's solver, which nobody here wrote, and a solver without its book.

    It is under the AGPL and no part of this project, which asks it and takes nothing from it.
    """
    module = import_module("bitbully")
    return module, module.BitBully(opening_book=None)


def check_by_bitbully(position: Labelled) -> Counter[str]:
    """How many of a position's scores are those that BitBully finds."""
    module, solver = bitbully()
    board = module.Board()
    for column in position.moves:
        board.play(int(column))
    found = solver.score_all_moves(board)
    if found.keys() != position.scores.keys():
        return Counter(wrong=len(position.scores))
    return Counter(
        "right" if found[a] == score else "wrong" for a, score in position.scores.items()
    )


def verify(
    positions: list[Labelled], check: Callable[[Labelled], Counter[str]], bar: Progress
) -> dict[str, Any]:
    """How many positions agree in every score, by class; which do not, and which are not done."""
    by_class: dict[str, Counter[str]] = {}
    scores: Counter[str] = Counter()
    told: dict[str, list[str]] = {"differ": [], "unfinished": []}
    for position in bar.track(positions):
        found = check(position)
        scores += found
        result = "differ" if found["wrong"] else "unfinished" if found["open"] else "agree"
        by_class.setdefault(f"{position.stage} {position.difficulty}", Counter())[result] += 1
        if result != "agree":
            told[result].append(position.moves)
    totals = sum(by_class.values(), Counter())
    return {"positions": dict(totals), "scores": dict(scores), "by_class": by_class, **told}


def main() -> None:
    """Makes the file, or a part of it, or verifies a sample; prints one JSON object."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--positions", type=int, default=POSITIONS, help="how many to make")
    parser.add_argument("--openings", action="store_true", help="solve the seven openings only")
    parser.add_argument("--verify", type=int, metavar="N", help="check N members")
    parser.add_argument("--by", choices=["no-table", "bitbully"], default="no-table",
                        help="the solver here without its table, or the one by others")  # fmt: skip
    parser.add_argument("--most", type=int, default=MOST, help="visited for one answer in a check")
    parser.add_argument("--seed", type=int, default=SEED, help="of the random play, or the sample")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--file", type=Path, default=FILE)
    options = parser.parse_args()
    if options.by == "bitbully" and find_spec("bitbully") is None:
        parser.error("--by bitbully needs it: pip install bitbully")
    began = time.perf_counter()
    there = read(options.file) if options.file.exists() else []
    opening = next((found for found in there if not found.moves), None)
    members = [found for found in there if found.moves]
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
    with Progress(*columns, TimeElapsedColumn(), console=Console(stderr=True)) as bar:
        if options.verify is not None:
            sample = random.Random(options.seed).sample(members, options.verify)
            bare = partial(check, most=options.most)
            report = verify(sample, check_by_bitbully if options.by == "bitbully" else bare, bar)
        else:
            if not options.openings:
                members = make(options.positions, options.seed, options.jobs, options.file, bar)
                write([*([opening] if opening else []), *members], options.file)
            if opening is None or options.openings:
                opening = solve_openings()
            write([opening, *members], options.file)
            partial_file(options.file, options.seed).unlink(missing_ok=True)
            counts = Counter(f"{found.stage} {found.difficulty}" for found in members)
            report = {"positions": dict(counts), "openings": opening.scores}
    seconds = round(time.perf_counter() - began, 1)
    print(json.dumps({**report, "seconds": seconds}, indent=2))


if __name__ == "__main__":
    main()
