"""Images in rows that have names: what belongs together stands side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from matplotlib.figure import Figure
from torch import Tensor

from supervised.pictures.style import INK, bare, entitle, new_figure

GAP = 1
"""Pixels between two images."""
INCHES = 0.55
"""Width of an image."""


def draw_strips(
    rows: Mapping[str, Tensor], title: str, note: str = "", columns: Sequence[str] = ()
) -> Figure:
    """A page with one row of images a name.

    Args:
        rows: images from 0 to 1, (n, channels, rows, cols), by what stands beside them.
        columns: what stands over each image of a row.
    """
    count, _, high, wide = next(iter(rows.values())).shape
    beside = 0.075 * max(map(len, rows)) + 0.2
    width = max(INCHES * count + beside, 0.095 * len(title) + 0.3, 3.6)
    figure = new_figure(width, INCHES * len(rows) * high / wide + (0.85 if note else 0.6))
    entitle(figure, title, note)
    axes = figure.add_subplot()
    bare(axes)
    axes.imshow(mosaic(list(rows.values())), interpolation="nearest")
    places = [(wide + GAP) * (n + 0.5) - 1 for n in range(count)]
    axes.set_xticks(places[: len(columns)], columns)
    axes.set_yticks([(high + GAP) * (n + 0.5) - 1 for n in range(len(rows))], list(rows))
    axes.xaxis.tick_top()
    axes.tick_params(length=0, labelsize=9, colors=INK)
    return figure


def mosaic(rows: Sequence[Tensor]) -> np.ndarray:
    """All images as one, (rows, cols, 3), white between them."""
    lines = []
    for images in rows:
        coloured = images.detach().float().clamp(0, 1).expand(-1, 3, -1, -1)
        framed = torch.nn.functional.pad(coloured, (0, GAP, 0, GAP), value=1.0)
        lines.append(framed.permute(2, 0, 3, 1).flatten(1, 2))  # (rows, n * cols, 3)
    return torch.cat(lines)[:-GAP, :-GAP].numpy()
