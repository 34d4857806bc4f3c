"""Every world before every checker that others wrote, with warnings as errors.

The checks are functions, so that the last test can plant a bug and see each of them fail.
"""

from __future__ import annotations

import pickle
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
import torch
from gymnasium.utils.env_checker import check_env as gymnasium_check
from gymnasium.utils.env_match import check_environments_match
from gymnasium.vector import AutoresetMode, SyncVectorEnv
from pettingzoo.test import (
    api_test,
    parallel_api_test,
    parallel_seed_test,
    render_test,
    seed_test,
)
from test_kinarow import test_ten_thousand_random_games_in_lockstep_with_open_spiel as against_spiel
from torch import Tensor

from envs.board import BoardEnv
from envs.drawing.rendering import Renderer
from envs.gridworld import GridSource, GridWorldEnv
from envs.percept import Percept
from envs.registration import WORLDS
from envs.rules.kinarow import TIC_TAC_TOE, KInARow
from envs.simultaneous import parallel_env
from envs.turn_based import env as aec_env
from envs.worlds import find_world

NAMES = [
    *WORLDS,
    "gridworld:map=showcase",
    "gridworld:map=random,observation=planes",
    "gridworld:map=four-rooms,observation=local",
    "gridworld:map=key-and-door,observation=pixels",
    "duel:rows=6,cols=9,starts=random,obstacles=6",
]
BOARDS = [name for name, world in WORLDS.items() if "BoardEnv" in world.entry_point]
DUELS = [name for name in NAMES if name.startswith("duel")]


def make(name: str, **kwargs: Any) -> gym.Env:
    return find_world(name).make(**kwargs)


# Gymnasium


def check_gymnasium(name: str) -> None:
    gymnasium_check(make(name).unwrapped)


@pytest.mark.parametrize("name", NAMES)
def test_gymnasiums_checker(name: str) -> None:
    check_gymnasium(name)


def check_pickling(name: str) -> None:
    env = make(name)
    env.reset(seed=1)
    if env.step(1)[2]:
        env.reset()
    copy = pickle.loads(pickle.dumps(env))
    for action in (0, 3):  # in the middle of an episode
        ours, theirs = env.step(action), copy.step(action)
        assert np.array_equal(ours[0], theirs[0]) and ours[1:4] == theirs[1:4]
        if ours[2]:
            break
    check_environments_match(env, copy, num_steps=200, seed=3, info_comparison="skip")


@pytest.mark.parametrize("name", NAMES)
def test_a_pickled_copy_goes_on_alike_and_matches_from_then_on(name: str) -> None:
    check_pickling(name)


@pytest.mark.parametrize("name", NAMES)
def test_gymnasiums_wrappers(name: str, tmp_path: Path) -> None:
    env = make(name, render_mode="rgb_array")
    env = gym.wrappers.RecordEpisodeStatistics(gym.wrappers.FlattenObservation(env))
    env = gym.wrappers.RecordVideo(env, str(tmp_path / "video"), disable_logger=True)
    env.action_space.seed(0)
    observation, info = env.reset(seed=0)
    total, over = 0.0, False
    while not over:
        assert env.observation_space.contains(observation)
        observation, reward, ended, cut, info = env.step(env.action_space.sample())
        total, over = total + float(reward), ended or cut
    assert info["episode"]["r"] == pytest.approx(total)
    env.close()
    assert [path.stat().st_size > 1000 for path in tmp_path.glob("video/*.mp4")] == [True]


# Gymnasium's vector worlds: many single ones are the reference for the batch


def first_legal(percept: Percept) -> int:
    return percept.legal_actions[0]


def first_legal_batch(observations: Tensor, masks: Tensor) -> Tensor:
    return masks.int().argmax(1)


def one_in_three(percept: Percept) -> int:
    return 1 + int(percept.observation.sum()) % 3


def one_in_three_batch(observations: Tensor, masks: Tensor) -> Tensor:
    return 1 + observations.sum((1, 2, 3)) % 3


LOCKSTEP = [
    *((name, {"seat": seat}) for name in BOARDS for seat in ("first", "second", "both")),
    *((DUELS[0], {"seat": seat}) for seat in ("first", "second", "both")),
    ("gridworld", {}),
    *(
        ("gridworld", {"map": map, "ice_slip": 0.0, "slip": 0.0, "observation": observation})
        for map in ("showcase", "cliff", "boat-race", "windy", "frozenlake-8x8")
        for observation in ("index", "planes", "local")
    ),
    ("gridworld", {"map": "showcase", "ice_slip": 0.0, "observation": "pixels"}),
    ("gridworld", {"map": "random", "map_seed": 5, "observation": "local", "view": 3}),
]


