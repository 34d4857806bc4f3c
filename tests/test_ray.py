"""Seeds on a Ray cluster of two nodes: the same results as without it, also when a node dies."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
import torch
from conftest import Workshop

from agents.outlook import outlook
from arena.records import Records
from envs.names import BadInput
from envs.rules.kinarow import TIC_TAC_TOE
from envs.worlds import find_world
from workshop.parallel import RayCluster
from workshop.runs import Run, RunConfig
from workshop.seeds import train_seed
from workshop.train import parse
from workshop.training import Training, begin

if sys.platform == "win32":
    pytest.skip("Ray's cluster of several nodes needs POSIX", allow_module_level=True)
pytest.importorskip("ray")

pytestmark = pytest.mark.xdist_group("ray")
SEEDS = [f"seed{number}" for number in range(10)]
TRAIN = ("train", "q-learning", "gridworld", "--steps", 3_000, "--seeds", 10)
QUICK = {"health_check_initial_delay_ms": 500, "health_check_period_ms": 500}
"""So that a dead node is noticed at once, and not after half a minute."""


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """A head and one more node, with a core each."""
    os.environ["RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO"] = "0"  # or Ray warns of a change to come
    from ray.cluster_utils import Cluster

    head = {"num_cpus": 1, "include_dashboard": False, "_system_config": QUICK}
    found = Cluster(initialize_head=True, head_node_args=head)
    found.worker = found.add_node(num_cpus=1)
    found.wait_for_nodes()
    yield found
    found.shutdown()


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same seeds, trained without Ray."""
    run = tmp_path_factory.mktemp("alone") / "run"
    command = [sys.executable, "-m", "workshop", *map(str, TRAIN), "--run", str(run)]
    subprocess.run(command, check=True, capture_output=True, timeout=240)
    return run


