"""An expert system: what a person knows of the weather, as rules. It learns nothing.

    if CONDITION then ANSWER                the first rule that holds

It can say why it answered. What nobody wrote down it does not know; how sure it is of each rule it
has counted on the rows it was shown, and that is all that it takes from them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from torch import nn

from supervised.classical import Fitted, train
from supervised.classification import evaluate, pictures
from supervised.dataset import BadData, Dataset
from supervised.weather import DAYS, FEATURES

__all__ = ["Config", "evaluate", "make", "pictures", "train"]


@dataclass(frozen=True)
class Config:
    """It has no settings: change the rules."""


class Rule(NamedTuple):
    """If `holds` then it will be `hot`."""

    text: str
    holds: Callable[[dict[str, np.ndarray]], np.ndarray]
    """From today's features, each (n,), to bool (n,)."""
    hot: bool


RULES = (
    Rule("it is 20 degrees today", lambda today: today["maximum (°C)"] >= 20, True),
    Rule("it is below 13 degrees today", lambda today: today["maximum (°C)"] < 13, False),
    Rule("the sun shines, and it is summer",
         lambda today: (today["sun"] > 0) & (today["winter"] < -0.5), True),
    Rule("the nights are mild", lambda today: today["minimum (°C)"] >= 10, True),
    Rule("it rains", lambda today: today["rain (mm)"] > 0, False),
    Rule("it is 16 degrees today", lambda today: today["maximum (°C)"] >= 16, True),
    Rule("nothing else is known", lambda today: today["sun"] >= 0, False),
)  # fmt: skip


class Expert:
    """The rules, asked one after another."""

    def __init__(self) -> None:
        self._right = np.full(len(RULES), 0.5)
        self.classes_ = np.arange(2)

    def fired(self, inputs: np.ndarray) -> np.ndarray:
        """The rule that decides each row: int (n,)."""
        days = inputs.reshape(len(inputs), -1, len(FEATURES))
        today = {name: days[:, -1, place] for place, name in enumerate(FEATURES)}
        return np.argmax([rule.holds(today) for rule in RULES], axis=0)  # the first that holds

    def fit(self, inputs: np.ndarray, labels: np.ndarray) -> Expert:
        """Counts how often each rule is right; one more of each, so that none is quite sure."""
        fired = self.fired(inputs)
        right = labels == np.array([rule.hot for rule in RULES])[fired]
        asked, told = (np.bincount(fired, w, len(RULES)) for w in (np.ones(len(fired)), right))
        self._right = np.maximum((told + 1) / (asked + 2), 0.501)  # a rule stands by its answer
        return self

    def predict_proba(self, inputs: np.ndarray) -> np.ndarray:
        """How probable cold and hot are: (n, 2)."""
        fired = self.fired(inputs)
        hot = np.where(np.array([r.hot for r in RULES]), self._right, 1 - self._right)[fired]
        return np.stack((1 - hot, hot), 1)


def make(config: Config, dataset: Dataset, seed: int) -> nn.Module:
    """The expert.

    Raises:
        BadData: it knows only about the weather.
    """
    if tuple(dataset.inputs.shape[1:]) != (DAYS, len(FEATURES)) or dataset.classes != (
        "cold",
        "hot",
    ):
        raise BadData(f"{dataset.name}: the rules of expert-system are about cold-or-hot only")
    return Fitted(Expert(), len(dataset.classes))
