"""The worlds as Gymnasium and SB3 see them, one by one and in batches."""

from __future__ import annotations

import platform
import subprocess
import sys
from importlib.util import find_spec
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
import torch
from torch import Tensor

import envs  # noqa: F401 - registers the worlds
from envs.board import BoardEnv, IllegalMove
from envs.names import BadInput
from envs.percept import Percept, perceive
from envs.registration import WORLDS
from envs.replayable import ReplayableEnv, TensorEnvs
from envs.worlds import find_world

IDS = [world.id for world in WORLDS.values()]
BOARDS = {
    "tictactoe": ("workshop/TicTacToe-v0", {}),
    "connect-four": ("workshop/ConnectFour-v0", {}),
    "gomoku": ("workshop/KInARow-v0", {"rows": 7, "cols": 7, "k": 5}),
}


def test_registering_and_playing_load_neither_torch_nor_pygame() -> None:
    code = (
        "import sys, gymnasium\n"
        "import envs\n"
        "assert 'torch' not in sys.modules and 'pygame' not in sys.modules\n"
        "env = gymnasium.make('envs:workshop/TicTacToe-v0')\n"
        "env.reset(seed=0); env.step(env.action_space.sample()); env.close()\n"
        "assert 'torch' not in sys.modules and 'pygame' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


class Script:
    """An opponent that plays what it is told."""

    def __init__(self, *actions: int) -> None:
        self.actions = list(actions)

    def __call__(self, percept: Percept) -> int:
        return self.actions.pop(0)


def board_env(**kwargs: Any) -> BoardEnv:
    env = gym.make("workshop/TicTacToe-v0", **kwargs).unwrapped
    assert isinstance(env, BoardEnv)
    env.reset(seed=0)
    return env


def test_the_losers_minus_one_comes_with_the_move_that_allowed_it() -> None:
    env = board_env(seat="first", opponent=Script(3, 4, 5))
    assert env.step(0)[1:3] == (0, False)
    assert env.step(1)[1:3] == (0, False)
    observation, reward, terminated, truncated, info = env.step(8)
    assert (reward, terminated, truncated) == (-1.0, True, False)
    assert observation[0].sum() == observation[1].sum() == 3  # the learner's view to the end
    assert not info["action_mask"].any()


def test_the_second_seat_finds_the_opponents_stone_on_the_board() -> None:
    env = board_env(seat="second", opponent=lambda percept: percept.legal_actions[0])
    observation, info = env.reset(seed=1)
    assert observation[1, 0, 0] == 1 and observation[0].sum() == 0
    assert info["action_mask"].tolist() == [0] + [1] * 8


def test_a_full_board_with_a_line_is_won_and_without_is_drawn() -> None:
    env = board_env(seat="both")
    for action in (0, 1, 2, 3, 4, 5, 7, 6):
        assert not env.step(action)[2]
    assert env.step(8)[1:3] == (1.0, True)
    env.reset()
    for action in (0, 1, 2, 4, 3, 5, 7, 6):
        assert not env.step(action)[2]
    assert env.step(8)[1:3] == (0.0, True)


def test_playing_both_seats_gives_the_movers_reward_and_the_next_movers_view() -> None:
    env = board_env(seat="both")
    assert env.value_sign == -1
    observation, *_ = env.step(4)
    assert observation[1, 1, 1] == 1 and observation[0].sum() == 0


def test_illegal_moves_lose_raise_or_are_penalised() -> None:
    env = board_env(seat="both", illegal="lose")
    env.step(4)
    assert env.step(4)[1:3] == (-1.0, True)
    with pytest.raises(IllegalMove, match="over"):
        env.step(0)

    env = board_env(seat="both", illegal="raise")
    env.step(4)
    with pytest.raises(IllegalMove, match="action 4: b2 is taken; legal: 0, 1, 2, 3, 5"):
        env.step(4)
    with pytest.raises(IllegalMove, match="no action 9"):
        env.step(9)

    env = board_env(seat="both", illegal="penalise")
    before, *_ = env.step(4)
    after, reward, terminated, *_ = env.step(4)
    assert (reward, terminated) == (-1.0, False)
    assert (before == after).all()


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("tictacto", "did you mean 'tictactoe'"),
        ("gridworld:mapp=cliff", "did you mean 'map'"),
        ("gridworld:map=clif", "did you mean 'cliff'"),
        ("gridworld:slip=2", "from 0 to 1"),
        ("gridworld:slip=abc", "slip is a number, not 'abc'"),
        ("gridworld:step_reward=nan", "step_reward is a number, not nan"),
        ("gridworld:max_episode_steps=0", "positive"),
        ("gridworld:max_episode_steps=-1", "positive"),
        ("gridworld:max_episode_steps=2.5", "positive"),
        ("CartPole-v1:max_episode_steps=-1", "positive"),
        ("FrozenLake-v1:map_name=foo", "cannot be made: KeyError: 'foo'"),
        ("gridworld:map=random,map_seed=inf", "map_seed is a whole number"),
        ("tictactoe:max_episode_steps=5", "no option"),
        ("kinarow:rows=3.5", "whole numbers"),
        ("kinarow:rows=9,cols=9,k=5", "bits"),
        ("kinarow:rows", "option=value"),
        ("Pendulum-v1", "discrete"),
    ],
)
def test_a_wrong_name_is_one_clear_line(name: str, complaint: str) -> None:
    with pytest.raises(BadInput, match=complaint) as caught:
        find_world(name)
    assert "\n" not in str(caught.value)


