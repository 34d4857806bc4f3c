"""Generative adversarial networks: a forger and a critic learn from each other.

    critic:   surprise(real is real) + surprise(forged is forged)        goes down
    forger:   surprise(forged is real)                                   goes down

Sources: Goodfellow et al. 2014 (the game; the forger's cost is that of the end of their section 3,
whose slope does not fade); Radford et al. 2016 (DCGAN: strided convolutions, batch normalisation,
Adam with a short memory).

The plain game (`--stabilise none`) is easily lost: a critic that is too sure tells nothing any
more. With `r1` its slope at real images costs something (Mescheder et al. 2018, equation 9).

Deviations: the slope is looked at in every eighth update only, and counts eightfold there (Karras
et al. 2020, appendix B); what is shown is the mean of the forger's weights over its last updates
(Karras et al. 2018, section 5), as they go round in circles; the critic has no normalisation.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from supervised import training
from supervised.augmentation import shake
from supervised.dataset import BadData, Dataset
from supervised.frechet import Judge
from supervised.images import Shape, image_shape
from supervised.split import Split
from supervised.training import Chance, Progress, predict, seeded, set_rate

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOMENTS = 8
"""Times in the course of a training at which images are kept ..."""
KEPT = 12
"""... so many each time, always of the same random numbers."""
EVERY = 8
"""Updates from one look at the critic's slope to the next."""


@dataclass(frozen=True)
class Config(training.Config):
    """Settings of a GAN."""

    epochs: int = 90
    """How often all rows are learned from."""
    batch_size: int = 32
    """Rows per update, or nearly."""
    learning_rate: float = 2e-3
    """The forger's highest step size."""
    schedule: training.Schedule = "linear"
    """constant; linear or cosine: down to zero; one-cycle: up and then down."""
    weight_decay: float = 0.0
    """How much of each weight is forgotten per update, times the step size."""
    critic_rate: float = 2.0
    """The critic's step size, in the forger's."""
    latent: int = 64
    """Random numbers that an image is made of."""
    width: int = 32
    """Feature maps at half the size of an image; at a quarter there are twice as many."""
    stabilise: Literal["none", "r1"] = "r1"
    """none: the plain game; r1: the critic's slope at real images costs something."""
    penalty: float = 0.05
    """How much the slope costs."""
    memory: float = 0.995
    """How much of the mean of the forger's weights is kept in every update."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if min(self.latent, self.width) < 1:
            raise BadData(f"latent and width must be at least 1, not {self.latent}, {self.width}")
        if not 0 <= self.memory < 1:
            raise BadData(f"memory must be from 0 to below 1, not {self.memory}")
        if self.penalty < 0 or self.critic_rate <= 0:
            raise BadData("penalty must be 0 or more, and critic_rate greater than 0")
        if self.stabilise not in ("none", "r1"):
            raise BadData(f"stabilise: no {self.stabilise!r} (there are: none, r1)")
        if self.smoothing or self.patience or self.max_norm:
            raise BadData("a GAN has no labels to smooth, no cost to be patient by, and max_norm 0")


class Forger(nn.Sequential):
    """Random numbers (n, latent) to images from 0 to 1."""

    def __init__(self, shape: Shape, latent: int, width: int) -> None:
        rows, cols = math.ceil(shape.rows / 4), math.ceil(shape.cols / 4)
        super().__init__(
            nn.Linear(latent, 2 * width * rows * cols, bias=False),
            nn.Unflatten(1, (2 * width, rows, cols)),
            nn.BatchNorm2d(2 * width), nn.ReLU(),
            nn.ConvTranspose2d(2 * width, width, 4, 2, 1, bias=False),
            nn.BatchNorm2d(width), nn.ReLU(),
            nn.ConvTranspose2d(width, shape.channels, 4, 2, 1), nn.Sigmoid(), Cut(shape),
        )  # fmt: skip


class Cut(nn.Module):
    """Images down to the shape that is wanted: what was doubled twice may be too large."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape

    def forward(self, images: Tensor) -> Tensor:
        """(n, channels, more rows, more cols) -> (n, *shape)."""
        return images[:, :, : self.shape.rows, : self.shape.cols]


