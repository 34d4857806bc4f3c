"""A study as one picture: how it went, and what each setting did."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from workshop.curves import PALETTE, save_figure
from workshop.search_space import SPACE, Choices, Range

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from optuna import Study
    from optuna.trial import FrozenTrial

COLUMNS = 4
BLUE, ORANGE, GREY = PALETTE[0], PALETTE[1], "#aaaaaa"
LETTERS = 27
"""So many letters of names stand side by side under a plot of a setting."""
TICKS = 5
"""So many numbers stand there at most, where 1 to 10 is as wide as 10 to 100."""


def draw_study(study: Study, names: Sequence[str], measure: str, title: str, path: Path) -> None:
    """Writes a picture: the trials in their order, and their outcome over every setting.

    Args:
        names: the settings that were searched.
        measure: what the outcome is.
        path: the PNG to write.
    """
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot
    from optuna.trial import TrialState

    complete = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    pruned = study.get_trials(deepcopy=False, states=(TrialState.PRUNED,))
    rows = 1 + -(-len(names) // COLUMNS)
    figure = pyplot.figure(figsize=(10, 2.4 + 2.1 * (rows - 1)), layout="constrained")
    grid = figure.add_gridspec(rows, COLUMNS)
    history = figure.add_subplot(grid[0, :])
    _draw_history(history, study, complete, pruned)
    history.set_title(title, loc="left", fontsize=11)
    for number, name in enumerate(names):
        axis = figure.add_subplot(grid[1 + number // COLUMNS, number % COLUMNS], sharey=history)
        _draw_setting(axis, name, complete, study.best_trial)
        axis.tick_params(labelleft=number % COLUMNS == 0)
    figure.supylabel(measure, fontsize=10)
    save_figure(figure, path)


def log_ticks(low: float, high: float) -> list[float]:
    """Round numbers from `low` to `high`, few and evenly spread where only factors count."""
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    for steps in ((1,), (1, 3), (1, 2, 5)):
        ticks = [step * 10.0**decade for decade in decades for step in steps]
        ticks = [tick for tick in ticks if low <= tick <= high]
        if len(ticks) >= 3:
            return ticks[:: 1 + (len(ticks) - 1) // TICKS]
    return list(dict.fromkeys((low, high)))


def _draw_history(
    axis: Axes, study: Study, complete: Sequence[FrozenTrial], pruned: Sequence[FrozenTrial]
) -> None:
    from matplotlib.ticker import MaxNLocator

    numbers, values = [t.number for t in complete], [t.value or 0.0 for t in complete]
    best = np.maximum if study.direction.name == "MAXIMIZE" else np.minimum
    axis.step(numbers, best.accumulate(values), where="post", color=ORANGE, label="best so far")
    axis.plot(numbers, values, "o", markersize=4, color=BLUE, label="trial")
    axis.plot(
        [t.number for t in pruned],
        [t.value or 0.0 for t in pruned],
        "x",
        markersize=4,
        color=GREY,
        label="ended early",
    )
    axis.set_xlabel("trial (0: the defaults)", fontsize=9)
    axis.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    axis.tick_params(labelsize=7)
    axis.grid(alpha=0.25)
    axis.legend(frameon=False, fontsize=8, ncols=3, loc="lower right", bbox_to_anchor=(1, 1))
    axis.spines[["top", "right"]].set_visible(False)


def _draw_setting(
    axis: Axes, name: str, complete: Sequence[FrozenTrial], best: FrozenTrial
) -> None:
    part = SPACE[name]
    ticks: list[Any] = []
    if isinstance(part, Choices):
        used = {t.params[name] for t in complete}
        distribution: Any = complete[0].distributions[name]
        ticks = [choice for choice in distribution.choices if choice in used]

    def at(trial: FrozenTrial) -> float:
        value = trial.params[name]
        return float(ticks.index(value)) if ticks else float(value)

    values = [t.value or 0.0 for t in complete]
    axis.plot([at(t) for t in complete], values, "o", markersize=4, color=BLUE)
    axis.plot(at(best), best.value or 0.0, "o", markersize=8, markerfacecolor="none", color=ORANGE)
    if ticks:
        _set_choices(axis, ticks)
    elif isinstance(part, Range) and part.log:
        _set_log(axis, [at(t) for t in complete])
    axis.set_xlabel(name.replace("_", " "), fontsize=9)
    axis.tick_params(labelsize=7)
    axis.grid(alpha=0.25)
    axis.spines[["top", "right"]].set_visible(False)


def _set_choices(axis: Axes, names: Sequence[str]) -> None:
    """A place for each; long names are turned."""
    axis.set_xticks(range(len(names)), names)
    if len(names) * max(map(len, names)) > LETTERS:
        axis.set_xticks(range(len(names)), names, rotation=30, ha="right")
    axis.set_xlim(-0.5, len(names) - 0.5)


def _set_log(axis: Axes, values: Sequence[float]) -> None:
    """A scale on which only factors count, with few numbers under it."""
    axis.set_xscale("log")
    ticks = log_ticks(min(values), max(values))
    axis.set_xticks(ticks, [f"{tick:.3g}" for tick in ticks])
    axis.minorticks_off()