@pytest.mark.skipif(find_spec("jax") is not None, reason="there is jax")
def test_a_world_that_needs_another_package_says_which() -> None:
    with pytest.raises(BadInput, match="phys2d/CartPole-v1: .*jax"):
        find_world("phys2d/CartPole-v1")


def test_gridworld_truncates_at_exactly_the_limit_and_does_not_terminate() -> None:
    env = gym.make("workshop/GridWorld-v0", map="S.\n.G", max_episode_steps=7)
    env.reset(seed=0)
    flags = [env.step(0)[2:4] for _ in range(7)]  # against the edge, again and again
    assert flags == [(False, False)] * 6 + [(False, True)]
    batch = gym.make_vec(
        "workshop/GridWorld-v0",
        2,
        vectorization_mode="vector_entry_point",
        map="S.\n.G",
        max_episode_steps=7,
    )
    batch.reset(seed=0)
    cuts = [batch.step(np.zeros(2, np.int64))[2:4] for _ in range(8)]
    assert [bool(c.all()) for _, c in cuts] == [False] * 6 + [True, False]
    assert not any(t.any() for t, _ in cuts)


def test_on_a_device_everything_is_a_tensor() -> None:
    env = gym.make_vec(
        "workshop/TicTacToe-v0", 4, vectorization_mode="vector_entry_point", device="cpu"
    )
    observation, info = env.reset(seed=0)
    step = env.step(torch.zeros(4, dtype=torch.int64))
    for item in (observation, info["action_mask"], *step[:4], *step[4].values()):
        assert isinstance(item, Tensor)


def test_a_random_seat_is_both_seats_about_equally_often() -> None:
    batch = gym.make_vec("workshop/TicTacToe-v0", 4000, vectorization_mode="vector_entry_point")
    observations, _ = batch.reset(seed=0)
    second = observations[:, 1].sum((1, 2)) == 1
    assert 0.46 < second.mean() < 0.54


def test_random_play_in_the_batch_wins_as_often_as_computed() -> None:
    """58.49 % for the first player, 28.81 % for the second: exact figures for random play."""
    from envs.batched.world import random_legal

    env: Any = gym.make_vec(
        "workshop/TicTacToe-v0",
        2048,
        vectorization_mode="vector_entry_point",
        seat="first",
        device="cpu",
    )
    _, info = env.reset(seed=0)
    generator = torch.Generator().manual_seed(0)
    results = []
    for _ in range(50):
        _, rewards, terminated, _, info = env.step(random_legal(info["action_mask"], generator))
        results.append(rewards[terminated])
    results_all = torch.cat(results)
    assert len(results_all) > 20_000
    assert abs((results_all == 1).float().mean().item() - 0.5849) < 0.01
    assert abs((results_all == -1).float().mean().item() - 0.2881) < 0.01


