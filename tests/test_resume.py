"""Whoever can learn can stop and go on: the same weights, bit for bit, and the same metrics.

Every learner of the registry is asked, so that a new one is as well: only its small settings may
have to be added.
"""

from __future__ import annotations

import io
import random
from collections.abc import Iterator
from dataclasses import fields, replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from agents.agent import AGENTS, agent_spec
from agents.training import Progress
from envs.names import BadInput
from envs.worlds import find_world
from workshop.training import Options, Training, begin, can_play_elsewhere

LEARNERS = [name for name, spec in AGENTS.items() if spec.trains_on]
POOL = "tictactoe, against its past selves"
BESIDE = "tictactoe, played in a thread of its own"
WORLDS = ["gridworld:slip=0.2", "tictactoe", "CartPole-v1", POOL, BESIDE]
SMALL: dict[str, Any] = {
    "num_envs": 4, "hidden": (8,), "learning_starts": 64, "batch_size": 32, "buffer_size": 300,
    "rollout": 8, "n_steps": 32, "n_epochs": 2, "train_freq": 16, "gradient_steps": 4,
    "target_update_interval": 100, "simulations": 4, "channels": 4, "blocks": 1, "window": 100,
}  # fmt: skip
"""What makes any training a matter of a moment, where a Config has such a setting."""
STEPS = {"one world": 2_500, "a batch": 2_048, "several worlds": 640}


def start(name: str, world_name: str, state: Any = None) -> Iterator[Progress]:
    """The reports of a small training.

    Raises:
        BadInput: this learner cannot learn in this world.
    """
    spec = agent_spec(name, learners_only=True)
    world = find_world(world_name.partition(",")[0])
    module = import_module(spec.module)
    default = module.config_for(world)
    known = {field.name for field in fields(default)}
    small = {setting: value for setting, value in SMALL.items() if setting in known}
    assert spec.trains_on is not None
    config = replace(default, steps=STEPS[spec.trains_on], **small)
    if world_name == BESIDE and not can_play_elsewhere(name):
        raise BadInput("it plays itself")
    threads = 2 if world_name == BESIDE else 1
    options = Options(seed=3, opponent="pool" if world_name == POOL else "self", threads=threads)
    return begin(Training(options, name, world, config), "cpu", state)


def weights(report: Progress, folder: Path) -> bytes:
    report.agent.save(folder / "weights")
    return (folder / "weights").read_bytes()


def told(report: Progress) -> str:
    """What is logged of a report; NaN is equal to itself here."""
    return repr((report.step, report.metrics, report.finished))


def draw_from_all() -> None:
    """Somebody else draws random numbers between two reports."""
    torch.rand(1), np.random.rand(), random.random()  # noqa: NPY002


def learns(name: str, world_name: str) -> bool:
    """Whether this world is one for this learner."""
    try:
        start(name, world_name)
    except BadInput:
        return False
    return True


@pytest.mark.parametrize("name", LEARNERS)
def test_every_learner_is_stopped_somewhere(name: str) -> None:
    assert any(learns(name, world_name) for world_name in WORLDS), "add a world for it to WORLDS"


@pytest.mark.parametrize("world_name", WORLDS)
@pytest.mark.parametrize("name", LEARNERS)
def test_stopped_and_resumed_equals_never_stopped(
    name: str, world_name: str, tmp_path: Path
) -> None:
    if not learns(name, world_name):
        pytest.skip(f"{name} does not learn on {world_name}")
    reports = start(name, world_name)
    whole, ends, states = [], [], []
    for report in reports:
        whole.append(told(report))
        ends.append(weights(report, tmp_path))
        file = io.BytesIO()
        torch.save({part: saved.state_dict() for part, saved in report.parts.items()}, file)
        states.append(file.getvalue())
    assert len(whole) >= 3, f"{name} reports too seldom to be stopped: make it smaller in SMALL"
    assert ends[0] != ends[-1]  # it went on learning
    for stop in sorted({1, len(whole) // 2, len(whole) - 1}):
        state = torch.load(io.BytesIO(states[stop - 1]), weights_only=True)
        rest = []
        for report in start(name, world_name, state):
            rest.append(told(report))
            draw_from_all()
        assert rest == whole[stop:]
        assert weights(report, tmp_path) == ends[-1]
