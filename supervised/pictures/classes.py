"""How a model tells classes apart: which it confuses, and how sure it is when it errs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure
from torch import Tensor

from supervised.pictures.style import (
    BLUE,
    FAINT,
    INK,
    MUTED,
    ORANGE,
    PALETTE,
    SEQUENTIAL,
    ink_on,
    one_plot,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from supervised.classification import Calibration, Roc

WORST = 3
"""So many curves are drawn in colour."""
MOST_NAMED = 30
"""Beyond so many classes the cells of a matrix carry no numbers."""
ROOM = 0.03
"""Of the width of an axis, for the mark of what stands at its end."""


def draw_confusion(counts: Tensor, names: tuple[str, ...]) -> Figure:
    """What each class was taken for.

    Args:
        counts: int64 (label, answer).
    """
    classes = len(names)
    size = min(max(3.6, 1.9 + 0.44 * classes), 14)
    note = "Colour: share of the row. On the diagonal is what was told right."
    figure, axes = one_plot("What was taken for what", note, size, size + 0.4)
    axes.grid(False)
    share = (counts / counts.sum(1, keepdim=True).clamp_min(1)).numpy()
    axes.imshow(share, cmap=SEQUENTIAL, vmin=0, vmax=1)
    for (label, answer), count in np.ndenumerate(counts.numpy()):
        if count and classes <= MOST_NAMED:
            axes.text(int(answer), int(label), f"{count}", ha="center", va="center", fontsize=9,
                      color=ink_on(float(share[label, answer])))  # fmt: skip
    turned = 90 if classes > 4 and max(map(len, names)) > 3 else 0
    axes.set_xticks(range(classes), names, rotation=turned)
    axes.set_yticks(range(classes), names)
    axes.set_xticks(np.arange(classes - 1) + 0.5, minor=True)
    axes.set_yticks(np.arange(classes - 1) + 0.5, minor=True)
    axes.grid(which="minor", color="white", linewidth=1.5)
    axes.tick_params(which="minor", length=0)
    axes.spines[:].set_visible(False)
    axes.set_xlabel("answer")
    axes.set_ylabel("label")
    return figure


def draw_classes(counts: Tensor, names: tuple[str, ...]) -> Figure:
    """Precision, recall and F1 of every class."""
    from supervised.classification import precision_and_recall

    precision, recall = (part.numpy() for part in precision_and_recall(counts))
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
    height = max(2.6, 1.5 + 0.3 * len(names))
    note = (
        "precision: share of the answers that are right; recall: share of the rows that are found"
    )
    figure, axes = one_plot("Class by class", note, 6.4, height)
    places = np.arange(len(names))
    axes.hlines(places, np.minimum(precision, recall), np.maximum(precision, recall), color=FAINT,
                linewidth=4)  # fmt: skip
    for values, color, marker, size, label in (
        (precision, BLUE, "o", 9, "precision"), (recall, ORANGE, "D", 4.5, "recall")
    ):  # fmt: skip
        axes.plot(values, places, marker, color=color, markersize=size, label=label)
    axes.set_yticks(places, names)
    axes.set_ylim(len(names) - 0.4, -0.6)
    low = min(precision.min(), recall.min())
    left = max(-ROOM, low - 0.05 - 0.1 * (1 - low))
    axes.set_xlim(left, 1 + ROOM * (1 - left))
    axes.xaxis.set_major_formatter(lambda value, _: f"{100 * value:g} %")
    for place, value in zip(range(len(names)), f1, strict=True):
        axes.text(1.02, place, f"{value:.1%}", transform=axes.get_yaxis_transform(), va="center",
                  fontsize=9, color=INK)  # fmt: skip
    axes.text(1.02, 1.02, "F1", transform=axes.transAxes, fontsize=9, color=MUTED)
    axes.grid(axis="y", visible=False)
    axes.legend(frameon=False, fontsize=9, ncols=2, loc="lower left", bbox_to_anchor=(-0.01, 1.0),
                borderaxespad=0, handletextpad=0.2)  # fmt: skip
    return figure


def draw_roc(probabilities: Tensor, labels: Tensor, names: tuple[str, ...]) -> Figure:
    """Each class against all others; those that are told worst are in colour."""
    from supervised.classification import roc

    curves = {
        names[label]: roc(probabilities[:, label], labels == label)
        for label in labels.unique().tolist()
    }
    ranked = sorted(curves, key=lambda name: curves[name].area)
    if len(names) == 2:
        ranked = ranked[:1]  # the other one is its mirror image
    note = "One class against all others. On the dotted line are guesses; top left is perfect."
    figure, axes = one_plot("Found, at the price of false alarms", note)
    fewest = 0.5 / len(labels)
    chance = np.geomspace(fewest, 1, 100)
    axes.plot(chance, chance, color=MUTED, linewidth=1, linestyle=":")
    for name in ranked[WORST:]:
        draw_steps(axes, curves[name], FAINT)
    for name, color in reversed(list(zip(ranked[:WORST], PALETTE, strict=False))):
        label = f"{name}: area {curves[name].area:.4f}"
        draw_steps(axes, curves[name], color, label)
    axes.set_xlabel("share of the others taken for it")
    axes.set_ylabel("share of the class found")
    axes.set_xscale("log")
    axes.set_xlim(fewest, 1)
    axes.set_ylim(0, 1.02)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(lambda value, _: f"{100 * value:g} %")
    title = "the others are grey" if len(ranked) > WORST else None
    axes.legend(frameon=False, fontsize=9, loc="lower right", title=title, title_fontsize=8.5,
                alignment="left", reverse=True)  # fmt: skip
    return figure


def draw_steps(axes: Axes, found: Roc, color: str, label: str = "") -> None:
    """The curve, where no false alarm at all stands at the left edge of a scale without 0."""
    wrong = np.maximum(found.false_positives.numpy(), 1e-9)
    width = 2 if label else 1.2
    axes.plot(
        wrong, found.true_positives.numpy(), color=color, linewidth=width, label=label or None
    )


def draw_calibration(found: Calibration) -> Figure:
    """Whether what is held for 80 % sure is right in 80 %."""
    note = "Bars: how many answers are so sure. On the dotted line belief is as good as it says."
    figure, axes = one_plot(f"Sure, and right? Error {found.error:.1%}", note)
    belief, right, answers = found.belief.numpy(), found.right.numpy(), found.answers.numpy()
    there = answers > 0
    bins = len(answers)
    axes.bar((np.arange(bins) + 0.5) / bins, answers / answers.sum(), 0.92 / bins,
             color=FAINT)  # fmt: skip
    axes.plot([0, 1], [0, 1], color=MUTED, linewidth=1, linestyle=":")
    axes.plot(belief[there], right[there], "o-", color=BLUE, linewidth=2)
    axes.set_xlabel("how sure the answers are")
    axes.set_ylabel("share that is right")
    axes.set_xlim(-ROOM, 1 + ROOM)
    axes.set_ylim(-ROOM, 1 + ROOM)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(lambda value, _: f"{100 * value:g} %")
    return figure
