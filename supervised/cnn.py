"""Convolutional networks: LeNet-5, and a small residual one."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from supervised.dataset import BadData


class Shape(NamedTuple):
    """Of an image."""

    channels: int
    rows: int
    cols: int


class LeNet5(nn.Sequential):
    """LeCun, Bottou, Bengio & Haffner 1998, figure 2; 61,706 parameters for ten digits.

    Deviations: the second convolution sees all feature maps of the first; the output layer is
    linear; pooling has no weights of its own.

        1 x 28 x 28 -> 6 x 28 x 28 -> 6 x 14 x 14 -> 16 x 10 x 10 -> 16 x 5 x 5 -> 120 -> 84 -> 10

    Raises:
        BadData: the images are too small.
    """

    def __init__(self, shape: Shape, classes: int) -> None:
        rows, cols = ((size // 2 - 4) // 2 for size in shape[1:])
        if min(rows, cols) < 1:
            raise BadData(
                f"LeNet-5 needs images of 12 x 12 or more, not {shape.rows} x {shape.cols}; "
                "the residual network reads them"
            )
        super().__init__(
            nn.Conv2d(shape.channels, 6, 5, padding=2), nn.Tanh(), nn.AvgPool2d(2),
            nn.Conv2d(6, 16, 5), nn.Tanh(), nn.AvgPool2d(2), nn.Flatten(),
            nn.Linear(16 * rows * cols, 120), nn.Tanh(),
            nn.Linear(120, 84), nn.Tanh(),
            nn.Linear(84, classes),
        )  # fmt: skip


class Residual(nn.Module):
    """Two convolutions that learn what is to be added to their input (He et al. 2016, figure 2)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.change = nn.Sequential(
            nn.Conv2d(width, width, 3, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU(),
            nn.Conv2d(width, width, 3, padding=1, bias=False), nn.BatchNorm2d(width),
        )  # fmt: skip

    def forward(self, inputs: Tensor) -> Tensor:
        """The input, changed; of the same shape."""
        return (inputs + self.change(inputs)).relu()


class ResidualCNN(nn.Sequential):
    """A stem, then stages of one residual block each; each stage halves rows and columns.

    Images of any size: what is left of rows and columns at the end is averaged.
    """

    def __init__(self, shape: Shape, classes: int, widths: tuple[int, ...] = (16, 32, 64)) -> None:
        layers: list[nn.Module] = []
        channels = shape.channels
        for width in widths:
            layers += [
                nn.Conv2d(channels, width, 3, padding=1, bias=False),
                nn.BatchNorm2d(width), nn.ReLU(), nn.MaxPool2d(2, ceil_mode=True), Residual(width),
            ]  # fmt: skip
            channels = width
        super().__init__(
            *layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, classes)
        )


NETWORKS: dict[str, type[LeNet5] | type[ResidualCNN]] = {"lenet": LeNet5, "cnn": ResidualCNN}
"""By name."""


def make_cnn(name: str, images: Tensor, classes: int, seed: int) -> nn.Module:
    """A network for such `images`, (n, channels, rows, cols), whose first weights `seed` decides.

    Raises:
        BadData: there is no such network, or these are no images.
    """
    if name not in NETWORKS:
        raise BadData(f"there is no network {name!r} (there are: {', '.join(NETWORKS)})")
    if images.ndim != 4:
        raise BadData(f"a CNN reads images (rank 4), not inputs of shape {tuple(images.shape)}")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return NETWORKS[name](Shape(*images.shape[1:]), classes)
