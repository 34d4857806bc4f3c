"""Images in rows, each with a line under it."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from matplotlib.colors import Colormap
from matplotlib.figure import Figure
from torch import Tensor

from supervised.pictures.style import GREY, INK, bare, entitle, new_figure

MOST = 24
"""So many mistakes are shown."""


def draw_sheet(
    images: Tensor,
    lines: Sequence[str],
    title: str,
    note: str = "",
    columns: int = 8,
    cmap: Colormap = GREY,
    limits: tuple[float | None, float | None] = (None, None),
) -> Figure:
    """A page of images.

    Args:
        images: (n, channels, rows, cols), shades of grey or colours.
        lines: what stands under each; empty where nothing does.
        limits: the values of the first and the last colour; None: the least and the most there is.
    """
    columns = min(columns, len(images))
    rows = math.ceil(len(images) / columns)
    words = 0.16 * (1 + max((line.count("\n") for line in lines), default=0)) if any(lines) else 0
    figure = new_figure(max(0.95 * columns, 4.2), (0.9 + words) * rows + (0.65 if note else 0.4))
    entitle(figure, title, note)
    for number, image in enumerate(images):
        axes = figure.add_subplot(rows, columns, number + 1)
        bare(axes)
        axes.imshow(shown(image), cmap=cmap, vmin=limits[0], vmax=limits[1])
        if lines:
            axes.set_xlabel(lines[number], fontsize=8.5, color=INK, labelpad=2)
    return figure


def shown(image: Tensor) -> np.ndarray:
    """(channels, rows, cols) as matplotlib shows it; of what is no colour image, the mean."""
    if len(image) == 3:
        return image.movedim(0, 2).clamp(0, 1).numpy()
    return image.mean(0).numpy()


def draw_mistakes(
    images: Tensor, labels: Tensor, probabilities: Tensor, names: tuple[str, ...]
) -> Figure | None:
    """The wrong answers, those held for surest first; None if there are none."""
    sure, answers = probabilities.max(1)
    wrong = (answers != labels).nonzero().flatten()
    worst = wrong[sure[wrong].argsort(descending=True)][:MOST]
    if not len(worst):
        return None
    lines = [
        f"{names[labels[row]]} as {names[answers[row]]}\n{sure[row]:.0%}" for row in worst.tolist()
    ]
    told = f"The {len(worst)} worst of" if len(wrong) > len(worst) else "All"
    mistakes = f"{told} {len(wrong):,} mistakes" if len(wrong) > 1 else "The only mistake"
    title = f"{mistakes} among {len(labels):,}"
    note = "What it is, what it was taken for, and how sure the answer was."
    return draw_sheet(images[worst], lines, title, note)
