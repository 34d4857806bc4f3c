"""How a model learned: its cost, and how right it was, epoch by epoch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from supervised.pictures.style import BLUE, INK, ORANGE, end_at_whole, entitle, new_figure, quiet


def draw_learning(rows: Sequence[Mapping[str, float]]) -> Figure:
    """A plot a measure: what was learned from in blue, what was only looked at in orange.

    Args:
        rows: of metrics.csv, with `step` (the epoch) and any measures; `validation_NAME` is drawn
            over NAME.
    """
    measures = list(dict.fromkeys(name.removeprefix("validation_") for row in rows for name in row))
    measures = [name for name in measures if name != "step"]
    columns = min(3, len(measures))
    lines = -(-len(measures) // columns)
    figure = new_figure(3.6 * columns + 0.4, 2.9 * lines + 0.8)
    both = any(name.startswith("validation_") for row in rows for name in row)
    note = "Blue: what it learns from. Orange: rows it only looks at." if both else ""
    entitle(figure, "How it learned", note)
    for number, name in enumerate(measures):
        axes = figure.add_subplot(lines, columns, number + 1)
        quiet(axes)
        axes.set_title(name.replace("_", " "), loc="left", fontsize=10, color=INK)
        axes.set_xlabel("epoch")
        axes.xaxis.set_major_locator(MaxNLocator(6, integer=True, min_n_ticks=1))
        _draw_line(axes, rows, name, BLUE)
        _draw_line(axes, rows, f"validation_{name}", ORANGE)
        if name == "accuracy":
            axes.yaxis.set_major_formatter(lambda value, _: f"{100 * value:g} %")
            end_at_whole(axes)
    return figure


def _draw_line(axes: Axes, rows: Sequence[Mapping[str, float]], name: str, color: str) -> None:
    points = [(row["step"], row[name]) for row in rows if name in row]
    if points:
        axes.plot(*zip(*points, strict=True), "o-", color=color, linewidth=1.8, markersize=3)
