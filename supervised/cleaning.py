"""What is wrong in a set: rows that are there twice, labels in doubt, features that say nothing."""

from __future__ import annotations

import hashlib
import itertools
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from supervised.dataset import Dataset


def row_keys(inputs: Tensor) -> list[bytes]:
    """For each row what it shares only with rows that are the same, number for number: its
    digest, for the numbers of all rows together may be as large as the memory."""
    flat = inputs.cpu().flatten(1) if inputs.ndim > 1 else inputs.cpu()[:, None]
    rows = (flat + 0).contiguous().numpy()  # + 0: -0.0 is 0.0
    return [hashlib.blake2b(row.tobytes(), digest_size=16).digest() for row in rows]


def repeated_rows(inputs: Tensor) -> Tensor:
    """The rows that repeat an earlier one: int64."""
    seen: set[bytes] = set()
    repeated = []
    for row, key in enumerate(row_keys(inputs)):
        if key in seen:
            repeated.append(row)
        seen.add(key)
    return torch.tensor(repeated, dtype=torch.int64)


def without_repeated(dataset: Dataset) -> Dataset:
    """The set without the rows that repeat an earlier one."""
    kept = torch.ones(len(dataset), dtype=torch.bool)
    kept[repeated_rows(dataset.inputs)] = False
    groups = None if dataset.groups is None else dataset.groups[kept]
    inputs, targets = dataset.inputs[kept], dataset.targets[kept]
    places = tuple(itertools.compress(dataset.places, kept.tolist()))
    return replace(dataset, inputs=inputs, targets=targets, groups=groups, places=places)


class Doubt(NamedTuple):
    """A label that a model which never saw it does not believe."""

    row: int
    label: int
    suggested: int
    belief: float
    """How probable the label is to that model."""


def doubtful_labels(inputs: Tensor, labels: Tensor, seed: int = 0, folds: int = 5) -> list[Doubt]:
    """Labels that are perhaps wrong, those most in doubt first: look at them, then decide.

    A random forest is asked about each row after learning from the other folds. A label is in
    doubt where another is more probable.
    """
    probabilities = _out_of_fold(inputs.flatten(1).numpy(), labels.numpy(), seed, folds)
    own = probabilities[np.arange(len(labels)), labels.numpy()]
    suggested, best = probabilities.argmax(1), probabilities.max(1)
    rows = np.flatnonzero(own < best)
    rows = rows[np.argsort(own[rows] - best[rows], kind="stable")]
    return [Doubt(int(row), int(labels[row]), int(suggested[row]), float(own[row])) for row in rows]


def _out_of_fold(inputs: np.ndarray, labels: np.ndarray, seed: int, folds: int) -> np.ndarray:
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.model_selection import StratifiedKFold

    probabilities = np.zeros((len(labels), labels.max() + 1))
    parts = StratifiedKFold(folds, shuffle=True, random_state=seed)
    for learned, asked in parts.split(inputs, labels):
        forest = RandomForestClassifier(100, random_state=seed)
        forest.fit(inputs[learned], labels[learned])
        probabilities[np.ix_(asked, forest.classes_)] = forest.predict_proba(inputs[asked])
    return probabilities


def redundant_features(inputs: Tensor, limit: float = 0.98) -> dict[int, int | None]:
    """Features that add nothing, and of what other each is a copy; None: it is constant.

    Args:
        inputs: (n, features).
        limit: a feature counts as a copy of an earlier one where their correlation is at least
            this, with either sign.
    """
    spread = inputs.double() - inputs.double().mean(0)
    length = spread.norm(dim=0)
    constant = length <= 1e-9 * inputs.double().abs().sum(0).clamp_min(1e-300)
    unit = spread / length.masked_fill(constant, 1)
    alike = (unit.T @ unit).abs() >= limit  # (features, features)
    found: dict[int, int | None] = {}
    for feature in range(inputs.shape[1]):
        kept = [n for n in range(feature) if alike[feature, n] and n not in found]
        if constant[feature]:
            found[feature] = None
        elif kept:
            found[feature] = kept[0]
    return found
