"""The points of a setting: made, moved by noise, parted, and brought to one scale."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor

from envs.names import BadInput
from supervised.dataset import BadData
from supervised.files import read_csv
from supervised.scaling import standardise
from supervised.toys import PLANE, Points
from workshop.playground.setting import Setting, is_file

HALF = 2.6
"""The square that is shown reaches so far from the middle; the points have deviation 1."""

MOST = 5000
"""Points that can be painted."""


class Data(NamedTuple):
    """Points in the plane, and which of them are learned from."""

    places: Tensor
    """float32 (n, 2)."""
    labels: Tensor
    """float32 (n,): 0 or 1."""
    train: Tensor
    """int64: rows to learn from."""
    test: Tensor
    """int64: the others."""


def make_data(setting: Setting, own: Points | None = None) -> Data:
    """The data of a setting; the seed decides.

    Args:
        own: points that were painted or read, with deviations of about 1, in place of a set.
    """
    generator = torch.Generator().manual_seed(setting.seed)
    places, labels = PLANE[setting.data](setting.points, generator) if own is None else own
    order = torch.rand(len(places), generator=generator).argsort()
    places = places + setting.noise * torch.randn(places.shape, generator=generator)
    cut = min(max(round(setting.train_share * len(order)), 1), max(len(order) - 1, 1))
    train, test = order[:cut], order[cut:]
    if own is None:
        places = standardise(places[train])(places)
    return Data(places, labels.float(), train, test)


def nothing() -> Points:
    """No points yet."""
    return torch.zeros((0, 2)), torch.zeros(0, dtype=torch.int64)


def with_more(data: Data, places: Tensor, label: int) -> Points:
    """The points as they are shown, and more of a class, (n, 2), up to `MOST`."""
    labels = torch.full((len(places),), label)
    found = torch.cat((data.places, places)), torch.cat((data.labels.long(), labels))
    return found[0][:MOST], found[1][:MOST]


def own_points(setting: Setting) -> Points | None:
    """The points of a file, brought to deviation 1; none for what is painted; else None.

    Raises:
        BadInput: the file cannot be read, or is not of two numbers and one of two classes a line.
    """
    path = is_file(setting)
    if path is None:
        return None if setting.data in PLANE else nothing()
    try:
        found = read_csv(path)
    except BadData as error:
        raise BadInput(str(error)) from None
    if found.inputs.shape[1] != 2 or len(found.classes) != 2:
        raise BadInput(
            f"{path}: the playground takes columns x, y, label with 2 labels, not "
            f"{found.inputs.shape[1]} columns of numbers and {len(found.classes)} labels"
        )
    return standardise(found.inputs)(found.inputs), found.targets


def table(points: Points) -> str:
    """The points as the lines of a CSV file."""
    rows = zip(points[0].tolist(), points[1].tolist(), strict=True)
    return "x,y,label\n" + "".join(f"{x:.4f},{y:.4f},{label}\n" for (x, y), label in rows)
