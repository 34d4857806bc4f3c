"""Learning curves of several seeds as one picture: the interquartile mean, and how sure it is."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from arena.statistics import bootstrap_interval, interquartile_mean
from envs.names import BadInput, nearest
from workshop.targets import headline, is_share

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PALETTE = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#000000")
"""Colours that colour-blind people tell apart (Okabe and Ito 2008)."""
FIGURES = (".png", ".pdf", ".svg", ".jpg")
"""The kinds of files that a figure is written to."""


class Curve(NamedTuple):
    """One measure of one training."""

    steps: np.ndarray
    """int (points,), rising."""
    values: np.ndarray
    """float (points,)."""


def read_rows(path: Path) -> tuple[list[str], list[dict[str, float]]]:
    """The columns and the rows of a metrics.csv; a last row that was torn is left out.

    Raises:
        BadInput: the file is damaged.
    """
    try:
        with path.open(newline="", encoding="utf-8") as file:
            reader = csv.DictReader([line for line in file if line.endswith("\n")])
        rows = [{k: float(v) for k, v in row.items() if v} for row in reader]
        return list(reader.fieldnames or []), [{**row, "step": int(row["step"])} for row in rows]
    except FileNotFoundError:
        raise
    except (OSError, ValueError, TypeError, KeyError, OverflowError) as error:
        reason = "a row has no step" if isinstance(error, KeyError) else error
        raise BadInput(f"{path}: cannot be read: {reason}") from None


def read_metrics(folder: Path) -> dict[str, Curve]:
    """Every measure of a run folder, by name.

    Raises:
        BadInput: there are none, or the file is damaged.
    """
    path = folder / "metrics.csv"
    try:
        _, rows = read_rows(path)
    except FileNotFoundError:
        raise BadInput(f"{folder} is no run folder: it has no metrics.csv") from None
    names = dict.fromkeys(name for row in rows for name in row if name != "step")
    found = {}
    for name in names:
        points = [(row["step"], row[name]) for row in rows if name in row]
        steps, values = np.array(points).T
        found[name] = Curve(steps.astype(np.int64), values)
    if not found:
        raise BadInput(f"{path}: nothing has been measured yet")
    return found


def metric_of(runs: Sequence[Mapping[str, Curve]], asked: str | None) -> str:
    """The measure to draw: `asked`, or the most telling one that all runs have.

    Raises:
        BadInput: not all runs have it.
    """
    common = [name for name in runs[0] if all(name in run for run in runs)]
    if asked is None:
        found = headline(common)
        if found is None:
            raise BadInput("these runs have no measure in common")
        return found
    if asked not in common:
        raise BadInput(f"not every run has {asked!r}; {nearest(asked, common)}")
    return asked


def align(curves: Sequence[Curve]) -> tuple[np.ndarray, np.ndarray]:
    """Curves on common steps: (points,), (curves, points).

    Between two of its measures a curve keeps the value of the earlier one; a run that ended early
    keeps its last. Steps before the first measure of any are left out.
    """
    steps = np.unique(np.concatenate([curve.steps for curve in curves]))
    steps = steps[steps >= max(curve.steps[0] for curve in curves)]
    rows = [curve.values[np.searchsorted(curve.steps, steps, side="right") - 1] for curve in curves]
    return steps, np.stack(rows)


def draw(
    groups: Mapping[str, Sequence[Curve]], metric: str, title: str, path: Path, unit: str = "steps"
) -> None:
    """Writes a picture with one line a group: its interquartile mean, the interval, the median.

    Args:
        groups: the curves of each group's seeds, by the group's label.
        path: the PNG (or PDF, SVG) to write.
        unit: what a step is.

    Raises:
        BadInput: no picture has this kind of name.
    """
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot
    from matplotlib.ticker import EngFormatter, MaxNLocator

    from supervised.pictures.style import end_at_whole

    figure, axis = pyplot.subplots(figsize=(7.2, 4.2))
    for number, (label, curves) in enumerate(groups.items()):
        color = PALETTE[number % len(PALETTE)]
        steps, values = align(curves)
        seeds = f"{len(curves)} seed" + "s" * (len(curves) > 1)
        axis.plot(
            steps,
            interquartile_mean(values),
            color=color,
            linewidth=2,
            marker="o" if len(steps) == 1 else None,  # a line of one point is not to be seen
            label=f"{label} ({seeds})",
        )
        if len(curves) > 1:
            low, high = bootstrap_interval(values, interquartile_mean)
            axis.fill_between(steps, low, high, color=color, alpha=0.2, linewidth=0)
            axis.plot(steps, np.median(values, axis=0), color=color, linewidth=1, linestyle="--")
    several = any(len(curves) > 1 for curves in groups.values())
    note = "interquartile mean, 95 % bootstrap interval; dashed: median" if several else ""
    axis.set_title(title, loc="left", fontsize=11, pad=20 if note else None)
    axis.text(0, 1.02, note, transform=axis.transAxes, fontsize=8.5, color="#555555")
    axis.set_xlabel(unit)
    axis.set_ylabel(metric.replace("_", " "))
    axis.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    axis.xaxis.set_major_formatter(EngFormatter(sep=""))
    if is_share(metric):
        end_at_whole(axis)
    axis.grid(alpha=0.25)
    axis.spines[["top", "right"]].set_visible(False)
    axis.legend(frameon=False, fontsize=9)
    figure.tight_layout()
    save_figure(figure, path)


def save_figure(figure: Figure, path: Path) -> None:
    """Writes a figure whole or not at all, and closes it.

    Raises:
        BadInput: no picture has this kind of name.
    """
    from matplotlib import pyplot

    partial = path.with_name(f"{path.stem}.partial{path.suffix}")
    try:
        figure.savefig(partial, dpi=140)
    except ValueError as error:
        raise BadInput(f"{path}: {str(error).split(' (')[0]}; try .png") from None
    finally:
        pyplot.close(figure)
    partial.replace(path)
