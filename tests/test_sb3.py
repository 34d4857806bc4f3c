"""Stable-Baselines3 beside our learners: the same training, the same commands, and it resumes."""

from __future__ import annotations

import io
import random
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
import sb3_contrib
import stable_baselines3
import torch
from conftest import Workshop

from agents.agent import AGENTS, Agent, load_agent, make_agent, save_agent
from agents.sb3 import choose_policy
from agents.sb3_parts import Worlds
from agents.training import Progress
from envs.names import BadInput
from envs.percept import Percept, perceive
from envs.worlds import find_world
from workshop.truth import exact_measure

ROLLOUTS = {"n_steps": 32, "batch_size": 32, "n_epochs": 2}
SMALL: dict[str, tuple[str, Any, dict[str, Any]]] = {
    "sb3-dqn": (
        "CartPole-v1",
        stable_baselines3.DQN,
        {"learning_starts": 50, "train_freq": 16, "gradient_steps": 4, "learning_rate": 1e-3},
    ),
    "sb3-ppo": ("gridworld:slip=0.2", stable_baselines3.PPO, ROLLOUTS),
    "sb3-a2c": ("CartPole-v1", stable_baselines3.A2C, {}),
    "sb3-maskable-ppo": ("tictactoe", sb3_contrib.MaskablePPO, ROLLOUTS),
}
"""Each algorithm with a world, SB3's own class, and settings for a training of a moment."""
STEPS = 512


def start(name: str, world_name: str, state: Any = None, **settings: Any) -> Iterator[Progress]:
    world, spec = find_world(world_name), AGENTS[name]
    module = import_module(spec.module)
    config = replace(module.Config(), **{"num_envs": 2} | settings)
    agent = getattr(module, spec.class_name)(world, config)
    env = world.make_several(config.num_envs, seed=0)
    reports: Iterator[Progress] = module.train(config, env, "cpu", 0, agent, state)
    return reports


def weights(agent: Agent) -> dict[str, Any]:
    found: dict[str, Any] = agent.policy.state_dict()  # type: ignore[attr-defined]
    return {name: tensor.numpy().copy() for name, tensor in found.items()}


def assert_same(ones: dict[str, Any], others: dict[str, Any]) -> None:
    assert ones.keys() == others.keys()
    for name, array in ones.items():
        assert array.tobytes() == others[name].tobytes(), name


def percepts_of(world_name: str, count: int = 30) -> list[Percept]:
    """Percepts along random legal actions."""
    env, found = find_world(world_name).make(), []
    draw = random.Random(0)
    observation, info = env.reset(seed=0)
    while len(found) < count:
        found.append(perceive(env, observation, info))
        action = draw.choice(found[-1].legal_actions)
        observation, _, terminated, truncated, info = env.step(action)
        if terminated or truncated:
            observation, info = env.reset()
    return found


@pytest.mark.parametrize("name", SMALL)
def test_a_training_ends_with_the_weights_of_sb3s_own_learn(name: str) -> None:
    world, algorithm, settings = SMALL[name]
    *_, last = start(name, world, steps=STEPS, **settings)
    envs = Worlds(find_world(world).make_several(2, seed=0))
    own = algorithm("MlpPolicy", envs, seed=0, device="cpu", **settings).learn(STEPS)
    assert last.step == own.num_timesteps >= STEPS
    assert_same(weights(last.agent), {k: v.numpy() for k, v in own.policy.state_dict().items()})


@pytest.mark.parametrize("name", SMALL)
def test_stopped_and_resumed_equals_never_stopped_bit_for_bit(name: str) -> None:
    world, _, settings = SMALL[name]
    whole, states = [], []
    for report in start(name, world, steps=STEPS, **settings):
        whole.append((report.step, str(report.metrics)))
        file = io.BytesIO()
        torch.save({name: part.state_dict() for name, part in report.parts.items()}, file)
        states.append(file.getvalue())
    expected = weights(report.agent)
    for stop, saved in enumerate(states[:-1], 1):  # some stops are where an episode ends
        state = torch.load(io.BytesIO(saved), weights_only=True)
        rest = []
        for report in start(name, world, state, steps=STEPS, **settings):
            rest.append((report.step, str(report.metrics)))
            torch.rand(1), np.random.rand(), random.random()  # noqa: NPY002
        assert rest == whole[stop:]
        assert_same(weights(report.agent), expected)


def test_learning_rate_and_clip_range_fall_linearly_where_asked() -> None:
    for report in start("sb3-ppo", "gridworld", steps=256, linear=True, **ROLLOUTS):
        left = 1 - report.step / 256
        assert report.metrics["learning_rate"] == pytest.approx(3e-4 * left)
        assert report.metrics["clip_range"] == pytest.approx(0.2 * left)


