"""Numbers brought to one scale. Whatever is fitted is fitted on what is learned from, and on
nothing else: the mean of the test set would tell something about it."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Scaling:
    """(inputs - centre) / width, feature by feature, or channel by channel of images."""

    centre: Tensor
    width: Tensor

    def __call__(self, inputs: Tensor) -> Tensor:
        """The inputs on the new scale."""
        return (inputs - self.centre) / self.width

    def undo(self, scaled: Tensor) -> Tensor:
        """Back on the old one."""
        return scaled * self.width + self.centre


def standardise(train: Tensor) -> Scaling:
    """Mean 0 and standard deviation 1 on `train`; what is constant there stays 0."""
    values = _by_feature(train)
    return _shaped(train, values.mean(0), values.std(0, correction=0))


def normalise(train: Tensor) -> Scaling:
    """From 0 to 1 on `train`."""
    values = _by_feature(train)
    low, high = values.amin(0), values.amax(0)
    return _shaped(train, low, high - low)


def _by_feature(inputs: Tensor) -> Tensor:
    """(n, features), (n, steps, features), (n, channels, rows, cols) -> (all, features)."""
    return (inputs.movedim(1, -1) if inputs.ndim == 4 else inputs).reshape(-1, _features(inputs))


def _features(inputs: Tensor) -> int:
    return inputs.shape[1 if inputs.ndim == 4 else -1] if inputs.ndim > 1 else 1


def _shaped(inputs: Tensor, centre: Tensor, width: Tensor) -> Scaling:
    smallest = torch.finfo(inputs.dtype).eps * centre.abs().clamp_min(1)
    width = torch.where(width > smallest, width, 1)
    shape = (-1, 1, 1) if inputs.ndim == 4 else (-1,)
    return Scaling(centre.reshape(shape), width.reshape(shape))


class Standardise(nn.Module):
    """The first layer of a network that is to see every feature on one scale.

    What `fit` finds is kept with the weights, so whoever has the network needs no rows.

    Args:
        inputs: of the shape that is to be read: (n, features), (n, channels, rows, cols), ...
    """

    centre: Tensor
    width: Tensor

    def __init__(self, inputs: Tensor) -> None:
        super().__init__()
        scaling = _shaped(inputs, torch.zeros(_features(inputs)), torch.ones(_features(inputs)))
        self.register_buffer("centre", scaling.centre)
        self.register_buffer("width", scaling.width)

    def fit(self, train: Tensor) -> None:
        """Takes over the mean and the width of `train`."""
        found = standardise(train)
        self.centre.copy_(found.centre)
        self.width.copy_(found.width)

    def forward(self, inputs: Tensor) -> Tensor:
        """The inputs on that scale; of the same shape."""
        return (inputs - self.centre) / self.width

    def undo(self, scaled: Tensor) -> Tensor:
        """Back on the old one: for a network that forecasts what it was fitted on."""
        return scaled * self.width + self.centre


@dataclass(frozen=True)
class PCA:
    """The directions in which rows differ most (Pearson 1901), the first ones first."""

    centre: Tensor
    """(features,)."""
    directions: Tensor
    """(width, features), at right angles and of length 1."""
    explained: Tensor
    """(width,): which share of the variance lies in each."""

    @classmethod
    def fit(cls, train: Tensor, width: int) -> PCA:
        """Finds `width` directions of `train`, (n, ...), or as many as there are; each points to
        where its longest side is."""
        flat = train.flatten(1)
        centre = flat.mean(0)
        _, lengths, directions = torch.linalg.svd(flat - centre, full_matrices=False)
        longest = directions.gather(1, directions.abs().argmax(1, keepdim=True))
        directions = directions * longest.sign()
        explained = lengths.square() / lengths.square().sum().clamp_min(1e-30)
        return cls(centre, directions[:width], explained[:width])

    def __call__(self, inputs: Tensor) -> Tensor:
        """How far each row lies in each direction: (n, width)."""
        return (inputs.flatten(1) - self.centre) @ self.directions.T

    def undo(self, places: Tensor) -> Tensor:
        """The rows that lie there: (n, features)."""
        return places @ self.directions + self.centre
