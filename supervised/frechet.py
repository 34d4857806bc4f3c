"""How far made-up images are from real ones, judged by a classifier of ours.

The features (what the classifier sees just before it decides) of real and of made-up images are
each taken for a Gaussian; the Frechet distance d of two Gaussians has

    d^2 = |m1 - m2|^2 + trace(C1 + C2 - 2 (C1 C2)^(1/2))            Dowson & Landau 1982

and is 0 for the same one. Of a limited number of images it is never 0: so beside it stands the
floor, what a forger would have who draws training images at random and shows them as his own.

Both are like with like: the distance of a set of images to all test images, and the set has as many
images as there are test images, as the distance falls with their number. Each image of a set is
drawn on its own, so training images may come twice: drawn without putting back, a set would have
nearly the test's share of every class (`split` sees to that), which no forger who draws at random
can have. Both are means over `DRAWS` sets.

Source: Heusel et al. 2017, section 3. Deviations: our own classifier's features, where they have
those of a network that never saw a digit; and the distance itself, where what is called FID is its
square. A ratio of 3 to the floor is one of 9 between squares.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor, nn

from supervised import cnn, training
from supervised.dataset import Dataset
from supervised.split import Split
from supervised.training import predict

SEED = 0
"""Of the classifier: the same one judges every model of images."""
LEARNING = cnn.Config(epochs=8, augment=True)
"""Shaken images make features that go by the shape, and not by single pixels."""
DRAWS = 5
"""So many sets are drawn for either distance, to be averaged."""
FAIR = 0.2
"""A class is covered that has this share of its images among the real ones, or more."""


class Gaussian(NamedTuple):
    """Mean and covariance."""

    mean: Tensor
    covariance: Tensor

    @classmethod
    def of(cls, features: Tensor) -> Gaussian:
        """Of rows (n, features)."""
        values = features.double()
        return cls(values.mean(0), torch.cov(values.T))


def frechet(one: Gaussian, other: Gaussian) -> float:
    """The distance of two Gaussians."""
    root = _root(one.covariance)
    middle = root @ other.covariance @ root  # has the eigenvalues of C1 C2, and is symmetric
    shared = torch.linalg.eigvalsh((middle + middle.T) / 2).clamp_min(0).sqrt().sum()
    apart = (one.mean - other.mean).square().sum()
    square = apart + one.covariance.trace() + other.covariance.trace() - 2 * shared
    return float(square.clamp_min(0).sqrt())


def _root(matrix: Tensor) -> Tensor:
    values, vectors = torch.linalg.eigh(matrix)
    return vectors * values.clamp_min(0).sqrt() @ vectors.T


class Judge:
    """A classifier that has learned from the training rows, and how real images look to it."""

    def __init__(self, dataset: Dataset, rows: Split) -> None:
        self.classes = len(dataset.classes)
        self.network = cnn.make(LEARNING, dataset, SEED)
        for _ in training.train(LEARNING, self.network, dataset, rows, "cpu", SEED):
            pass
        assert isinstance(self.network, nn.Sequential)
        self.body = nn.Sequential(*list(self.network)[:-1])
        self.count = len(rows.test)
        self.real = Gaussian.of(self.features(dataset.inputs[rows.test]))
        self.shares = self.share_of_classes(dataset.inputs[rows.test])
        self.floor = self._floor(dataset.inputs[rows.train])

    def _floor(self, train: Tensor) -> float:
        features = self.features(train)
        generator = torch.Generator().manual_seed(SEED)
        distances = []
        for _ in range(DRAWS):
            drawn = torch.randint(len(train), (self.count,), generator=generator)
            distances.append(frechet(Gaussian.of(features[drawn]), self.real))
        return sum(distances) / DRAWS

    def features(self, images: Tensor) -> Tensor:
        """What it sees in each: (n, features)."""
        return predict(self.body, images)

    def distance(self, images: Tensor) -> float:
        """The Frechet distance to the test images; give it as many, for the floor's sake."""
        return frechet(Gaussian.of(self.features(images)), self.real)

    def share_of_classes(self, images: Tensor) -> Tensor:
        """Which share of the images it takes for each class: (classes,)."""
        found = predict(self.network, images).argmax(1)
        return found.bincount(minlength=self.classes) / len(images)

    def covered(self, images: Tensor) -> int:
        """How many classes have at least `FAIR` of their share."""
        return int((self.share_of_classes(images) >= FAIR * self.shares).sum())

    def measures(self, draw: Callable[[int, int], Tensor], seed: int) -> dict[str, float]:
        """All of it, for made-up images.

        Args:
            draw: makes so many of them, by a seed.
        """
        sets = [draw(self.count, seed + number) for number in range(DRAWS)]
        distance = sum(map(self.distance, sets)) / DRAWS
        return {
            "frechet": distance,
            "frechet_floor": self.floor,
            "frechet_ratio": distance / self.floor,
            "classes_covered": float(self.covered(torch.cat(sets))),
        }
