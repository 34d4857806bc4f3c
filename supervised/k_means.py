"""k-means: clusters without labels, which are then called what most of their rows are.

    each row to its nearest centre, each centre to the mean of its rows; again, until nothing moves

It learns without labels (they only give the names), so what it tells right says how far the classes
lie apart by themselves. MacQueen 1967; Lloyd 1982. The work is scikit-learn's.
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

    clusters: int = 50
    """How many; several may come to have one name."""

    def __post_init__(self) -> None:
        if self.clusters < 1:
            raise BadData(f"clusters must be at least 1, not {self.clusters}")


def make(config: Config, dataset: Dataset, seed: int) -> nn.Module:
    """The model, which has learned nothing yet.

    Raises:
        BadData: there are no classes, or the inputs are characters.
    """
    check_features("k-means", dataset, classes=True)
    model = unfitted("k-means", dataset, seed, clusters=config.clusters)
    return Fitted(model, len(dataset.classes))
