"""A small residual network: layers that learn what is to be added to what they are given.

    outputs = relu(inputs + change(inputs))

A layer that has nothing to add passes its input on, so deeper is not worse. He, Zhang, Ren & Sun
2016, Deep residual learning for image recognition. Deviations: a stage begins with a convolution
and max-pooling instead of a strided block; one block a stage.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn

from supervised import training
from supervised.classification import evaluate, pictures
from supervised.dataset import BadData, Dataset
from supervised.images import Shape, image_shape
from supervised.training import seeded, train

__all__ = ["Config", "ResidualCNN", "evaluate", "make", "pictures", "train"]


@dataclass(frozen=True)
class Config(training.Config):
    """Settings of a training."""

    widths: tuple[int, ...] = (16, 32, 64)
    """Feature maps of each stage, which halves rows and columns."""
    dropout: float = 0.0
    """Share of the last features that is left out at random while it learns."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.batch_size < 2:
            raise BadData("batch_size must be at least 2: a batch is brought to its own mean")
        if not self.widths or min(self.widths) < 1:
            raise BadData(f"widths must be at least 1 each, not {self.widths}")
        if not 0 <= self.dropout < 1:
            raise BadData(f"dropout must be from 0 to below 1, not {self.dropout}")


class Residual(nn.Module):
    """Two convolutions that learn what is to be added to their input (figure 2 of the paper)."""

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

    def __init__(
        self,
        shape: Shape,
        classes: int,
        widths: tuple[int, ...] = (16, 32, 64),
        dropout: float = 0.0,
    ) -> None:
        layers: list[nn.Module] = []
        channels = shape.channels
        for width in widths:
            layers += [
                nn.Conv2d(channels, width, 3, padding=1, bias=False),
                nn.BatchNorm2d(width), nn.ReLU(), nn.MaxPool2d(2, ceil_mode=True), Residual(width),
            ]  # fmt: skip
            channels = width
        super().__init__(
            *layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(),
            nn.Dropout(dropout), nn.Linear(channels, classes),
        )  # fmt: skip


def make(config: Config, dataset: Dataset, seed: int) -> nn.Module:
    """The network for such images.

    Raises:
        BadData: they are no images.
    """
    shape, classes = image_shape("cnn", dataset), len(dataset.classes)
    return seeded(seed, lambda: ResidualCNN(shape, classes, config.widths, config.dropout))
