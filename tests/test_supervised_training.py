"""The training loop, the networks, and the simple methods beside them."""

from __future__ import annotations

import copy
import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from supervised import classical
from supervised.augmentation import shake
from supervised.cnn import ResidualCNN
from supervised.data import load
from supervised.dataset import BadData, Dataset
from supervised.images import Shape
from supervised.lenet import LeNet5
from supervised.models import module_of
from supervised.scaling import standardise
from supervised.split import Split, split
from supervised.training import Config, Loss, cost_of, judge, predict, train
from supervised.weather import persistence

QUICK = Config(epochs=4, batch_size=50)


@pytest.fixture(scope="module")
def digits() -> tuple[Dataset, Split]:
    """The small digits, parted."""
    dataset = load("digits")
    return dataset, split(dataset)


def run(config: Config, network: nn.Module, dataset: Dataset, rows: Split, seed: int = 0) -> list:
    """The metrics of every epoch."""
    return [report.metrics for report in train(config, network, dataset, rows, "cpu", seed)]


def linear(dataset: Dataset, seed: int = 0) -> nn.Module:
    """The smallest of all networks."""
    torch.manual_seed(seed)
    outputs = len(dataset.classes) or 1
    return nn.Sequential(nn.Flatten(), nn.Linear(dataset.inputs[0].numel(), outputs))


def weights(network: nn.Module) -> Tensor:
    """All of them in a row."""
    return torch.cat([parameter.detach().flatten() for parameter in network.parameters()])


def make_cnn(name: str, images: Tensor, classes: int, seed: int) -> nn.Module:
    """A network for such images."""
    labels = torch.arange(len(images)) % classes
    dataset = Dataset("images", images, labels, tuple("ABCDEFGHIJ"[:classes]), "", "", "")
    module = module_of(name)
    return module.make(module.Config(), dataset, seed)


# Networks


def test_lenet_5_has_61706_parameters() -> None:
    """LeCun et al. 1998: 156 + 2,416 + 48,120 + 10,164 + 850."""
    network = LeNet5(Shape(1, 28, 28), 10)
    sizes = [sum(p.numel() for p in layer.parameters()) for layer in network]
    assert [size for size in sizes if size] == [156, 2416, 48120, 10164, 850]
    assert sum(sizes) == 61706


@pytest.mark.parametrize("size", [(28, 28), (12, 12), (13, 40)])
def test_networks_read_images_of_any_shape(size: tuple[int, int]) -> None:
    images = torch.rand(3, 2, *size)
    for name in ("lenet", "cnn"):
        assert make_cnn(name, images, 5, 0)(images).shape == (3, 5)


def test_what_a_cnn_cannot_read_is_named() -> None:
    with pytest.raises(BadData, match="LeNet-5 needs images of 12 x 12 or more, not 8 x 8"):
        make_cnn("lenet", torch.rand(2, 1, 8, 8), 10, 0)
    with pytest.raises(BadData, match=r"cnn reads images .* not inputs of shape \(5, 2\)"):
        make_cnn("cnn", torch.rand(5, 2), 2, 0)
    with pytest.raises(BadData, match="there is no model 'lenit'; did you mean 'lenet'"):
        make_cnn("lenit", torch.rand(2, 1, 28, 28), 10, 0)


def test_the_seed_of_a_network_leaves_global_chance_alone() -> None:
    images = torch.rand(2, 1, 28, 28)
    before = torch.get_rng_state()
    one, again, other = (weights(make_cnn("cnn", images, 10, seed)) for seed in (3, 3, 4))
    assert torch.equal(one, again) and not torch.equal(one, other)
    assert torch.equal(before, torch.get_rng_state())


def test_a_residual_block_that_changes_nothing_passes_its_input_on() -> None:
    network = ResidualCNN(Shape(1, 8, 8), 10).eval()
    block = network[4]
    assert isinstance(block, nn.Module)
    inputs = torch.rand(2, 16, 4, 4)
    for parameter in block.parameters():
        nn.init.zeros_(parameter)
    assert torch.equal(block(inputs), inputs)


# The loop


