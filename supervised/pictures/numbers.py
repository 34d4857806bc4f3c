"""How a model tells numbers: what it says beside what is right."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from matplotlib.figure import Figure
from torch import Tensor

from supervised.pictures.style import BLUE, INK, MUTED, ORANGE, PALETTE, one_plot

SHOWN = 150
"""Steps of a forecast that are drawn."""


def draw_agreement(answers: Tensor, targets: Tensor) -> Figure:
    """A point a row: on the line the answer is right."""
    figure, axes = one_plot("Told, and right?", "A point a row. On the line the answer is right.")
    ends = [float(min(answers.min(), targets.min())), float(max(answers.max(), targets.max()))]
    axes.plot(ends, ends, color=MUTED, linewidth=1, linestyle=":")
    axes.plot(
        targets.numpy(),
        answers.numpy(),
        "o",
        color=BLUE,
        markersize=4,
        alpha=0.45,
        markeredgewidth=0,
    )
    axes.set_xlabel("what is right")
    axes.set_ylabel("what the model tells")
    axes.set_aspect("equal")
    return figure


def draw_errors(errors: Mapping[str, Tensor]) -> Figure:
    """How often each error is made, by each method."""
    figure, axes = one_plot("How far off", "Too low on the left, too high on the right.", 6.2, 3.8)
    widest = float(torch.cat(list(errors.values())).abs().quantile(0.995))
    bins = np.linspace(-widest, widest, 36).tolist()
    for (name, values), color in zip(errors.items(), PALETTE, strict=False):
        label = f"{name}: {float(values.abs().mean()):.3g} on average"
        axes.hist(values.clamp(-widest, widest).numpy(), bins, color=color, alpha=0.18)
        axes.hist(values.clamp(-widest, widest).numpy(), bins, color=color, histtype="step",
                  linewidth=1.8, label=label)  # fmt: skip
    axes.set_xlabel("error")
    axes.set_ylabel("rows")
    axes.legend(frameon=False, fontsize=9, labelcolor=INK)
    return figure


def draw_forecast(answers: Tensor, targets: Tensor, rows: Tensor) -> Figure:
    """The last steps in their order: what was told, and what came.

    Args:
        rows: (n,), rising: between rows that do not follow one another the lines are broken.
    """
    rows, answers, targets = (part[-SHOWN:] for part in (rows, answers, targets))
    gaps = (rows.diff() > 1).nonzero().flatten().numpy() + 1
    steps = np.insert(rows.double().numpy(), gaps, np.nan)
    figure, axes = one_plot("Told, and what came", f"The last {len(rows)} rows to be judged by.",
                            8.2, 3.6)  # fmt: skip
    for values, color, name in ((targets, ORANGE, "what came"), (answers, BLUE, "what was told")):
        axes.plot(steps, np.insert(values.double().numpy(), gaps, np.nan), color=color,
                  linewidth=1.7, label=name)  # fmt: skip
    axes.set_xlabel("row")
    axes.legend(frameon=False, fontsize=9, ncols=2, loc="lower left", bbox_to_anchor=(-0.01, 1),
                borderaxespad=0)  # fmt: skip
    return figure
