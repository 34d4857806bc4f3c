"""Logistic regression: how probable each class is, from one weighted sum for each.

    p = softmax(W x + b),  with the least surprise -log p[right]

Cox 1958, The regression analysis of binary sequences; with several classes it is also called
softmax regression. The layer is the perceptron's; the cost is what differs: it is never quite
content, so it goes on to widen the gap, and its answers are probabilities.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import nn

from supervised import training
from supervised.classification import evaluate, pictures
from supervised.dataset import Dataset
from supervised.features import Scaled, check_features, train
from supervised.training import seeded

__all__ = ["Config", "evaluate", "make", "pictures", "train"]


@dataclass(frozen=True)
class Config(training.Config):
    """Settings of a training."""

    learning_rate: float = 0.01
    """The highest step size that the schedule comes to."""


def make(config: Config, dataset: Dataset, seed: int) -> nn.Module:
    """One logit for each class.

    Raises:
        BadData: there are no classes, or the inputs are characters.
    """
    features = check_features("logistic", dataset, classes=True)
    return seeded(seed, lambda: Scaled(dataset, nn.Linear(features, len(dataset.classes))))