def test_a_single_full_step_of_sgd_is_the_gradient_times_the_rate(
    digits: tuple[Dataset, Split],
) -> None:
    dataset, rows = digits
    network = linear(dataset)
    expected = copy.deepcopy(network)
    inputs, targets = dataset.inputs[rows.train], dataset.targets[rows.train]
    nn.functional.cross_entropy(expected(inputs), targets).backward()
    config = Config(1, 10_000, "sgd", 0.5, "constant", weight_decay=0)
    run(config, network, dataset, rows)
    with torch.no_grad():
        for parameter in expected.parameters():
            assert parameter.grad is not None
            parameter -= 0.5 * parameter.grad
    assert torch.allclose(weights(network), weights(expected), atol=1e-6)


def test_weight_decay_is_adamw_without_decay_of_biases(digits: tuple[Dataset, Split]) -> None:
    dataset, rows = digits
    network = linear(dataset)
    expected = copy.deepcopy(network)
    run(Config(3, 10_000, "adam", 0.01, "constant", weight_decay=0.3), network, dataset, rows)
    matrix, bias = expected.parameters()
    groups = [{"params": [matrix], "weight_decay": 0.3}, {"params": [bias], "weight_decay": 0}]
    theirs = torch.optim.AdamW(groups, lr=0.01)
    for _ in range(3):
        theirs.zero_grad()
        outputs = expected(dataset.inputs[rows.train])
        nn.functional.cross_entropy(outputs, dataset.targets[rows.train]).backward()
        theirs.step()
    assert torch.allclose(weights(network), weights(expected), atol=1e-6)


@pytest.mark.parametrize("augment", [False, True])
def test_one_seed_gives_the_same_bits_and_another_does_not(
    digits: tuple[Dataset, Split], augment: bool
) -> None:
    dataset, rows = digits
    found = []
    for seed in (0, 0, 1):
        network = make_cnn("cnn", dataset.inputs, 10, 0)
        metrics = run(replace(QUICK, epochs=2, augment=augment), network, dataset, rows, seed)
        found.append((weights(network), metrics))
    assert torch.equal(found[0][0], found[1][0]) and found[0][1] == found[1][1]
    assert not torch.equal(found[0][0], found[2][0])


def test_going_on_is_as_if_never_stopped(digits: tuple[Dataset, Split]) -> None:
    dataset, rows = digits
    config = replace(QUICK, augment=True, patience=3)
    whole = make_cnn("cnn", dataset.inputs, 10, 0)
    expected = run(config, whole, dataset, rows)
    first = make_cnn("cnn", dataset.inputs, 10, 0)
    reports = train(config, first, dataset, rows, "cpu", 0)
    next(reports)
    parts = next(reports).parts
    state = copy.deepcopy({name: part.state_dict() for name, part in parts.items()})
    second = make_cnn("cnn", dataset.inputs, 10, 7)
    rest = list(train(config, second, dataset, rows, "cpu", 99, state))
    assert [report.metrics for report in rest] == expected[2:]
    assert [report.epoch for report in rest] == [3, 4]
    assert torch.equal(weights(second), weights(whole))


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "rmsprop", "adam"])
@pytest.mark.parametrize("schedule", ["constant", "one-cycle"])
def test_every_optimizer_learns(
    digits: tuple[Dataset, Split], optimizer: Any, schedule: Any
) -> None:
    dataset, rows = digits
    rate = {"sgd": 0.5, "momentum": 0.1, "rmsprop": 0.003, "adam": 0.01}[optimizer]
    network = linear(dataset)
    config = replace(QUICK, optimizer=optimizer, schedule=schedule, learning_rate=rate)
    assert run(config, network, dataset, rows)[-1]["validation_accuracy"] >= 0.88


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        ("constant", [1, 1, 1, 1]),
        ("linear", [0.875, 0.625, 0.375, 0.125]),
        ("cosine", [(1 + math.cos(math.pi * n / 8)) / 2 for n in (1, 3, 5, 7)]),
        ("one-cycle", [0.625, 0.78125, 0.46875, 0.15625]),
    ],
)
def test_schedules(digits: tuple[Dataset, Split], schedule: Any, expected: list[float]) -> None:
    """Four updates; each takes the rate of its middle."""
    dataset, rows = digits
    config = Config(4, 10_000, "sgd", 2.0, schedule)
    reports = train(config, linear(dataset), dataset, rows, "cpu", 0)
    rates = [report.parts["optimizer"].param_groups[0]["lr"] / 2 for report in reports]
    assert rates == pytest.approx(expected)


