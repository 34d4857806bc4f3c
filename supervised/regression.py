"""How well a model tells a number: every measure, and the simple methods on the same rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from supervised.dataset import Dataset
from supervised.split import Split
from supervised.training import predict
from supervised.weather import SEASON, persistence

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def evaluate(network: nn.Module, dataset: Dataset, rows: Split, seed: int) -> dict[str, float]:
    """Measures on the test rows, and the errors of the simple methods there."""
    targets = dataset.targets[rows.test]
    found = measures(answers_of(network, dataset, rows), targets)
    for name, simple in simple_answers(dataset, rows).items():
        errors = simple - targets
        found[f"{name}_mae"] = float(errors.abs().mean())
        found[f"{name}_rmse"] = float(errors.square().mean().sqrt())
    return found


def measures(answers: Tensor, targets: Tensor) -> dict[str, float]:
    """What (n,) are worth where (n,) is right, in the unit of the target.

    `r2` is the share of the variance that they explain; below 0 they are worse than the mean.
    """
    errors = (answers - targets).double()
    spread = (targets - targets.mean()).double().square().mean().clamp_min(1e-30)
    return {
        "mae": float(errors.abs().mean()),
        "rmse": float(errors.square().mean().sqrt()),
        "bias": float(errors.mean()),
        "r2": float(1 - errors.square().mean() / spread),
    }


def answers_of(network: nn.Module, dataset: Dataset, rows: Split) -> Tensor:
    """What the network tells of the test rows: (n,)."""
    return predict(network, dataset.inputs[rows.test]).reshape(len(rows.test))


def simple_answers(dataset: Dataset, rows: Split) -> dict[str, Tensor]:
    """What the simple methods tell of the test rows, each (n,).

    `mean` of what was learned from; `least_squares`, the best weighted sum; and of the weather
    `persistence`, tomorrow like today, and `climatology`, what is usual at that time of the year.
    """
    train, test = dataset.inputs[rows.train].flatten(1), dataset.inputs[rows.test].flatten(1)
    targets = dataset.targets[rows.train]
    found = {}
    if dataset.name == "weather":
        inputs = dataset.inputs
        found["persistence"] = persistence(inputs[rows.test])
        seasons = [waves(inputs[part][:, -1, SEASON]) for part in (rows.train, rows.test)]
        found["climatology"] = least_squares(seasons[0], targets, seasons[1])
    return {
        **found,
        "least_squares": least_squares(train, targets, test),
        "mean": targets.mean().expand(len(test)),
    }


def least_squares(inputs: Tensor, targets: Tensor, asked: Tensor) -> Tensor:
    """The answers of the best weighted sum of (n, features) to other rows: (m,)."""
    one, other = ((torch.cat((x, torch.ones(len(x), 1)), 1)).double() for x in (inputs, asked))
    weights = torch.linalg.lstsq(one, targets.double()[:, None], driver="gelsd").solution
    return (other @ weights)[:, 0].float()


def waves(season: Tensor) -> Tensor:
    """A year's wave and its first overtone, from where a day stands on its circle: (n, 4)."""
    cos, sin = season.unbind(1)
    return torch.stack((cos, sin, cos * cos - sin * sin, 2 * cos * sin), 1)


def pictures(network: nn.Module, dataset: Dataset, rows: Split, seed: int) -> dict[str, Figure]:
    """What is told beside what is right."""
    from supervised.pictures import numbers

    answers, targets = answers_of(network, dataset, rows), dataset.targets[rows.test]
    simple = simple_answers(dataset, rows)
    name = "persistence" if "persistence" in simple else "least_squares"
    found = {
        "agreement": numbers.draw_agreement(answers, targets),
        "errors": numbers.draw_errors(
            {"the model": answers - targets, name.replace("_", " "): simple[name] - targets}
        ),
    }
    if dataset.span:
        found["forecast"] = numbers.draw_forecast(answers, targets, rows.test)
    return found
