"""Smaller networks: what is thrown away is what the formulas say, and no more."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from supervised import cnn
from supervised.compression import (
    TEMPERATURE,
    EightBits,
    eight_bits,
    learn_on,
    packed,
    prune_and_learn,
    soft_cost,
    weights_left,
)
from supervised.data import load
from supervised.split import split


@pytest.mark.parametrize("layer", [nn.Linear(7, 5), nn.Conv2d(3, 4, 3)])
def test_eight_bits_are_off_by_half_a_step_at_most(layer: nn.Linear | nn.Conv2d) -> None:
    small = EightBits(layer)
    assert small.whole.dtype == torch.int8 and small.whole.abs().max() == 127
    error = (small.whole * small.scale - layer.weight).abs()
    assert bool((error <= small.scale / 2 + 1e-7).all())
    assert len(small.scale.flatten()) == layer.weight.shape[0]  # one for each output


def test_a_network_of_eight_bits_answers_nearly_the_same_in_a_third_of_the_bytes() -> None:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Linear(64, 256), nn.ReLU(), nn.Linear(256, 10))
    inputs = torch.rand(50, 64)
    small = eight_bits(network)
    assert (small(inputs) - network(inputs)).abs().max() < 0.01
    assert packed(small) < packed(network) / 3


def test_statistics_of_batches_are_no_weights() -> None:
    network = nn.Sequential(nn.Conv2d(1, 4, 3, bias=False), nn.BatchNorm2d(4))
    nn.init.ones_(network[1].bias)
    assert weights_left(network) == 4 * 9 + 4 + 4
    assert weights_left(eight_bits(network)) == 4 * 9 + 4 + 4


def test_pruned_weights_stay_away_while_the_others_learn_on() -> None:
    digits = load("digits")
    rows = split(digits, 0)
    torch.manual_seed(0)
    network = nn.Sequential(nn.Flatten(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 10))
    before = [layer.weight.detach().clone() for layer in (network[1], network[3])]
    prune_and_learn(learn_on(cnn.Config()), network, digits, rows, seed=0, share=0.75)
    after = [layer.weight for layer in (network[1], network[3])]
    sizes = torch.cat([weight.abs().flatten() for weight in before])
    bound = sizes.quantile(0.75)
    for old, new in zip(before, after, strict=True):
        assert torch.equal(new != 0, old.abs() > bound)  # the smallest of all layers together
        assert not torch.equal(new[new != 0], old[new != 0])
    assert weights_left(network) == sum(int((w != 0).sum()) for w in after) + 42  # and the biases


def test_the_cost_of_distillation_is_hintons() -> None:
    """Its soft part is the divergence from the teacher, but for the teacher's own entropy."""
    torch.manual_seed(0)
    student, teacher = torch.randn(6, 4), torch.randn(6, 4)
    labels = torch.randint(4, (6,))
    targets = torch.cat((teacher, nn.functional.one_hot(labels, 4).float()), 1)
    soft = (teacher / TEMPERATURE).softmax(1)
    divergence = nn.functional.kl_div(
        (student / TEMPERATURE).log_softmax(1), soft, reduction="batchmean"
    )
    entropy = -(soft * soft.log()).sum(1).mean()
    hard = nn.functional.cross_entropy(student, labels)
    wanted = (hard + TEMPERATURE**2 * (divergence + entropy)) / 2
    assert soft_cost(student, targets) == pytest.approx(float(wanted), rel=1e-5)
