"""Whom a learner meets in games of two: its past selves, or a named agent."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from conftest import Workshop

from agents import opponents
from agents.agent import make_agent, read_config
from agents.opponents import NamedOpponent, PastSelves, make_opponent, percepts_of
from agents.q_network import QNetworkAgent
from envs.batched.world import random_legal
from envs.names import BadInput
from envs.worlds import find_world
from workshop.training import Options, Training, begin

TINY = {
    "dqn": {"steps": 1280, "num_envs": 16, "hidden": [16], "learning_starts": 64,
            "batch_size": 32, "buffer_size": 2000},
    "ppo": {"steps": 1280, "num_envs": 16, "rollout": 8, "hidden": [16]},
}  # fmt: skip


def training(learner: str, world: str, opponent: str) -> Training:
    config = read_config(learner, TINY[learner])
    return Training(Options(opponent=opponent), learner, find_world(world), config)


def weights(agent: Any) -> list[bytes]:
    return [tensor.numpy().tobytes() for tensor in agent.network.state_dict().values()]


def play(opponent: Any, world: str, steps: int, games: int = 32) -> list[float]:
    """The returns of games of somebody who moves at random against `opponent`."""
    env = find_world(world).make_batch(games, "cpu", 0, opponent)
    generator, returns = torch.Generator().manual_seed(1), []
    for _ in range(steps):
        _, rewards, ended, _, _ = env.step(random_legal(env.percepts_now()[1], generator))
        returns += rewards[ended].tolist()
    return returns


@pytest.mark.parametrize("name", ["minimax", "expert"])
def test_nobody_beats_a_perfect_opponent(name: str) -> None:
    world = find_world("tictactoe")
    returns = play(NamedOpponent(make_agent(name, world, seed=0), world), "tictactoe", 40)
    assert max(returns) == 0 and min(returns) == -1 and len(returns) > 100


def test_an_opponent_in_a_batch_does_what_it_does_alone() -> None:
    world = find_world("connect-four")
    agent = make_agent("minimax:depth=2", world)
    asked: list[tuple[np.ndarray, int]] = []
    opponent = NamedOpponent(agent, world)

    def listening(observations: torch.Tensor, masks: torch.Tensor) -> torch.Tensor:
        actions = opponent(observations, masks)
        for percept, action in zip(
            percepts_of(world.rules, observations, masks), actions.tolist(), strict=True
        ):
            if percept is not None:
                assert percept.board is not None
                asked.append((percept.board, action))
                assert action == agent.act(percept)
        return actions

    play(listening, "connect-four", 12, games=4)
    assert len(asked) > 20
    assert all(board.sum() in (0, -1) for board, _ in asked)  # it is always the mover's turn


def test_a_pool_lies_evenly_over_the_training(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opponents, "EVERY", 2)
    monkeypatch.setattr(opponents, "SIZE", 4)
    world = find_world("tictactoe")
    agent = next(begin(training("dqn", "tictactoe", "self"), "cpu")).agent
    assert isinstance(agent, QNetworkAgent)
    pool = PastSelves(agent, "cpu", seed=0)
    last = list(agent.network.parameters())[-1]
    env = world.make_batch(8, "cpu", 0)
    kept = []
    for move in range(50):
        last.data.fill_(float(move))  # each self is marked by the move it was made at
        pool(*env.percepts_now())
        kept.append([int(list(past.network.parameters())[-1][0]) for past in pool.past])
    assert kept[7] == [0, 2, 4, 6]
    assert kept[8] == [0, 4, 8]
    assert kept[-1][0] == 0 and len(kept[-1]) <= 4
    assert len(set(np.diff(kept[-1]).tolist())) == 1


def test_a_pool_plays_by_its_members_and_now_and_then_at_random() -> None:
    agent = next(begin(training("dqn", "tictactoe", "self"), "cpu")).agent
    assert isinstance(agent, QNetworkAgent)
    pool = PastSelves(agent, "cpu", seed=0)
    env = find_world("tictactoe").make_batch(4000, "cpu", 0)
    observations, masks = env.percepts_now()
    chosen = pool(observations, masks)
    alike = (chosen == agent.choose(observations, masks)).float().mean()
    # all members are still equal: random moves agree with them in 1 of 9 cases
    assert alike == pytest.approx(1 - opponents.AT_RANDOM * 8 / 9, abs=0.02)


@pytest.mark.parametrize("learner", ["dqn", "ppo"])
@pytest.mark.parametrize("opponent", ["pool", "random", "mcts:simulations=2"])
def test_stopped_and_resumed_against_an_opponent_equals_never_stopped(
    learner: str, opponent: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opponents, "EVERY", 4)
    whole = list(begin(training(learner, "tictactoe", opponent), "cpu"))
    stopped = begin(training(learner, "tictactoe", opponent), "cpu")
    next(stopped)
    report = next(stopped)
    file = io.BytesIO()
    torch.save({name: part.state_dict() for name, part in report.parts.items()}, file)
    file.seek(0)
    state = torch.load(file, weights_only=True)
    resumed = list(begin(training(learner, "tictactoe", opponent), "cpu", state))
    assert len(resumed) == len(whole) - 2
    assert weights(resumed[-1].agent) == weights(whole[-1].agent)
    assert resumed[-1].metrics == whole[-1].metrics
    alone = list(begin(training(learner, "tictactoe", "self"), "cpu"))
    assert weights(alone[-1].agent) != weights(whole[-1].agent)


def test_a_tree_of_the_last_position_makes_no_difference_to_a_saved_opponent() -> None:
    """Else one that goes on from its state would search anew where the other remembers."""
    world = find_world("tictactoe")
    one, other = (
        NamedOpponent(make_agent("mcts:simulations=3", world, 0), world) for _ in range(2)
    )
    seen = world.make_batch(1, "cpu", 0).percepts_now()
    one(*seen)
    other.load_state_dict(one.state_dict())
    for _ in range(20):
        assert one(*seen) == other(*seen)
    assert one.state_dict() == other.state_dict()


@pytest.mark.parametrize("opponent", ["pool", "voronoi"])
def test_a_duel_is_trained_against_them_too(opponent: str) -> None:
    reports = list(begin(training("ppo", "duel:rows=5,cols=5", opponent), "cpu"))
    assert reports[-1].metrics["episodes"] > 50


def test_a_trained_run_is_an_opponent(workshop: Workshop, tmp_path: Path) -> None:
    tiny = ("--steps", 1280, "--num-envs", 16, "--hidden", 8)
    one, other = tmp_path / "one", tmp_path / "other"
    assert workshop("train", "a2c", "tictactoe", *tiny, "--run", one).returncode == 0
    command = ("train", "dqn", "tictactoe", *tiny, "--learning-starts", 100)
    result = workshop(*command, "--opponent", one, "--run", other)
    assert result.returncode == 0, result.stderr
    network = make_opponent(str(one), make_agent("random", find_world("tictactoe")),
                            find_world("tictactoe"), "cpu", 0)  # fmt: skip
    assert isinstance(network, NamedOpponent) and isinstance(network.agent, opponents.NetworkAgent)


@pytest.mark.parametrize(
    ("learner", "world", "opponent", "told"),
    [
        ("ppo", "gridworld", "pool", "gridworld has one player"),
        ("q-learning", "tictactoe", "pool", "q-learning cannot choose"),
        ("ppo", "tictactoe", "minmax", "minimax"),
        ("ppo", "tictactoe", "human", "one game at a time"),
    ],
)
def test_an_opponent_that_cannot_be_is_refused(
    learner: str, world: str, opponent: str, told: str
) -> None:
    asked = Options(opponent=opponent)
    default = read_config(learner, {})
    with pytest.raises(BadInput, match=told):
        next(begin(Training(asked, learner, find_world(world), default), "cpu"))
