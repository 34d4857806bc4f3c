"""Variational autoencoder: the code of an image is a cloud, and any point of the space an image.

    mean, log(variance) = encoder(image)
    code = mean + sqrt(variance) * noise            noise from N(0, 1): the slope passes through
    cost = -log p(image | code) + KL(N(mean, variance) || N(0, 1))
    KL   = sum of (mean^2 + variance - log(variance) - 1) / 2

The cost is an upper bound of -log p(image), so its negative is a lower one (the ELBO). The second
part keeps the clouds near the middle and wide, so that whatever is drawn from N(0, 1) is the code
of an image that might have been; the price is that each image comes back less sharp than from an
autoencoder, which has nothing but the way back to be good at.

Source: Kingma & Welling 2014, equations 3 and 10 and appendix B. Pixels are taken for the
probability of white (Bernoulli), as there; in validation the middle of the cloud is the code.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from supervised import autoencoder, training
from supervised.autoencoder import FOUND, bent_layers, examples
from supervised.dataset import Dataset
from supervised.frechet import Judge
from supervised.images import Shape, grey_shape
from supervised.pictures.latent import draw_latent
from supervised.pictures.strips import draw_strips
from supervised.scaling import PCA
from supervised.search import precision
from supervised.split import Split
from supervised.training import Progress, predict, seeded

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SIDE = 12
"""Images along each side of the grid of codes."""


@dataclass(frozen=True)
class Config(autoencoder.Config):
    """Settings of a variational autoencoder: those of the plain one, which code less and longer."""

    epochs: int = 40
    """How often all rows are learned from."""
    width: int = 8
    """Numbers that stand for an image."""


class VAE(nn.Module):
    """Images to clouds of codes, and codes to the logits of pixels."""

    def __init__(self, shape: Shape, width: int, hidden: tuple[int, ...]) -> None:
        super().__init__()
        pixels = math.prod(shape)
        self.shape, self.width = shape, width
        self.encoder = nn.Sequential(nn.Flatten(), *bent_layers((pixels, *hidden, 2 * width)))
        self.decoder = nn.Sequential(*bent_layers((width, *reversed(hidden), pixels)))

    def forward(self, images: Tensor) -> Tensor:
        """The logits of the pixels, then mean and log(variance): (n, pixels + 2 * width)."""
        cloud = self.encoder(images)
        mean, log_variance = cloud.chunk(2, 1)
        noise = torch.randn_like(mean) if self.training else torch.zeros_like(mean)
        logits = self.decoder(mean + (log_variance / 2).exp() * noise)
        return torch.cat((logits, cloud), 1)

    def code(self, images: Tensor) -> Tensor:
        """The middle of the cloud of each image: (n, width)."""
        return predict(self.encoder, images).chunk(2, 1)[0]

    def imagine(self, codes: Tensor) -> Tensor:
        """The images of codes (n, width): (n, channels, rows, cols)."""
        return predict(self.decoder, codes).sigmoid().unflatten(1, self.shape)


def elbo_cost(outputs: Tensor, images: Tensor) -> Tensor:
    """-ELBO of an image in nats, the mean over (n, channels, rows, cols)."""
    pixels = images.flatten(1)
    logits, cloud = outputs[:, : pixels.shape[1]], outputs[:, pixels.shape[1] :]
    surprise = binary_cross_entropy_with_logits(logits, pixels, reduction="none").sum(1)
    return (surprise + divergence(*cloud.chunk(2, 1))).mean()


def divergence(mean: Tensor, log_variance: Tensor) -> Tensor:
    """KL(N(mean, variance) || N(0, 1)) in nats: (n, width) -> (n,)."""
    return ((mean.square() + log_variance.exp() - log_variance - 1) / 2).sum(1)


def make(config: Config, dataset: Dataset, seed: int) -> nn.Module:
    """The network for such images.

    Raises:
        BadData: they are none, or their pixels do not go from 0 to 1.
    """
    shape = grey_shape("vae", dataset)
    return seeded(seed, lambda: VAE(shape, config.width, config.hidden))


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
    return training.train(config, network, mirrored, rows, device, seed, state, cost_by=elbo_cost)


def evaluate(network: nn.Module, dataset: Dataset, rows: Split, seed: int) -> dict[str, float]:
    """The bound in nats an image, the error of the way back beside PCA's of as many numbers, and
    how far imagined images are from real ones, beside the floor (see `supervised.frechet`)."""
    assert isinstance(network, VAE)
    train, test = dataset.inputs[rows.train], dataset.inputs[rows.test]
    codes, pca = network.code(test), PCA.fit(train, network.width)
    found = {
        "nats": noisy_cost(network, test, seed),
        "mse": float((network.imagine(codes) - test).square().mean()),
        "pca_mse": float((pca.undo(pca(test)) - test.flatten(1)).square().mean()),
        "width": float(network.width),
    }
    if dataset.classes and dataset.targets.ndim == 1:
        labels, known = dataset.targets[rows.test], dataset.targets[rows.train]
        share = precision(codes, labels, network.code(train), known, FOUND)
        found[f"precision_at_{FOUND}"] = share
        found |= Judge(dataset, rows).measures(
            lambda count, own: network.imagine(noise(network, count, own)), seed
        )
    return found


@torch.no_grad()
def noisy_cost(network: VAE, images: Tensor, seed: int) -> float:
    """The bound with codes drawn from the clouds, as it is defined."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network.train()
        cost = float(elbo_cost(network(images), images))
    network.eval()
    return cost


def noise(network: VAE, count: int, seed: int) -> Tensor:
    """Codes from N(0, 1): (count, width)."""
    return torch.randn(count, network.width, generator=torch.Generator().manual_seed(seed))


def pictures(network: nn.Module, dataset: Dataset, rows: Split, seed: int) -> dict[str, Figure]:
    """Images of the codes along a plane, drawn ones, images that went through, and the codes."""
    assert isinstance(network, VAE)
    some = dataset.inputs[examples(dataset, rows.test)]
    back = network.imagine(network.code(some))
    drawn = {
        "grid": grid(network, dataset.inputs[rows.train]),
        "reconstructions": draw_strips({"original": some, "came back": back}, "There and back"),
        "samples": draw_strips(
            {f"{n}": network.imagine(noise(network, 10, seed + n)) for n in range(1, 6)},
            "Imagined",
        ),
    }
    if dataset.classes and dataset.targets.ndim == 1:
        codes, labels = network.code(dataset.inputs[rows.test]), dataset.targets[rows.test]
        drawn["latent"] = draw_latent(codes, labels, dataset.classes)
    return drawn


def grid(network: VAE, train: Tensor) -> Figure:
    """Images of codes at even steps of probability along the two directions in which the codes of
    images differ most; of codes of one number along that."""
    codes = network.code(train)
    plane = PCA.fit(codes, 2)
    spread = plane(codes).std(0)
    steps = torch.special.ndtri((torch.arange(SIDE) + 0.5) / SIDE)
    lines = {}
    for down in steps.flip(0) if len(spread) > 1 else torch.zeros(1):
        places = torch.stack((steps, down.expand(SIDE)), 1)[:, : len(spread)] * spread
        lines[f"{float(down):+.1f}"] = network.imagine(plane.undo(places))
    columns = [f"{float(step):+.1f}" for step in steps]
    return draw_strips(
        lines, "A walk through the space of codes", "In standard deviations.", columns
    )
