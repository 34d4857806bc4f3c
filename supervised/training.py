"""How a network learns from labels: one loop, and in it the four steps.

    1. forward             outputs = network(inputs)
    2. cost                how far they are from the targets
    3. backpropagation     how the cost changes with each weight
    4. update              each weight a little downhill

All rows stay where the network is, as tensors: a batch is an index, and no worker process has to
fetch it.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, NamedTuple

import torch
from torch import Tensor, nn

from supervised.augmentation import shake
from supervised.dataset import BadData, Dataset
from supervised.split import Split

Optimizer = Literal["sgd", "momentum", "rmsprop", "adam"]
Schedule = Literal["constant", "linear", "cosine", "one-cycle"]
Loss = Literal["squared", "absolute", "huber"]
Cost = Callable[[Tensor, Tensor], Tensor]
"""From outputs and targets to the mean cost of a row."""
WARM_UP = 0.2
"""The share of a one-cycle schedule in which the rate rises."""
AT_ONCE = 1000
"""Rows that are judged in one pass."""


@dataclass(frozen=True)
class Config:
    """Settings of a training."""

    epochs: int = 12
    """How often all rows are learned from."""
    batch_size: int = 64
    """Rows per update, or nearly."""
    optimizer: Optimizer = "adam"
    """sgd, momentum, rmsprop or adam."""
    learning_rate: float = 3e-3
    """The highest step size that the schedule comes to."""
    schedule: Schedule = "one-cycle"
    """constant; linear or cosine: down to zero; one-cycle: up and then down."""
    weight_decay: float = 0.01
    """How much of each weight is forgotten per update, times the step size."""
    max_norm: float = 0.0
    """Longer gradients are cut to this length; 0: none are."""
    loss: Loss = "squared"
    """Of numbers: squared, absolute, or huber: squared near 0, absolute beyond 1. Labels: nats."""
    smoothing: float = 0.0
    """Share of certainty that is taken from each label and given to all classes alike."""
    augment: bool = False
    """Images: learn from each turned, zoomed, slanted and moved a little, every time anew."""
    patience: int = 0
    """End after so many epochs without a better validation, with the best weights; 0: never."""

    def __post_init__(self) -> None:
        for name in ("epochs", "batch_size"):
            if getattr(self, name) < 1:
                raise BadData(f"{name} must be at least 1, not {getattr(self, name)}")
        for name in ("weight_decay", "max_norm", "patience"):
            if not 0 <= getattr(self, name) < math.inf:
                raise BadData(f"{name} must be 0 or more, not {getattr(self, name)}")
        if not 0 < self.learning_rate < math.inf:
            raise BadData(f"learning_rate must be greater than 0, not {self.learning_rate}")
        if not 0 <= self.smoothing < 1:
            raise BadData(f"smoothing must be from 0 to below 1, not {self.smoothing}")
        choices = (("optimizer", OPTIMIZERS), ("schedule", SCHEDULES), ("loss", LOSSES))
        for name, kinds in choices:
            if getattr(self, name) not in kinds:
                there_are = ", ".join(kinds)
                raise BadData(f"{name}: no {getattr(self, name)!r} (there are: {there_are})")


OPTIMIZERS: dict[str, Callable[..., torch.optim.Optimizer]] = {
    "sgd": lambda parameters, rate: torch.optim.SGD(parameters, rate),
    "momentum": lambda parameters, rate: torch.optim.SGD(parameters, rate, momentum=0.9),
    "rmsprop": lambda parameters, rate: torch.optim.RMSprop(parameters, rate),
    "adam": lambda parameters, rate: torch.optim.Adam(parameters, rate, fused=True),
}
"""PyTorch's; `supervised.scratch.optimisers` has them written out."""
SCHEDULES: dict[str, Callable[[float], float]] = {
    "constant": lambda done: 1.0,
    "linear": lambda done: 1 - done,
    "cosine": lambda done: (1 + math.cos(math.pi * done)) / 2,
    "one-cycle": lambda done: min(done / WARM_UP, (1 - done) / (1 - WARM_UP)),
}
"""The share of the learning rate, after a share of all updates is done."""
LOSSES: dict[str, Cost] = {
    "squared": nn.functional.mse_loss,
    "absolute": nn.functional.l1_loss,
    "huber": nn.functional.huber_loss,
}
"""How wrong numbers are; the last is Huber's (1964), who lets far-off rows decide less."""


