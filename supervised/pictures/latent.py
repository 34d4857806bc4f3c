"""The latent space as a map: where a network puts each image."""

from __future__ import annotations

from matplotlib import colormaps
from matplotlib.figure import Figure
from torch import Tensor

from supervised.pictures.style import INK, one_plot
from supervised.scaling import PCA


def draw_latent(places: Tensor, labels: Tensor, names: tuple[str, ...]) -> Figure:
    """Each row a point in the colour of its class; the class's name in their middle.

    Args:
        places: (n, width); of more than two numbers, the two directions in which they differ most.
    """
    flat = places.shape[1] == 2
    points = places if flat else PCA.fit(places, 2)(places)
    way = "" if flat else f" The two directions in which {places.shape[1]} numbers differ most."
    figure, axes = one_plot("Where it puts test images", f"The labels are only drawn.{way}", 6, 5.4)
    colours = colormaps["tab10" if len(names) <= 10 else "tab20"]
    for label, name in enumerate(names):
        own = points[labels == label]
        if len(own):
            axes.scatter(own[:, 0], own[:, 1], s=8, alpha=0.6, color=colours(label), linewidths=0)
            around = {"boxstyle": "round,pad=0.15", "fc": "white", "ec": colours(label)}
            across, down = own.median(0).values.tolist()
            axes.text(across, down, name, ha="center", va="center", color=INK,
                      fontsize=9, bbox=around)  # fmt: skip
    axes.set_xlabel("first number" if flat else "first direction")
    axes.set_ylabel("second number" if flat else "second direction")
    return figure
