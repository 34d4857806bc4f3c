"""The playground: what it learns, and what it says."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from spirals import SPIRALS, learned, parsed

from envs.names import BadInput
from supervised.toys import PLANE
from workshop.playground.controls import CONTROLS, turned
from workshop.playground.experiment import Experiment, penalty
from workshop.playground.gan import Gan, distance
from workshop.playground.history import MOST, History
from workshop.playground.network_plan import Thing, described
from workshop.playground.points import make_data
from workshop.playground.race import OPTIMISERS, Race
from workshop.playground.race_stage import raced
from workshop.playground.setting import DEFAULTS, RATES, changed
from workshop.playground.shades import SURE, enlarge, grid, odds
from workshop.playground.shortcuts import all_keys
from workshop.playground.stage import glided
from workshop.playground.surfaces import SURFACES

pytestmark = pytest.mark.usefixtures("one_thread")


def test_reset_repeats_every_step_and_another_seed_does_not() -> None:
    for learner in (
        Experiment(SPIRALS),
        Gan(changed(DEFAULTS["gan"], layers=(8,))),
        Race(changed(DEFAULTS["descent"], noise=0.1)),
    ):
        curves = []
        for _ in range(2):
            for _ in range(60):
                learner.step()
            curves.append(learner.history.curves)
            learner.reset()
        assert curves[0] == curves[1]
        learner.change(changed(learner.setting, seed=1))
        for _ in range(60):
            learner.step()
        assert learner.history.curves != curves[0]


def test_what_was_learned_stays_when_the_network_grows_or_its_rate_changes() -> None:
    experiment = learned(SPIRALS, 20)
    before = [layer.clone() for layer in experiment.network.state_dict().values()]
    experiment.change(changed(SPIRALS, learning_rate=0.03, batch_size=64, activation="gelu"))
    after = experiment.network.state_dict().values()
    assert all(torch.equal(*pair) for pair in zip(before, after, strict=True))
    assert experiment.optimizer.param_groups[0]["lr"] == 0.03
    experiment.change(changed(experiment.setting, layers=(9, 8)))
    assert torch.equal(experiment.network[0].weight[:8], before[0])
    assert torch.equal(experiment.network[2].weight[:, :8], before[2])
    assert experiment.epoch == 20
    for _ in range(50):
        experiment.step()


def test_a_product_of_the_inputs_solves_xor_without_a_hidden_layer() -> None:
    setting = changed(DEFAULTS["network"], data="xor", layers=(), noise=0.0, learning_rate=0.1)
    assert learned(changed(setting, features=("x", "y")), 40).judged.test_accuracy < 0.75
    assert learned(changed(setting, features=("xy",)), 40).judged.test_accuracy > 0.95


def test_costs_and_accuracies_are_those_of_scikit_learn() -> None:
    from sklearn.metrics import accuracy_score, log_loss

    experiment = learned(SPIRALS, 10)
    data, found = experiment.data, experiment.judged
    chance = torch.sigmoid(experiment.network(experiment.inputs)[:, 0]).detach().double()
    for rows, cost, accuracy in zip(data[2:], found[:2], found[2:], strict=True):
        labels = data.labels[rows].numpy()
        assert cost == pytest.approx(log_loss(labels, chance[rows].numpy()), rel=1e-4)
        assert accuracy == pytest.approx(accuracy_score(labels, chance[rows].numpy() > 0.5))


def test_penalties_are_sums_of_weights_and_not_of_biases() -> None:
    network = Experiment(changed(SPIRALS, layers=())).network
    with torch.no_grad():
        network[0].weight[:] = torch.tensor([[3.0, -4.0]])
        network[0].bias[:] = 100
    assert penalty(network, "l1", 0.1).item() == pytest.approx(0.7)
    assert penalty(network, "l2", 0.1).item() == pytest.approx(1.25)


def test_points_keep_their_part_when_others_are_painted() -> None:
    experiment = Experiment(changed(SPIRALS, data="painted", noise=0.0))
    assert not experiment.has_points
    experiment.step()
    places = torch.rand((40, 2), generator=torch.Generator().manual_seed(0))
    experiment.paint(places, 1)
    before = set(experiment.data.train.tolist())
    experiment.paint(torch.tensor([[2.0, -2.0]]), 0)
    after = set(experiment.data.train.tolist())
    assert len(before ^ {row for row in after if row < 40}) <= 1
    assert experiment.data.places[-1].tolist() == [2.0, -2.0] and experiment.data.labels[-1] == 0
    for _ in range(10):
        experiment.step()


def test_the_data_are_of_deviation_1_parted_in_two_and_moved_by_noise() -> None:
    for name in PLANE:
        setting = changed(DEFAULTS["network"], data=name, noise=0.0, train_share=0.3)
        data = make_data(setting)
        assert data.places[data.train].std(0, correction=0).tolist() == pytest.approx([1, 1])
        assert len(data.train) == 150
        assert sorted(torch.cat(data[2:]).tolist()) == list(range(500))
        assert not torch.equal(make_data(changed(setting, noise=0.1)).places, data.places)


def test_the_gan_comes_nearer_to_what_is_real() -> None:
    gan = Gan(changed(DEFAULTS["gan"], learning_rate=0.003))
    before = gan.judged.distance
    for _ in range(1200):
        gan.step()
    assert before > 0.8 and gan.judged.distance < 0.3
    assert gan.judged.discriminator == pytest.approx(2 * np.log(2), abs=0.15)


def test_the_distance_is_that_of_a_shift() -> None:
    """Along a direction at an angle a, a shift of 3 is one of 3 cos a; the mean of cos² is 1/2."""
    points = torch.randn((500, 2), generator=torch.Generator().manual_seed(0))
    assert distance(points, points.flip(0)) == pytest.approx(0, abs=1e-6)
    moved = points + torch.tensor([3.0, 0.0])
    assert distance(points, moved) == pytest.approx(3 / np.sqrt(2), rel=1e-4)


@pytest.mark.parametrize("name", SURFACES)
def test_nothing_is_lower_than_the_lowest_points_and_the_formula_is_the_function(name: str) -> None:
    surface = SURFACES[name]
    x, y = grid(201, surface.middle, surface.half, torch.float64).unbind(1)
    cost = surface.cost(x, y)
    for place in surface.lowest:
        least = surface.cost(*torch.tensor(place, dtype=torch.float64))
        assert float(least) <= float(cost.min()) + 1e-9
        assert float(least) == pytest.approx(0, abs=1e-9)
    import math

    again = eval(surface.formula, {"x": x, "y": y, "math": math})  # what the printed code says
    assert torch.allclose(again, cost)


def test_the_race_is_run_by_the_optimisers_of_pytorch() -> None:
    setting = changed(DEFAULTS["descent"], learning_rate=0.01)
    race = Race(setting)
    for _ in range(50):
        race.step()
    makers = {
        "sgd": lambda p: torch.optim.SGD(p, 0.01),
        "momentum": lambda p: torch.optim.SGD(p, 0.01, momentum=0.9),
        "rmsprop": lambda p: torch.optim.RMSprop(p, 0.01),
        "adam": lambda p: torch.optim.Adam(p, 0.01),
    }
    assert set(makers) == set(OPTIMISERS)
    for racer in race.racers:
        place = torch.tensor(race.surface.start, dtype=torch.float64, requires_grad=True)
        optimiser = makers[racer.name]([place])
        for _ in range(50):
            optimiser.zero_grad()
            race.surface.cost(place[0], place[1]).backward()
            optimiser.step()
        assert racer.trail[-1] == pytest.approx(tuple(place.tolist()), rel=1e-9)
    thrown = Race(changed(setting, learning_rate=0.1, racers=("sgd",)))
    while not thrown.over:
        thrown.step()
    assert thrown.racers[0].lost_at and "thrown out: sgd" in thrown.status()


def test_an_optimiser_is_sent_off_and_called_in_again_but_the_last_stays() -> None:
    setting = raced(raced(DEFAULTS["descent"], "sgd"), "rmsprop")
    assert setting.racers == ("momentum", "adam")
    assert setting.command() == "workshop playground --mode descent --racers momentum,adam"
    assert raced(setting, "sgd").racers == ("sgd", "momentum", "adam")
    alone = raced(setting, "momentum")
    assert alone.racers == raced(alone, "adam").racers == ("adam",)


def test_a_history_keeps_its_ends_and_stays_small() -> None:
    history = History(("a",))
    for time_ in range(100_000):
        history.add(time_, [time_ / 2])
    assert MOST / 2 <= len(history.times) <= MOST and history.times[0] == 0
    assert history.curves["a"] == [at / 2 for at in history.times]
    assert len({later - earlier for earlier, later in pairwise(history.times)}) == 1


@pytest.mark.parametrize("mode", DEFAULTS)
def test_the_command_line_restates_whatever_was_turned(mode: str) -> None:
    setting = DEFAULTS[mode]
    assert parsed(setting.command()) == setting
    for control in CONTROLS[mode]:
        for step in (1, 1, -1, 3):
            setting = turned(setting, control, step, 0)
            if setting.data != "painted":
                assert parsed(setting.command()) == setting, setting.command()


def test_every_key_does_one_thing() -> None:
    for mode in DEFAULTS:
        letters = [part for key, _ in all_keys(mode) for part in key.split()]
        assert len(letters) == len(set(letters)), mode


def test_controls_end_at_their_last_value_and_lists_go_round() -> None:
    rate = next(c for c in CONTROLS["network"] if c.name == "learning_rate")
    assert turned(SPIRALS, rate, 99, 0).learning_rate == RATES[-1]
    data = next(c for c in CONTROLS["network"] if c.name == "data")
    assert turned(SPIRALS, data, len(data.choices), 0).data == "spirals"
    assert turned(SPIRALS, data, 1, 0).noise == 0.1  # of the circles
    width = next(c for c in CONTROLS["network"] if c.name == "width")
    assert turned(SPIRALS, width, 1, 1).layers == (8, 9)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ("--data moon", "there is no 'moon'; did you mean 'moons'"),
        ("--layers 8,x", "takes numbers with commas between, not '8,x'"),
        ("--layers 8,99", "--layers must lie between 1 and 16, not 99"),
        ("--learning-rate 0", "--learning-rate must lie between"),
        ("--train-share 1", "--train-share must lie between 0.05 and 0.95"),
        ("--features x,z", "--features: there is no 'z'"),
        ("--surface valley", "--surface is for --mode descent, not network"),
        ("--mode descent --start 1", "--start takes two numbers"),
        ("--epochs 5", "--epochs is for --save"),
        ("--save picture.txt", "no picture format '.txt'"),
        ("--data nowhere.csv --code", "nowhere.csv: there is no such file"),
        ("--data three.csv --code", "takes columns x, y, label with 2 labels"),
        ("--data painted --code", "nothing is painted yet"),
        ("", "there is no display here; write a file instead"),
    ],
)
def test_mistakes_are_one_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: str,
    complaint: str,
) -> None:
    from workshop.__main__ import main

    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    rows = "1,2,a\n2,1,b\n3,3,c\n"
    Path("three.csv").write_text(f"x,y,label\n{rows}{rows}")
    assert main(["playground", *arguments.split()]) == 2
    error = capsys.readouterr().err
    assert complaint in error and error.count("\n") == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == ["three.csv"]


def test_a_neuron_says_what_it_computes() -> None:
    experiment = Experiment(changed(SPIRALS, layers=(2,), features=("x", "xy")))
    with torch.no_grad():
        experiment.network[0].weight[:] = torch.tensor([[0.5, -2.0], [1.0, 1.0]])
        experiment.network[0].bias[:] = torch.tensor([0.25, 0.0])
    assert described(experiment, Thing(1, 0)) == "a1 = tanh(-2.00 x y +0.50 x +0.25)"
    assert described(experiment, Thing(0, line=(0, 4, 0))) == "weight -2.000 from x y to a1"
    assert "not shown" in described(experiment, Thing(0, 1))


def test_fields_are_smoothed_without_a_shift() -> None:
    """A plane stays a plane, up to the rim; and the pixel under a point shows its value."""
    x, y = grid(40).unbind(1)
    large = enlarge((0.3 * x - 0.1 * y).reshape(40, 40).numpy(), 200)
    middles = ((np.arange(200) + 0.5) / 100 - 1) * 2.6
    assert np.allclose(large, 0.3 * middles[:, None] + 0.1 * middles[None, :], atol=1e-4)
    assert odds(torch.tensor([0.0, 100, -100, SURE / 2]), 2).tolist() == [[0, 1], [-1, 0.5]]


def test_a_field_glides_out_of_what_is_no_number() -> None:
    new = np.zeros((2, 2))
    shown, settled = glided(np.full((2, 2), np.nan), new, animated=True)
    assert settled and (shown == new).all()


def test_bad_settings_are_refused_where_they_are_made() -> None:
    for changes in ({"layers": (0,)}, {"batch_size": 0}, {"racers": ()}, {"noise": -1.0}):
        with pytest.raises(BadInput):
            changed(SPIRALS, **changes)
