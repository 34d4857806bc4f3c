"""How well a model tells classes apart: every measure, and the simple method on the same split."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor, nn

from supervised import classical
from supervised.dataset import Dataset
from supervised.split import Split
from supervised.training import cost_of, predict

if TYPE_CHECKING:
    from matplotlib.figure import Figure

SIMPLE_ROWS = 10_000
"""So many rows the simple method learns from at most."""
BINS = 10
"""Of the calibration diagram."""


def evaluate(network: nn.Module, dataset: Dataset, rows: Split, seed: int) -> dict[str, float]:
    """Measures on the test rows, and the accuracy of simple methods on the same split.

    The support vector machine would take hours for many rows: of more than `SIMPLE_ROWS` it learns
    from an even part. Beside models of its own kind stands logistic regression.
    """
    logits, labels = predict(network, dataset.inputs[rows.test]), dataset.targets[rows.test]
    most_frequent = dataset.targets[rows.train].mode().values
    simple = "logistic" if isinstance(network, classical.Fitted) else "svm"
    rows = rows._replace(train=rows.train[:: 1 + (len(rows.train) - 1) // SIMPLE_ROWS])
    found = classical.fit(simple, dataset, rows, seed)
    return {
        **measures(logits, labels),
        f"{simple}_accuracy": classical.accuracy(found, dataset, rows.test),
        "majority_accuracy": float((labels == most_frequent).double().mean()),
    }


def measures(logits: Tensor, labels: Tensor) -> dict[str, float]:
    """What (n, classes) are worth where (n,) is right; the averages count every class alike."""
    precision, recall = precision_and_recall(confusion(logits.argmax(1), labels, logits.shape[1]))
    f1 = 2 * precision * recall / (precision + recall).clamp_min(1e-12)
    return {
        "accuracy": float((logits.argmax(1) == labels).double().mean()),
        "precision": float(precision.mean()),
        "recall": float(recall.mean()),
        "f1": float(f1.mean()),
        "auc": area_under_roc(logits.softmax(1), labels),
        "cost": float(cost_of(logits, labels)),
        "calibration_error": calibration(logits.softmax(1), labels).error,
    }


def confusion(answers: Tensor, labels: Tensor, classes: int) -> Tensor:
    """How often each answer was given to each label: int64 (label, answer)."""
    counts = torch.bincount(labels * classes + answers, minlength=classes * classes)
    return counts.reshape(classes, classes)


def precision_and_recall(counts: Tensor) -> tuple[Tensor, Tensor]:
    """Of each class: the share of its answers that are right, and of its rows that are found.

    Args:
        counts: what `confusion` found. A class that is never answered, or never there, has 0.
    """
    right = counts.diagonal().double()
    return right / counts.sum(0).clamp_min(1), right / counts.sum(1).clamp_min(1)


class Roc(NamedTuple):
    """For every threshold: which share of the others is taken for it, and which is found."""

    false_positives: Tensor
    true_positives: Tensor
    area: float


def roc(scores: Tensor, positive: Tensor) -> Roc:
    """The curve of a score, (n,), that is to be high where `positive`, bool (n,)

    Equal scores are one step. Its area is how often a positive has the higher score of two
    (Hanley & McNeil 1982).
    """
    order = scores.argsort(descending=True, stable=True)
    last = torch.ones(len(scores), dtype=torch.bool)  # of those with the same score
    last[:-1] = scores[order].diff() != 0
    hits = positive[order].double()
    found, wrong = (
        torch.cat((torch.zeros(1).double(), c.cumsum(0)[last])) for c in (hits, 1 - hits)
    )
    found, wrong = found / found[-1].clamp_min(1), wrong / wrong[-1].clamp_min(1)
    return Roc(wrong, found, float(torch.trapezoid(found, wrong)))


def area_under_roc(probabilities: Tensor, labels: Tensor) -> float:
    """The mean over classes, each against all others; those without a row do not count."""
    there = labels.unique().tolist()
    areas = [roc(probabilities[:, label], labels == label).area for label in there]
    return sum(areas) / len(areas)


class Calibration(NamedTuple):
    """Whether what is held for 80 % sure is right in 80 %."""

    belief: Tensor
    """(bins,): the mean probability of the answers of each bin."""
    right: Tensor
    """(bins,): the share of them that is right."""
    answers: Tensor
    """(bins,): how many they are."""
    error: float
    """The mean distance between the two, each answer counted once (Naeini et al. 2015)."""


def calibration(probabilities: Tensor, labels: Tensor, bins: int = BINS) -> Calibration:
    """Answers by how sure they are, in bins of equal width."""
    sure, answers = probabilities.double().max(1)
    which = (sure * bins).long().clamp_max(bins - 1)
    count = torch.bincount(which, minlength=bins)
    most = count.clamp_min(1)
    belief = torch.bincount(which, sure, bins) / most
    right = torch.bincount(which, (answers == labels).double(), bins) / most
    error = float(((belief - right).abs() * count).sum() / len(labels))
    return Calibration(belief, right, count, error)


def pictures(network: nn.Module, dataset: Dataset, rows: Split, seed: int) -> dict[str, Figure]:
    """The mistakes, looked at in several ways; and what a network of images looks for."""
    from supervised.pictures import classes, filters, regions, sheets

    inputs, labels = dataset.inputs[rows.test], dataset.targets[rows.test]
    probabilities = predict(network, inputs).softmax(1)
    counts = confusion(probabilities.argmax(1), labels, len(dataset.classes))
    found = {
        "confusion": classes.draw_confusion(counts, dataset.classes),
        "classes": classes.draw_classes(counts, dataset.classes),
        "roc": classes.draw_roc(probabilities, labels, dataset.classes),
        "calibration": classes.draw_calibration(calibration(probabilities, labels)),
    }
    if inputs.shape[1:] == (2,) and not dataset.characters:
        found["regions"] = regions.draw_regions(
            network, inputs, labels, dataset.classes, dataset.columns
        )
    if not dataset.is_images:
        return found
    wrong = sheets.draw_mistakes(inputs, labels, probabilities, dataset.classes)
    return found | ({"mistakes": wrong} if wrong else {}) | filters.draw_all(network, inputs)
