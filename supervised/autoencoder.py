"""Autoencoder: an image through a narrow door, and back.

    code   = encoder(image)              so few numbers that not all can be kept
    cost   = mean((decoder(code) - image)^2)

With straight layers only, the best it can do is PCA (Baldi & Hornik 1989); with bent ones it may
follow a surface that is curved. Source: Hinton & Salakhutdinov 2006 (there, layers were learned one
after the other before; today that is not needed).

Labels are never looked at, but for the picture. The code also finds similar images: see
`supervised.search`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from torch import Tensor, nn

from supervised import search, training
from supervised.dataset import BadData, Dataset
from supervised.images import Shape, shape_of
from supervised.pictures.latent import draw_latent
from supervised.pictures.strips import draw_strips
from supervised.scaling import PCA
from supervised.split import Split
from supervised.training import Progress, predict, seeded

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FOUND = 10
"""Images that a search finds."""


@dataclass(frozen=True)
class Config(training.Config):
    """Settings of an autoencoder."""

    epochs: int = 25
    """How often all rows are learned from."""
    learning_rate: float = 2e-3
    """The highest step size that the schedule comes to."""
    weight_decay: float = 0.0
    """How much of each weight is forgotten per update, times the step size."""
    width: int = 32
    """Numbers that stand for an image."""
    hidden: tuple[int, ...] = (512, 256)
    """Width of each layer of the encoder before that; the decoder has them the other way round."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.augment:
            raise BadData("augment: an autoencoder is to tell what it was shown, as it was shown")
        if min(self.width, *self.hidden) < 1:
            raise BadData(f"width and hidden must be at least 1, not {self.width}, {self.hidden}")


class Autoencoder(nn.Module):
    """Images to codes, and codes to images."""

    def __init__(self, shape: Shape, width: int, hidden: tuple[int, ...]) -> None:
        super().__init__()
        pixels = math.prod(shape)
        self.encoder = nn.Sequential(nn.Flatten(), *bent_layers((pixels, *hidden, width)))
        self.decoder = nn.Sequential(
            *bent_layers((width, *reversed(hidden), pixels)), nn.Unflatten(1, shape)
        )

    def forward(self, images: Tensor) -> Tensor:
        """(n, channels, rows, cols), of the same shape."""
        return self.decoder(self.encoder(images))


def bent_layers(widths: tuple[int, ...]) -> list[nn.Module]:
    """Linear layers of these widths, with a bend between each two."""
    layers: list[nn.Module] = []
    for before, after in pairwise(widths):
        layers += [nn.Linear(before, after), nn.SiLU()]
    return layers[:-1]


def make(config: Config, dataset: Dataset, seed: int) -> nn.Module:
    """The network for such images.

    Raises:
        BadData: they are none.
    """
    shape = shape_of("autoencoder", dataset)
    return seeded(seed, lambda: Autoencoder(shape, config.width, config.hidden))


def train(
    config: Config,
    network: nn.Module,
    dataset: Dataset,
    rows: Split,
    device: str,
    seed: int,
    state: Mapping[str, Any] | None = None,
) -> Iterator[Progress]:
    """As every network does; the target of an image is the image."""
    mirrored = replace(dataset, targets=dataset.inputs, classes=())
    return training.train(config, network, mirrored, rows, device, seed, state)


def evaluate(network: nn.Module, dataset: Dataset, rows: Split, seed: int) -> dict[str, float]:
    """How far the images are from the originals, and what a search by code finds.

    Beside it PCA of as many numbers, and a search by the pixels themselves.
    """
    assert isinstance(network, Autoencoder)
    train, test = dataset.inputs[rows.train], dataset.inputs[rows.test]
    codes, shelf = predict(network.encoder, test), predict(network.encoder, train)
    pca = PCA.fit(train, codes.shape[1])
    found = {
        "mse": float((predict(network, test) - test).square().mean()),
        "pca_mse": float((pca.undo(pca(test)) - test.flatten(1)).square().mean()),
        "width": float(codes.shape[1]),
    }
    if dataset.classes and dataset.targets.ndim == 1:
        labels, known = dataset.targets[rows.test], dataset.targets[rows.train]
        for name, query, there in (
            ("", codes, shelf), ("pca_", pca(test), pca(train)), ("pixel_", test, train),
        ):  # fmt: skip
            share = search.precision(query, labels, there, known, FOUND)
            found[f"{name}precision_at_{FOUND}"] = share
    return found


def pictures(network: nn.Module, dataset: Dataset, rows: Split, seed: int) -> dict[str, Figure]:
    """The latent space, images that went through, and what a search finds."""
    assert isinstance(network, Autoencoder)
    train, test = dataset.inputs[rows.train], dataset.inputs[rows.test]
    codes, shelf = predict(network.encoder, test), predict(network.encoder, train)
    some = examples(dataset, rows.test)
    images, width = dataset.inputs[some], codes.shape[1]
    pca = PCA.fit(train, width)
    drawn = {
        "reconstructions": draw_strips(
            {
                "original": images,
                "autoencoder": predict(network, images),
                "PCA": pca.undo(pca(images)).reshape(images.shape),
            },
            f"Through {width} numbers and back",
        ),
        "search": search.found_images(
            images, predict(network.encoder, images), train, shelf, FOUND
        ),
    }
    if dataset.classes and dataset.targets.ndim == 1:
        labels = dataset.targets[rows.test]
        drawn["latent"] = draw_latent(codes, labels, dataset.classes)
    return drawn


def examples(dataset: Dataset, rows: Tensor, count: int = 10) -> Tensor:
    """A row of each class in turn, or the first ones where there are none: (count,)."""
    if not dataset.classes or dataset.targets.ndim > 1:
        return rows[:count]
    labels = dataset.targets[rows]
    firsts = [rows[labels == label][:count] for label in range(len(dataset.classes))]
    dealt = [part[n] for n in range(count) for part in firsts if n < len(part)]
    return rows.new_tensor([int(row) for row in dealt[:count]])
