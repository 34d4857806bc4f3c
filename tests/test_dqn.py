"""DQN's switches and bodies: n steps, prioritised draws, dueling, and networks for pictures."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import gymnasium as gym
import numpy as np
import pytest
import torch
from scipy import stats
from torch import nn

from agents import dqn
from agents.networks import CNN, MLP, Picture, encode, make_body
from agents.q_network import Dueling
from agents.replay import PrioritisedReplay, Replay
from envs.names import BadInput
from envs.worlds import find_world

ENVS, SIZE = 3, 50


def filled(replay: Replay, steps: int, seed: int = 0) -> list[list[tuple[int, float, bool, bool]]]:
    """Adds `steps` steps of each world; returns each world's (id, reward, terminated, cut off)."""
    rng = np.random.default_rng(seed)
    worlds: list[list[tuple[int, float, bool, bool]]] = [[] for _ in range(ENVS)]
    for step in range(steps):
        terminated = rng.random(ENVS) < 0.15
        truncated = ~terminated & (rng.random(ENVS) < 0.15)
        rewards = rng.normal(size=ENVS).astype(np.float32)
        ids = np.arange(ENVS) + ENVS * step
        replay.add(
            observation=torch.tensor(ids[:, None]),
            action=torch.tensor(ids % 2),
            reward=torch.tensor(rewards),
            terminated=torch.tensor(terminated),
            ended=torch.tensor(terminated | truncated),
            next_observation=torch.tensor(ids[:, None] + 1000),
            next_mask=torch.ones((ENVS, 2), dtype=torch.bool),
        )
        for world in range(ENVS):
            row = int(ids[world]), float(rewards[world])
            worlds[world].append((*row, bool(terminated[world]), bool(truncated[world])))
    return worlds


def one_by_one(steps: Any, n: int, discount: float) -> tuple[float, int, int, bool]:
    """The return of up to n steps, how many, the id of the last, and whether it was the end."""
    total, factor = 0.0, 1.0
    for count, (id_, reward, terminated, truncated) in enumerate(steps, 1):
        total += factor * reward
        factor *= discount
        if terminated or truncated or count == n:
            return total, count, id_, terminated
    raise AssertionError("a window that is not whole was drawn")