def test_an_unfinished_episode_of_any_env_comes_back_from_its_seed_and_actions() -> None:
    def make() -> TensorEnvs:
        return TensorEnvs([ReplayableEnv(gym.make("CartPole-v1"), (7, i)) for i in range(3)], "cpu")

    first, rng = make(), np.random.default_rng(0)
    for _ in range(60):
        first.step(torch.from_numpy(rng.integers(2, size=3)))
    second = make()
    second.load_state_dict(first.state_dict())
    for _ in range(60):
        actions = torch.from_numpy(rng.integers(2, size=3))
        for one, other in zip(first.step(actions)[:4], second.step(actions)[:4], strict=True):
            assert torch.equal(one, other)


def test_a_percept_cannot_be_written_to() -> None:
    for name in ("tictactoe", "gridworld", "CartPole-v1"):
        env = find_world(name).make()
        percept = perceive(env, *env.reset(seed=0))
        for array in (percept.observation, percept.action_mask, percept.board):
            if array is not None and array.ndim:
                with pytest.raises(ValueError, match="read-only"):
                    array[...] = 1
        env.close()


@pytest.mark.parametrize(
    "name",
    [
        "tictactoe",
        "connect-four",
        "gridworld",
        "gridworld:map=showcase,observation=local",
        "gridworld:map=random,observation=planes",
        "duel:starts=random",
    ],
)
def test_a_step_compiles_to_one_graph_without_a_host_in_it(name: str) -> None:
    """A generator, a number read back or a branch on a tensor would break the graph."""
    world = find_world(name)
    plain, compiled = (
        gym.make_vec(
            world.id, 32, vectorization_mode="vector_entry_point", device="cpu", **world.options
        ).unwrapped
        for _ in range(2)
    )
    compiled.advance = torch.compile(compiled.advance, fullgraph=True, backend="eager")
    for env in (plain, compiled):
        env.reset(seed=0)
    rng = torch.Generator().manual_seed(0)
    for _ in range(20):
        actions = torch.randint(plain.single_action_space.n, (32,), generator=rng)
        for one, other in zip(plain.step(actions)[:4], compiled.step(actions)[:4], strict=True):
            assert torch.equal(one, other)


@pytest.mark.parametrize("seat", ["random", "both"])
@pytest.mark.parametrize(
    "name", ["connect-four", "gridworld:map=frozenlake-8x8", "duel:starts=random,obstacles=4"]
)
def test_a_saved_batch_goes_on_as_if_it_had_not_been_saved(name: str, seat: str) -> None:
    world = find_world(name)
    seats = {"seat": seat} if world.two_player else {}

    def make() -> Any:
        kwargs = {"device": "cpu", **seats, **world.options}
        env = gym.make_vec(world.id, 16, vectorization_mode="vector_entry_point", **kwargs)
        env.reset(seed=5)
        return env.unwrapped

    first, rng = make(), torch.Generator().manual_seed(0)
    actions = [torch.randint(first.single_action_space.n, (16,), generator=rng) for _ in range(30)]
    for step in range(15):
        first.step(actions[step])
    second = make()
    second.load_state_dict(first.state_dict())
    for step in range(15, 30):
        for one, other in zip(first.step(actions[step])[:4], second.step(actions[step])[:4]):  # noqa: B905
            assert torch.equal(one, other)


def test_freed_memory_is_kept_on_glibc_and_nothing_breaks_elsewhere() -> None:
    from envs.batched.memory import keep_freed_memory

    assert keep_freed_memory() in (True, False)
    if platform.libc_ver()[0] == "glibc":
        assert keep_freed_memory()
