"""A network that tells two classes of points apart, and goes on learning when it is changed."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits

from supervised.toys import Points
from supervised.training import OPTIMIZERS
from workshop.playground.history import History
from workshop.playground.points import make_data, nothing, own_points, with_more
from workshop.playground.setting import ACTIVATIONS, FEATURES, PAINTED, Setting, changed, differing

OF_DATA = {"data", "points", "noise", "train_share", "seed"}
OF_NETWORK = {"features", "layers", "activation"}
OF_OPTIMIZER = {"optimizer"}


def ran_away(steps: int) -> str:
    """What is said of weights with which a cost is no number any more."""
    return f"the weights ran away at step {steps:,}: choose a smaller rate, then r"


class Judged(NamedTuple):
    """How well the network does: costs in nats, and shares of points that it tells right."""

    train_cost: float
    test_cost: float
    train_accuracy: float
    test_accuracy: float


def features_of(places: Tensor, names: tuple[str, ...]) -> Tensor:
    """What the network is shown of points, (n, 2) -> (n, features)."""
    x, y = places.unbind(1)
    every = {
        "x": x, "y": y, "xx": x**2, "yy": y**2, "xy": x * y,
        "sinx": torch.sin(2 * x), "siny": torch.sin(2 * y),
    }  # fmt: skip
    return torch.stack([every[name] for name in names], 1)


def make_network(setting: Setting) -> nn.Sequential:
    """The network before it has learned; the seed decides."""
    layers: list[nn.Module] = []
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(setting.seed)
        for before, after in pairwise((len(setting.features), *setting.layers, 1)):
            layers += [nn.Linear(before, after), ACTIVATIONS[setting.activation]()]
    return nn.Sequential(*layers[:-1])


def penalty(network: nn.Module, kind: str, strength: float) -> Tensor | float:
    """What large weights cost: the sum of their sizes, or half of their squares."""
    weights = [p for p in network.parameters() if p.ndim > 1]
    if kind == "l1":
        return strength * sum(w.abs().sum() for w in weights)
    if kind == "l2":
        return strength / 2 * sum(w.square().sum() for w in weights)
    return 0.0


class Experiment:
    """The network of a setting and its points.

    Args:
        setting: of mode `network`.
        own: points in place of a set.
    """

    names = ("train", "test")

    def __init__(self, setting: Setting, own: Points | None = None) -> None:
        self.setting = setting
        self.own = own_points(setting) if own is None else own
        self.reset()

    def reset(self) -> None:
        """Begins again, as the seed has it."""
        self.data = make_data(self.setting, self.own)
        self.network = make_network(self.setting)
        self._new_optimizer()
        self._shuffling = torch.Generator().manual_seed(self.setting.seed)
        self.epoch = self.steps = 0
        self.over = False
        """Whether the weights ran away, so that nothing is learned any more."""
        self.history = History(self.names)
        self._new_inputs()
        self._note()

    def _new_optimizer(self) -> None:
        make = OPTIMIZERS[self.setting.optimizer]
        self.optimizer = make(self.network.parameters(), self.setting.learning_rate)

    def _new_inputs(self) -> None:
        self.inputs = features_of(self.data.places, self.setting.features)
        self._batches: list[Tensor] = []

    def change(self, setting: Setting) -> None:
        """Goes on with another setting, and keeps of what was learned all that fits."""
        what, self.setting = differing(self.setting, setting), setting
        self.over = False  # the next step finds out
        if "data" in what:
            self.own = own_points(setting)
        if "seed" in what:
            self.reset()
            return
        if what & OF_DATA:
            self.data = make_data(setting, self.own)
        if what & OF_NETWORK:
            self._grow(what)
        if what & (OF_NETWORK | OF_OPTIMIZER):
            self._new_optimizer()
        if what & (OF_DATA | OF_NETWORK | {"batch_size"}):
            self._new_inputs()
        for group in self.optimizer.param_groups:
            group["lr"] = setting.learning_rate
        if what & (OF_DATA | OF_NETWORK):
            self.judged = self.judge()

    def _grow(self, what: set[str]) -> None:
        """A network of the new setting with the weights of the old one where it had them."""
        before, self.network = self.network, make_network(self.setting)
        if "features" in what:
            return
        old, new = linears(before), linears(self.network)
        pairs = zip(old[:-1], new[:-1], strict=False)
        for one, other in [*pairs, *([(old[-1], new[-1])] if len(old) == len(new) else [])]:
            rows = min(one.out_features, other.out_features)
            cols = min(one.in_features, other.in_features)
            with torch.no_grad():
                other.weight[:rows, :cols] = one.weight[:rows, :cols]
                other.bias[:rows] = one.bias[:rows]

    def paint(self, places: Tensor, label: int) -> None:
        """Adds points, (n, 2), of a class, to what is there."""
        self.own = with_more(self.data, places, label)
        self.setting = changed(self.setting, data=PAINTED, noise=0.0)
        self.data = make_data(self.setting, self.own)
        self._new_inputs()
        self.judged = self.judge()

    def clear(self) -> None:
        """Takes all points away, to paint anew."""
        self.own = nothing()
        self.setting = changed(self.setting, data=PAINTED, noise=0.0)
        self.reset()

    @property
    def has_points(self) -> bool:
        """Whether there is something to learn from."""
        return len(self.data.train) > 0

    def step(self) -> None:
        """Learns from one batch."""
        if not self.has_points or self.over:
            return
        if not self._batches:
            count = len(self.data.train)
            order = self.data.train[torch.randperm(count, generator=self._shuffling)]
            self._batches = list(order.split(self.setting.batch_size))[::-1]
        batch = self._batches.pop()
        logits = self.network(self.inputs[batch])[:, 0]
        cost = binary_cross_entropy_with_logits(logits, self.data.labels[batch])
        cost = cost + penalty(self.network, self.setting.regularisation, self.setting.penalty)
        if not math.isfinite(cost.item()):
            self.over = True
            return
        self.optimizer.zero_grad()
        cost.backward()
        self.optimizer.step()
        self.steps += 1
        if not self._batches:
            self.epoch += 1
            self._note()

    def _note(self) -> None:
        self.judged = self.judge()
        self.history.add(self.epoch, self.judged[:2])

    @torch.no_grad()
    def judge(self) -> Judged:
        """How well it does now, without the penalty; NaN where there are no points."""
        logits = self.network(self.inputs)[:, 0]
        right = ((logits > 0) == (self.data.labels > 0.5)).float()
        costs = binary_cross_entropy_with_logits(logits, self.data.labels, reduction="none")
        parts = [values[rows] for values in (costs, right) for rows in self.data[2:]]
        return Judged(*(float(part.mean()) if len(part) else math.nan for part in parts))

    @torch.no_grad()
    def responses(self, places: Tensor) -> list[Tensor]:
        """What every neuron answers to points: every feature (n, 7), each hidden layer (n, width),
        and the log-odds of class 1 (n, 1)."""
        found = [features_of(places, tuple(FEATURES))]
        values = features_of(places, self.setting.features)
        for layer in self.network:
            values = layer(values)
            if not isinstance(layer, nn.Linear):
                found.append(values)
        return [*found, values]

    def status(self) -> str:
        """How far it is, in one line."""
        if not self.has_points:
            return "no points yet: paint some with the mouse"
        if self.over:
            return ran_away(self.steps)
        found = self.judged
        return (
            f"epoch {self.epoch:,}   loss: train {found.train_cost:.3f}, test "
            f"{found.test_cost:.3f}   right: train {found.train_accuracy:.1%}, test "
            f"{found.test_accuracy:.1%}"
        )


def linears(network: nn.Sequential) -> list[nn.Linear]:
    """The layers that have weights."""
    return [layer for layer in network if isinstance(layer, nn.Linear)]