def test_training_and_loading_leave_the_global_generators_alone(tmp_path: Path) -> None:
    model = stable_baselines3.PPO("MlpPolicy", "CartPole-v1", seed=7, device="cpu")
    model.save(tmp_path / "model.zip")

    def draws() -> tuple[float, float, float]:
        return random.random(), np.random.rand(), float(torch.rand(1))  # noqa: NPY002

    random.seed(5), np.random.seed(5), torch.manual_seed(5)  # noqa: NPY002
    expected = draws()
    random.seed(5), np.random.seed(5), torch.manual_seed(5)  # noqa: NPY002
    list(start("sb3-dqn", "gridworld", steps=200))
    make_agent(f"sb3-ppo:path={tmp_path / 'model.zip'}", find_world("CartPole-v1"))
    assert draws() == expected


@pytest.mark.parametrize("name", SMALL)
@pytest.mark.parametrize("world_name", ["tictactoe", "gridworld", "CartPole-v1", "duel"])
def test_it_acts_legally_and_survives_saving(name: str, world_name: str, tmp_path: Path) -> None:
    world, spec = find_world(world_name), AGENTS[name]
    module = import_module(spec.module)
    agent: Agent = getattr(module, spec.class_name)(world, module.Config(), seed=3)
    percepts = percepts_of(world_name)
    actions = agent.act_many(percepts)
    assert actions == [agent.act(percept) for percept in percepts]
    for percept, action in zip(percepts, actions, strict=True):
        thoughts = agent.think(percept)
        assert thoughts is not None and thoughts.best == action
        assert tuple(np.flatnonzero(~np.isnan(thoughts.scores))) == percept.legal_actions
        if thoughts.are_shares:
            assert np.nansum(thoughts.scores) == pytest.approx(1)
    about = {"algorithm": name, "world": world_name, "config": vars(module.Config())}
    save_agent(agent, tmp_path, about)
    assert load_agent(tmp_path, world, seed=8).act_many(percepts) == actions


@pytest.mark.parametrize("name", SMALL)
def test_a_zip_made_elsewhere_acts_as_sb3_itself_predicts(name: str, tmp_path: Path) -> None:
    _, algorithm, _ = SMALL[name]
    world_name = "tictactoe" if name == "sb3-maskable-ppo" else "CartPole-v1"
    world, percepts = find_world(world_name), percepts_of(world_name, 100)
    if world_name == "CartPole-v1":  # far apart, or the first weights make no difference
        seen = np.random.default_rng(0).normal(0, 3, (100, 4)).astype(np.float32)
        percepts = [p._replace(observation=o) for p, o in zip(percepts, seen, strict=True)]
    model = algorithm("MlpPolicy", world.make(), seed=1, device="cpu")
    model.save(tmp_path / "model.zip")
    agent = make_agent(f"{name}:path={tmp_path / 'model.zip'}", world)
    expected = []
    for percept in percepts:
        masks = {"action_masks": percept.action_mask.copy()} if name == "sb3-maskable-ppo" else {}
        action, _ = model.predict(percept.observation.copy(), deterministic=True, **masks)
        expected.append(int(action))
    assert agent.act_many(percepts) == expected
    assert len(set(expected)) > 1


def test_a_zip_for_another_world_or_algorithm_is_one_clear_line(tmp_path: Path) -> None:
    path = tmp_path / "model.zip"
    stable_baselines3.DQN("MlpPolicy", "CartPole-v1", device="cpu").save(path)
    name = f"sb3-dqn:path={path}"
    assert make_agent(name, find_world("CartPole-v1"))
    with pytest.raises(BadInput, match=r"made for percepts Box.*, not for gridworld: Discrete"):
        make_agent(name, find_world("gridworld"))
    with pytest.raises(BadInput, match=r"made for actions Discrete\(2\), not for Two"):
        gym.register("Two-v0", lambda: Relabelled(gym.make("CartPole-v1")))
        make_agent(name, find_world("Two-v0"))
    with pytest.raises(BadInput, match="is no model of SB3's PPO"):
        make_agent(f"sb3-ppo:path={path}", find_world("CartPole-v1"))
    with pytest.raises(BadInput, match="no such file"):
        make_agent(f"sb3-dqn:path={tmp_path / 'other.zip'}", find_world("CartPole-v1"))
    with pytest.raises(BadInput, match="did you mean 'path'"):
        make_agent("sb3-dqn:pth=model.zip", find_world("CartPole-v1"))
    for untrained in ("sb3-dqn", f"dqn:path={path}"):
        with pytest.raises(BadInput, match="has to be trained first"):
            make_agent(untrained, find_world("CartPole-v1"))


