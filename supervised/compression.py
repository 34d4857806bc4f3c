"""Smaller networks: what size, time and accuracy cost each other.

    pruning         the smallest weights become 0, the others learn on       Han et al. 2015
    8 bits          weight = scale * whole number from -127 to 127           Jacob et al. 2018
    distillation    a small network learns the soft answers of a large one   Hinton et al. 2015

One size for all: bytes of the weights, packed by zlib, which zeros and small numbers make use of.
Time is that of one processor core. Pruning and 8 bits do not compute faster here: PyTorch has no
fast product of scattered weights, and 8 bits are turned back into numbers of 32 before they are
multiplied. A small network does.

    workshop compress RUN               all of them, of the cnn in a run folder
"""

from __future__ import annotations

import copy
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch
from safetensors.torch import save
from torch import Tensor, nn
from torch.nn.utils import prune

from supervised import cnn, training
from supervised.dataset import Dataset
from supervised.split import Split
from supervised.training import judge, predict

PRUNED = 0.8
"""Share of the weights that become 0."""
SMALL = 3 / 8
"""How wide a small network is, in the width of the large one."""
TEMPERATURE = 4.0
"""Softens the teacher's answers: what it takes for likely, though wrong, is worth knowing."""
TIMES = 5
"""Measurements of the speed; the fastest counts."""


@dataclass(frozen=True)
class Row:
    """One network in the table."""

    name: str
    weights: int
    """That are not 0."""
    bytes: int
    training_seconds: float
    images_per_second: float
    accuracy: float


WAYS = 6
"""Rows of the table."""


def compare(
    config: cnn.Config, teacher: nn.Module, seconds: float, dataset: Dataset, rows: Split, seed: int
) -> Iterator[Row]:
    """A trained network as it is, then each way to make it smaller.

    Args:
        seconds: that the teacher took to learn.
    """
    yield measure("as it is", teacher, seconds, dataset, rows)

    pruned = copy.deepcopy(teacher)
    more = prune_and_learn(learn_on(config), pruned, dataset, rows, seed)
    yield measure(f"{PRUNED:.0%} pruned", pruned, seconds + more, dataset, rows)

    yield measure("8 bits", eight_bits(teacher), seconds, dataset, rows)
    yield measure("pruned, 8 bits", eight_bits(pruned), seconds + more, dataset, rows)

    small = smaller(config)
    alone = cnn.make(small, dataset, seed)
    yield measure("small, alone", alone, learn(small, alone, dataset, rows, seed), dataset, rows)

    student = cnn.make(small, dataset, seed)
    more = distil(small, teacher, student, dataset, rows, seed)
    yield measure("small, distilled", student, seconds + more, dataset, rows)


def smaller(config: cnn.Config) -> cnn.Config:
    """The settings of a small network."""
    return replace(config, widths=tuple(max(int(SMALL * width), 1) for width in config.widths))


def learn_on(config: cnn.Config) -> cnn.Config:
    """How the weights that are left learn on: for a third of the time, in smaller steps."""
    epochs, rate = max(config.epochs // 3, 1), config.learning_rate / 3
    return replace(config, epochs=epochs, learning_rate=rate)


def learn(
    config: training.Config, network: nn.Module, dataset: Dataset, rows: Split, seed: int
) -> float:
    """Trains, and tells how many seconds of the processor it took."""
    start = time.process_time()
    for _ in training.train(config, network, dataset, rows, "cpu", seed):
        pass
    return time.process_time() - start


def prune_and_learn(
    config: training.Config, network: nn.Module, dataset: Dataset, rows: Split, seed: int,
    share: float = PRUNED,
) -> float:  # fmt: skip
    """Sets the smallest weights of all layers to 0 for good; returns the seconds it took."""
    layers = [layer for layer in network.modules() if isinstance(layer, nn.Conv2d | nn.Linear)]
    prune.global_unstructured(
        [(layer, "weight") for layer in layers], prune.L1Unstructured, amount=share
    )
    seconds = learn(config, network, dataset, rows, seed)
    for layer in layers:
        prune.remove(layer, "weight")
    return seconds


class EightBits(nn.Module):
    """A layer whose weights are whole numbers, with one scale for each of its outputs."""

    whole: Tensor
    scale: Tensor

    def __init__(self, layer: nn.Conv2d | nn.Linear) -> None:
        super().__init__()
        self.layer = copy.deepcopy(layer)
        weight = layer.weight.detach()
        most = weight.flatten(1).abs().amax(1).clamp_min(1e-12)
        shape = (-1, *[1] * (weight.ndim - 1))
        del self.layer.weight
        self.register_buffer("scale", (most / 127).reshape(shape))
        self.register_buffer("whole", (weight / self.scale).round().to(torch.int8))

    def forward(self, inputs: Tensor) -> Tensor:
        """What the layer would tell, or nearly."""
        self.layer.weight = self.whole * self.scale
        return self.layer(inputs)


def eight_bits(network: nn.Module) -> nn.Module:
    """A copy with whole numbers for the weights of convolutions and linear layers."""
    copied = copy.deepcopy(network)
    for module in list(copied.modules()):
        for name, layer in list(module.named_children()):
            if isinstance(layer, nn.Conv2d | nn.Linear) and not isinstance(module, EightBits):
                setattr(module, name, EightBits(layer))
    return copied


def distil(
    config: training.Config, teacher: nn.Module, student: nn.Module, dataset: Dataset, rows: Split,
    seed: int,
) -> float:  # fmt: skip
    """The student learns the teacher's soft answers and the labels; returns the seconds it took."""
    start = time.process_time()
    labels = nn.functional.one_hot(dataset.targets, len(dataset.classes)).float()
    taught = replace(
        dataset, targets=torch.cat((predict(teacher, dataset.inputs), labels), 1), classes=()
    )
    for _ in training.train(config, student, taught, rows, "cpu", seed, cost_by=soft_cost):
        pass
    return time.process_time() - start


def soft_cost(logits: Tensor, targets: Tensor) -> Tensor:
    """Half the surprise at the label, half that at the teacher's answer (Hinton et al., section 2).

    Args:
        targets: (n, 2 * classes): the teacher's logits, then 1 for the label.
    """
    taught, labels = targets.chunk(2, 1)
    soft = nn.functional.cross_entropy(logits / TEMPERATURE, (taught / TEMPERATURE).softmax(1))
    hard = nn.functional.cross_entropy(logits, labels)
    return (hard + TEMPERATURE**2 * soft) / 2


def measure(name: str, network: nn.Module, seconds: float, dataset: Dataset, rows: Split) -> Row:
    """One row of the table; the speed is that of all test images at once."""
    inputs, labels = dataset.inputs[rows.test], dataset.targets[rows.test]
    found = judge(network, inputs, labels)
    times = []
    for _ in range(TIMES):
        start = time.process_time()
        predict(network, inputs)
        times.append(time.process_time() - start)
    return Row(name, weights_left(network), packed(network), seconds,
               len(inputs) / max(min(times), 1e-9), found["accuracy"])  # fmt: skip


def weights_left(network: nn.Module) -> int:
    """How many of what is learned, or was turned into whole numbers, are not 0."""
    whole = [layer.whole for layer in network.modules() if isinstance(layer, EightBits)]
    return sum(int((values != 0).sum()) for values in [*network.parameters(), *whole])


def packed(network: nn.Module) -> int:
    """Bytes of the weights in a packed file."""
    return len(zlib.compress(save(kept(network)), 9))


def kept(network: nn.Module) -> dict[str, Tensor]:
    """All that a file has to hold."""
    return {name: values.detach().contiguous() for name, values in network.state_dict().items()}