class Critic(nn.Sequential):
    """Images to one number each, (n, 1): how real they look."""

    def __init__(self, shape: Shape, width: int) -> None:
        rows, cols = (math.ceil(math.ceil(size / 2) / 2) for size in shape[1:])
        super().__init__(
            nn.Conv2d(shape.channels, width, 3, 2, 1), nn.LeakyReLU(0.2),
            nn.Conv2d(width, 2 * width, 3, 2, 1), nn.LeakyReLU(0.2),
            nn.Flatten(), nn.Linear(2 * width * rows * cols, 1),
        )  # fmt: skip


class GAN(nn.Module):
    """Both players, the forger's mean, and what it forged in the course of time."""

    dreams: Tensor
    history: Tensor

    def __init__(self, config: Config, shape: Shape) -> None:
        super().__init__()
        self.latent = config.latent
        self.forger = Forger(shape, config.latent, config.width)
        self.critic = Critic(shape, config.width)
        self.mean = copy.deepcopy(self.forger)
        self.register_buffer("dreams", torch.randn(KEPT, config.latent))
        self.register_buffer("history", torch.zeros(MOMENTS, KEPT, *shape))

    def forge(self, count: int, seed: int) -> Tensor:
        """So many new images: (count, channels, rows, cols), from 0 to 1."""
        generator = torch.Generator().manual_seed(seed)
        latents = torch.randn(count, self.latent, generator=generator)
        return predict(self.mean, latents.to(self.dreams.device))

    @torch.no_grad()
    def remember(self, share: float) -> None:
        """The mean of the forger's weights goes on, but for `share`."""
        means: list[Tensor] = [*self.mean.parameters()]
        torch._foreach_lerp_(means, [*self.forger.parameters()], 1 - share)
        for mean, buffer in zip(self.mean.buffers(), self.forger.buffers(), strict=True):
            mean.copy_(buffer)


def make(config: Config, dataset: Dataset, seed: int) -> nn.Module:
    """Both networks for such images.

    Raises:
        BadData: they are none, or have no classes, which the judge needs.
    """
    shape = image_shape("gan", dataset)
    return seeded(seed, lambda: GAN(config, shape))


def train(
    config: Config,
    network: nn.Module,
    dataset: Dataset,
    rows: Split,
    device: str,
    seed: int,
    state: Mapping[str, Any] | None = None,
) -> Iterator[Progress]:
    """The game: one update of the critic, one of the forger, and so on."""
    assert isinstance(network, GAN)
    network.to(device)
    images = dataset.inputs[rows.train].to(device)
    chance = Chance(seed, device)
    optimizers = [
        torch.optim.Adam(player.parameters(), config.learning_rate, betas=(0.0, 0.99), fused=True)
        for player in (network.critic, network.forger)
    ]
    parts: dict[str, Any] = {
        "network": network, "critic": optimizers[0], "forger": optimizers[1], "chance": chance,
    }  # fmt: skip
    for name, part in parts.items() if state else ():
        part.load_state_dict(state[name])  # type: ignore[index]
    batches = math.ceil(len(images) / config.batch_size)

    while chance.epoch < config.epochs:
        network.train()
        totals = torch.zeros(3, device=device)
        order = torch.randperm(len(images), generator=chance.generator, device=device)
        for number, batch in enumerate(order.tensor_split(batches)):
            done = (chance.epoch + (number + 0.5) / batches) / config.epochs
            for optimizer in optimizers:
                set_rate(optimizer, config, done)
            optimizers[0].param_groups[0]["lr"] *= config.critic_rate
            sloped = config.stabilise == "r1" and number % EVERY == 0
            real = images[batch]
            slope_and_cost = criticise(network, optimizers[0], real, config, chance, sloped)
            cost = forge(network, optimizers[1], len(real), config, chance)
            totals += torch.stack((*slope_and_cost, cost))
        chance.epoch += 1
        keep(network, chance.epoch, config.epochs)
        slope, critic_cost, forger_cost = (totals / batches).tolist()
        metrics = {"cost": forger_cost, "critic_cost": critic_cost}  # of a game: neither must fall
        if config.stabilise == "r1":
            metrics["slope"] = slope * batches / math.ceil(batches / EVERY)
        yield Progress(chance.epoch, metrics, network, parts, chance.epoch == config.epochs)


