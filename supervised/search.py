"""Search by image: the pictures whose features are nearest to those of the one that is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from supervised.pictures.strips import draw_strips

if TYPE_CHECKING:
    from matplotlib.figure import Figure


DISTANCES = 2**24
"""So many are looked at in one go, at most."""


def nearest(query: Tensor, shelf: Tensor, count: int) -> Tensor:
    """The rows of `shelf` that are nearest to each of `query`, the nearest first: (n, count).

    Args:
        query: features (n, ...), as `shelf`.
        count: or as many as there are.
    """
    there, count = shelf.flatten(1), min(count, len(shelf))
    parts = query.flatten(1).split(max(DISTANCES // len(shelf), 1))
    found = [torch.cdist(part, there).topk(count, largest=False).indices for part in parts]
    return torch.cat(found)


def precision(query: Tensor, labels: Tensor, shelf: Tensor, known: Tensor, count: int) -> float:
    """Which share of the `count` nearest is of the same class as the one that is shown.

    Args:
        labels: of the queries; `known` of the shelf.
    """
    found = known[nearest(query, shelf, count)]
    return float((found == labels[:, None]).double().mean())


def found_images(
    images: Tensor, query: Tensor, shelf_images: Tensor, shelf: Tensor, count: int
) -> Figure:
    """Each image, and beside it the nearest `count`: (n, ...) and their features."""
    found = nearest(query, shelf, count)  # (n, count)
    lines = {
        f"{n}": torch.cat((image[None], shelf_images[places]))
        for n, (image, places) in enumerate(zip(images, found, strict=True), 1)
    }
    columns = ("shown", "nearest", *(str(n) for n in range(2, found.shape[1] + 1)))
    return draw_strips(
        lines, "Search by image", "The nearest of the rows that were learned from.", columns
    )
