"""The simple method next to the deep one, on the same split: scikit-learn's, with our names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from supervised.dataset import BadData, Dataset
from supervised.split import Split
from supervised.training import Progress, judge

LEAST = 1e-6
"""No class is thought less probable: the cost of a mistake would be infinite."""

SCALED = ("svm", "k-nn", "logistic", "k-means")
"""What goes by distances or sizes: it is to see every feature on one scale, as networks do."""
TUNED: dict[tuple[str, str], dict[str, Any]] = {
    ("svm", "mnist5k"): {"gamma": 0.02},
    ("svm", "digits"): {"gamma": 0.256},
}
"""Settings that differ from the defaults for sets we have tried."""


def _svm(seed: int, **settings: Any) -> Any:
    from sklearn.svm import SVC

    return SVC(**{"C": 10, "break_ties": True} | settings)


def _nearest(seed: int, **settings: Any) -> Any:
    from sklearn.neighbors import KNeighborsClassifier

    return KNeighborsClassifier(**{"n_neighbors": 3} | settings)


def _forest(seed: int, **settings: Any) -> Any:
    from sklearn.ensemble import RandomForestClassifier

    return RandomForestClassifier(**{"n_estimators": 300, "random_state": seed} | settings)


def _logistic(seed: int, **settings: Any) -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(max_iter=2000, **settings)


def _boosting(seed: int, **settings: Any) -> Any:
    from sklearn.ensemble import HistGradientBoostingClassifier

    return HistGradientBoostingClassifier(**{"random_state": seed} | settings)


def _k_means(seed: int, **settings: Any) -> Any:
    return NamedClusters(seed, **settings)


class NamedClusters:
    """k-means, which sees no labels; then each cluster is called what most of its rows are.

    Args:
        clusters: how many; several may come to have one name.
    """

    def __init__(self, seed: int, clusters: int = 50) -> None:
        from sklearn.cluster import KMeans

        self.means: Any = KMeans(clusters, n_init=4, random_state=seed)
        self._shares = np.zeros((clusters, 0))

    def fit(self, inputs: np.ndarray, labels: np.ndarray) -> NamedClusters:
        """Finds the clusters, and counts the labels in each."""
        self.classes_ = np.arange(labels.max() + 1)
        self._shares = np.zeros((len(self._shares), len(self.classes_)))
        np.add.at(self._shares, (self.means.fit_predict(inputs), labels), 1)
        self._shares /= np.maximum(self._shares.sum(1, keepdims=True), 1)
        return self

    def predict_proba(self, inputs: np.ndarray) -> np.ndarray:
        """The shares of the labels in the nearest cluster: (n, classes)."""
        return self._shares[self.means.predict(inputs)]

    def score(self, inputs: np.ndarray, labels: np.ndarray) -> float:
        """The share that is told right."""
        return float((self.predict_proba(inputs).argmax(1) == labels).mean())


MODELS: dict[str, Callable[..., Any]] = {
    "svm": _svm,
    "k-nn": _nearest,
    "random-forest": _forest,
    "gradient-boosting": _boosting,
    "logistic": _logistic,
    "k-means": _k_means,
}
"""Makes each by its name; a seed decides its random choices."""


def unfitted(name: str, dataset: Dataset, seed: int, **settings: Any) -> Any:
    """A model that has learned nothing yet, with the settings tried for this set, and others.

    Pixels are left as they are; other numbers are standardised for those of `SCALED`.

    Raises:
        BadData: there is no such model, or the set has no classes.
    """
    if name not in MODELS:
        raise BadData(f"there is no model {name!r} (there are: {', '.join(MODELS)})")
    if not dataset.classes or dataset.targets.ndim > 1:
        raise BadData(f"{dataset.name}: {name} tells classes apart, and here there are none")
    model = MODELS[name](seed % 2**32, **TUNED.get((name, dataset.name), {}) | settings)
    if name not in SCALED or dataset.is_images or dataset.characters:
        return model
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    if isinstance(model, NamedClusters):
        model.means = make_pipeline(StandardScaler(), model.means)
        return model
    return make_pipeline(StandardScaler(), model)


def fit(name: str, dataset: Dataset, rows: Split, seed: int = 0) -> Any:
    """A model that has learned from `rows.train`, each row a flat list of features.

    Raises:
        BadData: there is no such model, or the set has no classes.
    """
    model = unfitted(name, dataset, seed)
    return model.fit(_flat(dataset, rows.train), dataset.targets[rows.train].numpy())


def accuracy(model: Any, dataset: Dataset, rows: Any) -> float:
    """The share of `rows` that `model` tells right."""
    return float(model.score(_flat(dataset, rows), dataset.targets[rows].numpy()))


def _flat(dataset: Dataset, rows: Any) -> np.ndarray:
    inputs = dataset.inputs[rows]
    if dataset.characters:  # their numbers are names: b is no more than a
        inputs = nn.functional.one_hot(inputs, len(dataset.characters)).float()
    return inputs.flatten(1).numpy()


class Fitted(nn.Module):
    """Such a model in the place of a network: it has no weights, and learns all at once.

    Args:
        model: of scikit-learn's kind.
        classes: how many there are; it may have learned from rows of fewer.
    """

    def __init__(self, model: Any, classes: int) -> None:
        super().__init__()
        self.model, self.classes = model, classes

    def forward(self, inputs: Tensor) -> Tensor:
        """(n, ...) -> logits (n, classes): of the probabilities, or what comes nearest to them."""
        flat = inputs.flatten(1).cpu().numpy()
        if hasattr(self.model, "predict_proba"):
            shares = self._of_all(torch.from_numpy(self.model.predict_proba(flat)), 0.0)
            shares = shares.clamp_min(LEAST)
            return (shares / shares.sum(1, keepdim=True)).log().float()
        margins = torch.from_numpy(self.model.decision_function(flat)).float()
        if margins.ndim == 1:
            margins = torch.stack((-margins, margins), 1) / 2
        return self._of_all(margins, float(margins.min()) - 1)

    def _of_all(self, scores: Tensor, of_unknown: float) -> Tensor:
        """The scores of the classes it knows among those of all: (n, classes)."""
        found = scores.new_full((len(scores), self.classes), of_unknown)
        found[:, self.model.classes_] = scores
        return found


def train(
    config: Any,
    network: nn.Module,
    dataset: Dataset,
    rows: Split,
    device: str,
    seed: int,
    state: Mapping[str, Any] | None = None,
) -> Iterator[Progress]:
    """Learns from `rows.train` in one go; there is nothing to resume.

    Raises:
        BadData: there are fewer rows than neighbours or clusters.
    """
    assert isinstance(network, Fitted)
    for name in ("neighbours", "clusters"):
        if getattr(config, name, 0) > len(rows.train):
            many, there = getattr(config, name), len(rows.train)
            raise BadData(f"{dataset.name}: {name} {many}, but only {there} rows to learn from")
    network.model.fit(_flat(dataset, rows.train), dataset.targets[rows.train].numpy())
    metrics: dict[str, float] = {}
    for name, part in (("", rows.train), ("validation_", rows.validation)):
        if len(part):
            judged = judge(network, dataset.inputs[part], dataset.targets[part])
            metrics |= {f"{name}{measure}": value for measure, value in judged.items()}
    yield Progress(1, metrics, network, {}, True)
