"""A support vector machine: the cut between two classes with the widest margin.

    score(x) = sum over support vectors of weight * exp(-gamma * |x - vector|^2) + b

Only the rows nearest to the cut decide it; the kernel lets it bend. Of several classes each two are
parted, and they vote. Its scores are no probabilities: measures of cost and calibration say little.
Boser, Guyon & Vapnik 1992; Cortes & Vapnik 1995. The work is scikit-learn's SVC.
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

    penalty: float = 10.0
    """What a row on the wrong side costs (C)."""
    gamma: float = 0.0
    """How soon a row's influence fades; 0: as tried for this set, else scikit-learn's choice."""

    def __post_init__(self) -> None:
        if not self.penalty > 0 or not self.gamma >= 0:
            raise BadData(f"penalty must be above 0, gamma 0 or more, not {self}")


def make(config: Config, dataset: Dataset, seed: int) -> nn.Module:
    """The model, which has learned nothing yet.

    Raises:
        BadData: there are no classes, or the inputs are characters.
    """
    check_features("svm", dataset, classes=True)
    chosen = {"gamma": config.gamma} if config.gamma else {}
    model = unfitted("svm", dataset, seed, C=config.penalty, **chosen)
    return Fitted(model, len(dataset.classes))