def test_gradients_are_cut_to_a_length(digits: tuple[Dataset, Split]) -> None:
    dataset, rows = digits
    network = linear(dataset)
    before = weights(network)
    run(Config(1, 10_000, "sgd", 1.0, "constant", 0, max_norm=0.01), network, dataset, rows)
    assert float((weights(network) - before).norm()) == pytest.approx(0.01, rel=1e-3)


def test_patience_ends_early_with_the_best_weights(digits: tuple[Dataset, Split]) -> None:
    """A rate that is far too high makes it worse again."""
    dataset, rows = digits
    network = linear(dataset)
    config = Config(50, 50, "sgd", 30.0, "constant", 0, patience=3)
    costs = [metrics["validation_cost"] for metrics in run(config, network, dataset, rows)]
    assert len(costs) < 50 and costs.index(min(costs)) == len(costs) - 4
    found = judge(network, dataset.inputs[rows.validation], dataset.targets[rows.validation])
    assert found["cost"] == pytest.approx(min(costs))


def test_an_answer_does_not_depend_on_the_rows_beside_it(digits: tuple[Dataset, Split]) -> None:
    """As it would if batch normalisation still went by the batch."""
    network = make_cnn("cnn", digits[0].inputs, 10, 0)
    inputs = digits[0].inputs[:5]
    together = predict(network, inputs)
    alone = torch.cat([predict(network, row[None]) for row in inputs])
    assert torch.allclose(together, alone, atol=1e-5)
    assert network.training  # as it was before


def test_the_test_rows_are_never_looked_at(digits: tuple[Dataset, Split]) -> None:
    dataset, rows = digits
    poisoned = replace(dataset, inputs=dataset.inputs.clone())
    poisoned.inputs[rows.test] = torch.nan
    assert run(QUICK, linear(dataset), dataset, rows) == run(QUICK, linear(dataset), poisoned, rows)


def test_a_last_row_that_is_left_over_is_no_batch_of_its_own() -> None:
    """Batch normalisation cannot learn from a single image."""
    dataset = Dataset("toy", torch.rand(9, 1, 2, 2), torch.arange(9) % 2, ("a", "b"), "", "", "")
    rows = Split(torch.arange(9), torch.arange(0), torch.arange(0))
    run(Config(1, 4), make_cnn("cnn", dataset.inputs, 2, 0), dataset, rows)


def test_costs_are_in_nats_a_character_and_of_numbers_squared() -> None:
    even = torch.zeros(4, 7, 26)
    labels = torch.randint(26, (4, 7), generator=torch.Generator().manual_seed(0))
    assert float(cost_of(even, labels)) == pytest.approx(math.log(26))
    numbers = torch.zeros(2, 1), torch.tensor([3.0, 1.0])
    assert float(cost_of(*numbers)) == 5
    assert float(cost_of(*numbers, loss="absolute")) == 2
    assert float(cost_of(*numbers, loss="huber")) == (2.5 + 0.5) / 2


@pytest.mark.parametrize(("loss", "told"), [("squared", 2.0), ("absolute", 0.0), ("huber", 0.25)])
def test_a_loss_decides_which_number_stands_for_many(loss: Loss, told: float) -> None:
    """The mean, or the median, or between: there 4 errors x and one, beyond 1, weigh the same."""
    targets = torch.tensor([0.0, 0.0, 0.0, 0.0, 10.0])
    dataset = Dataset("toy", torch.zeros(5, 1), targets, (), "", "", "")
    rows, network = Split(torch.arange(5), torch.arange(0), torch.arange(0)), torch.nn.Linear(1, 1)
    run(Config(400, 5, "adam", 0.1, "linear", loss=loss), network, dataset, rows)
    assert network.bias.item() == pytest.approx(told, abs=0.05)