@pytest.mark.parametrize("kind", [Replay, lambda *args: PrioritisedReplay(0.6, *args)])
@pytest.mark.parametrize(("n", "discount"), [(1, 0.9), (3, 0.9), (3, -0.9), (4, -1.0)])
@pytest.mark.parametrize("steps", [12, 60])  # before and after the oldest are written over
def test_n_steps_in_a_row_are_those_that_followed(
    kind: Any, n: int, discount: float, steps: int
) -> None:
    replay = kind(SIZE, torch.zeros((ENVS, 1), dtype=torch.int64), 2, ENVS, n, discount)
    worlds = filled(replay, steps)
    batch = replay.sample(2000, torch.Generator().manual_seed(0))
    first = max(0, steps * ENVS - SIZE)
    drawable = set(range(first, (steps - n + 1) * ENVS))
    assert set(batch["observation"].flatten().tolist()) == drawable
    counts = batch.get("steps", torch.ones(2000))
    for row in range(2000):
        id_ = int(batch["observation"][row])
        total, count, last, over = one_by_one(worlds[id_ % ENVS][id_ // ENVS :], n, discount)
        assert float(batch["reward"][row]) == pytest.approx(total, abs=1e-5)
        assert int(counts[row]) == count
        assert int(batch["next_observation"][row]) == last + 1000
        assert bool(batch["terminated"][row]) == over


def test_the_target_counts_the_value_after_n_steps_with_the_sign_of_whoever_moves_then() -> None:
    batch = {
        "reward": torch.zeros(3),
        "terminated": torch.tensor([0.0, 0.0, 1.0]),
        "next_mask": torch.ones((3, 2), dtype=torch.bool),
        "steps": torch.tensor([2, 3, 3]),
    }
    q_values = torch.tensor([[1.0, 8.0]] * 3)
    found = dqn.td_targets(batch, q_values, q_values, gamma=0.5, sign=-1)
    assert found.tolist() == [2.0, -1.0, 0.0]


def test_draws_follow_the_priorities_and_weights_undo_them() -> None:
    replay = PrioritisedReplay(0.7, SIZE, torch.zeros((ENVS, 1)), 2, ENVS)
    filled(replay, 10)
    errors = torch.linspace(-3, 3, 30)
    replay.learned(torch.arange(30), errors)
    replay.beta = 0.5
    exact = (errors.abs().double().numpy() + 1e-6) ** 0.7
    exact /= exact.sum()
    generator = torch.Generator().manual_seed(1)
    batch = replay.sample(60_000, generator)
    drawn = np.bincount(batch["rows"].numpy(), minlength=30)
    assert stats.chisquare(drawn, exact * 60_000).pvalue > 0.01
    weights = (30 * exact[batch["rows"].numpy()]) ** -0.5
    assert batch["weights"].numpy() == pytest.approx(weights / weights.max(), rel=1e-5)
    replay.beta = 1.0  # all of the bias is undone: every row counts the same in the end
    batch = replay.sample(60_000, generator)
    sums = np.bincount(batch["rows"].numpy(), batch["weights"].double().numpy(), 30)
    assert sums / sums.sum() == pytest.approx(np.full(30, 1 / 30), rel=0.15)


def test_a_new_step_has_the_largest_priority_so_far() -> None:
    replay = PrioritisedReplay(1.0, SIZE, torch.zeros((ENVS, 1)), 2, ENVS)
    filled(replay, 2)
    replay.learned(torch.arange(6), torch.tensor([0.0, 1, 2, 3, 4, 5]))
    filled(replay, 1)
    assert replay.powers[6:9].tolist() == pytest.approx([5.0] * 3, abs=1e-5)
    assert not replay.powers[9:].any()


def test_dueling_q_values_have_the_value_as_their_mean() -> None:
    streams = torch.randn(7, 5)
    q_values = Dueling()(streams)
    assert torch.allclose(q_values.mean(1), streams[:, 0], atol=1e-6)
    gaps, advantages = q_values.diff(dim=1), streams[:, 1:].diff(dim=1)
    assert torch.allclose(gaps, advantages, atol=1e-6)


SWITCHES: list[dict[str, Any]] = [
    {"double": False},
    {"dueling": True},
    {"n_step": 3},
    {"prioritised": True},
    {"double": False, "dueling": True, "n_step": 2, "prioritised": True},
]


@pytest.mark.parametrize("world_name", ["gridworld:observation=planes,slip=0.2", "tictactoe"])
@pytest.mark.parametrize("switches", SWITCHES, ids=str)
def test_each_switch_trains_and_resumes_bit_for_bit(
    world_name: str, switches: dict[str, Any], tmp_path: Any
) -> None:
    world = find_world(world_name)
    config = dqn.Config(
        steps=512, num_envs=8, hidden=(8,), learning_starts=32, batch_size=16, buffer_size=200,
        learning_rate=3e-2,
        **switches,
    )  # fmt: skip

    def training(state: Any = None) -> Any:
        agent = dqn.DQNAgent(world, config)
        return dqn.train(config, world.make_batch(8, "cpu", 0), "cpu", 0, agent, state)

    whole = training()
    reports = [next(whole) for _ in range(2)]
    path = tmp_path / "state.pt"
    torch.save({name: part.state_dict() for name, part in reports[-1].parts.items()}, path)
    before = weights(reports[-1].agent)
    *_, last = whole
    *_, resumed = training(torch.load(path))
    assert last.step == resumed.step == 512
    assert weights(last.agent) == weights(resumed.agent) != before
    plain = replace(config, double=True, dueling=False, n_step=1, prioritised=False)
    agent = dqn.DQNAgent(world, plain)
    *_, other = dqn.train(plain, world.make_batch(8, "cpu", 0), "cpu", 0, agent)
    assert weights(other.agent) != weights(last.agent)


def weights(agent: Any) -> bytes:
    return b"".join(t.numpy().tobytes() for t in agent.network.state_dict().values())


def test_exploration_may_fall_at_once() -> None:
    world = find_world("tictactoe")
    config = dqn.Config(steps=128, num_envs=8, hidden=(8,), epsilon_fraction=0.0, epsilon_end=0.25)
    agent = dqn.DQNAgent(world, config)
    report = next(dqn.train(config, world.make_batch(8, "cpu", 0), "cpu", 0, agent))
    assert report.metrics["epsilon"] == 0.25


def test_a_buffer_too_small_for_n_steps_is_one_clear_line() -> None:
    with pytest.raises(BadInput, match="--buffer-size must be at least 32 for 3-step"):
        Replay(31, torch.zeros((8, 1)), 2, 8, 3)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("tictactoe", MLP),
        ("connect-four", CNN),
        ("CartPole-v1", MLP),
        ("gridworld", MLP),
        ("gridworld:observation=planes", CNN),
        ("gridworld:observation=local", MLP),
        ("gridworld:observation=pixels", CNN),
    ],
)
def test_the_observation_chooses_the_body(name: str, kind: type[nn.Module]) -> None:
    assert isinstance(make_body(find_world(name).observation_space, (16,), 4), kind)


@pytest.mark.parametrize("shape", [(84, 84, 3), (4, 84, 84), (210, 160, 3), (2, 6, 7)])
def test_a_cnn_sees_the_same_picture_whichever_side_its_channels_are(
    shape: tuple[int, int, int],
) -> None:
    space = gym.spaces.Box(0, 255, shape, np.uint8)
    picture = Picture.of(space)
    assert picture is not None and picture.channels == min(shape)
    network = make_body(space, (32,), 5, "cnn")
    linear = next(layer for layer in network if isinstance(layer, nn.Linear))
    assert linear.in_features <= 64 * 100
    pixels = torch.randint(256, (2, *shape), dtype=torch.uint8)
    inputs = encode(pixels, space)
    assert inputs.max() <= 1 and torch.equal((inputs * 255).round().byte(), pixels.flatten(1))
    assert network(inputs).shape == (2, 5)
    planes = network[0](inputs)
    expected = pixels.permute(0, 3, 1, 2) if picture.channels_last else pixels
    assert torch.equal(planes, expected.float() / 255)


def test_a_cnn_where_there_is_no_picture_is_one_clear_line() -> None:
    with pytest.raises(BadInput, match="--body cnn is for pictures"):
        make_body(find_world("CartPole-v1").observation_space, (8,), 2, "cnn")
    with pytest.raises(BadInput, match="did you mean 'cnn'"):
        make_body(find_world("tictactoe").observation_space, (8,), 2, "cmn")  # type: ignore[arg-type]
