"""What runs on a CPU runs on a GPU, and finds the same. Left out where there is no GPU."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from agents.policy_value import make_policy_value
from agents.tree_search import Search, search
from envs.worlds import find_world
from workshop.__main__ import main
from workshop.labelled import connect_four

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")


@pytest.mark.parametrize("gumbel", [True, False])
def test_a_search_finds_the_same(gumbel: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", False)
    rules = find_world("connect-four").rules
    assert rules is not None
    network = make_policy_value(rules, channels=16, blocks=2, seed=1)
    boards = [found.position for found in connect_four()[::7]]
    mine, theirs = torch.tensor(boards).T
    settings = Search(simulations=48, gumbel=gumbel)
    here = search(rules, mine, theirs, network, settings)
    network.to("cuda")
    there = search(rules, mine.cuda(), theirs.cuda(), network, settings)
    same = (here.actions == there.actions.cpu()).float().mean()
    assert same > 0.98  # sums are rounded differently, and equal moves may change places
    assert (here.values - there.values.cpu()).abs().median() < 1e-4


@pytest.mark.parametrize("name", ["gridworld", "tictactoe", "connect-four", "duel"])
def test_a_batch_of_worlds_does_the_same(name: str) -> None:
    here, there = (find_world(name).make_batch(64, device, 0) for device in ("cpu", "cuda"))
    lots = torch.Generator().manual_seed(0)
    for _ in range(30):
        _, masks = here.percepts_now()
        assert torch.equal(masks, there.percepts_now()[1].cpu())
        actions = masks.float().multinomial(1, generator=lots).squeeze(1)
        for one, other in zip(here.step(actions)[:4], there.step(actions.cuda())[:4], strict=True):
            assert torch.equal(one, other.cpu())


@pytest.mark.parametrize(
    ("agent", "world", "steps"),
    [
        ("dqn", "gridworld", 4_000),
        ("ppo", "gridworld", 8_192),
        ("a2c", "tictactoe", 8_192),
        ("reinforce", "tictactoe", 8_192),
        ("alphazero", "tictactoe", 8_192),
    ],
)
def test_learners_learn_and_repeat(agent: str, world: str, steps: int, tmp_path: Path) -> None:
    for run in ("one", "other"):
        options = ["--device", "cuda", "--steps", str(steps), "--run", str(tmp_path / run)]
        assert main(["train", agent, world, *options]) == 0
    one, other = (
        load_file(tmp_path / run / "agent" / "weights.safetensors") for run in ("one", "other")
    )
    if agent != "alphazero":  # which adds up equal positions in any order (`Window.latest`)
        assert all(torch.equal(one[name], other[name]) for name in one)


@pytest.mark.parametrize("model", ["mlp", "cnn"])
def test_models_learn(model: str, tmp_path: Path) -> None:
    options = [
        "--data",
        "digits",
        "--device",
        "cuda",
        "--epochs",
        "3",
        "--run",
        str(tmp_path / "run"),
    ]
    assert main(["learn", model, *options]) == 0
