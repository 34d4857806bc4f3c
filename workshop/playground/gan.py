"""Two networks that learn from each other: one makes points, the other tells them from real ones.

    D learns    cost(D(real), 1) + cost(D(made), 0) + penalty / 2 * |slope of D at real|²
    G learns    cost(D(made), 1)

Goodfellow et al. 2014, with G's cost as in its section 3, and the penalty R1 of Mescheder et al.
2018 (section 4.1), without which the two may run in circles.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import softplus

from supervised.toys import Points
from workshop.playground.experiment import ran_away
from workshop.playground.history import History
from workshop.playground.points import make_data, nothing, own_points, with_more
from workshop.playground.setting import ACTIVATIONS, PAINTED, Setting, changed, differing

LATENT = 2
"""Numbers of noise that a point is made from."""
BETAS = (0.5, 0.99)
EVERY = 10
"""Steps from one entry of the curves to the next."""
SHOWN = 400
"""Made points that are drawn: always of the same noise, so that one sees them move."""
ANGLES = 32


class Judged(NamedTuple):
    """How the two stand: their costs in nats, and how far made points are from the real ones."""

    discriminator: float
    generator: float
    distance: float


def make_networks(setting: Setting) -> tuple[nn.Sequential, nn.Sequential]:
    """The generator and the discriminator before they have learned; the seed decides."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(setting.seed)
        return _make(setting, (LATENT, *setting.layers, 2)), _make(setting, (2, *setting.layers, 1))


def _make(setting: Setting, widths: tuple[int, ...]) -> nn.Sequential:
    layers: list[nn.Module] = []
    for before, after in pairwise(widths):
        layers += [nn.Linear(before, after), ACTIVATIONS[setting.activation]()]
    return nn.Sequential(*layers[:-1])


def distance(one: Tensor, other: Tensor) -> float:
    """How far one set of points, (n, 2), must be moved to become another of equal size.

    Sliced Wasserstein: along each of many directions the points pair up in order, and the distance
    is the root of the mean square (Rabin et al. 2011).
    """
    angle = torch.arange(ANGLES) * torch.pi / ANGLES
    directions = torch.stack((angle.cos(), angle.sin()))  # (2, angles)
    gaps = (one @ directions).sort(0).values - (other @ directions).sort(0).values
    return float(gaps.square().mean().sqrt())


