"""Real training to a verified result, and resuming that equals never having stopped."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from conftest import Workshop
from safetensors.numpy import load_file


def evaluated(workshop: Workshop, world: str, run: Path) -> dict[str, object]:
    result = workshop("evaluate", world, run, "--json")
    assert result.returncode == 0, result.stderr
    found: dict[str, object] = json.loads(result.stdout)
    return found


@pytest.mark.parametrize("agent", ["dqn", "q-learning", "reinforce", "a2c", "ppo"])
def test_the_default_gridworld_is_solved_to_the_optimum(
    workshop: Workshop, tmp_path: Path, agent: str
) -> None:
    run = tmp_path / "run"
    result = workshop("train", agent, "gridworld", "--seed", 1, "--run", run)
    assert result.returncode == 0, result.stderr
    found = evaluated(workshop, "gridworld", run)
    assert found["mean_return"] == pytest.approx(found["optimal_return"], rel=0.01)
    assert found["success_rate"] == 1.0


@pytest.mark.parametrize("agent", ["dqn", "ppo"])
def test_cartpole_is_balanced(workshop: Workshop, tmp_path: Path, agent: str) -> None:
    run = tmp_path / "run"
    result = workshop("train", agent, "CartPole-v1", "--run", run)
    assert result.returncode == 0, result.stderr
    assert evaluated(workshop, "CartPole-v1", run)["mean_return"] >= 475  # type: ignore[operator]


def test_q_learning_learns_a_board_by_self_play(workshop: Workshop, tmp_path: Path) -> None:
    run = tmp_path / "run"
    result = workshop(
        "train", "q-learning", "kinarow:rows=3,cols=3,k=3", "--steps", 100_000, "--run", run
    )
    assert result.returncode == 0, result.stderr
    trained = evaluated(workshop, "tictactoe", run)["optimal_action_rate"]
    assert trained > 0.75  # type: ignore[operator]  # a random move is right in 58.0 %


SMALL = {
    "dqn tictactoe": "--steps 30000 --hidden 32 --num-envs 64 --learning-starts 1000",
    "dqn CartPole-v1": "--steps 4000 --hidden 32 --num-envs 4 --updates 1",
    "dqn gridworld:slip=0.2": "--steps 10000 --hidden 32",
    "q-learning tictactoe": "--steps 30000",
    "reinforce gridworld": "--steps 60000 --hidden 32",
    "a2c CartPole-v1": "--steps 10000 --hidden 32",
    "ppo tictactoe": "--steps 100000 --hidden 32 --num-envs 64 --rollout 8",
    "dyna-q tictactoe": "--steps 10000",
}


@pytest.mark.skipif(sys.platform == "win32", reason="sends POSIX signals")
@pytest.mark.parametrize("what", SMALL)
def test_stopped_and_resumed_equals_never_stopped_bit_for_bit(
    workshop: Workshop, tmp_path: Path, what: str
) -> None:
    arguments = ["train", *what.split(), *SMALL[what].split()]
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    result = workshop(*arguments, "--run", whole)
    assert result.returncode == 0, result.stderr

    stop_midway([*arguments, "--run", str(broken)], broken, signal.SIGINT, 130)
    stop_midway(["train", "--resume", str(broken)], broken, signal.SIGKILL, -9)
    assert not (broken / "summary.json").exists()
    result = workshop("train", "--resume", broken)
    assert result.returncode == 0, result.stderr

    ones = load_file(whole / "agent" / "weights.safetensors")
    others = load_file(broken / "agent" / "weights.safetensors")
    assert ones.keys() == others.keys()
    for name, array in ones.items():
        assert array.tobytes() == others[name].tobytes(), name
    assert metrics(whole) == metrics(broken)


def stop_midway(arguments: list[str], run: Path, how: signal.Signals, code: int) -> None:
    """Starts a training, waits for one more checkpoint, and stops it; a late one may be done."""
    before = checkpoint_time(run)
    process = subprocess.Popen(
        [sys.executable, "-m", "workshop", *arguments, "--checkpoint-seconds", "0.2"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ.copy(),
        text=True,
    )
    deadline = time.monotonic() + 120
    while checkpoint_time(run) <= before and process.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(how)
    out, err = process.communicate(timeout=60)
    assert process.returncode == code, err
    if how == signal.SIGINT:
        assert out.strip() == f"workshop train --resume {run}"
        assert "Traceback" not in err


def checkpoint_time(run: Path) -> int:
    path = run / "state" / "checkpoint.pt"
    return path.stat().st_mtime_ns if path.exists() else 0


def metrics(run: Path) -> list[dict[str, str]]:
    with (run / "metrics.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_a_damaged_state_is_one_line_and_leaves_the_agent_alone(
    workshop: Workshop, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    tiny = ("--steps", 3000, "--hidden", 8, "--run", run)
    assert workshop("train", "dqn", "gridworld", *tiny).returncode == 0
    agent = (run / "agent" / "weights.safetensors").read_bytes()
    (run / "state" / "checkpoint.pt").write_bytes(b"not a checkpoint")
    result = workshop("train", "--resume", run)
    assert result.returncode == 2
    assert "checkpoint.pt: cannot be read" in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert (run / "agent" / "weights.safetensors").read_bytes() == agent
    assert workshop("evaluate", "gridworld", run, "--json").returncode == 0


def test_training_leaves_the_global_generator_alone(tmp_path: Path) -> None:
    from agents import dqn
    from envs.worlds import find_world

    world = find_world("gridworld")
    config = dqn.Config(steps=64, num_envs=4, hidden=(8,), learning_starts=0)
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    agent = dqn.DQNAgent(world, config, seed=0)
    reports = dqn.train(config, world.make_batch(4, "cpu", 0), "cpu", 0, agent)
    assert [report.step for report in reports] == [64]
    assert torch.equal(torch.rand(3), expected)


def test_a_run_remembers_the_map_that_its_file_had(workshop: Workshop, tmp_path: Path) -> None:
    path, run = tmp_path / "my map.txt", tmp_path / "my run"
    path.write_text("S..\n..G\n", encoding="utf-8")
    world = f"gridworld:map={path}"
    result = workshop("train", "q-learning", world, "--steps", 2000, "--run", run)
    assert result.returncode == 0, result.stderr
    assert f'workshop evaluate "{world}" "{run}"' in result.stderr  # can be pasted
    assert workshop("evaluate", world, run, "--episodes", 5).returncode == 0
    path.write_text("S.X\nX.G\n", encoding="utf-8")
    result = workshop("evaluate", world, run)
    assert result.returncode == 2 and "another version of" in result.stderr
