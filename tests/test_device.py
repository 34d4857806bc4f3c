"""Where to train: a device by its name, the fastest one, and one that cannot."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from agents import dqn, replay
from agents.random_legal import RandomAgent
from agents.training import Progress
from envs.names import BadInput
from envs.worlds import find_world
from workshop import device


class NoDouble(TorchDispatchMode):
    """Refuses numbers of 64 bits, as Apple's GPUs do."""

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        found = func(*args, **(kwargs or {}))
        for tensor in tree_leaves((args, kwargs, found)):
            if isinstance(tensor, Tensor) and tensor.dtype == torch.float64:
                raise TypeError(f"{func}: there is no float64")
        return found


@pytest.mark.parametrize("prioritised", [False, True])
def test_a_device_without_float64_can_train(
    prioritised: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert replay.widest_float(torch.device("mps")) == torch.float32
    monkeypatch.setattr(replay, "widest_float", lambda device: torch.float32)
    world = find_world("MountainCar-v0")
    config = dqn.Config(
        steps=256, num_envs=4, hidden=(8,), learning_starts=32, batch_size=16, buffer_size=200,
        prioritised=prioritised,
    )  # fmt: skip
    with NoDouble():
        agent = dqn.DQNAgent(world, config)
        *_, last = dqn.train(config, world.make_batch(4, "cpu", 0), "cpu", 0, agent)
    assert last.step == 256


def test_observations_and_rewards_come_in_32_bits() -> None:
    env = find_world("CartPole-v1").make_batch(2, "cpu", 0)
    assert env.step(torch.zeros(2, dtype=torch.int64))[1].dtype == torch.float32
    assert env._tensor([[1.5], [2.5]]).dtype == torch.float32
    assert env._tensor([1, 2]).dtype == torch.int64


@pytest.mark.parametrize(
    ("asked", "gpus", "complaint"),
    [
        ("cpu:x", 0, "did you mean 'cpu'"),
        ("cpu:3", 0, "did you mean 'cpu'"),
        ("cuda", 0, "there are: auto, cpu"),
        ("cuda:9", 2, "there are: auto, cpu, cuda, cuda:0, cuda:1"),
        ("cuda:", 2, "did you mean 'cuda:1'"),
    ],
)
def test_a_device_that_is_not_there_is_one_line(
    asked: str, gpus: int, complaint: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    have(gpus, monkeypatch)
    with pytest.raises(BadInput, match=complaint):
        device.check_device(asked)


def have(gpus: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: gpus > 0)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: gpus)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)


def test_a_gpu_may_be_named_by_its_number(monkeypatch: pytest.MonkeyPatch) -> None:
    have(2, monkeypatch)
    for asked in ("auto", "cpu", "cuda", "cuda:1"):
        assert device.check_device(asked) == ["cpu", "cuda"]


def test_a_device_that_fails_is_told_and_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    have(1, monkeypatch)
    monkeypatch.setattr(device, "SECONDS", 0.001)
    agent = RandomAgent(find_world("tictactoe"), 0)

    def start(name: str) -> Iterator[Progress]:
        if name == "cuda":
            raise TypeError("there is\nno float64")
        return (Progress(step, {}, agent, {}) for step in range(10**9))

    chosen, why = device.choose_device("auto", start)
    assert chosen == "cpu" and why.startswith("measured: cpu ")
    assert why.endswith("; cuda cannot: there is no float64")


def test_what_no_device_can_train_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    have(1, monkeypatch)

    def start(name: str) -> Iterator[Progress]:
        raise RuntimeError("numbers ran away")

    with pytest.raises(RuntimeError, match="ran away"):
        device.choose_device("auto", start)
