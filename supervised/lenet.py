"""LeNet-5: convolutions find strokes wherever they are, pooling forgets where exactly.

    map[k] = tanh(bias[k] + sum over c of kernel[k, c] * input[c])        * slides over the image

LeCun, Bottou, Bengio & Haffner 1998, Gradient-based learning applied to document recognition.
Deviations: the second convolution sees all feature maps of the first; the output layer is linear;
pooling has no weights of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import nn

from supervised import training
from supervised.classification import evaluate, pictures
from supervised.dataset import BadData, Dataset
from supervised.images import Shape, image_shape
from supervised.training import seeded, train

__all__ = ["Config", "LeNet5", "evaluate", "make", "pictures", "train"]


@dataclass(frozen=True)
class Config(training.Config):
    """Settings of a training."""


class LeNet5(nn.Sequential):
    """Figure 2 of the paper; 61,706 parameters for ten digits.

        1 x 28 x 28 -> 6 x 28 x 28 -> 6 x 14 x 14 -> 16 x 10 x 10 -> 16 x 5 x 5 -> 120 -> 84 -> 10

    Raises:
        BadData: the images are too small.
    """

    def __init__(self, shape: Shape, classes: int) -> None:
        rows, cols = ((size // 2 - 4) // 2 for size in shape[1:])
        if min(rows, cols) < 1:
            raise BadData(
                f"LeNet-5 needs images of 12 x 12 or more, not {shape.rows} x {shape.cols}; "
                "cnn reads them"
            )
        super().__init__(
            nn.Conv2d(shape.channels, 6, 5, padding=2), nn.Tanh(), nn.AvgPool2d(2),
            nn.Conv2d(6, 16, 5), nn.Tanh(), nn.AvgPool2d(2), nn.Flatten(),
            nn.Linear(16 * rows * cols, 120), nn.Tanh(),
            nn.Linear(120, 84), nn.Tanh(),
            nn.Linear(84, classes),
        )  # fmt: skip


def make(config: Config, dataset: Dataset, seed: int) -> nn.Module:
    """The network for such images.

    Raises:
        BadData: they are too small, or no images.
    """
    shape = image_shape("lenet", dataset)
    return seeded(seed, lambda: LeNet5(shape, len(dataset.classes)))
