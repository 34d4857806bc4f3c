"""Generative adversarial networks: a forger and a critic learn from each other.

    critic:   surprise(real is real) + surprise(forged is forged)        goes down
    forger:   surprise(forged is real)                                   goes down

Sources: Goodfellow et al. 2014 (the game; the forger's cost is that of the end of their section 3,
whose slope does not fade); Radford et al. 2016 (DCGAN: strided convolutions, batch normalisation,
Adam with a short memory).

The plain game (`--stabilise none`) is easily lost: a critic that is too sure tells nothing any
more. With `r1` its slope at real images costs something (Mescheder et al. 2018, equation 9).

With `labels` both players know of which class an image is (Mirza & Osindero 2014): the forger gets
it beside its random numbers, and the critic has an answer for each class. A forger that is not told
has to bend one cloud of random numbers into ten digits, and what lies between two of them is none.

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
from torch.nn.functional import one_hot, softplus

from supervised import training
from supervised.augmentation import shake
from supervised.dataset import BadData, Dataset
from supervised.frechet import Judge
from supervised.images import Shape, grey_shape, image_shape
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

    epochs: int = 40
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
    labels: bool = True
    """Whether both players are told of which class an image is."""
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
        if self.smoothing or self.patience or self.max_norm or self.loss != "squared":
            raise BadData(
                "a GAN has a loss of its own, no labels to smooth, no cost to be patient by, and "
                "max_norm 0"
            )


class Forger(nn.Sequential):
    """Numbers (n, inputs) to images from 0 to 1."""

    def __init__(self, shape: Shape, inputs: int, width: int) -> None:
        rows, cols = math.ceil(shape.rows / 4), math.ceil(shape.cols / 4)
        super().__init__(
            nn.Linear(inputs, 2 * width * rows * cols, bias=False),
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
    """Images to a number for each kind, (n, kinds): how real they look as one of it."""

    def __init__(self, shape: Shape, width: int, kinds: int) -> None:
        rows, cols = (math.ceil(math.ceil(size / 2) / 2) for size in shape[1:])
        super().__init__(
            nn.Conv2d(shape.channels, width, 3, 2, 1), nn.LeakyReLU(0.2),
            nn.Conv2d(width, 2 * width, 3, 2, 1), nn.LeakyReLU(0.2),
            nn.Flatten(), nn.Linear(2 * width * rows * cols, kinds),
        )  # fmt: skip


class GAN(nn.Module):
    """Both players, the forger's mean, and what it forged in the course of time."""

    dreams: Tensor
    history: Tensor

    def __init__(self, config: Config, shape: Shape, kinds: int) -> None:
        super().__init__()
        self.latent, self.kinds = config.latent, kinds
        self.forger = Forger(shape, config.latent + kinds, config.width)
        self.critic = Critic(shape, config.width, kinds)
        self.mean = copy.deepcopy(self.forger)
        self.register_buffer("dreams", self.numbers(self.in_turn(KEPT), None))
        self.register_buffer("history", torch.zeros(MOMENTS, KEPT, *shape))

    def in_turn(self, count: int) -> Tensor:
        """All kinds, one after the other, again and again: int64 (count,)."""
        return torch.arange(count) % self.kinds

    def forge(self, kinds: Tensor, seed: int) -> Tensor:
        """A new image of each of these kinds: (n, channels, rows, cols), from 0 to 1."""
        numbers = self.numbers(kinds, torch.Generator().manual_seed(seed))
        return predict(self.mean, numbers.to(self.dreams.device))

    def numbers(self, kinds: Tensor, generator: torch.Generator | None) -> Tensor:
        """Random numbers to make images of, and of which kind each shall be.

        Args:
            kinds: int64 (n,).

        Returns:
            (n, latent + kinds).
        """
        shape, device = (len(kinds), self.latent), kinds.device
        random = torch.randn(shape, generator=generator, device=device)
        return torch.cat((random, one_hot(kinds, self.kinds)), 1)

    def believes(self, images: Tensor, kinds: Tensor) -> Tensor:
        """How real the critic finds images as such of those kinds: (n,)."""
        return self.critic(images).gather(1, kinds[:, None]).squeeze(1)

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
        BadData: they are none, their pixels do not go from 0 to 1, or they have no classes, which
            the judge needs.
    """
    image_shape("gan", dataset)
    shape = grey_shape("gan", dataset)
    kinds = len(dataset.classes) if config.labels else 1
    return seeded(seed, lambda: GAN(config, shape, kinds))


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
    images, labels = dataset.inputs[rows.train].to(device), dataset.targets[rows.train].to(device)
    kinds = labels if config.labels else torch.zeros_like(labels)
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
            shown = images[batch], kinds[batch]
            slope_and_cost = criticise(network, optimizers[0], *shown, config, chance, sloped)
            cost = forge(network, optimizers[1], kinds[batch], config, chance)
            totals += torch.stack((*slope_and_cost, cost))
        chance.epoch += 1
        keep(network, chance.epoch, config.epochs)
        slope, critic_cost, forger_cost = (totals / batches).tolist()
        metrics = {"cost": forger_cost, "critic_cost": critic_cost}  # of a game: neither must fall
        if config.stabilise == "r1":
            metrics["slope"] = slope * batches / math.ceil(batches / EVERY)
        training.check_finite(metrics, chance.epoch)
        yield Progress(chance.epoch, metrics, network, parts, chance.epoch == config.epochs)


def criticise(
    network: GAN, optimizer: torch.optim.Optimizer, real: Tensor, kinds: Tensor, config: Config,
    chance: Chance, sloped: bool,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    """One update of the critic: its squared slope at real images (where it is looked at), its cost.

    Args:
        real: (n, channels, rows, cols).
        kinds: of which kind each is, and shall each forged one be, int64 (n,).
    """
    shown = shake(real, chance.generator) if config.augment else real
    forged = network.forger(network.numbers(kinds, chance.generator)).detach()
    seen = shake(forged, chance.generator) if config.augment else forged
    shown = shown.clone().requires_grad_(sloped)
    believed, doubted = network.believes(shown, kinds), network.believes(seen, kinds)
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
    network: GAN, optimizer: torch.optim.Optimizer, kinds: Tensor, config: Config, chance: Chance
) -> Tensor:
    """One update of the forger: its cost."""
    forged = network.forger(network.numbers(kinds, chance.generator))
    seen = shake(forged, chance.generator) if config.augment else forged
    network.critic.requires_grad_(False)  # it is only asked
    cost = softplus(-network.believes(seen, kinds)).mean()
    optimizer.zero_grad()
    cost.backward()
    network.critic.requires_grad_(True)
    training.update(network.forger, optimizer, config)
    network.remember(config.memory)
    return cost.detach()


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
    labels = dataset.targets[rows.train] * (network.kinds > 1)

    def draw(count: int, seed: int) -> Tensor:  # kinds by lot, as the floor draws its images
        lots = torch.randint(len(labels), (count,), generator=torch.Generator().manual_seed(seed))
        return network.forge(labels[lots], seed)

    return Judge(dataset, rows).measures(draw, seed)


def pictures(network: nn.Module, dataset: Dataset, rows: Split, seed: int) -> dict[str, Figure]:
    """Forged images, and how they became what they are."""
    from supervised.pictures.strips import draw_strips

    assert isinstance(network, GAN)
    forged = network.forge(network.in_turn(100), seed).cpu()
    note = "Each column is made of the same random numbers."
    kept = {f"moment {n}": images.cpu() for n, images in enumerate(network.history, 1)}
    return {
        "samples": draw_strips(
            {" " * n: forged[10 * n : 10 * n + 10] for n in range(10)}, "Forged"
        ),
        "history": draw_strips(kept, "How forging is learned", note),
    }
