"""k nearest neighbours: whatever most of the most similar rows are.

    p[class] = share of the class among the k rows with the least |x - row|

Nothing is learned; everything is kept, and asked every time. Fix & Hodges 1951; Cover & Hart 1967:
with ever more rows one neighbour errs at most twice as often as the best there can be. The work is
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

    neighbours: int = 3
    """How many are asked."""

    def __post_init__(self) -> None:
        if self.neighbours < 1:
            raise BadData(f"neighbours must be at least 1, not {self.neighbours}")


def make(config: Config, dataset: Dataset, seed: int) -> nn.Module:
    """The model, which has learned nothing yet.

    Raises:
        BadData: there are no classes, or the inputs are characters.
    """
    check_features("k-nn", dataset, classes=True)
    model = unfitted("k-nn", dataset, seed, n_neighbors=config.neighbours)
    return Fitted(model, len(dataset.classes))
