"""Two features as a plane: what a model answers at every place of it."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap, to_hex
from matplotlib.figure import Figure
from torch import Tensor, nn

from supervised.pictures.style import INK, PALETTE, one_plot
from supervised.training import predict

SIDE = 160
"""The model is asked at so many places across, and as many up."""
EDGE = 0.08
"""Of the width and the height of the points, left around them."""
MOST = 1000
"""So many points are drawn, evenly from all."""
LETTERS = 60
"""So many of the names of classes stand in a line, with 4 for the mark before each."""


def draw_regions(
    network: nn.Module,
    points: Tensor,
    labels: Tensor,
    names: Sequence[str],
    columns: Sequence[str] = (),
) -> Figure:
    """The plane in the colours of the answers, and rows in those of their classes.

    Args:
        network: tells classes from two numbers.
        points: (n, 2).
        labels: int64 (n,), as are their right answers.
        columns: what the two numbers are called.
    """
    low, high = points.amin(0), points.amax(0)
    room = EDGE * torch.where(high > low, high - low, 1)
    plane, (left, bottom), (right, top) = places(low - room, high + room)
    answers = predict(network, plane).argmax(1).reshape(SIDE, SIDE).numpy()
    colors = colors_of(len(names))
    note = "The plane has the colour of the answer, a test row that of its class. x: told wrong."
    figure, axes = one_plot("What it answers where", note, 6, 5.4)
    axes.grid(False)
    axes.imshow(
        answers, extent=(left, right, bottom, top), origin="lower", aspect="auto", alpha=0.3,
        cmap=ListedColormap(colors), vmin=-0.5, vmax=len(names) - 0.5,
    )  # fmt: skip
    some = slice(None, None, 1 + (len(points) - 1) // MOST)
    wrong = predict(network, points[some]).argmax(1) != labels[some]
    _draw_rows(axes, points[some], labels[some], wrong, names, colors)
    axes.set_xlabel(columns[0] if columns else "first feature")
    axes.set_ylabel(columns[1] if columns else "second feature")
    if len(names) <= len(PALETTE):
        beside = max(1, LETTERS // (4 + max(map(len, names))))
        axes.legend(frameon=False, fontsize=9, ncols=beside, loc="lower left",
                    bbox_to_anchor=(-0.01, 1.0), borderaxespad=0, handletextpad=0.2)  # fmt: skip
    return figure


def _draw_rows(
    axes: Axes,
    points: Tensor,
    labels: Tensor,
    wrong: Tensor,
    names: Sequence[str],
    colors: Sequence[str],
) -> None:
    for label, (name, color) in enumerate(zip(names, colors, strict=True)):
        right, crossed = (
            points[(labels == label) & (wrong == told)].T.numpy() for told in (False, True)
        )
        axes.plot(*right, "o", markersize=3.5, color=color, label=name)
        axes.plot(*crossed, "X", markersize=9, color=color, markeredgecolor=INK)


def places(low: Tensor, high: Tensor) -> tuple[Tensor, list[float], list[float]]:
    """Even places (SIDE * SIDE, 2) between two corners, row by row from below; and the corners."""
    steps = (torch.arange(SIDE) + 0.5) / SIDE
    across, up = (low[i] + (high[i] - low[i]) * steps for i in (0, 1))
    plane = torch.stack((across.repeat(SIDE), up.repeat_interleave(SIDE)), 1)
    return plane, low.tolist(), high.tolist()


def colors_of(classes: int) -> list[str]:
    """A colour for each class."""
    if classes <= len(PALETTE):
        return list(PALETTE[:classes])
    return [to_hex(colormaps["tab20"](label % 20)) for label in range(classes)]
