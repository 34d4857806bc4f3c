"""Linear regression: a number as the weighted sum of the features.

    y = w . x + b,  with the least mean squared error

Found downhill, step by step; the solution in one step (Gauss, Legendre 1805) stands beside it in
the measures, as `least_squares_mae`.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import nn

from supervised import training
from supervised.dataset import Dataset
from supervised.features import Scaled, check_features, train
from supervised.regression import evaluate, pictures
from supervised.training import seeded

__all__ = ["Config", "evaluate", "make", "pictures", "train"]


@dataclass(frozen=True)
class Config(training.Config):
    """Settings of a training."""

    epochs: int = 30
    """How often all rows are learned from."""
    learning_rate: float = 0.01
    """The highest step size that the schedule comes to."""
    weight_decay: float = 0.0
    """How much of each weight is forgotten per update, times the step size."""


def make(config: Config, dataset: Dataset, seed: int) -> nn.Module:
    """One weight a feature.

    Raises:
        BadData: there is no number to tell, or the inputs are characters.
    """
    features = check_features("linear", dataset, classes=False)
    return seeded(seed, lambda: Scaled(dataset, nn.Linear(features, 1)))
