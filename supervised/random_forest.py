"""A random forest: many trees of questions, each grown on other rows, and their mean.

    p = mean over trees of the shares of the classes in the leaf that x falls into

Each tree learns from rows drawn with replacement, and at each fork may ask about a few random
features only; so they err differently, and the mean errs less. Breiman 2001. The work is
scikit-learn's.
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

    trees: int = 300
    """How many."""

    def __post_init__(self) -> None:
        if self.trees < 1:
            raise BadData(f"trees must be at least 1, not {self.trees}")


def make(config: Config, dataset: Dataset, seed: int) -> nn.Module:
    """The model, which has learned nothing yet.

    Raises:
        BadData: there are no classes, or the inputs are characters.
    """
    check_features("random-forest", dataset, classes=True)
    model = unfitted("random-forest", dataset, seed, n_estimators=config.trees)
    return Fitted(model, len(dataset.classes))