class Gan:
    """A generator and a discriminator.

    Args:
        setting: of mode `gan`.
        own: points in place of a set.
    """

    names = ("discriminator", "generator")

    def __init__(self, setting: Setting, own: Points | None = None) -> None:
        self.setting = setting
        self.own = own_points(setting) if own is None else own
        self.reset()

    def reset(self) -> None:
        """Begins again, as the seed has it."""
        self.data = make_data(self.setting, self.own)
        self.generator, self.discriminator = make_networks(self.setting)
        self._new_optimizers()
        self._random = torch.Generator().manual_seed(self.setting.seed)
        shown = torch.Generator().manual_seed(self.setting.seed)
        self.shown_noise = torch.randn((SHOWN, LATENT), generator=shown)
        self.epoch = self.steps = 0
        self.over = False
        """Whether the weights ran away, so that nothing is learned any more."""
        self.history = History(self.names)
        self.judged = Judged(float("nan"), float("nan"), self._distance())

    def _new_optimizers(self) -> None:
        self.optimizers = [
            torch.optim.Adam(
                network.parameters(), self.setting.learning_rate, betas=BETAS, fused=True
            )
            for network in (self.generator, self.discriminator)
        ]

    def change(self, setting: Setting) -> None:
        """Goes on with another setting; other layers begin anew."""
        what, self.setting = differing(self.setting, setting), setting
        self.over = False  # the next step finds out
        if "data" in what:
            self.own = own_points(setting)
        if what & {"seed", "layers", "activation"}:
            self.reset()
        elif what & {"data", "points", "noise"}:
            self.data = make_data(setting, self.own)
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = setting.learning_rate

    def paint(self, places: Tensor, label: int) -> None:
        """Adds real points, (n, 2)."""
        self.own = with_more(self.data, places, label)
        self.setting = changed(self.setting, data=PAINTED, noise=0.0)
        self.data = make_data(self.setting, self.own)

    def clear(self) -> None:
        """Takes all points away, to paint anew."""
        self.own = nothing()
        self.setting = changed(self.setting, data=PAINTED, noise=0.0)
        self.reset()

    @property
    def has_points(self) -> bool:
        """Whether there is something to learn from."""
        return len(self.data.places) > 0

    def step(self) -> None:
        """The discriminator learns from one batch, then the generator from another."""
        if not self.has_points or self.over:
            return
        count = self.setting.batch_size
        rows = torch.randint(len(self.data.places), (count,), generator=self._random)
        real = self.data.places[rows]
        with torch.no_grad():
            made = self.generator(self._noise(count))
        costs = self._teach_discriminator(real, made), self._teach_generator(count)
        if not all(map(math.isfinite, costs)):
            self.over = True
            return
        self.steps += 1
        self.epoch = self.steps * count // len(self.data.places)
        if self.steps % EVERY == 0:
            self.history.add(self.steps, costs)
            self.judged = Judged(*costs, self._distance())

    def _noise(self, count: int) -> Tensor:
        return torch.randn((count, LATENT), generator=self._random)

    def _teach_discriminator(self, real: Tensor, made: Tensor) -> float:
        real = real.requires_grad_(self.setting.penalty > 0)
        for_real, for_made = self.discriminator(real), self.discriminator(made)
        cost = softplus(-for_real).mean() + softplus(for_made).mean()
        whole = cost
        if self.setting.penalty:
            (slope,) = torch.autograd.grad(for_real.sum(), real, create_graph=True)
            whole = cost + self.setting.penalty / 2 * slope.square().sum(1).mean()
        self._update(self.optimizers[1], whole)
        return float(cost.detach())

    def _teach_generator(self, count: int) -> float:
        cost = softplus(-self.discriminator(self.generator(self._noise(count)))).mean()
        self._update(self.optimizers[0], cost)
        return float(cost.detach())

    @staticmethod
    def _update(optimizer: torch.optim.Optimizer, cost: Tensor) -> None:
        optimizer.zero_grad()
        cost.backward()
        optimizer.step()

    @torch.no_grad()
    def made(self, noise: Tensor | None = None) -> Tensor:
        """Points that the generator makes, of the noise that is always shown, or of another."""
        found: Tensor = self.generator(self.shown_noise if noise is None else noise)
        return found

    def _distance(self) -> float:
        if not self.has_points:
            return float("nan")
        made = self.made()
        return distance(made, self._real(0, len(made)))

    def _real(self, first: int, count: int) -> Tensor:
        """Real points in the random order that they have from the seed, from `first` on."""
        order = torch.cat(self.data[2:])
        return self.data.places[order[(first + torch.arange(count)) % len(order)]]

    @property
    def floor(self) -> float:
        """How far two samples of real points are from each other: nothing made can be nearer."""
        count = min(SHOWN, len(self.data.places) // 2)
        return distance(self._real(0, count), self._real(count, count))

    @torch.no_grad()
    def believes(self, places: Tensor) -> Tensor:
        """The log-odds that the discriminator gives to a point of being real, (n,)."""
        found: Tensor = self.discriminator(places)[:, 0]
        return found

    def status(self) -> str:
        """How far it is, in one line."""
        if not self.has_points:
            return "no points yet: paint some with the mouse"
        if self.over:
            return ran_away(self.steps)
        found = self.judged
        if not self.steps:
            return f"step 0   distance {found.distance:.2f}"
        return (
            f"step {self.steps:,}   loss: discriminator {found.discriminator:.3f}, generator "
            f"{found.generator:.3f}   distance {found.distance:.2f}, of real ones {self.floor:.2f}"
        )
