"""The latent space as a map: where a network puts each image."""

from __future__ import annotations

from itertools import combinations

import torch
from matplotlib import colormaps
from matplotlib.figure import Figure
from torch import Tensor

from supervised.pictures.style import INK, one_plot
from supervised.scaling import PCA

WIDE, HIGH = 0.012, 0.045
"""Of a letter and of a line of names, in the width and the height of the map."""


def draw_latent(places: Tensor, labels: Tensor, names: tuple[str, ...]) -> Figure:
    """Each row a point in the colour of its class; the class's name in their middle, or near it.

    Args:
        places: (n, width); of more than two numbers, the two directions in which they differ most.
            Beside a single one stands the class.
    """
    width = places.shape[1]
    flat = width <= 2
    points = places if flat else PCA.fit(places, 2)(places)
    if width == 1:
        points = torch.cat((places, labels[:, None].to(places)), 1)
    way = "" if flat else f" The two directions in which {width} numbers differ most."
    figure, axes = one_plot("Where it puts test images", f"The labels are only drawn.{way}", 6, 5.4)
    colours = colormaps["tab10" if len(names) <= 10 else "tab20"]
    there = labels.unique().tolist()
    for label in there:
        own = points[labels == label]
        axes.scatter(own[:, 0], own[:, 1], s=8, alpha=0.6, color=colours(label), linewidths=0)
    middles = torch.stack([points[labels == label].median(0).values for label in there])
    room = torch.tensor([WIDE * (2 + max(map(len, names))), HIGH]) * (
        points.amax(0) - points.amin(0)
    )
    for label, place in zip(there, apart(middles, room), strict=True):
        around = {"boxstyle": "round,pad=0.15", "fc": "white", "ec": colours(label)}
        across, down = place.tolist()
        axes.text(across, down, names[label], ha="center", va="center", color=INK, fontsize=9,
                  bbox=around)  # fmt: skip
    axes.set_xlabel("first number" if flat else "first direction")
    axes.set_ylabel("class" if width == 1 else "second number" if flat else "second direction")
    return figure


def apart(places: Tensor, room: Tensor) -> Tensor:
    """The places (n, 2), moved as little as is needed until none is nearer to another than `room`,
    (2,), both across and down."""
    found = places.clone()
    for _ in range(200):
        crowded = False
        for one, other in combinations(range(len(found)), 2):
            between = found[other] - found[one]
            missing = room - between.abs()
            if (missing > 0).all():
                way = int((missing / room).argmin())
                push = missing[way] / 2 * (1.02 if between[way] >= 0 else -1.02)
                found[one, way] -= push
                found[other, way] += push
                crowded = True
        if not crowded:
            break
    return found
