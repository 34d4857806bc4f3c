"""SIGKILL at random moments: a training goes on from its last checkpoint, and ends the same."""

from __future__ import annotations

import csv
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO

import pytest
import torch

from agents.agent import load_agent

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="forks, and sends SIGKILL")
KILLS = 20
TRAININGS = {
    "q-learning": "q-learning gridworld:slip=0.2 --steps 100000",
    "dqn": "dqn gridworld --steps 20000 --hidden 16 --buffer-size 4000",
}
NURSERY = """
import os, sys
import matplotlib.pyplot, torch._dynamo, torch.utils.tensorboard
import agents.dqn, agents.q_learning, workshop.curves, workshop.train, workshop.training
from workshop.__main__ import main

print("ready", flush=True)
for line in sys.stdin:
    child = os.fork()
    if child == 0:
        log, *arguments = line.split()
        os.dup2(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 1)
        os.dup2(1, 2)
        code = main(arguments)
        sys.stdout.flush()
        os._exit(code)
    print(child, flush=True)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""
"""Imports everything once, and forks a process for each line: `python -m workshop` takes seconds
to begin, so that of twenty kills most would hit an import."""


class Nursery:
    """Where processes are born that run `workshop`."""

    def __init__(self, folder: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", NURSERY],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=folder,
        )
        self.log = folder / "log.txt"
        assert self._read() == "ready"

    def _read(self) -> str:
        out: IO[str] | None = self._process.stdout
        assert out is not None
        return out.readline().strip()

    def begin(self, *arguments: object) -> int:
        """Starts `workshop ...`; returns the number of the process."""
        self.log.write_text("")
        assert self._process.stdin is not None
        self._process.stdin.write(" ".join(map(str, (self.log, *arguments))) + "\n")
        self._process.stdin.flush()
        return int(self._read())

    def end(self) -> int:
        """Waits for its end; returns the exit code."""
        return int(self._read())

    def close(self) -> None:
        """No more processes."""
        self._process.kill()
        self._process.communicate()


@pytest.fixture(scope="module")
def nursery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    found = Nursery(tmp_path_factory.mktemp("nursery"))
    yield found
    found.close()


def command(what: str, run: Path) -> list[object]:
    """What begins the training, or goes on with it."""
    how = ["--resume", run] if (run / "config.json").exists() else [*what.split(), "--run", run]
    return ["train", *how, "--checkpoint-seconds", 0.02]


def saved_step(run: Path) -> int:
    """The step of the last checkpoint; 0 before the first. The file is whole."""
    path = run / "state" / "checkpoint.pt"
    return int(torch.load(path, weights_only=True)["at"]["step"]) if path.exists() else 0


def assert_readable(run: Path) -> None:
    """Whatever is there can be read."""
    if (run / "config.json").exists():
        json.loads((run / "config.json").read_text())
    for name in ("agent", "best"):
        if (run / name / "weights.safetensors").exists():
            load_agent(run / name)
    if (run / "metrics.csv").exists():
        with (run / "metrics.csv").open(newline="") as file:
            rows = list(csv.DictReader(file))
        steps = [int(row["step"]) for row in rows]
        assert steps == sorted(set(steps))
        assert all(None not in row and None not in row.values() for row in rows)  # no torn row


def told_step(log: Path) -> int | None:
    """The step from which the process said it goes on, if it came so far."""
    lines = [line for line in log.read_text().splitlines() if line.startswith("going on from")]
    return int(lines[0].split()[-1].replace(",", "")) if lines else None


def kill(child: int, run: Path, draw: random.Random, whole_seconds: float, when: str) -> None:
    """At a random moment: at once, soon after the start, after one more checkpoint, or amid one.

    Which it is does not hang on how busy the machine is; it may also end by itself before.
    """
    if when in ("at once", "soon"):
        time.sleep(whole_seconds * 10 ** draw.uniform(-3, -2 if when == "at once" else -0.5))
    else:
        name = "checkpoint.partial" if when == "amid one" else "checkpoint.pt"
        before, deadline = stamp(run / "state" / name), time.monotonic() + 60
        while stamp(run / "state" / name) in (0, before) and is_alive(child):
            assert time.monotonic() < deadline
            time.sleep(0.0002)
        if when == "after one":
            time.sleep(whole_seconds * draw.uniform(0, 0.1))
    with suppress(ProcessLookupError):
        os.kill(child, signal.SIGKILL)


def stamp(path: Path) -> int:
    """When a file was written; 0 where there is none."""
    try:
        return path.stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def is_alive(child: int) -> bool:
    """Whether a process has not ended."""
    try:
        os.kill(child, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("name", TRAININGS)
def test_killed_twenty_times_it_ends_as_if_never_killed(
    nursery: Nursery, name: str, tmp_path: Path
) -> None:
    what, draw, whole = TRAININGS[name], random.Random(name), tmp_path / "whole"
    began = time.monotonic()
    nursery.begin("train", *what.split(), "--run", whole)
    assert nursery.end() == 0, nursery.log.read_text()
    whole_seconds = time.monotonic() - began
    run, kills = tmp_path / "run", 0
    moments = {"before the first checkpoint": 0, "after one": 0}
    while kills < KILLS:
        stood_at = saved_step(run)
        child = nursery.begin(*command(what, run))
        when = draw.choice(("soon", "after one", "amid one")) if kills else "at once"
        kill(child, run, draw, whole_seconds, when)
        if nursery.end() == 0:  # it was faster: once more from the start
            assert_same(whole, run)
            run = tmp_path / f"run after {kills} kills".replace(" ", "-")
            continue
        kills += 1
        assert_readable(run)
        assert told_step(nursery.log) in (None, stood_at)
        assert saved_step(run) >= stood_at
        moments["after one" if saved_step(run) else "before the first checkpoint"] += 1
    assert all(moments.values()), moments
    stood_at, resumed = saved_step(run), (run / "config.json").exists()
    nursery.begin(*command(what, run))
    assert nursery.end() == 0, nursery.log.read_text()
    assert told_step(nursery.log) == (stood_at if resumed else None)
    assert_same(whole, run)


def test_killed_before_its_first_checkpoint_it_starts_anew(
    nursery: Nursery, tmp_path: Path
) -> None:
    what, whole, run = TRAININGS["q-learning"], tmp_path / "whole", tmp_path / "run"
    nursery.begin("train", *what.split(), "--run", whole)
    assert nursery.end() == 0, nursery.log.read_text()
    child = nursery.begin("train", *what.split(), "--run", run)  # a checkpoint after 30 seconds
    while not (run / "metrics.csv").exists():
        time.sleep(0.001)
    os.kill(child, signal.SIGKILL)
    assert nursery.end() == -signal.SIGKILL
    assert not (run / "state").exists()
    assert_readable(run)
    nursery.begin("train", "--resume", run)
    assert nursery.end() == 0, nursery.log.read_text()
    assert told_step(nursery.log) == 0
    assert_same(whole, run)


def test_killed_between_its_last_two_files_it_only_writes_the_summary(
    nursery: Nursery, tmp_path: Path
) -> None:
    """Also where a learner was done before its steps were, as a planner is, or at a target."""
    for what in ("value-iteration gridworld", f"{TRAININGS['dqn']} --stop-at regret=0.5"):
        whole = tmp_path / what.split()[0]
        nursery.begin("train", *what.split(), "--run", whole)
        assert nursery.end() == 0, nursery.log.read_text()
        run = whole.with_name(f"{whole.name}-again")
        shutil.copytree(whole, run)
        (run / "summary.json").unlink()
        (run / "curve.png").unlink()
        nursery.begin("train", "--resume", run)
        assert nursery.end() == 0, nursery.log.read_text()
        assert_same(whole, run)


def test_a_row_that_was_torn_is_written_again(nursery: Nursery, tmp_path: Path) -> None:
    """As a full disk or a power cut may leave it."""
    what, whole, run = TRAININGS["q-learning"], tmp_path / "whole", tmp_path / "run"
    nursery.begin("train", *what.split(), "--run", whole)
    assert nursery.end() == 0, nursery.log.read_text()
    child = nursery.begin(*command(what, run))
    while saved_step(run) == 0:
        time.sleep(0.01)
    os.kill(child, signal.SIGKILL)
    nursery.end()
    with (run / "metrics.csv").open("a", newline="") as file:
        file.write("12")  # of step 12,500
    nursery.begin("train", "--resume", run)
    assert nursery.end() == 0, nursery.log.read_text()
    assert_same(whole, run)


def assert_same(whole: Path, run: Path) -> None:
    """The same weights, bit for bit, the same metrics and the same summary."""
    for name in ("agent/weights.safetensors", "best/weights.safetensors", "metrics.csv"):
        assert (whole / name).read_bytes() == (run / name).read_bytes(), name
    ones, others = (json.loads((r / "summary.json").read_text()) for r in (whole, run))
    del ones["seconds"], others["seconds"]
    assert ones == others
    assert (run / "curve.png").exists()
