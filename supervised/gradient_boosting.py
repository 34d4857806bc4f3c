"""Gradient boosting: small trees one after another, each on what the ones before got wrong.

    logits += rate * tree(x),  the tree fitted to the gradient of the cost

Friedman 2001, Greedy function approximation. The work is scikit-learn's, on features in 255 bins.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import nn

from supervised.classical import Fitted, train, unfitted
from supervised.classification import evaluate, pictures
from supervised.dataset import BadData, Dataset
from supervised.features import check_features

__all__ = ["Config", "evaluate", "make", "pictures", "train"]


@dataclass(frozen=True)
class Config:
    """Settings of a model."""

    trees: int = 100
    """How many for each class."""
    learning_rate: float = 0.1
    """How much of each tree is added."""

    def __post_init__(self) -> None:
        if self.trees < 1 or not self.learning_rate > 0:
            raise BadData(f"trees must be at least 1, learning_rate above 0, not {self}")


def make(config: Config, dataset: Dataset, seed: int) -> nn.Module:
    """The model, which has learned nothing yet.

    Raises:
        BadData: there are no classes, or the inputs are characters.
    """
    check_features("gradient-boosting", dataset, classes=True)
    chosen = {"max_iter": config.trees, "learning_rate": config.learning_rate}
    model = unfitted("gradient-boosting", dataset, seed, **chosen)
    return Fitted(model, len(dataset.classes))
