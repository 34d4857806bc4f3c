"""Trainings side by side equal trainings alone, and targets mean what they say."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import Workshop
from rich.console import Console

from envs.names import BadInput
from workshop.curves import Curve, align, draw
from workshop.lock import locked
from workshop.parallel import Processes
from workshop.seeds import print_summary
from workshop.targets import parse_target, score_of, told

TINY = ("train", "q-learning", "gridworld", "--steps", 20_000)


def weights(run: Path) -> bytes:
    return (run / "agent" / "weights.safetensors").read_bytes()


def test_seeds_side_by_side_equal_the_same_seeds_alone(workshop: Workshop, tmp_path: Path) -> None:
    group, alone = tmp_path / "group", tmp_path / "alone"
    result = workshop(*TINY, "--seeds", 3, "--jobs", 2, "--run", group)
    assert result.returncode == 0, result.stderr
    assert workshop(*TINY, "--seed", 2, "--run", alone).returncode == 0
    assert weights(group / "seed2") == weights(alone)
    assert weights(group / "seed2") != weights(group / "seed1")
    summary = json.loads((group / "summary.json").read_text())
    ends = [json.loads((group / f"seed{s}" / "summary.json").read_text()) for s in range(3)]
    assert summary["regret"]["values"] == [end["regret"] for end in ends]
    assert workshop("evaluate", "gridworld", group / "seed0" / "best").returncode == 0
    picture = tmp_path / "plot.png"
    result = workshop("plot", group, alone, "--save", picture)
    assert result.returncode == 0, result.stderr
    twice = tmp_path / "twice.svg"
    assert workshop("plot", group, group, group / "seed0", "--save", twice).returncode == 0
    assert "<!-- q-learning (3 seeds) -->" in twice.read_text(encoding="utf-8")
    result = workshop("evaluate", "gridworld", group)
    assert result.returncode == 2 and f"name one: {group / 'seed0'}" in result.stderr
    assert picture.read_bytes().startswith(b"\x89PNG")
    for wrong, complaint in (
        ((), "is finished: all 3 seeds"),
        (("--watch",), "--watch shows one training"),
        (("--jobs", 2), f"{alone} is one run"),
    ):
        result = workshop("train", "--resume", alone if "--jobs" in wrong else group, *wrong)
        assert result.returncode == 2 and complaint in result.stderr

    (group / "summary.json").unlink()  # as a kill between the last seed and its own files does
    (group / "seed1" / "summary.json").write_text('{"a":')
    result = workshop("train", "--resume", group)
    assert result.returncode == 2 and len(result.stderr.strip().splitlines()) == 1
    assert "seed1/summary.json: cannot be read" in result.stderr.replace(os.sep, "/")
    (group / "seed1" / "summary.json").unlink()
    assert workshop("train", "--resume", group).returncode == 0
    (group / "summary.json").unlink()
    assert workshop("train", "--resume", group).returncode == 0
    again = json.loads((group / "summary.json").read_text())
    del again["seconds"], summary["seconds"]
    assert again == summary
    with locked(group):
        result = workshop("train", "--resume", group)
    assert result.returncode == 2 and "is being trained right now" in result.stderr


def test_list_tells_a_group_and_how_many_seeds_it_has(workshop: Workshop) -> None:
    assert workshop(*TINY, "--seeds", 2).returncode == 0
    runs = json.loads(workshop("list", "--json").stdout)["runs"]
    assert list(runs.values()) == ["q-learning on gridworld, 2 seeds"]


@pytest.mark.skipif(sys.platform == "win32", reason="sends POSIX signals")
def test_a_group_that_was_stopped_goes_on(workshop: Workshop, tmp_path: Path) -> None:
    arguments = ["train", "q-learning", "tictactoe", "--steps", "30000", "--seeds", "2"]
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    result = workshop(*arguments, "--run", whole)
    assert result.returncode == 0, result.stderr
    process = subprocess.Popen(
        [sys.executable, "-m", "workshop", *arguments, "--jobs", "1", "--run", str(broken)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ.copy(),
        text=True,
    )
    deadline = time.monotonic() + 120
    while not (broken / "seed0" / "metrics.csv").exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    assert out.strip() == f"workshop train --resume {broken}"
    assert "Traceback" not in err
    assert workshop("train", "--resume", broken).returncode == 0
    for seed in ("seed0", "seed1"):
        assert weights(whole / seed) == weights(broken / seed)


def doubled(job: int, send: Callable[[Any], None], stopped: Callable[[], bool]) -> int:
    return 2 * job


@pytest.mark.skipif(sys.platform == "win32", reason="sends POSIX signals")
def test_a_worker_that_is_still_beginning_leaves_ctrl_c_to_its_parent() -> None:
    workers = Processes(doubled, 1)
    pid = workers._processes[0].pid
    assert pid is not None
    os.kill(pid, signal.SIGINT)  # it goes to all processes of a terminal
    assert [news.content for news in workers.run([21]) if news] == [42]
    workers.close()


def test_a_training_ends_at_its_target(workshop: Workshop, tmp_path: Path) -> None:
    run = tmp_path / "run"
    result = workshop(*TINY, "--stop-at", "relative_regret=0.01", "--run", run)
    assert result.returncode == 0, result.stderr
    summary = json.loads((run / "summary.json").read_text())
    assert summary["relative_regret"] <= 0.01 and summary["steps"] < 20_000


@pytest.mark.parametrize(
    ("text", "measured", "enough"),
    [
        ("unbeatable", {"unbeatable": True}, True),
        ("unbeatable", {"unbeatable": False}, False),
        ("regret=0.01", {"regret": 0.02}, False),
        ("regret=0.01", {"regret": 0.01}, True),
        ("evaluation_return=475", {"evaluation_return": 480.0}, True),
        ("evaluation_return=475", {"episode_return": 480.0}, False),
        ("", {"unbeatable": True}, False),
    ],
)
def test_a_target_knows_which_way_is_better(
    text: str, measured: dict[str, float], enough: bool
) -> None:
    assert parse_target(text)(measured) is enough


@pytest.mark.parametrize("text", ["regrets=0.1", "regret", "regret=low"])
def test_a_target_that_means_nothing_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="--stop-at"):
        parse_target(text)


def test_the_best_of_two_measures_is_the_one_with_less_to_lose() -> None:
    better, worse = {"regret": 0.1, "episode_return": 1}, {"regret": 0.2, "episode_return": 9}
    assert score_of(better) > score_of(worse)


def test_shares_of_all_are_told_in_percent_by_one_seed_and_by_many() -> None:
    assert [told(name, 0.7408) for name in ("exact", "nearest_exact", "svm_accuracy", "mae")] == [
        "74.08 %", "74.08 %", "74.08 %", "0.7408"
    ]  # fmt: skip
    mean = {"interquartile_mean": 0.995, "ci95": [0.99, 1.0]}
    alike = {"interquartile_mean": 0.25, "ci95": [0.25, 0.25]}
    console = Console(width=80)
    with console.capture() as printed:
        print_summary({"seeds": [0, 1], "accuracy": mean, "mae": alike}, console)
    table = printed.get()
    assert "99.50 %" in table and "99.00 % to 100.00 %" in table
    assert table.count("0.25") == 1  # no interval where all are the same


def test_a_single_point_is_drawn_as_a_mark(tmp_path: Path) -> None:
    pictures = []
    for number in (1, 2):  # a line from 10 to 20, and the point at 10
        curve = Curve(np.array([10, 20][:number]), np.array([1.0, 2.0][:number]))
        draw({"one": [curve]}, "regret", "world", tmp_path / f"{number}.svg")
        pictures.append((tmp_path / f"{number}.svg").read_text(encoding="utf-8"))
    marks = [picture.partition('id="legend')[0].count("fill: #0072b2") for picture in pictures]
    assert marks[0] and not marks[1]


def test_curves_are_aligned_by_the_value_they_had_last() -> None:
    one = Curve(np.array([10, 20, 30]), np.array([1.0, 2.0, 3.0]))
    other = Curve(np.array([15, 25]), np.array([5.0, 6.0]))
    steps, values = align([one, other])
    assert steps.tolist() == [15, 20, 25, 30]
    assert values.tolist() == [[1, 2, 2, 3], [5, 5, 6, 6]]
