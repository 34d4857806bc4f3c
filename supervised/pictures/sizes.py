"""What it costs to be small: networks by size and accuracy."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.figure import Figure

from supervised.compression import Row
from supervised.pictures.style import INK, PALETTE, one_plot


def draw_sizes(rows: Sequence[Row]) -> Figure:
    """A point a network, the first as it was before."""
    note = "Size: of all weights, packed. The further up and to the left, the better."
    figure, axes = one_plot("Smaller, and as good?", note, 6.2, 4.4)
    for row, colour in zip(rows, PALETTE, strict=False):
        axes.plot(row.bytes / 1000, 100 * row.accuracy, "o", color=colour, markersize=9,
                  label=row.name)  # fmt: skip
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.xaxis.set_minor_formatter(lambda value, _: f"{value:g}" if f"{value:g}"[0] in "25" else "")
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:g} %")
    axes.margins(0.08, 0.15)
    axes.set_xlabel("kB")
    axes.set_ylabel("right")
    axes.legend(frameon=False, fontsize=9, labelcolor=INK, loc="best")
    return figure
