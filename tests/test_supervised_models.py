"""Every model of the registry, what it is measured by, and what its pictures show."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import linear_model, metrics
from torch import Tensor, nn

from supervised import classification, regression
from supervised.data import load
from supervised.dataset import BadData, Dataset
from supervised.expert_system import Expert
from supervised.models import MODELS, module_of
from supervised.pictures.filters import feature_maps, saliency
from supervised.regression import least_squares, simple_answers
from supervised.split import Split, split
from supervised.training import predict

OWN = {
    "perceptron": "digits", "linear": "weather", "logistic": "digits", "mlp": "weather",
    "lenet": "tones", "cnn": "digits", "expert-system": "cold-or-hot", "k-nn": "digits",
    "svm": "moons", "random-forest": "moons", "gradient-boosting": "moons", "k-means": "digits",
}  # fmt: skip
"""Models, and a set that each reads."""


def few(name: str) -> tuple[Dataset, Split]:
    """A set of which a few rows are learned from."""
    dataset = load(name)
    rows = split(dataset)
    return dataset, Split(rows.train[:200], rows.validation[:40], rows.test[:60])


@pytest.mark.parametrize("name", OWN)
def test_a_model_is_made_again_without_the_rows(name: str) -> None:
    from workshop.model_folder import reads_of, without_rows

    module, (dataset, rows) = module_of(name), few(OWN[name])
    known = {"epochs": 2, "trees": 10}
    config = module.Config()
    changes = {k: v for k, v in known.items() if hasattr(config, k)}
    config = replace(config, **changes)
    network = module.make(config, dataset, 0)
    reports = list(module.train(config, network, dataset, rows, "cpu", 0))
    assert reports[-1].finished
    measured = module.evaluate(network, dataset, rows, 0)
    assert all(math.isfinite(value) for value in measured.values()), measured
    assert len(module.pictures(network, dataset, rows, 0)) >= 3
    again = module.make(config, without_rows(dataset.name, reads_of(dataset)), 0)
    again.load_state_dict(network.state_dict())
    if network.state_dict():
        inputs = dataset.inputs[rows.test]
        assert torch.equal(predict(again, inputs), predict(network, inputs))


def test_a_model_names_what_it_cannot_read() -> None:
    for name, data, message in (
        ("linear", "digits", "linear tells numbers, as in weather; here there are classes"),
        ("logistic", "weather", "logistic tells classes"),
        ("mlp", "names", "mlp reads numbers or images, not characters"),
        ("svm", "weather", "svm tells classes"),
        ("expert-system", "moons", "rules of expert-system are about cold-or-hot only"),
    ):
        module = module_of(name)
        with pytest.raises(BadData, match=message):
            module.make(module.Config(), load(data), 0)


def test_every_entry_of_the_registry_has_all_parts() -> None:
    for name in MODELS:
        module = module_of(name)
        for part in ("Config", "make", "train", "evaluate", "pictures"):
            assert hasattr(module, part), (name, part)


# What single models are known for


def test_a_perceptron_settles_where_a_straight_cut_parts_the_classes() -> None:
    """Novikoff 1962: after finitely many mistakes there is none left; and else it never settles."""
    torch.manual_seed(0)
    points = torch.randn(300, 2)
    points = points[(points.sum(1) - 0.3).abs() > 0.2]
    parted = Dataset("cut", points, (points.sum(1) > 0.3).long(), ("A", "B"), "", "", "")
    module = module_of("perceptron")
    costs = {}
    for dataset in (parted, load("moons")):
        network = module.make(module.Config(), dataset, 0)
        reports = module.train(module.Config(), network, dataset, split(dataset), "cpu", 0)
        costs[dataset.name] = [report.metrics["cost"] for report in reports][-1]
    assert costs["cut"] == 0 < costs["moons"]


def test_without_a_bend_layers_are_one_straight_cut() -> None:
    dataset = load("spirals")
    module, rows = module_of("mlp"), split(dataset)
    right = {}
    for activation in ("none", "relu", "tanh"):
        config = module.Config(epochs=25, activation=activation)
        network = module.make(config, dataset, 0)
        for _ in module.train(config, network, dataset, rows, "cpu", 0):
            pass
        answers = predict(network, dataset.inputs[rows.test]).argmax(1)
        right[activation] = float((answers == dataset.targets[rows.test]).double().mean())
    assert right["none"] < 0.7 and min(right["relu"], right["tanh"]) > 0.9, right


def test_linear_regression_comes_near_the_solution_in_one_step() -> None:
    dataset = load("weather")
    module, rows = module_of("linear"), split(dataset)
    network = module.make(module.Config(), dataset, 0)
    for _ in module.train(module.Config(), network, dataset, rows, "cpu", 0):
        pass
    told = regression.answers_of(network, dataset, rows)
    best = simple_answers(dataset, rows)["least_squares"]
    off, least = (float((one - dataset.targets[rows.test]).abs().mean()) for one in (told, best))
    assert abs(off - least) < 0.1 < 2 < least


def test_scales_are_fitted_on_what_is_learned_from_alone() -> None:
    dataset, rows = few("weather")
    module = module_of("mlp")
    network = module.make(module.Config(epochs=1), dataset, 0)
    list(module.train(module.Config(epochs=1), network, dataset, rows, "cpu", 0))
    found, train = network.state_dict(), dataset.inputs[rows.train]
    assert torch.allclose(found["scale.centre"], train.mean((0, 1)), rtol=1e-4)
    assert torch.allclose(found["unit.centre"], dataset.targets[rows.train].mean())
    assert not torch.allclose(found["unit.centre"], dataset.targets.mean(), rtol=0.01)


def test_what_dropout_leaves_out_is_part_of_the_state() -> None:
    dataset, rows = few("digits")
    module = module_of("mlp")
    config = module.Config(epochs=4, dropout=0.5)

    def reports(network: nn.Module, state: object = None) -> list:
        return list(module.train(config, network, dataset, rows, "cpu", 0, state))  # type: ignore[arg-type]

    whole, first, second = (module.make(config, dataset, seed) for seed in (0, 0, 9))
    expected = reports(whole)[-1].metrics
    broken = module.train(config, first, dataset, rows, "cpu", 0)
    stopped = [next(broken), next(broken)][-1]
    state = {name: part.state_dict() for name, part in stopped.parts.items()}
    torch.manual_seed(123)  # chance of others, which must not matter
    assert reports(second, state)[-1].metrics == expected
    mine, others = (network.state_dict() for network in (whole, second))
    assert all(torch.equal(mine[name], others[name]) for name in mine)


def test_the_first_rule_that_holds_decides() -> None:
    dataset = load("cold-or-hot")
    days = dataset.inputs.clone()
    days[:, -1, 1] = 25  # 25 degrees today: the first rule, whatever else there is
    expert = Expert().fit(dataset.inputs.flatten(1).numpy(), dataset.targets.numpy())
    assert set(expert.fired(days.flatten(1).numpy())) == {0}
    assert (expert.predict_proba(days.flatten(1).numpy()).argmax(1) == 1).all()
    days[:, -1, 1] = -3
    assert (expert.predict_proba(days.flatten(1).numpy()).argmax(1) == 0).all()


# Measures: scikit-learn is the oracle


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), classes=st.integers(2, 5), ties=st.booleans())
def test_measures_are_scikit_learns(seed: int, classes: int, ties: bool) -> None:
    generator = torch.Generator().manual_seed(seed)
    labels = torch.arange(40) % classes
    logits = torch.randn(40, classes, generator=generator)
    if ties:
        logits = logits.round()
    found = classification.measures(logits, labels)
    answers, shares = logits.argmax(1).numpy(), logits.softmax(1).double().numpy()
    right = labels.numpy()
    three = metrics.precision_recall_fscore_support(
        right, answers, average="macro", zero_division=0
    )[:3]
    assert np.allclose([found["precision"], found["recall"], found["f1"]], three)
    assert found["accuracy"] == pytest.approx(metrics.accuracy_score(right, answers))
    areas = [metrics.roc_auc_score(right == c, shares[:, c]) for c in range(classes)]
    assert found["auc"] == pytest.approx(np.mean(areas), abs=1e-6)
    assert found["cost"] == pytest.approx(
        metrics.log_loss(right, shares / shares.sum(1, keepdims=True)), abs=1e-5
    )
    table = classification.confusion(logits.argmax(1), labels, classes)
    assert np.array_equal(table.numpy(), metrics.confusion_matrix(right, answers))


def test_calibration_compares_belief_and_truth() -> None:
    labels = torch.tensor([0, 1] * 50)
    honest = torch.tensor([[0.5, 0.5]]).repeat(100, 1)
    assert classification.calibration(honest, labels).error == pytest.approx(0)
    boast = torch.tensor([[1.0, 0.0]]).repeat(100, 1)
    found = classification.calibration(boast, labels)
    assert found.error == pytest.approx(0.5)  # sure of all, right in half
    assert found.answers.tolist() == [0] * 9 + [100] and float(found.right[9]) == 0.5


def test_measures_of_numbers_are_scikit_learns() -> None:
    generator = torch.Generator().manual_seed(0)
    targets = torch.randn(50, generator=generator) * 3 + 10
    answers = targets + torch.randn(50, generator=generator)
    found = regression.measures(answers, targets)
    assert found["mae"] == pytest.approx(metrics.mean_absolute_error(targets, answers), rel=1e-5)
    assert found["r2"] == pytest.approx(metrics.r2_score(targets, answers), rel=1e-5)
    inputs, asked = (torch.randn(n, 3, generator=generator) for n in (50, 20))
    oracle = linear_model.LinearRegression().fit(inputs.numpy(), targets.numpy())
    assert np.allclose(least_squares(inputs, targets, asked), oracle.predict(asked), atol=1e-4)


def test_climatology_knows_the_season_and_persistence_the_day_before() -> None:
    dataset = load("weather")
    rows = split(dataset)
    targets = dataset.targets[rows.test]
    off = {
        name: float((told - targets).abs().mean())
        for name, told in simple_answers(dataset, rows).items()
    }
    assert off["least_squares"] < off["persistence"] < off["climatology"] < off["mean"]
    before = dataset.targets[rows.test - 1]
    assert torch.equal(simple_answers(dataset, rows)["persistence"], before)


# Pictures


class Weighted(nn.Module):
    """Two scores, each a weighted sum of the pixels."""

    def __init__(self, weights: Tensor) -> None:
        super().__init__()
        self.weights = nn.Parameter(weights)

    def forward(self, images: Tensor) -> Tensor:
        """(n, 1, rows, cols) -> (n, 2)."""
        return torch.einsum("nchw,khw->nk", images, self.weights)


def test_saliency_of_a_weighted_sum_is_its_weights() -> None:
    weights = torch.randn(2, 4, 5, generator=torch.Generator().manual_seed(0))
    images = torch.rand(3, 1, 4, 5)
    network = Weighted(weights)
    winners = network(images).argmax(1)
    assert torch.allclose(saliency(network, images), weights.abs()[winners])


def test_feature_maps_are_those_of_each_convolution_in_turn() -> None:
    network = module_of("lenet")
    dataset = load("mnist5k")
    made = network.make(network.Config(), dataset, 0)
    shapes = [tuple(maps.shape) for maps in feature_maps(made, dataset.inputs[0])]
    assert shapes == [(6, 28, 28), (16, 10, 10)]
    assert not any(part._forward_hooks for part in made.modules())