def start(cluster: Any, run: Path, *arguments: object) -> subprocess.Popen[str]:
    words = [*(arguments or TRAIN), "--ray", cluster.address]
    if not {"--resume", "--out"} & set(words):
        words += ["--run", run]
    return subprocess.Popen(
        [sys.executable, "-m", "workshop", *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def wait_for(path: Path, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 180
    while not path.exists():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline, f"never written: {path}"
        time.sleep(0.02)


def wait_until_it_works(node: Any, process: subprocess.Popen[str]) -> list[int]:
    """Waits for a job on a node; the processes that do it."""
    (raylet,) = node.all_processes["raylet"]
    command = ["pgrep", "-P", str(raylet.process.pid), "-f", "_run_on_ray"]
    deadline = time.monotonic() + 180
    while not (found := subprocess.run(command, capture_output=True, text=True).stdout.split()):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline, "the node was given no job"
        time.sleep(0.02)
    return [int(pid) for pid in found]


def assert_same_results(ones: Path, others: Path) -> None:
    for seed in SEEDS:
        for name in ("agent/weights.safetensors", "best/weights.safetensors", "metrics.csv"):
            assert (ones / seed / name).read_bytes() == (others / seed / name).read_bytes()
        found = [json.loads((run / seed / "summary.json").read_text()) for run in (ones, others)]
        for summary in found:
            del summary["seconds"]
        assert found[0] == found[1]


def test_ten_seeds_on_two_nodes_equal_the_same_seeds_without_ray(
    cluster: Any, alone: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    process = start(cluster, run)
    out, err = process.communicate(timeout=240)
    assert process.returncode == 0, err
    assert out == f"saved {run}\n"
    assert_same_results(alone, run)


def test_a_node_that_dies_in_the_middle_takes_no_seed_along(
    cluster: Any, alone: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    process = start(cluster, run)
    try:
        wait_for(run / "seed0" / "summary.json", process)
        working = wait_until_it_works(cluster.worker, process)
        cluster.remove_node(cluster.worker, allow_graceful=False)  # SIGKILL
        for job in working:
            os.kill(job, signal.SIGKILL)  # where a machine dies, all on it does
        done = sum((run / seed / "summary.json").exists() for seed in SEEDS)
        assert done < len(SEEDS)
        out, err = process.communicate(timeout=240)
    finally:
        process.kill()
        cluster.worker = cluster.add_node(num_cpus=1)
    assert process.returncode == 0, err
    assert out == f"saved {run}\n"
    assert_same_results(alone, run)


@pytest.fixture(scope="module")
def tournament(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[str], dict[str, Any]]:
    """A tournament, and its games without Ray."""
    folder = tmp_path_factory.mktemp("tournament")
    for name, line in (("ada", "random.choice(legal)"), ("bob", "legal[0]"), ("cyd", "legal[-1]")):
        act = f"def act(percept):\n    legal = percept.legal_actions\n    return {line}\n"
        (folder / f"{name}.py").write_text(f"import random\nimport time\n\ntime.sleep(0.3)\n{act}")
    words = ["tournament", "tictactoe", str(folder), "random", "--pairs", "40"]
    command = [sys.executable, "-m", "workshop", *words, "--out", str(folder / "alone")]
    subprocess.run(command, check=True, capture_output=True, timeout=240)
    return words, games(folder / "alone")


def games(folder: Path) -> dict[str, Any]:
    with closing(Records(folder / "results.sqlite")) as records:
        return {key: game.repeatable for key, game in records.get(records.keys()).items()}


@pytest.mark.parametrize("dies", [False, True])
def test_a_tournament_on_two_nodes_equals_the_same_without_ray(
    cluster: Any, tournament: tuple[list[str], dict[str, Any]], tmp_path: Path, dies: bool
) -> None:
    """Also if a node dies half-way: its games are played again, and none is kept twice."""
    words, alone = tournament
    process = start(cluster, tmp_path, *words, "--out", tmp_path)
    try:
        if dies:
            wait_for(tmp_path / "results.sqlite", process)
            while not len(games(tmp_path)) > 100:
                assert process.poll() is None, process.communicate()
                time.sleep(0.05)
            working = wait_until_it_works(cluster.worker, process)
            cluster.remove_node(cluster.worker, allow_graceful=False)
            for job in working:
                with suppress(ProcessLookupError):
                    os.kill(job, signal.SIGKILL)
            assert len(games(tmp_path)) < len(alone)
        _, err = process.communicate(timeout=240)
    finally:
        process.kill()
        if dies:
            cluster.worker = cluster.add_node(num_cpus=1)
    assert process.returncode == 0, err
    assert len(alone) == 6 * 80 and games(tmp_path) == alone


def test_ctrl_c_saves_and_the_rest_goes_on_without_ray(
    cluster: Any, workshop: Workshop, tmp_path: Path
) -> None:
    arguments = ("train", "q-learning", "tictactoe", "--steps", 200_000, "--seeds", 3)
    run = tmp_path / "run"
    process = start(cluster, run, *arguments)
    wait_for(run / "group.json", process)
    time.sleep(2.0)  # two are under way, one waits
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    out, err = process.communicate(timeout=180)
    assert process.returncode == 130, err
    assert out == f"workshop train --resume {run}\n"
    assert "Traceback" not in err
    assert not (run / "summary.json").exists()
    assert (run / "seed0" / "state" / "checkpoint.pt").exists()


def test_a_job_that_cannot_be_done_is_one_line(cluster: Any, alone: Path, tmp_path: Path) -> None:
    """Only the job opens the run folder, and somebody has spoiled it."""
    run = tmp_path / "run"
    shutil.copytree(alone, run)
    (run / "seed0" / "summary.json").unlink()
    (run / "seed0" / "config.json").write_text("torn")
    process = start(cluster, run, "train", "--resume", run)
    out, err = process.communicate(timeout=180)
    assert process.returncode == 2
    assert out == ""
    lines = [line for line in err.strip().splitlines() if not line.startswith("seed ")]
    assert len(lines) == 1 and "config.json: cannot be read" in lines[0], err


def test_more_threads_than_any_node_has_are_refused(cluster: Any, tmp_path: Path) -> None:
    process = start(cluster, tmp_path / "run", *TRAIN, "--threads", 9)
    out, err = process.communicate(timeout=180)
    assert process.returncode == 2 and out == ""
    assert err == "workshop train: --threads 9: no node of the Ray cluster has more than 1\n"
    assert not (tmp_path / "run").exists()


def test_players_learn_of_new_weights_and_a_lost_one_is_replaced(cluster: Any) -> None:
    import ray

    from agents.alphazero import Config
    from agents.policy_value import make_policy_value
    from workshop.players import RayPlayers

    world, config = find_world("tictactoe"), Config(num_envs=8, simulations=2, channels=4, blocks=1)
    network = make_policy_value(TIC_TAC_TOE, config.channels, config.blocks, 0)
    with closing(RayPlayers(cluster.address, world, config, 0, threads=1)) as players:
        last = players.play(network)
        both = set(players.playing.values())
        lost = next(iter(both))
        ray.kill(lost)
        with torch.no_grad():
            network.policy[-1].bias[8] = 20.0  # type: ignore[union-attr,index,operator]
        while lost in players.playing.values():
            players.play(network)
        for _ in range(6):  # games of old weights come to their ends
            last = players.play(network)
        assert len(both) == len(players.playing) == 2
        assert len(both & set(players.playing.values())) == 1
    assert last.rewards.shape == last.ended.shape == (config.rollout, config.num_envs)
    assert sum(len(found.mine) for found in last.positions) > 5 * int(last.ended.sum()) > 0
    for found in last.positions:
        cells, _ = outlook(TIC_TAC_TOE, found.mine, found.theirs, ahead=True)
        looked_at = (cells & TIC_TAC_TOE.landing(0, 0, 8)) != 0
        assert (found.policy[looked_at, 8] > 0.9).all()


def test_one_training_plays_itself_on_two_nodes_and_goes_on_without(
    cluster: Any, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    small = ("--num-envs", 8, "--simulations", 2, "--channels", 4, "--blocks", 1)
    words = ("train", "alphazero", "tictactoe", *small, "--steps", 100_000)
    process = start(cluster, run, *words, "--checkpoint-seconds", 0)
    wait_for(run / "state" / "checkpoint.pt", process)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=180)
    assert process.returncode == 130 and "Traceback" not in err, err
    assert out == f"workshop train --resume {run}\n"
    state = Run.open(run, RunConfig.of).load_state()
    assert state is not None
    (report, *_) = islice(begin(Training.of_run(run), "cpu", state), 1)
    assert report.step == state["at"]["step"] + 8 * 8


def test_only_who_can_be_played_for_takes_a_cluster_alone() -> None:
    words = ("tictactoe", "--ray", "auto")
    assert parse(["alphazero", *words]).training.ray == "auto"  # type: ignore[union-attr]
    with pytest.raises(BadInput, match="add --seeds"):
        parse(["dqn", *words])


def refuse_http(server: socket.socket) -> None:
    while True:
        try:
            wire, _ = server.accept()
            wire.recv(100)
            wire.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            wire.close()
        except OSError:
            return


@pytest.mark.parametrize("what", ["nobody", "a web server", "no address"])
def test_an_address_without_a_cluster_is_refused_at_once(what: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"127.0.0.1:{server.getsockname()[1]}"
        if what == "a web server":
            threading.Thread(target=refuse_http, args=(server,), daemon=True).start()
        else:
            server.close()
        began = time.monotonic()
        with pytest.raises(BadInput, match="somewhere" if what == "no address" else address):
            RayCluster(train_seed, "somewhere" if what == "no address" else address)
    assert time.monotonic() - began < 10


def test_a_wrong_address_leaves_nothing_behind(workshop: Workshop, tmp_path: Path) -> None:
    run = tmp_path / "run"
    result = workshop(*TRAIN, "--ray", "127.0.0.1:1", "--run", run)
    assert result.returncode == 2 and result.stdout == ""
    assert len(result.stderr.strip().splitlines()) == 1
    assert "no Ray cluster at '127.0.0.1:1'" in result.stderr
    assert not run.exists()  # the same command with the right one works