def criticise(
    network: GAN, optimizer: torch.optim.Optimizer, real: Tensor, config: Config, chance: Chance,
    sloped: bool,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    """One update of the critic: its squared slope at real images (where it is looked at), its cost.

    Args:
        real: (n, channels, rows, cols).
    """
    shown = shake(real, chance.generator) if config.augment else real
    forged = network.forger(latents(network, len(real), chance)).detach()
    seen = shake(forged, chance.generator) if config.augment else forged
    shown = shown.clone().requires_grad_(sloped)
    believed, doubted = network.critic(shown), network.critic(seen)
    cost = total = softplus(-believed).mean() + softplus(doubted).mean()
    slope = cost.new_zeros(())
    if sloped:
        (gradient,) = torch.autograd.grad(believed.sum(), shown, create_graph=True)
        slope = gradient.square().flatten(1).sum(1).mean()
        total = cost + EVERY * config.penalty / 2 * slope
    optimizer.zero_grad()
    total.backward()
    training.update(network.critic, optimizer, config)
    return slope.detach(), cost.detach()


def forge(
    network: GAN, optimizer: torch.optim.Optimizer, count: int, config: Config, chance: Chance
) -> Tensor:
    """One update of the forger: its cost."""
    forged = network.forger(latents(network, count, chance))
    seen = shake(forged, chance.generator) if config.augment else forged
    network.critic.requires_grad_(False)  # it is only asked
    cost = softplus(-network.critic(seen)).mean()
    optimizer.zero_grad()
    cost.backward()
    network.critic.requires_grad_(True)
    training.update(network.forger, optimizer, config)
    network.remember(config.memory)
    return cost.detach()


def latents(network: GAN, count: int, chance: Chance) -> Tensor:
    """Random numbers to make images of: (count, latent)."""
    generator = chance.generator
    return torch.randn(count, network.latent, generator=generator, device=generator.device)


def keep(network: GAN, epoch: int, epochs: int) -> None:
    """Keeps images at `MOMENTS` epochs of about equal ratios, the last among them."""
    for moment, when in enumerate(moments(epochs)):
        if when == epoch:
            network.history[moment] = predict(network.mean, network.dreams)


def moments(epochs: int) -> list[int]:
    """The epochs at which images are kept."""
    return [max(1, round(epochs ** (n / (MOMENTS - 1)))) for n in range(MOMENTS)]


def evaluate(network: nn.Module, dataset: Dataset, rows: Split, seed: int) -> dict[str, float]:
    """How far forged images are from real ones, and how many classes are among them.

    Beside it the floor: how far other real images are. See `supervised.frechet`.
    """
    assert isinstance(network, GAN)
    return Judge(dataset, rows).measures(network.forge, seed)


def pictures(network: nn.Module, dataset: Dataset, rows: Split, seed: int) -> dict[str, Figure]:
    """Forged images, and how they became what they are."""
    from supervised.pictures.strips import draw_strips

    assert isinstance(network, GAN)
    forged = network.forge(100, seed).cpu()
    note = "Each column is made of the same random numbers."
    kept = {f"moment {n}": images.cpu() for n, images in enumerate(network.history, 1)}
    return {
        "samples": draw_strips(
            {" " * n: forged[10 * n : 10 * n + 10] for n in range(10)}, "Forged"
        ),
        "history": draw_strips(kept, "How forging is learned", note),
    }
