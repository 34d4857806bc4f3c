"""Real training to a verified result, and resuming that equals never having stopped."""

from __future__ import annotations

import csv
import json
import os
import pickle
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from conftest import Workshop
from rich.console import Console
from safetensors.numpy import load_file

from agents.agent import make_agent, read_config
from agents.training import Progress
from envs.names import BadInput
from envs.worlds import find_world
from workshop.runs import Run, RunConfig, check_new
from workshop.training import Asking, Options, Training, train


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


def test_a_training_that_is_stopped_leaves_its_curve(tmp_path: Path) -> None:
    config = read_config("q-learning", {"steps": 5_000})
    training = Training(
        Options(run=tmp_path / "run"), "q-learning", find_world("gridworld"), config
    )
    outcome = train(training, Console(quiet=True), Asking(lambda: True))
    assert not outcome.finished and len(outcome.run.rows) == 1
    assert (tmp_path / "run" / "curve.png").stat().st_size > 5_000


def test_the_time_before_a_stop_counts_as_well(tmp_path: Path) -> None:
    config = read_config("q-learning", {"steps": 5_000})
    options = Options(run=tmp_path / "run")
    training = Training(options, "q-learning", find_world("gridworld"), config)
    quiet = Console(quiet=True)
    stopped = train(training, quiet, Asking(lambda: True))
    file = stopped.run.checkpoint_file
    state = torch.load(file, weights_only=True)
    assert not stopped.finished and 0 < state["seconds"] <= stopped.seconds
    torch.save({**state, "seconds": 1_000.0}, file)
    training.resume = tmp_path / "run"
    outcome = train(training, quiet, Asking(lambda: False))
    summary = json.loads((tmp_path / "run" / "summary.json").read_text())
    assert outcome.finished and outcome.seconds > summary["seconds"] - 1 > 998


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


TINY = ("train", "q-learning", "gridworld", "--steps", 3000, "--run")


def unfinished(workshop: Workshop, run: Path) -> Path:
    """A run that was killed before its end, with its checkpoint."""
    assert workshop(*TINY, run).returncode == 0
    (run / "summary.json").unlink()
    return run


def refused(result: subprocess.CompletedProcess[str], complaint: str) -> None:
    """It is a mistake of the user's, told in one line."""
    assert result.returncode == 2, result.stderr
    assert complaint in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1, result.stderr