class Relabelled(gym.Wrapper[Any, Any, Any, Any]):
    """CartPole with a third action that does nothing new."""

    def __init__(self, env: gym.Env) -> None:
        super().__init__(env)
        self.action_space = gym.spaces.Discrete(3)


def test_a_damaged_zip_is_one_line(workshop: Workshop, tmp_path: Path) -> None:
    path = tmp_path / "model.zip"
    stable_baselines3.A2C("MlpPolicy", "CartPole-v1", device="cpu").save(path)
    path.write_bytes(path.read_bytes()[:-300])
    result = workshop("evaluate", "CartPole-v1", "sb3-a2c:path=model.zip")
    assert result.returncode == 2 and result.stdout == ""
    assert len(result.stderr.strip().splitlines()) == 1
    assert "model.zip is no model of SB3's A2C" in result.stderr


def test_exploration_may_fall_at_once() -> None:
    how = {"exploration_fraction": 0.0, "exploration_final_eps": 0.25}
    *_, last = start("sb3-dqn", "CartPole-v1", steps=128, **how)
    assert last.parts["algorithm"].state_dict()["counters"]["exploration_rate"] == 0.25


def test_settings_that_sb3_refuses_are_one_clear_line() -> None:
    with pytest.raises(BadInput, match="SB3's PPO refuses these settings"):
        list(start("sb3-ppo", "CartPole-v1", steps=64, n_steps=8, batch_size=1))
    with pytest.raises(BadInput, match="--ent-coef must lie between 0 and 1"):
        import_module("agents.sb3_ppo").Config(ent_coef=-1.0)


def test_without_sb3_contrib_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "sb3_contrib", None)
    with pytest.raises(BadInput, match="pip install sb3-contrib"):
        make_agent("sb3-maskable-ppo:path=pyproject.toml", find_world("tictactoe"))


def test_ppo_on_cartpole_learns_clearly_in_a_few_steps() -> None:
    module = import_module("agents.sb3_ppo")
    settings = vars(module.config_for(find_world("CartPole-v1"))) | {"steps": 10_240}
    reports = list(start("sb3-ppo", "CartPole-v1", **settings))
    assert reports[0].metrics["episode_return"] < 40  # a random policy's is 22
    assert reports[-1].metrics["episode_return"] > 55  # of 100 episodes; at seeds 0 to 2: 66 to 84


def test_masks_spare_the_learner_all_illegal_moves() -> None:
    settings = {"steps": 512, **ROLLOUTS}
    illegal = []
    for name in ("sb3-maskable-ppo", "sb3-ppo"):
        *_, last = start(name, "kinarow:rows=2,cols=2,k=2", **settings)
        illegal.append(last.metrics["episode_return"])
    assert illegal[0] > illegal[1]


class Picture(gym.Env[np.ndarray, int]):
    """Bright or dark: action 1 is right where it is bright."""

    observation_space = gym.spaces.Box(0, 255, (40, 36, 3), np.uint8)
    action_space = gym.spaces.Discrete(2)

    def reset(self, *, seed: int | None = None, options: Any = None) -> tuple[Any, dict[str, Any]]:
        super().reset(seed=seed)
        self.bright = int(self.np_random.integers(2))
        return np.full((40, 36, 3), 250 * self.bright, np.uint8), {}

    def step(self, action: int) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        reward = float(action == self.bright)
        return np.zeros((40, 36, 3), np.uint8), reward, True, False, {}


def test_pictures_go_through_sb3s_cnn(tmp_path: Path) -> None:
    gym.register("Picture-v0", Picture)
    assert choose_policy(Picture.observation_space, (64,)) == ("CnnPolicy", {})
    *_, last = start("sb3-ppo", "Picture-v0", steps=640, gamma=0.1, **ROLLOUTS)
    bright, dark = (
        Percept(np.full((40, 36, 3), shade, np.uint8), np.ones(2, bool), (0, 1), 0, None)
        for shade in (250, 0)
    )
    assert last.agent.act_many([bright, dark]) == [1, 0]
    config = vars(import_module("agents.sb3_ppo").Config())
    save_agent(
        last.agent, tmp_path, {"algorithm": "sb3-ppo", "world": "Picture-v0", "config": config}
    )
    assert load_agent(tmp_path).act_many([bright, dark]) == [1, 0]


def test_a_board_is_learned_against_random_play() -> None:
    world = "kinarow:rows=3,cols=3,k=3"
    measure = exact_measure(find_world(world))
    assert measure is not None
    settings = {"steps": 8192, "n_steps": 128, "batch_size": 64, "n_epochs": 4}
    *_, last = start("sb3-maskable-ppo", world, learning_rate=1e-3, **settings)
    assert measure(last.agent)["optimal_action_rate"] > 0.65  # a random move is right in 58.0 %
