"""A study as one picture: how it went, and what each setting did."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from workshop.curves import PALETTE, save_figure
from workshop.search_space import SPACE, Choices

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from optuna import Study
    from optuna.trial import FrozenTrial

COLUMNS = 4
BLUE, ORANGE, GREY = PALETTE[0], PALETTE[1], "#aaaaaa"


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


def _draw_history(
    axis: Axes, study: Study, complete: Sequence[FrozenTrial], pruned: Sequence[FrozenTrial]
) -> None:
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
    elif part.log:
        axis.set_xscale("log")

    def at(trial: FrozenTrial) -> float:
        value = trial.params[name]
        return float(ticks.index(value)) if ticks else float(value)

    values = [t.value or 0.0 for t in complete]
    axis.plot([at(t) for t in complete], values, "o", markersize=4, color=BLUE)
    axis.plot(at(best), best.value or 0.0, "o", markersize=8, markerfacecolor="none", color=ORANGE)
    if ticks:
        axis.set_xticks(range(len(ticks)), ticks)
        axis.set_xlim(-0.5, len(ticks) - 0.5)
    axis.set_xlabel(name.replace("_", " "), fontsize=9)
    axis.tick_params(labelsize=7)
    axis.grid(alpha=0.25)
    axis.spines[["top", "right"]].set_visible(False)