def test_one_run_is_trained_by_one_process_at_a_time(workshop: Workshop, tmp_path: Path) -> None:
    run = unfinished(workshop, tmp_path / "run")
    hold = (
        "import sys; from pathlib import Path; from workshop.lock import locked\n"
        "with locked(Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", hold, str(run)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None and other.stdout.readline().strip() == b"held"
        before = (run / "metrics.csv").read_bytes()
        refused(workshop("train", "--resume", run), "is being trained right now")
        assert (run / "metrics.csv").read_bytes() == before
        other.kill()  # no farewell: the system frees the lock
        other.wait()
    assert workshop("train", "--resume", run).returncode == 0


def test_a_training_that_cannot_begin_leaves_no_folder(workshop: Workshop, tmp_path: Path) -> None:
    run = tmp_path / "new" / "run"
    small = ("--steps", 300, "--hidden", 8, "--num-envs", 4, "--run", run)
    result = workshop("train", "dqn", "gridworld", *small, "--buffer-size", 10**14)
    assert result.returncode == 2 and "too little memory" in result.stderr
    assert not run.parent.exists()
    assert workshop("train", "dqn", "gridworld", *small).returncode == 0


def test_the_state_of_another_training_is_refused(workshop: Workshop, tmp_path: Path) -> None:
    """Also where it is marked as finished, so that nothing of it would be read."""
    run = unfinished(workshop, tmp_path / "run")
    agent = (run / "agent" / "weights.safetensors").read_bytes()
    for number, (world, seed, complaint) in enumerate(
        [("gridworld", 1, "of seed 1, not 0"), ("tictactoe", 0, "of world tictactoe, not")]
    ):
        other = tmp_path / str(number)
        what = ("train", "q-learning", world, "--steps", 3000, "--seed", seed, "--run", other)
        assert workshop(*what).returncode == 0
        shutil.copy(other / "state" / "checkpoint.pt", run / "state")
        refused(workshop("train", "--resume", run), complaint)
        assert (run / "agent" / "weights.safetensors").read_bytes() == agent


@pytest.mark.parametrize(
    ("saved", "complaint"),
    [
        ({"world": 5}, "world must be str, not 5"),
        ({"seed": "abc"}, "seed must be int, not 'abc'"),
        ({"seed": -1}, "between 0 and"),
        ({"config": {"steps": "x"}}, "steps must be int, not 'x'"),
        ({"config": {"alpha": [1]}}, "alpha must be float"),
        ({"config": {"steps": 0}}, "at least 1"),
    ],
)
def test_a_configuration_that_was_edited_wrongly_is_told(
    saved: dict[str, object], complaint: str
) -> None:
    about = RunConfig("q-learning", "gridworld", 0, "cpu", 1, {}, {}).__dict__
    assert RunConfig.of(about).__dict__ == about
    with pytest.raises(BadInput, match=complaint):
        RunConfig.of({**about, **saved})


@pytest.mark.parametrize(
    "content", ["step,x\n1,abc\n", "foo,x\n1,2\n", "step,x\n,2\n", "step\n1,2\n"]
)
def test_metrics_that_are_damaged_are_told(content: str, tmp_path: Path) -> None:
    (tmp_path / "metrics.csv").write_text(content)
    with pytest.raises(BadInput, match="metrics.csv: cannot be read"):
        Run(tmp_path, RunConfig("q-learning", "gridworld", 0, "cpu", 1, {}, {})).rewind(0)
    assert (tmp_path / "metrics.csv").read_text() == content


def test_what_is_in_the_way_of_a_new_run_is_told_with_what_can_be_done(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for name in ("begun", "finished"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.json").touch()
    (tmp_path / "finished" / "summary.json").touch()
    for name, advice in (("begun", "go on"), ("finished", "another"), ("file", "another")):
        with pytest.raises(BadInput, match=f"exists already; (choose )?{advice}"):
            check_new(tmp_path / name)


def test_a_run_of_a_device_that_is_not_here_says_what_can_be_done(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("workshop.device.available_devices", lambda: ["cpu"])
    about = RunConfig("q-learning", "gridworld", 0, "cuda", 1, {}, {}).__dict__
    (tmp_path / "config.json").write_text(json.dumps(about))
    training = Training.of_run(tmp_path)
    with pytest.raises(BadInput, match="no device 'cuda' here.*--device cpu trains a new run"):
        train(training, Console(quiet=True), Asking(lambda: False))


def test_a_pickle_in_place_of_the_state_is_told_without_a_warning(
    recwarn: pytest.WarningsRecorder, tmp_path: Path
) -> None:
    run = Run(tmp_path, RunConfig("q-learning", "gridworld", 0, "cpu", 1, {}, {}))
    run.checkpoint_file.parent.mkdir()
    run.checkpoint_file.write_bytes(pickle.dumps({"at": Path()}))
    with pytest.raises(BadInput, match="checkpoint.pt: cannot be read"):
        run.load_state()
    assert not recwarn


def test_a_run_that_was_deleted_is_not_written_again(workshop: Workshop, tmp_path: Path) -> None:
    run = tmp_path / "run"
    short = ("--steps", 1000, "--run", run)
    assert workshop("train", "q-learning", "gridworld", *short).returncode == 0
    opened = Run.open(run, RunConfig.of)
    shutil.rmtree(run)
    with pytest.raises(BadInput, match="run: the run is not there any more"):
        opened.log(1, {"regret": 1.0})
    with pytest.raises(BadInput, match="run: the run is not there any more"):
        opened.checkpoint(Progress(1, {}, make_agent("random", find_world("gridworld"), 0), {}))
    assert not run.exists()
