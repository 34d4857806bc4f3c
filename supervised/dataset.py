"""What a set of data is, and what it takes to be learned from."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from supervised.bad_data import BadData as BadData  # whoever reads sets meets it here


@dataclass(frozen=True)
class Dataset:
    """Inputs and what is to be told from them, as tensors.

    Raises:
        BadData: no rows, numbers that are none, labels out of range, or one class only.
    """

    name: str
    inputs: Tensor
    """(n, features), (n, steps, features), images (n, channels, rows, cols), or int64 (n, length)
    where they are characters."""
    targets: Tensor
    """int64 (n,) for classes, int64 (n, length) for the next character, float32 (n,) else."""
    classes: tuple[str, ...]
    """What the labels mean; empty where a number is to be told."""
    description: str
    source: str
    licence: str
    characters: str = ""
    """What the numbers of the inputs stand for, where they are characters."""
    groups: Tensor | None = None
    """int64 (n,): rows of one group belong together, and no split may part them."""
    span: int = 0
    """Where rows follow one another in time: the steps that one covers, its target included."""
    columns: tuple[str, ...] = ()
    """What the features of a table are called."""
    places: tuple[str, ...] = ()
    """Where each row stands in one's own data: `line 7` of the table, `cats/1.png`."""

    def __post_init__(self) -> None:
        check(self)

    def __len__(self) -> int:
        return len(self.inputs)

    def place(self, row: int) -> str:
        """Where a row stands; else its number, from 0."""
        return self.places[row] if self.places else f"row {row}"

    @property
    def is_images(self) -> bool:
        """Whether the inputs are images."""
        return self.inputs.ndim == 4


def check(dataset: Dataset) -> None:
    """Refuses what cannot be learned from. Rows are counted from 0, as Python does.

    Raises:
        BadData: see `Dataset`.
    """
    name, inputs, targets = dataset.name, dataset.inputs, dataset.targets
    if len(inputs) == 0:
        raise BadData(f"{name}: the set is empty")
    beside = (("targets", targets), ("groups", dataset.groups), ("places", dataset.places or None))
    for what, rows in beside:
        if rows is not None and len(rows) != len(inputs):
            raise BadData(f"{name}: {len(inputs)} inputs, but {len(rows)} {what}")
    _check_finite(name, "input", inputs)
    _check_finite(name, "target", targets)
    if dataset.characters:
        _check_range(name, "character", inputs, len(dataset.characters))
    if dataset.classes:
        _check_range(name, "label", targets, len(dataset.classes))
        if len(targets.unique()) == 1:
            only = dataset.classes[int(targets.flatten()[0])]
            raise BadData(f"{name}: every row is of class {only!r}; there is nothing to tell apart")


def _check_finite(name: str, what: str, values: Tensor) -> None:
    wrong = ~values.isfinite().flatten(1).all(1) if values.ndim > 1 else ~values.isfinite()
    if wrong.any():
        row = int(wrong.nonzero()[0])
        raise BadData(f"{name}, row {row}: NaN or infinity in the {what}")


def _check_range(name: str, what: str, values: Tensor, count: int) -> None:
    if values.dtype != torch.int64:
        raise BadData(f"{name}: a {what} is a whole number (int64), not {values.dtype}")
    wrong = (values < 0) | (values >= count)
    if wrong.any():
        place = wrong.nonzero()[0]
        found = int(values[tuple(place)])
        raise BadData(
            f"{name}, row {int(place[0])}: {what} {found} is out of range 0 to {count - 1}"
        )