def test_a_linear_model_forecasts_tomorrow_better_than_persistence() -> None:
    dataset = load("weather")
    rows = split(dataset)
    scale = standardise(dataset.inputs[rows.train])
    degrees = standardise(dataset.targets[rows.train])
    scaled = replace(dataset, inputs=scale(dataset.inputs), targets=degrees(dataset.targets))
    network = linear(scaled)
    run(Config(40, 64, "adam", 0.01), network, scaled, rows)
    forecast = degrees.undo(predict(network, scaled.inputs[rows.test]).squeeze(1))
    truth = dataset.targets[rows.test]
    ours, theirs = forecast - truth, persistence(dataset.inputs[rows.test]) - truth
    assert ours.abs().mean() < theirs.abs().mean()
    assert ours.square().mean() < 0.9 * theirs.square().mean()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"epochs": 0}, "epochs must be at least 1, not 0"),
        ({"learning_rate": 0.0}, "learning_rate must be greater than 0"),
        ({"learning_rate": math.nan}, "learning_rate must be greater than 0"),
        ({"smoothing": 1.0}, "smoothing must be from 0 to below 1"),
        ({"max_norm": -1.0}, "max_norm must be 0 or more"),
        ({"optimizer": "adm"}, "optimizer: no 'adm'"),
        ({"schedule": "steps"}, "schedule: no 'steps'"),
        ({"loss": "cubed"}, "loss: no 'cubed'"),
    ],
)
def test_settings_that_cannot_be_meant_are_refused(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(BadData, match=message):
        Config(**changes)


def test_what_a_training_lacks_is_named(digits: tuple[Dataset, Split]) -> None:
    dataset, rows = digits
    with pytest.raises(BadData, match="patience needs a validation set"):
        run(Config(patience=1), linear(dataset), dataset, rows._replace(validation=rows.test[:0]))
    with pytest.raises(BadData, match="loss huber is for numbers"):
        run(Config(loss="huber"), linear(dataset), dataset, rows)
    moons = load("moons")
    with pytest.raises(BadData, match="moons: only images can be augmented"):
        run(Config(augment=True), linear(moons), moons, split(moons))


# Augmentation


def test_a_shake_of_nothing_is_nothing_and_one_seed_shakes_alike() -> None:
    images = load("mnist5k").inputs[::1000]
    generator = torch.Generator().manual_seed(0)
    assert torch.allclose(shake(images, generator, 0, 0, 0, 0), images, atol=1e-5)
    one, again = (shake(images, torch.Generator().manual_seed(5)) for _ in range(2))
    assert torch.equal(one, again)
    assert (one - images).abs().flatten(1).amax(1).min() > 0.1  # each of them


def test_a_shaken_image_is_turned_round_its_middle_and_moved_by_no_more_than_told() -> None:
    dot = torch.zeros(200, 1, 29, 29)
    dot[:, :, 14, 14] = 1
    generator = torch.Generator().manual_seed(0)
    turned = shake(dot, generator, 90, 0, 0, 0)
    assert torch.allclose(turned[:, 0, 14, 14], torch.ones(200), atol=1e-4)
    moved = shake(dot, generator, 0, 0, 0, shift=3 / 29)
    places = torch.arange(29.0)
    for mass in (moved.sum(2), moved.sum(3)):
        mean = (mass[:, 0] * places).sum(1) / mass[:, 0].sum(1)
        assert 2.5 < float((mean - 14).abs().max()) <= 3.001


# The simple methods


def test_classical_models_do_on_digits_as_measured_before(digits: tuple[Dataset, Split]) -> None:
    """docs: 5-fold 0.988, 0.977, 0.969; here one split of 359 test rows."""
    dataset, rows = digits
    found = {
        name: classical.accuracy(classical.fit(name, dataset, rows), dataset, rows.test)
        for name in ("svm", "random-forest", "logistic", "k-nn")
    }
    expected = {"svm": 0.988, "random-forest": 0.977, "logistic": 0.965, "k-nn": 0.985}
    assert found == pytest.approx(expected, abs=0.02)


def test_classical_models_name_what_is_not_theirs() -> None:
    weather = load("weather")
    with pytest.raises(BadData, match="weather: svm tells classes apart, and here there are none"):
        classical.fit("svm", weather, split(weather))
    with pytest.raises(BadData, match="there is no model 'svn'"):
        classical.fit("svn", weather, split(weather))


def test_a_cnn_of_few_seconds_beats_the_logistic_regression_on_digits(
    digits: tuple[Dataset, Split],
) -> None:
    dataset, rows = digits
    network = make_cnn("cnn", dataset.inputs, 10, 0)
    run(Config(epochs=6), network, dataset, rows)
    ours = judge(network, dataset.inputs[rows.test], dataset.targets[rows.test])["accuracy"]
    line = classical.accuracy(classical.fit("logistic", dataset, rows), dataset, rows.test)
    assert ours > line
    assert np.isclose(ours * len(rows.test), round(ours * len(rows.test)))
