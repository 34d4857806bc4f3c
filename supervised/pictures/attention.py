"""Where a network looked, sign by sign."""

from __future__ import annotations

from matplotlib.figure import Figure
from torch import Tensor

from supervised.pictures.style import INK, SEQUENTIAL, bare, entitle, new_figure


def draw_attention(weights: Tensor, read: list[str], written: list[str]) -> Figure:
    """One map a phrase: what was read runs across, what was written runs down.

    Args:
        weights: (n, written, read), each row sums to 1.
    """
    longest = max(map(len, read))
    figure = new_figure(0.19 * longest + 0.8, 2.3 * len(read) + 0.8)
    entitle(figure, "Where it looked", "Across: what it read. Down: what it wrote.")
    subplots = figure.subplots(len(read), squeeze=False)[:, 0]
    for axes, looks, above, beside in zip(subplots, weights, read, written, strict=True):
        bare(axes)
        shown = looks[: len(beside), :longest].numpy()
        axes.imshow(shown, cmap=SEQUENTIAL, vmin=0, vmax=1, aspect="auto")
        axes.set_xticks(range(len(above)), above)
        axes.set_yticks(range(len(beside)), beside)
        axes.set_xlim(-0.5, longest - 0.5)
        axes.xaxis.tick_top()
        axes.tick_params(length=0, labelsize=9, colors=INK)
    return figure
