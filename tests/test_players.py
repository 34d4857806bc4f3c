"""Playing on a Ray cluster, without one: what the learner gets, and when it waits no longer."""

from __future__ import annotations

from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from agents.alphazero import Config
from agents.policy_value import make_policy_value
from envs.rules.kinarow import TIC_TAC_TOE
from envs.worlds import find_world
from workshop import players
from workshop.parallel import Lost
from workshop.players import RayPlayers
from workshop.training import Options, Training, begin

SMALL = Config(num_envs=8, simulations=2, channels=4, blocks=1, steps=1_000)


class Answer:
    """What an actor was asked for."""

    def __init__(self, content: Any) -> None:
        self.content = content


class Actor:
    """Does at once what it is asked."""

    def __init__(self, kind: Any, *arguments: Any) -> None:
        self.seed = arguments[2]
        made: Any = kind(*arguments)
        self.play = SimpleNamespace(remote=lambda weights: Answer(made.play(weights)))


class Cluster:
    """Stands for Ray.

    Args:
        cores: of its only node; 0: there is none.
        answers: whether a result ever comes.
    """

    exceptions = SimpleNamespace(RayTaskError=KeyError, RayError=OSError)

    def __init__(self, cores: int = 2, answers: bool = True) -> None:
        self.cores, self.answers = cores, answers

    def remote(self, **options: Any) -> Any:
        return lambda kind: SimpleNamespace(remote=partial(Actor, kind))

    def nodes(self) -> list[dict[str, Any]]:
        return [{"Alive": True, "Resources": {"CPU": self.cores}}] if self.cores else []

    def put(self, content: Any) -> Any:
        return content

    def wait(self, asked: list[Answer], timeout: float) -> tuple[list[Answer], list[Answer]]:
        return (asked[:1], asked[1:]) if self.answers else ([], asked)

    def get(self, answer: Answer) -> Any:
        return answer.content


def on(cluster: Cluster, monkeypatch: pytest.MonkeyPatch, seed: int = 0, **how: Any) -> RayPlayers:
    monkeypatch.setattr(players, "join_cluster", lambda address, threads: cluster)
    found = RayPlayers("auto", find_world("tictactoe"), SMALL, seed, 1, **how)
    found._stdout.close()
    return found


def network() -> Any:
    return make_policy_value(TIC_TAC_TOE, SMALL.channels, SMALL.blocks, 0)


@pytest.mark.parametrize("seed", [0, 2**60, 2**63 - 1])
def test_every_actor_has_a_seed_of_its_own_that_every_generator_takes(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    playing = on(Cluster(cores=3), monkeypatch, seed)
    playing.play(network())
    seeds = {actor.seed for actor in playing.playing.values()}
    assert len(seeds) == 3 and all(0 <= other < 2**63 for other in seeds)


def test_what_was_played_comes_to_the_learners_device(monkeypatch: pytest.MonkeyPatch) -> None:
    here = network()
    elsewhere: Any = SimpleNamespace(
        state_dict=here.state_dict, cells=torch.zeros(1, device="meta")
    )
    played = on(Cluster(), monkeypatch).play(elsewhere)
    assert len(played.positions) == SMALL.rollout
    for tensor in (played.rewards, played.ended, *(t for p in played.positions for t in p)):
        assert tensor.device.type == "meta"


def test_ctrl_c_ends_the_waiting_and_no_step_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    deaf = on(Cluster(answers=False), monkeypatch, stopped=lambda: True)
    training = Training(Options(), "alphazero", find_world("tictactoe"), SMALL)
    report = next(begin(training, "cpu", players=deaf))
    assert report.step == 0 and report.metrics["episodes"] == 0
    ready = on(Cluster(), monkeypatch, stopped=lambda: True)
    report = next(begin(training, "cpu", players=ready))
    assert report.step == SMALL.rollout * SMALL.num_envs


@pytest.mark.parametrize("threads", [1, 2])
def test_what_others_have_played_goes_on_without_them(
    threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    training = Training(Options(threads=threads), "alphazero", find_world("tictactoe"), SMALL)
    report = next(begin(training, "cpu", players=on(Cluster(), monkeypatch)))
    state = {name: part.state_dict() for name, part in report.parts.items()}
    alone = next(begin(training, "cpu", state))
    assert alone.step == 2 * report.step == 2 * SMALL.rollout * SMALL.num_envs


def test_where_no_node_comes_for_long_the_waiting_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(players, "PATIENCE", -1.0)
    with pytest.raises(Lost, match="no node of the Ray cluster"):
        on(Cluster(cores=0, answers=False), monkeypatch).play(network())
