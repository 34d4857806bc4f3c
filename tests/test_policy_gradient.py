"""Advantages and losses of the policy-gradient learners, against sums by hand and SB3's own."""

from __future__ import annotations

from typing import Any

import gymnasium as gym
import numpy as np
import pytest
import torch
from torch import Tensor

from agents.a2c import advantages_of, entropy_of, policy_loss
from agents.agent import read_config
from agents.policy import Rollout, collect, make_policy
from agents.ppo import Config, clipped_loss
from agents.reinforce import returns_of
from agents.training import EpisodeReturns
from envs.worlds import find_world
from workshop.training import Options, Training, begin


def rollout(rewards: Any, terminated: Any, ended: Any) -> Rollout:
    """A rollout of which only rewards and ends matter; (steps, num_envs) each."""
    empty = torch.zeros(0)
    columns = (
        torch.as_tensor(np.asarray(x), dtype=torch.float32) for x in (rewards, terminated, ended)
    )
    rewards_, terminated_, ended_ = columns
    return Rollout(empty, empty, empty, rewards_, terminated_, ended_, empty)


def test_advantages_are_those_of_stable_baselines3() -> None:
    """Where nothing is cut off: SB3 adds the value of a cut-off percept to the reward instead."""
    from stable_baselines3.common.buffers import RolloutBuffer

    steps, envs, rng = 40, 5, np.random.default_rng(0)
    rewards = rng.normal(size=(steps, envs))
    ends = rng.random((steps, envs)) < 0.1
    values = rng.normal(size=(steps + 1, envs))
    ours = advantages_of(
        rollout(rewards, ends, ends),
        torch.tensor(values[:-1], dtype=torch.float32),
        torch.tensor(values[1:], dtype=torch.float32),
        gamma=0.9,
        trace=0.8,
        sign=1,
    )
    box = gym.spaces.Box(0, 1, (1,))
    buffer = RolloutBuffer(steps, box, gym.spaces.Discrete(2), "cpu", 0.8, 0.9, n_envs=envs)
    starts = np.ones(envs)
    for step in range(steps):
        seen, value = np.zeros((envs, 1)), torch.tensor(values[step])
        buffer.add(seen, np.zeros((envs, 1)), rewards[step], starts, value, torch.zeros(envs))
        starts = ends[step].astype(float)
    buffer.compute_returns_and_advantage(torch.tensor(values[-1]), starts)
    assert ours.numpy() == pytest.approx(buffer.advantages, abs=1e-5)


def test_in_self_play_the_others_gain_is_our_loss() -> None:
    """X makes three moves, O two; X wins with the last: every move of X led to +1, of O to -1."""
    game = rollout([[0], [0], [0], [0], [1]], [[0], [0], [0], [0], [1]], [[0], [0], [0], [0], [1]])
    nothing = torch.zeros((5, 1))
    advantages = advantages_of(game, nothing, nothing, gamma=1.0, trace=1.0, sign=-1)
    assert advantages[:, 0].tolist() == [1, -1, 1, -1, 1]
    returns = returns_of(game, nothing, gamma=0.5, sign=-1)
    assert returns[:, 0].tolist() == [0.0625, -0.125, 0.25, -0.5, 1]


def test_what_is_cut_off_counts_by_its_value_and_what_has_ended_counts_nothing() -> None:
    two = rollout([[1.0, 1.0], [5.0, 5.0]], [[1, 0], [0, 0]], [[1, 1], [0, 0]])
    next_values = torch.tensor([[10.0, 10.0], [2.0, 2.0]])
    assert returns_of(two, next_values, gamma=0.5, sign=1).tolist() == [[1.0, 6.0], [6.0, 6.0]]
    values = torch.zeros((2, 2))
    found = advantages_of(two, values, next_values, gamma=0.5, trace=0.7, sign=1)
    assert found[0].tolist() == [1.0, 6.0]


def test_the_gradient_raises_what_did_better_than_expected() -> None:
    logits = torch.zeros((2, 3), requires_grad=True)
    loss, _ = policy_loss(logits, torch.tensor([0, 1]), torch.tensor([2.0, -2.0]), 0.0)
    loss.backward()
    step = -logits.grad  # type: ignore[operator]
    assert step[0, 0] > 0 > step[0, 1] and step[1, 1] < 0 < step[1, 0]


def test_a_single_step_teaches_as_well() -> None:
    """It has no variance to be scaled to: the gradient is that of the advantage as it is."""
    for loss_of in (
        lambda logits, action, advantage: policy_loss(logits, action, advantage, 0.0),
        lambda logits, action, advantage: clipped_loss(
            logits, action, torch.full((1,), 1 / 3).log(), advantage, Config(entropy_weight=0.0)
        ),
    ):
        logits = torch.zeros((1, 3), requires_grad=True)
        loss, _ = loss_of(logits, torch.tensor([1]), torch.tensor([2.0]))
        loss.backward()
        assert logits.grad is not None
        assert (-logits.grad[0]).tolist() == pytest.approx([-2 / 3, 4 / 3, -2 / 3])


@pytest.mark.parametrize(
    ("learner", "settings"),
    [
        ("a2c", {"num_envs": 1, "rollout": 1}),
        ("reinforce", {"num_envs": 1, "rollout": 1}),
        ("ppo", {"num_envs": 5, "rollout": 5, "batch_size": 8}),  # 25 steps: the last is alone
    ],
)
def test_batches_of_one_step_do_not_run_away(learner: str, settings: dict[str, Any]) -> None:
    config = read_config(learner, {"steps": 100, "hidden": [4], **settings})
    *_, last = begin(Training(Options(), learner, find_world("gridworld"), config), "cpu")
    network: Any = last.agent.network  # type: ignore[attr-defined]
    assert all(bool(weights.isfinite().all()) for weights in network.parameters())


def test_beyond_the_clip_nothing_pays_any_more() -> None:
    def gradient(shift: float, advantage: float) -> Tensor:
        logits = torch.tensor([[shift, 0.0], [0.0, 0.0]], requires_grad=True)
        before = torch.full((2,), 0.5).log()
        actions, advantages = torch.tensor([0, 0]), torch.tensor([advantage, -advantage])
        loss, _ = clipped_loss(logits, actions, before, advantages, Config(entropy_weight=0.0))
        loss.backward()
        return logits.grad[0]  # type: ignore[index]

    assert gradient(2.0, 1.0).abs().sum() == 0  # more probable by more than 20 %: enough
    assert gradient(2.0, -1.0).abs().sum() > 0  # the wrong way: still corrected
    assert gradient(0.1, 1.0).abs().sum() > 0


def test_illegal_actions_have_no_probability_and_no_entropy() -> None:
    world = find_world("tictactoe")
    env = world.make_batch(64, "cpu", seed=0)
    network = make_policy(env.single_observation_space, (16,), 9, seed=0)
    generator, returns = torch.Generator().manual_seed(0), EpisodeReturns(64)
    played = collect(env, network, 30, generator, returns)
    assert played.masks.gather(2, played.actions[..., None]).all()
    assert played.terminated.equal(played.ended)
    logits = network.logits(*(field.flatten(0, 1) for field in (played.observations, played.masks)))
    assert ((logits.softmax(1) > 0) == played.masks.flatten(0, 1)).all()
    assert torch.isfinite(entropy_of(logits.log_softmax(1)))
    one_legal = torch.tensor([[0.0, -torch.inf, -torch.inf]])
    assert entropy_of(one_legal.log_softmax(1)) == 0