def check_lockstep(name: str, options: dict[str, Any], count: int = 8, steps: int = 250) -> None:
    """The same actions give the same observations, rewards, flags, masks and final observations."""
    world = find_world(name)
    single_options, batch_options = {**world.options, **options}, {**world.options, **options}
    if world.two_player:
        duel = world.is_duel
        single_options["opponent"] = one_in_three if duel else first_legal
        batch_options["opponent"] = one_in_three_batch if duel else first_legal_batch
    else:
        single_options["max_episode_steps"] = batch_options["max_episode_steps"] = 30
    single: Any = SyncVectorEnv(
        [lambda: gym.make(world.id, **single_options) for _ in range(count)],
        autoreset_mode=AutoresetMode.SAME_STEP,
    )
    batch: Any = gym.make_vec(
        world.id, count, vectorization_mode="vector_entry_point", **batch_options
    )
    assert batch.metadata["autoreset_mode"] == AutoresetMode.SAME_STEP
    assert batch.single_observation_space == single.single_observation_space
    rng = np.random.default_rng(0)
    ours, our_info = batch.reset(seed=0)
    theirs, their_info = single.reset(seed=0)
    assert np.array_equal(ours, theirs)
    ended_ever = 0
    for _ in range(steps):
        mask = our_info["action_mask"]
        if "action_mask" in their_info:  # else every action is legal everywhere
            assert (mask == np.stack(their_info["action_mask"]).astype(bool)).all()
        assert mask.all() or name in BOARDS
        wild = rng.random(mask.shape) < 0.01  # now and then an illegal move
        actions = np.where(mask | wild, rng.random(mask.shape), -1.0).argmax(1)
        *ours, our_info = batch.step(actions)
        *theirs, their_info = single.step(actions)
        for our, their in zip(ours, theirs, strict=True):
            assert np.allclose(our, their)
        assert ours[0].dtype == theirs[0].dtype
        assert batch.observation_space.contains(ours[0])
        for row in np.flatnonzero(our_info["_final_obs"]):
            ended_ever += 1
            assert (our_info["final_obs"][row] == their_info["final_obs"][row]).all()
    assert ended_ever > 5


@pytest.mark.parametrize(("name", "options"), LOCKSTEP, ids=str)
def test_the_batch_is_many_single_worlds(name: str, options: dict[str, Any]) -> None:
    check_lockstep(name, options)


# Stable-Baselines3


def check_sb3(name: str, **options: Any) -> None:
    from stable_baselines3.common.env_checker import check_env

    check_env(make(name, **options).unwrapped)


@pytest.mark.parametrize("name", NAMES)
def test_stable_baselines3s_checker(name: str) -> None:
    check_sb3(name)
    if name in BOARDS:
        check_sb3(name, illegal="penalise")


@pytest.mark.parametrize("learner", ["PPO", "DQN", "MaskablePPO"])
@pytest.mark.parametrize("name", NAMES)
def test_stable_baselines3_learns_for_256_steps(name: str, learner: str) -> None:
    import sb3_contrib
    import stable_baselines3

    package = sb3_contrib if learner == "MaskablePPO" else stable_baselines3
    policy = "CnnPolicy" if "pixels" in name else "MlpPolicy"
    settings: dict[str, Any] = {"n_steps": 64, "batch_size": 32, "n_epochs": 1}
    if learner == "DQN":
        settings = {"learning_starts": 64, "buffer_size": 1000}
    model = getattr(package, learner)(policy, make(name), seed=0, device="cpu", **settings)
    before = [weight.clone() for weight in model.policy.parameters()]
    model.learn(256)
    after = list(model.policy.parameters())
    assert any(not torch.equal(a, b) for a, b in zip(before, after, strict=True))


def check_masked_learner() -> None:
    from sb3_contrib import MaskablePPO

    env = make("tictactoe", illegal="raise")
    MaskablePPO("MlpPolicy", env, n_steps=64, batch_size=32, seed=0, device="cpu").learn(512)


def test_a_masked_learner_never_plays_an_illegal_move() -> None:
    check_masked_learner()


# PettingZoo

FIXED_WARNINGS = (
    "Observation numpy array is all zeros",  # an empty board is
    "Observation space for each agent probably should be gymnasium.spaces.box or",
    "Observation is not a NumPy array",  # it is a dictionary, as in PettingZoo's own games
)
"""What `api_test` says of every game with an action mask, PettingZoo's own too."""


