"""Models of plain features: every row is one long list of numbers, each on one scale."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from torch import Tensor, nn

from supervised import training
from supervised.dataset import BadData, Dataset
from supervised.scaling import Standardise
from supervised.split import Split
from supervised.training import Progress


class Scaled(nn.Module):
    """A network between two scales: features come in standardised, and a number goes out in its
    own unit, so that the network itself always works around 0 and 1.

    Args:
        core: (n, features) -> (n, classes), or (n, 1) for a number.
    """

    def __init__(self, dataset: Dataset, core: nn.Module) -> None:
        super().__init__()
        self.scale = Standardise(dataset.inputs)
        self.unit = None if dataset.classes else Standardise(dataset.targets[:, None])
        self.core = core

    def forward(self, inputs: Tensor) -> Tensor:
        """(n, ...) -> (n, classes) or (n, 1)."""
        outputs: Tensor = self.core(self.scale(inputs).flatten(1))
        return outputs if self.unit is None else self.unit.undo(outputs)


def check_features(model: str, dataset: Dataset, classes: bool | None = None) -> int:
    """How many features a row has.

    Args:
        classes: whether the model tells classes (or numbers); None: it can do both.

    Raises:
        BadData: the model cannot read such data.
    """
    if dataset.characters:
        raise BadData(f"{dataset.name}: {model} reads numbers or images, not characters")
    if dataset.targets.ndim > 1:
        raise BadData(f"{dataset.name}: {model} tells one thing a row, not {dataset.targets.ndim}")
    if classes is not None and classes != bool(dataset.classes):
        kinds = ("numbers, as in weather", "classes, as in digits, moons or cold-or-hot")
        there = "are classes" if dataset.classes else "is a number"
        raise BadData(f"{dataset.name}: {model} tells {kinds[classes]}; here there {there}")
    return dataset.inputs[0].numel()


def fit_scale(network: nn.Module, dataset: Dataset, rows: Split) -> None:
    """Fits the scales of a `Scaled` network on what is learned from."""
    assert isinstance(network, Scaled)
    network.cpu().scale.fit(dataset.inputs[rows.train])
    if network.unit is not None:
        network.unit.fit(dataset.targets[rows.train][:, None])


def train(
    config: training.Config,
    network: nn.Module,
    dataset: Dataset,
    rows: Split,
    device: str,
    seed: int,
    state: Mapping[str, Any] | None = None,
) -> Iterator[Progress]:
    """The loop of `supervised.training`, after the scales are fitted."""
    fit_scale(network, dataset, rows)
    yield from training.train(config, network, dataset, rows, device, seed, state)
