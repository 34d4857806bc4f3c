"""A multilayer perceptron: layers of weighted sums, bent in between.

    h = f(W1 x + b1),  y = W2 h + b2

Without the bend f two layers would be one. With it, one hidden layer comes near any function
(Cybenko 1989; Hornik, Stinchcombe & White 1989), given width enough. Trained by backpropagation
(Rumelhart, Hinton & Williams 1986).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from matplotlib.figure import Figure
from torch import nn

from supervised import classification, regression, training
from supervised.dataset import BadData, Dataset
from supervised.features import Scaled, check_features, train
from supervised.split import Split
from supervised.training import seeded

__all__ = ["Config", "evaluate", "make", "pictures", "train"]

Activation = Literal[
    "relu", "leaky-relu", "elu", "gelu", "silu", "softplus", "sigmoid", "tanh", "none"
]  # fmt: skip
ACTIVATIONS: dict[str, type[nn.Module]] = {
    "relu": nn.ReLU,
    "leaky-relu": nn.LeakyReLU,
    "elu": nn.ELU,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
    "softplus": nn.Softplus,
    "sigmoid": nn.Sigmoid,
    "tanh": nn.Tanh,
    "none": nn.Identity,
}
"""How a layer bends its sums; `none` does not, and makes the whole a single straight layer."""


@dataclass(frozen=True)
class Config(training.Config):
    """Settings of a training."""

    epochs: int = 30
    """How often all rows are learned from."""
    hidden: tuple[int, ...] = (64, 64)
    """Neurons of each hidden layer."""
    activation: Activation = "relu"
    """relu, leaky-relu, elu, gelu, silu, softplus, sigmoid, tanh, or none."""
    dropout: float = 0.0
    """Share of the neurons that are left out at random while it learns."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if any(width < 1 for width in self.hidden):
            raise BadData(f"hidden must be at least 1 each, not {self.hidden}")
        if self.activation not in ACTIVATIONS:
            there_are = ", ".join(ACTIVATIONS)
            raise BadData(f"activation: no {self.activation!r} (there are: {there_are})")
        if not 0 <= self.dropout < 1:
            raise BadData(f"dropout must be from 0 to below 1, not {self.dropout}")


def layers(config: Config, features: int, outputs: int) -> Iterator[nn.Module]:
    """From the features to the outputs."""
    width = features
    for wider in config.hidden:
        yield nn.Linear(width, wider)
        yield ACTIVATIONS[config.activation]()
        yield nn.Dropout(config.dropout)
        width = wider
    yield nn.Linear(width, outputs)


def make(config: Config, dataset: Dataset, seed: int) -> nn.Module:
    """The network, for classes or for a number.

    Raises:
        BadData: the inputs are characters.
    """
    features, outputs = check_features("mlp", dataset), len(dataset.classes) or 1
    return seeded(seed, lambda: Scaled(dataset, nn.Sequential(*layers(config, features, outputs))))


def evaluate(network: nn.Module, dataset: Dataset, rows: Split, seed: int) -> dict[str, float]:
    """The measures of its kind: of classes, or of a number."""
    kind = classification if dataset.classes else regression
    return kind.evaluate(network, dataset, rows, seed)


def pictures(network: nn.Module, dataset: Dataset, rows: Split, seed: int) -> dict[str, Figure]:
    """The pictures of its kind."""
    kind = classification if dataset.classes else regression
    return kind.pictures(network, dataset, rows, seed)