class Progress(NamedTuple):
    """What `train` yields after every epoch: how far it is, and what it would take to go on."""

    epoch: int
    metrics: dict[str, float]
    network: nn.Module
    """The network as it is now; it goes on learning when the generator goes on."""
    parts: dict[str, Any]
    """All that resuming needs, each with `state_dict` and `load_state_dict`."""
    finished: bool


class Best:
    """The weights that did best in validation, and how long ago that was."""

    def __init__(self) -> None:
        self.cost = math.inf
        self.epoch = 0
        self.weights: dict[str, Tensor] | None = None

    def compare(self, cost: float, epoch: int, network: nn.Module) -> None:
        """Keeps the weights of `network` if it costs less than any before."""
        if cost < self.cost:
            self.cost, self.epoch = cost, epoch
            self.weights = copy.deepcopy(network.state_dict())

    def state_dict(self) -> dict[str, Any]:
        """All of it."""
        return dict(self.__dict__)

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Goes on from there."""
        self.__dict__.update(state)


class Chance:
    """A random generator as a part; and how many epochs are done."""

    def __init__(self, seed: int, device: str) -> None:
        self.generator = torch.Generator(device).manual_seed(seed)
        self.epoch = 0

    @contextmanager
    def as_global(self, device: str) -> Iterator[None]:
        """Lets layers that draw lots, such as dropout, draw them from here."""
        generator = self.generator
        seed = torch.randint(2**62, (), generator=generator, device=generator.device)
        with torch.random.fork_rng([device] if device.startswith("cuda") else []):
            torch.manual_seed(int(seed))
            yield

    def state_dict(self) -> dict[str, Any]:
        """Where it is."""
        return {"generator": self.generator.get_state(), "epoch": self.epoch}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Goes on from there."""
        self.generator.set_state(state["generator"].cpu())
        self.epoch = state["epoch"]


def train(
    config: Config,
    network: nn.Module,
    dataset: Dataset,
    rows: Split,
    device: str,
    seed: int,
    state: Mapping[str, Any] | None = None,
    cost_by: Cost | None = None,
) -> Iterator[Progress]:
    """Learns from `rows.train`, and looks at `rows.validation` after every epoch.

    Args:
        state: the `state_dict` of each part, where an earlier call stopped; None: from the start.
        cost_by: another cost than `cost_of`.

    Raises:
        BadData: see `check_plan`; or the weights ran away.
    """
    check_plan(config, dataset, rows)
    if config.loss != "squared" and (cost_by or dataset.targets.dtype == torch.int64):
        raise BadData(f"loss {config.loss} is for numbers to be told; here there are none")
    inputs, targets = dataset.inputs.to(device), dataset.targets.to(device)
    rows = Split(*(part.to(device) for part in rows))
    network.to(device)
    chance, best = Chance(seed, device), Best()
    optimizer = OPTIMIZERS[config.optimizer](network.parameters(), config.learning_rate)
    parts: dict[str, Any] = {
        "network": network,
        "optimizer": optimizer,
        "chance": chance,
        "best": best,
    }
    for name, part in parts.items() if state else ():
        part.load_state_dict(state[name])  # type: ignore[index]
    batches = math.ceil(len(rows.train) / config.batch_size)
    judged_by = cost_by or partial(cost_of, loss=config.loss)
    learned = cost_by or partial(cost_of, loss=config.loss, smoothing=config.smoothing)

    while chance.epoch < config.epochs:
        network.train()
        total = torch.zeros((), device=device)
        order = torch.randperm(len(rows.train), generator=chance.generator, device=device)
        with chance.as_global(device):
            for number, batch in enumerate(rows.train[order].tensor_split(batches)):
                done = (chance.epoch + number / batches) / config.epochs
                set_rate(optimizer, config, done + 0.5 / batches / config.epochs)
                shown = inputs[batch]
                if config.augment:
                    shown = shake(shown, chance.generator)

                with lower_precision(device):
                    outputs = network(shown)
                cost = learned(outputs.float(), targets[batch])
                optimizer.zero_grad()
                cost.backward()
                update(network, optimizer, config)

                total += cost.detach() * len(batch)
        chance.epoch += 1
        metrics = {"cost": float(total) / len(rows.train)}
        if len(rows.validation):
            judged = judge(network, inputs[rows.validation], targets[rows.validation], judged_by)
            metrics |= {f"validation_{name}": value for name, value in judged.items()}
        check_finite(metrics, chance.epoch)
        if config.patience:
            best.compare(metrics["validation_cost"], chance.epoch, network)
        finished = chance.epoch == config.epochs
        if config.patience and (finished or chance.epoch - best.epoch >= config.patience):
            finished = True
            if best.weights is not None:
                network.load_state_dict(best.weights)
        yield Progress(chance.epoch, metrics, network, parts, finished)
        if finished:
            return


