"""The perceptron: one layer, changed only where it errs.

    weights[right] += rate * input, weights[answered] -= rate * input        if answered != right

That is a step downhill on how far the answer's score lies above the right one's. Where a straight
cut parts the classes it ends without a mistake, and else never settles. Rosenblatt 1958, The
perceptron. Deviations: several classes, as in Crammer & Singer 2003; batches; a falling rate.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from torch import Tensor, nn

from supervised import training
from supervised.classification import evaluate, pictures
from supervised.dataset import Dataset
from supervised.features import Scaled, check_features, fit_scale
from supervised.split import Split
from supervised.training import Progress, seeded

__all__ = ["Config", "evaluate", "make", "pictures", "train"]


@dataclass(frozen=True)
class Config(training.Config):
    """Settings of a training."""

    epochs: int = 30
    """How often all rows are learned from."""
    batch_size: int = 16
    """Rows per update, or nearly."""
    optimizer: training.Optimizer = "sgd"
    """sgd, momentum, rmsprop or adam."""
    learning_rate: float = 0.1
    """The highest step size that the schedule comes to."""
    schedule: training.Schedule = "linear"
    """constant; linear or cosine: down to zero; one-cycle: up and then down."""
    weight_decay: float = 0.0
    """How much of each weight is forgotten per update, times the step size."""


def make(config: Config, dataset: Dataset, seed: int) -> nn.Module:
    """One score for each class.

    Raises:
        BadData: there are no classes, or the inputs are characters.
    """
    features = check_features("perceptron", dataset, classes=True)
    return seeded(seed, lambda: Scaled(dataset, nn.Linear(features, len(dataset.classes))))


def cost(scores: Tensor, labels: Tensor) -> Tensor:
    """How far the answer's score lies above the right one's; 0 where they are the same."""
    return (scores.max(1).values - scores.gather(1, labels[:, None])[:, 0]).mean()


def train(
    config: Config,
    network: nn.Module,
    dataset: Dataset,
    rows: Split,
    device: str,
    seed: int,
    state: Mapping[str, Any] | None = None,
) -> Iterator[Progress]:
    """The loop of `supervised.training`, with this cost."""
    fit_scale(network, dataset, rows)
    learn = partial(training.train, cost_by=cost)
    yield from learn(config, network, dataset, rows, device, seed, state)