@contextmanager
def fixed_warnings_only() -> Iterator[None]:
    with warnings.catch_warnings():
        for message in FIXED_WARNINGS:
            warnings.filterwarnings("ignore", message)
        yield


def check_aec(name: str) -> None:
    with fixed_warnings_only():
        api_test(aec_env(name), num_cycles=100)
    seed_test(lambda: aec_env(name), num_cycles=100)


@pytest.mark.parametrize("name", BOARDS)
def test_pettingzoos_turn_based_tests(name: str) -> None:
    check_aec(name)


@pytest.mark.parametrize("name", DUELS)
def test_pettingzoos_parallel_tests(name: str) -> None:
    parallel_api_test(parallel_env(name), num_cycles=500)
    parallel_seed_test(lambda: parallel_env(name), num_cycles=200)


def test_pettingzoos_render_test(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    render_test(lambda render_mode=None: aec_env("connect-four", render_mode=render_mode))


# What a checker is worth: each of these bugs is planted, and must be found


def put_without_mask(env: BoardEnv, action: int, landing: int) -> float:
    mask = env._legal.copy()
    value = PUT(env, action, landing)
    env._legal = mask
    return value


def step_for_the_other(env: BoardEnv, action: int) -> Any:
    observation, reward, *rest = STEP(env, action)
    return observation, -reward if env.learner == 1 else reward, *rest


def lines_unless_full(rules: KInARow, stones: int) -> int:
    return 0 if stones.bit_count() * 2 > rules.rows * rules.cols else LINES(rules, stones)


PUT, STEP, LINES = BoardEnv._put, BoardEnv.step, KInARow.lines
UNSEEDED = np.random.default_rng(0)
BUGS: dict[str, tuple[type, str, Any, Callable[[], None]]] = {
    "the wrong seat's reward": (
        BoardEnv,
        "step",
        step_for_the_other,
        lambda: check_lockstep("tictactoe", {"seat": "second"}),
    ),
    "a stale mask": (
        BoardEnv,
        "_put",
        put_without_mask,
        lambda: check_masked_learner(),
    ),
    "a stale mask, in the batch's reference": (
        BoardEnv,
        "_put",
        put_without_mask,
        lambda: check_lockstep("connect-four", {"seat": "both"}),
    ),
    "an unseeded map": (
        GridSource,
        "grid",
        lambda source, seed=0, draw=GridSource.grid: draw(source, int(UNSEEDED.integers(2**32))),
        lambda: check_gymnasium("gridworld:map=random,observation=planes"),
    ),
    "a reused observation buffer": (
        BoardEnv,
        "_percept_now",
        lambda env: (env._seen[env.learner], {"action_mask": env._legal.copy()}),
        lambda: check_never_written_again("connect-four"),
    ),
    "a win on the last cell scored as a draw": (
        KInARow,
        "lines",
        lines_unless_full,
        lambda: against_spiel(TIC_TAC_TOE, "tic_tac_toe"),
    ),
    "an observation outside its space": (
        GridWorldEnv,
        "_see",
        lambda env, state: np.int64(-1),
        lambda: check_sb3("gridworld"),
    ),
    "a world that cannot be copied": (
        Renderer,
        "__init__",
        lambda renderer, env, theme: renderer.__dict__.update(
            env=env, theme=theme, _screen=None, draw=lambda: None
        ),
        lambda: check_pickling("tictactoe"),
    ),
}


@pytest.mark.parametrize("bug", BUGS)
def test_a_planted_bug_turns_its_checker_red(bug: str, monkeypatch: pytest.MonkeyPatch) -> None:
    place, method, mutant, check = BUGS[bug]
    check()
    monkeypatch.setattr(place, method, mutant)
    with pytest.raises(Exception):  # noqa: B017 - each checker complains in its own way
        check()


def check_never_written_again(name: str) -> None:
    env = make(name)
    env.action_space.seed(0)
    observation, info = env.reset(seed=3)
    kept = []
    for _ in range(60):
        mask = info.get("action_mask")
        kept.append((observation, np.array(observation), mask, np.array(mask)))
        observation, _, terminated, truncated, info = env.step(env.action_space.sample(mask))
        if terminated or truncated:
            observation, info = env.reset()
    for seen, copy, mask, mask_copy in kept:
        assert np.array_equal(seen, copy) and (mask is None or (mask == mask_copy).all())


@pytest.mark.parametrize("name", NAMES)
def test_what_a_step_returned_is_never_written_to_again(name: str) -> None:
    check_never_written_again(name)