def check_plan(config: Any, dataset: Dataset, rows: Split) -> None:
    """Refuses what the loop cannot do with these rows.

    Raises:
        BadData: there is no validation to be patient by, or only images can be augmented.
    """
    if getattr(config, "patience", 0) and not len(rows.validation):
        raise BadData("patience needs a validation set to look at; give it a share of the rows")
    if getattr(config, "augment", False) and not dataset.is_images:
        raise BadData(f"{dataset.name}: only images can be augmented")


def check_finite(metrics: dict[str, float], epoch: int) -> None:
    """Refuses to go on with weights that ran away.

    Raises:
        BadData: a measure is no number any more.
    """
    for name, value in metrics.items():
        if not math.isfinite(value):
            raise BadData(
                f"after epoch {epoch} the {name.replace('_', ' ')} is {value}: the weights ran "
                "away; try a smaller learning rate"
            )


def cost_of(
    outputs: Tensor, targets: Tensor, smoothing: float = 0.0, loss: Loss = "squared"
) -> Tensor:
    """The mean cost of a row: surprise at the right class in nats, or the loss of a number.

    Args:
        outputs: logits (n, ..., classes) for labels, (n, 1) or (n,) for numbers.
        targets: int64 (n, ...), or float (n,).
    """
    if targets.dtype == torch.int64:
        logits = outputs.flatten(0, -2)
        return nn.functional.cross_entropy(logits, targets.flatten(), label_smoothing=smoothing)
    return LOSSES[loss](outputs.reshape(targets.shape), targets)


def lower_precision(device: str) -> AbstractContextManager[object]:
    """Numbers of 16 bits where they do, on a GPU that computes faster with them; else nothing.

    These (bfloat16) reach as far as those of 32 bits, so no gradient is lost.
    """
    if device.startswith("cuda") and torch.cuda.is_bf16_supported(including_emulation=False):
        return torch.autocast("cuda", torch.bfloat16)
    return nullcontext()


def seeded(seed: int, make: Callable[[], nn.Module]) -> nn.Module:
    """A network whose first weights `seed` decides; global chance is left alone."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return make()


def set_rate(optimizer: torch.optim.Optimizer, config: Config, done: float) -> None:
    """The step size after a share of all updates is `done`."""
    for group in optimizer.param_groups:
        group["lr"] = config.learning_rate * SCHEDULES[config.schedule](done)


def update(network: nn.Module, optimizer: torch.optim.Optimizer, config: Config) -> None:
    """One step of every weight: forgotten a little, then downhill.

    Matrices and kernels are forgotten, biases and scales are not. The forgetting does not go
    through the gradient (Loshchilov & Hutter 2019, algorithm 2).
    """
    if config.max_norm:
        nn.utils.clip_grad_norm_(network.parameters(), config.max_norm)
    if config.weight_decay:
        keep = 1 - config.weight_decay * optimizer.param_groups[0]["lr"]
        with torch.no_grad():
            torch._foreach_mul_([p for p in network.parameters() if p.ndim > 1], keep)
    optimizer.step()


@torch.no_grad()
def predict(network: nn.Module, inputs: Tensor) -> Tensor:
    """The outputs for all rows, in evaluation mode; the mode is left as it was."""
    was_training = network.training
    network.eval()
    outputs = torch.cat([network(part) for part in inputs.split(AT_ONCE)])
    network.train(was_training)
    return outputs


def judge(
    network: nn.Module, inputs: Tensor, targets: Tensor, cost_by: Cost | None = None
) -> dict[str, float]:
    """The cost, and beside it the share of right answers, or the mean absolute error."""
    outputs = predict(network, inputs)
    found = {"cost": float((cost_by or cost_of)(outputs, targets))}
    if targets.dtype == torch.int64:
        counts = targets >= 0  # a row of characters may be over before its end
        found["accuracy"] = float((outputs.argmax(-1) == targets)[counts].cpu().double().mean())
    elif outputs.numel() == targets.numel():
        found["mae"] = float((outputs.reshape(targets.shape) - targets).abs().mean())
    return found
