"""The simple method next to the deep one, on the same split: scikit-learn's, with our names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from supervised.dataset import BadData, Dataset
from supervised.split import Split

TUNED: dict[tuple[str, str], dict[str, Any]] = {
    ("svm", "mnist5k"): {"gamma": 0.02},
    ("svm", "digits"): {"gamma": 0.256},
}
"""Settings that differ from the defaults for sets we have tried."""


def _svm(seed: int, **settings: Any) -> Any:
    from sklearn.svm import SVC

    return SVC(C=10, **settings)


def _nearest(seed: int, **settings: Any) -> Any:
    from sklearn.neighbors import KNeighborsClassifier

    return KNeighborsClassifier(3, **settings)


def _forest(seed: int, **settings: Any) -> Any:
    from sklearn.ensemble import RandomForestClassifier

    return RandomForestClassifier(300, random_state=seed, **settings)


def _logistic(seed: int, **settings: Any) -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(max_iter=2000, **settings)


MODELS: dict[str, Callable[..., Any]] = {
    "svm": _svm,
    "k-nn": _nearest,
    "random-forest": _forest,
    "logistic": _logistic,
}
"""Makes each by its name; a seed decides its random choices."""


def fit(name: str, dataset: Dataset, rows: Split, seed: int = 0) -> Any:
    """A model that has learned from `rows.train`, each row a flat list of features.

    Raises:
        BadData: there is no such model, or the set has no classes.
    """
    if name not in MODELS:
        raise BadData(f"there is no model {name!r} (there are: {', '.join(MODELS)})")
    if not dataset.classes or dataset.targets.ndim > 1:
        raise BadData(f"{dataset.name}: {name} tells classes apart, and here there are none")
    model = MODELS[name](seed, **TUNED.get((name, dataset.name), {}))
    return model.fit(_flat(dataset, rows.train), dataset.targets[rows.train].numpy())


def accuracy(model: Any, dataset: Dataset, rows: Any) -> float:
    """The share of `rows` that `model` tells right."""
    return float(model.score(_flat(dataset, rows), dataset.targets[rows].numpy()))


def _flat(dataset: Dataset, rows: Any) -> np.ndarray:
    return dataset.inputs[rows].flatten(1).numpy()
