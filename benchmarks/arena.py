"""How fast the arena plays: `python -m benchmarks.arena`.

Games of two bots that do next to nothing, each in a process and a jail of its own: Connect Four at
random, the time a move takes from the referee's asking to its having the answer, and beside it the
same game in kaggle-environments, whose bots run in the referee's process, where it is installed
(`--peer PYTHON`: in that interpreter's environment). Then a class: 30 bots, all pairs, 20 openings
in both seats, report included (`--class`).
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from arena.bots import find_bots
from arena.jail import highest
from arena.player import Limits
from arena.records import GameRecord, Outcome
from arena.referee import PairingJob, do
from arena.schedule import schedule
from benchmarks.worlds import machine
from envs.worlds import find_world

PATH = Path(__file__).parent / "results" / "arena.json"
BOT = """
import random

def act(percept):
    return random.choice(percept.legal_actions)
"""
PEER = """
import time
from kaggle_environments import make
game = make("connectx", configuration={"randomSeed": 0})
game.run(["random", "random"])
began = time.perf_counter()
for _ in range(GAMES):
    game.reset()
    game.run(["random", "random"])
print(GAMES / (time.perf_counter() - began))
"""
CLASS_SIZE, CLASS_PAIRS = 30, 20


def play(pairs: int) -> dict[str, float]:
    """Random against random, one pairing at a time."""
    world, limits = find_world("connect-four"), Limits()
    with tempfile.TemporaryDirectory() as folder:
        for name in ("ada", "bob"):
            (Path(folder) / f"{name}.py").write_text(BOT, encoding="utf-8")
        (pairing,) = schedule(world, find_bots([folder]), pairs, 0, limits)
        records: list[GameRecord] = []
        job = PairingJob(world.name, "", pairing.bots, pairing.fixtures, limits)
        began, cpu = time.perf_counter(), time.process_time()
        do(job, records.append, lambda: False)
        seconds = time.perf_counter() - began
    assert {record.outcome for record in records} <= {Outcome.WIN, Outcome.DRAW}
    times = 1000 * np.concatenate([record.milliseconds for record in records])
    return {
        "games": len(records),
        "games_per_second": round(len(records) / seconds, 1),
        "moves": len(times),
        "microseconds_a_move_p50": round(float(np.percentile(times, 50)), 1),
        "microseconds_a_move_p99": round(float(np.percentile(times, 99)), 1),
        "referee_cpu_seconds": round(time.process_time() - cpu, 2),
    }


def play_peer(python: str, games: int) -> float | None:
    """Games a second in kaggle-environments; None where it is not installed."""
    code = PEER.replace("GAMES", str(games))
    found = subprocess.run([python, "-c", code], capture_output=True, text=True)
    return round(float(found.stdout.split()[-1]), 2) if found.returncode == 0 else None


def play_class(jobs: int) -> dict[str, Any]:
    """A whole tournament, by the command, with its report."""
    with tempfile.TemporaryDirectory() as folder:
        bots = Path(folder) / "bots"
        bots.mkdir()
        for number in range(CLASS_SIZE):  # a comment of its own makes each a different bot
            (bots / f"student{number:02}.py").write_text(BOT + f"# {number}\n", encoding="utf-8")
        command = [sys.executable, "-m", "workshop", "tournament", "tictactoe", str(bots)]
        options = ["--pairs", str(CLASS_PAIRS), "--jobs", str(jobs), "--json"]
        began = time.perf_counter()
        done = subprocess.run(
            [*command, *options],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])},
            capture_output=True,
            text=True,
            check=True,
        )
        seconds = time.perf_counter() - began
        found = json.loads(done.stdout)
        page = Path(folder) / "results" / "tictactoe" / "report.html"
        return {
            "bots": CLASS_SIZE,
            "games": len(found["games"]),
            "seconds": round(seconds, 1),
            "jobs": jobs,
            "page_megabytes": round(page.stat().st_size / 1e6, 2),
            "forfeits": sum(game["culprit"] is not None for game in found["games"]),
        }


def main() -> None:
    """Measures, and writes the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=500, help="openings, each of two games")
    parser.add_argument("--peer", default=sys.executable, metavar="PYTHON")
    parser.add_argument("--class", dest="with_class", action="store_true")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    found: dict[str, Any] = {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": machine("cpu"),
        "jail": highest(),
        "connect_four_at_random": play(options.pairs),
        "kaggle_environments_games_per_second": play_peer(options.peer, 50),
    }
    peer = found["kaggle_environments_games_per_second"]
    if peer is not None:
        ours = found["connect_four_at_random"]["games_per_second"]
        found["ratio"] = round(ours / peer, 1)
    if options.with_class:
        found["class"] = play_class(options.jobs)
    PATH.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
