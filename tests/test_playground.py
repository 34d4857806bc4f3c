"""The playground: what it learns, what it prints, what it draws, and its window under a hand."""

from __future__ import annotations

import contextlib
import io
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pygame
import pytest
import torch
from conftest import Workshop
from desk import HAS_SCREEN, Desk, virtual_screen
from PIL import Image
from pygame_gui import UI_DROP_DOWN_MENU_CHANGED
from torch import Tensor

from envs.drawing.canvas import Point
from envs.drawing.theme import DARK, LIGHT, Color
from envs.names import BadInput
from supervised.toys import PLANE
from workshop.options import parse_options
from workshop.playground.code_window import CodeWindow
from workshop.playground.command import Options, setting_of
from workshop.playground.controls import CONTROLS, turned
from workshop.playground.experiment import Experiment, penalty
from workshop.playground.gan import Gan, distance
from workshop.playground.history import MOST, History
from workshop.playground.layout import Layout
from workshop.playground.network_plan import Plan, Thing, described
from workshop.playground.points import make_data, table
from workshop.playground.race import OPTIMISERS, Race
from workshop.playground.race_stage import RaceStage, raced
from workshop.playground.script import script
from workshop.playground.setting import DEFAULTS, RACERS, RATES, Setting, changed
from workshop.playground.shades import SURE, enlarge, grid, odds
from workshop.playground.shortcuts import all_keys
from workshop.playground.sketch import Sketch
from workshop.playground.stage import Look, glided
from workshop.playground.surfaces import SURFACES
from workshop.playground.widgets import Turned
from workshop.playground.window import PlaygroundWindow
from workshop.skin import LongText, fresh_manager

SPIRALS = changed(DEFAULTS["network"], data="spirals", layers=(8, 8), noise=0.02)
"""What the tutorial names: `workshop playground --data spirals --layers 8,8`."""
TURNED = [
    changed(
        DEFAULTS["network"], data="circles", optimizer="rmsprop", regularisation="l1",
        activation="relu", features=("x", "yy", "sinx"), layers=(3, 2), train_share=0.3,
    ),
    changed(
        DEFAULTS["network"], data="painted", optimizer="momentum", regularisation="l2",
        layers=(), features=("x", "y", "xx", "xy", "siny"), noise=0.1, seed=3,
    ),
]  # fmt: skip
LEFT, TOP = 60, 50  # a window of 1280 x 800 is centred on a screen of 1400 x 900


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def learned(setting: Setting, epochs: int) -> Experiment:
    experiment = Experiment(setting)
    while experiment.epoch < epochs:
        experiment.step()
    return experiment


def parsed(command: str) -> Setting:
    assert command.startswith("workshop playground")
    return setting_of(parse_options(Options, command.split()[2:], "workshop playground", ""))


def run_code(code: str) -> str:
    """What a script prints; in this process, as it takes seconds to import PyTorch in another."""
    said = io.StringIO()
    with torch.random.fork_rng(), contextlib.redirect_stdout(said):
        exec(code, {})
    return said.getvalue()


# Learning


def test_two_spirals_are_learned_and_the_printed_code_reaches_the_same(
    workshop: Workshop, tmp_path: Path
) -> None:
    """In seconds of work, not of the wall, for other tests run beside it."""
    started = time.process_time()
    experiment = learned(SPIRALS, 300)
    assert time.process_time() - started < 30
    found = experiment.judged
    assert found.train_accuracy > 0.99 and found.test_accuracy > 0.98
    result = workshop("playground", "--data", "spirals", "--layers", "8,8", "--code")
    said = f"right: train {found.train_accuracy:.1%}, test {found.test_accuracy:.1%}\n"
    program = [sys.executable, "-c", result.stdout]
    alone = subprocess.run(program, capture_output=True, text=True, cwd=tmp_path, env=bare())
    assert (alone.stdout, alone.stderr, result.stderr) == (said, "", "")


def bare() -> dict[str, str]:
    """An environment in which nothing of ours is found."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


@pytest.mark.parametrize("setting", TURNED)
def test_every_part_of_the_printed_code_does_what_the_playground_does(setting: Setting) -> None:
    own = None
    if setting.data == "painted":
        own = PLANE["ring"](60, torch.Generator().manual_seed(1))
    experiment = Experiment(setting, own)
    while experiment.epoch < 5:
        experiment.step()
    code = script(setting, own, 5)
    ended = run_code(code + "print(sum(p.abs().sum().item() for p in network.parameters()))")
    sizes = sum(p.detach().abs().sum() for p in experiment.network.parameters())
    assert float(ended.splitlines()[-1]) == pytest.approx(float(sizes), rel=1e-6)


def test_the_code_of_a_gan_and_of_a_race_come_to_where_they_are() -> None:
    setting = changed(DEFAULTS["gan"], points=200, layers=(8,), batch_size=50)
    gan = Gan(setting)
    for _ in range(20):
        gan.step()
    said = run_code(script(setting, None, 5)).splitlines()[0]
    assert re.fullmatch(r"loss: discriminator \d\.\d{3}, generator \d\.\d{3}", said)
    assert said == f"loss: discriminator {gan.judged[0]:.3f}, generator {gan.judged[1]:.3f}"
    race = Race(changed(DEFAULTS["descent"], surface="hills", learning_rate=0.01))
    while not race.over:
        race.step()
    said = run_code(script(race.setting, None, 0))
    for racer, line in zip(race.racers, said.splitlines(), strict=True):
        place = [float(part) for part in line.split("[")[1].rstrip("]").split(",")]
        assert line.startswith(racer.name)
        assert place == pytest.approx(list(racer.trail[-1]), abs=1e-6)


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


# What is said


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
        ("--data nowhere.csv --code", "nowhere.csv: cannot be read"),
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


# What is drawn


def test_fields_are_smoothed_without_a_shift() -> None:
    """A plane stays a plane, up to the rim; and the pixel under a point shows its value."""
    x, y = grid(40).unbind(1)
    large = enlarge((0.3 * x - 0.1 * y).reshape(40, 40).numpy(), 200)
    middles = ((np.arange(200) + 0.5) / 100 - 1) * 2.6
    assert np.allclose(large, 0.3 * middles[:, None] + 0.1 * middles[None, :], atol=1e-4)
    assert odds(torch.tensor([0.0, 100, -100, SURE / 2]), 2).tolist() == [[0, 1], [-1, 0.5]]


@pytest.mark.parametrize("size", [(640, 480), (800, 1000), (1280, 800), (2560, 1440), (3840, 2160)])
def test_nothing_overlaps_at_any_size(size: tuple[int, int]) -> None:
    for with_panel in (True, False):
        layout = Layout(size, with_panel)
        assert layout.letters >= 9
        boxes = [layout.header, layout.left, layout.field, layout.curves, layout.panel]
        for at, box in enumerate(boxes):
            assert box.x >= 0 and box.x + box.width <= size[0] + 1
            assert box.y >= 0 and box.y + box.height <= size[1] + 1
            for other in boxes[:at]:
                assert not overlap(box, other), (box, other)
        assert layout.field.width == layout.field.height > 0.3 * min(size)
        assert layout.curves.height > 60 * layout.unit
        assert layout.command_at[1] > layout.curves.y + layout.curves.height + 6 * layout.unit
        plan = Plan(changed(SPIRALS, layers=(16,) * 6), layout)
        neurons = [plan.box(c, n) for c, count in enumerate(plan.counts) for n in range(count)]
        for at, box in enumerate(neurons):
            assert not any(overlap(box, other) for other in neurons[:at])
            assert box.x + box.width < layout.left.width


def overlap(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    (x, y, width, height), (left, top, wide, high) = one, other
    across = min(x + width, left + wide) - max(x, left)
    return across > 0.5 and min(y + height, top + high) - max(y, top) > 0.5


@pytest.mark.parametrize("mode", DEFAULTS)
def test_pictures_and_films_need_no_display(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    import pygame

    from workshop.__main__ import main

    kind = "png" if mode == "network" else "gif"
    monkeypatch.chdir(tmp_path)
    pygame.display.quit()  # another test may have left it on
    assert main(["playground", "--mode", mode, "--epochs", "3", "--save", f"a.{kind}"]) == 0
    assert f"wrote a.{kind}" in capsys.readouterr().out
    assert not pygame.display.get_init()
    with Image.open(tmp_path / f"a.{kind}") as image:
        assert image.size == ((960, 640) if kind == "png" else (720, 480))
        assert getattr(image, "n_frames", 1) == (1 if kind == "png" else 3)
        assert len(image.convert("RGB").getcolors(1 << 20) or []) > 100


# The window


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    if not HAS_SCREEN:
        pytest.skip("needs Xvfb and xdotool")
    with virtual_screen() as name:
        yield name


def shows(screen: np.ndarray, color: Color, x: int, y: int) -> bool:
    return bool(np.abs(screen[TOP + y, LEFT + x].astype(int) - color).max() < 14)


def test_the_window_learns_is_turned_by_keys_and_prints_its_code(
    display: str, tmp_path: Path
) -> None:
    desk = Desk(display, tmp_path, "playground", "--paused", "--seed", "4")
    desk.wait(lambda s: shows(s, LIGHT.panel, 1270, 790), "the panel", 150)
    time.sleep(0.8)  # until the buttons have come to rest
    still = desk.screen()
    time.sleep(0.5)
    assert (desk.screen() == still).all()  # paused
    desk.key("s")
    desk.wait(lambda s: bool((s != still).any()), "one step")
    desk.key("d")
    desk.wait(lambda s: shows(s, DARK.panel, 1270, 790), "the dark theme")
    for key in ("t", "k", "shift+l", "3", "y", "c", "Escape", "question", "question", "v", "w"):
        desk.key(key)
    desk.click(LEFT + 1118, TOP + 38)  # the button of the GAN
    desk.key("m")
    time.sleep(1)
    desk.key("q")
    out, err = desk.process.communicate(timeout=90)
    assert (desk.process.returncode, err) == (0, "")
    command = "workshop playground --data spirals --features x,y,xx --layers 4,4,4 "
    assert f"{command}--learning-rate 0.003 --seed 4\n" in out
    assert "nn.Linear(3, 4), nn.Tanh()," in out
    assert (tmp_path / "playground.png").exists()
    assert len((tmp_path / "points.csv").read_text().splitlines()) == 501


def type_in(window: PlaygroundWindow, letters: str) -> None:
    for letter in letters:
        key = {"key": pygame.key.key_code(letter), "unicode": letter, "mod": 0}
        pygame.event.post(pygame.event.Event(pygame.KEYDOWN, **key))
        for _ in range(3):
            window.tick()


def test_the_code_stays_open_in_other_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    window = PlaygroundWindow(DEFAULTS["descent"], Look(), paused=True)
    try:
        type_in(window, "cd")
        assert window.shows_code and window.look.theme_name == "dark"
    finally:
        pygame.display.quit()


def test_a_digit_that_is_no_number_is_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    window = PlaygroundWindow(DEFAULTS["descent"], Look(), paused=True)
    try:
        pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=0, unicode="²", mod=0))
        window.tick()
        assert window.setting == DEFAULTS["descent"]
    finally:
        pygame.display.quit()


def test_another_mode_closes_the_code_of_the_last_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    window = PlaygroundWindow(DEFAULTS["network"], Look(), paused=True)
    try:
        type_in(window, "cm")
        assert window.setting.mode == "gan" and not window.shows_code
    finally:
        pygame.display.quit()


def test_a_key_and_a_button_choose_who_races(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    window = PlaygroundWindow(DEFAULTS["descent"], Look(), paused=True)
    try:
        type_in(window, "1")
        assert window.setting.racers == ("momentum", "rmsprop", "adam")
        for kind in (pygame.MOUSEMOTION, pygame.MOUSEBUTTONDOWN, pygame.MOUSEBUTTONUP):
            more = {"rel": (0, 0), "buttons": (0, 0, 0)} if kind == pygame.MOUSEMOTION else {}
            at = {"pos": (1190, 246), "button": 1, **more}
            pygame.mouse.set_pos(at["pos"])
            pygame.event.post(pygame.event.Event(kind, **at))
            window.tick()
            window.tick()
        assert window.setting.racers == RACERS
    finally:
        pygame.display.quit()


def test_a_click_on_the_track_of_a_slider_brings_it_there(dummy: None) -> None:
    window = PlaygroundWindow(DEFAULTS["network"], Look(), paused=True)
    assert window._widgets is not None
    sliders = {control.name: s for s, control in window._widgets._sliders.items()}
    for name, side, end in (("learning_rate", "right", -1), ("batch_size", "left", 0)):
        x = getattr(sliders[name].rect, side) - (2 if side == "right" else -2)
        at = {"pos": (x, sliders[name].rect.centery), "button": 1}
        for kind in (pygame.MOUSEBUTTONDOWN, pygame.MOUSEBUTTONUP):
            pygame.event.post(pygame.event.Event(kind, **at))
            window.tick()
        (control,) = [c for c in CONTROLS["network"] if c.name == name]
        assert getattr(window.setting, name) == control.choices[end]
        assert sliders[name].get_current_value() == len(control.choices) * -end + end


def test_a_press_beside_the_knob_takes_hold_of_it(dummy: None) -> None:
    window = PlaygroundWindow(DEFAULTS["network"], Look(), paused=True)
    assert window._widgets is not None
    (slider,) = [s for s, c in window._widgets._sliders.items() if c.name == "learning_rate"]

    def hand(kind: int, x: int, **more: Any) -> None:
        at = x, slider.rect.centery
        pygame.mouse.set_pos(at)
        pygame.event.post(pygame.event.Event(kind, pos=at, button=1, **more))
        window.tick()
        window.tick()

    for share, place in ((0.95, -1), (0.02, 0), (0.5, len(RATES) // 2)):
        hand(pygame.MOUSEBUTTONDOWN, slider.rect.left + round(share * slider.rect.width))
        assert window.setting.learning_rate == RATES[place]
        hand(pygame.MOUSEBUTTONUP, slider.rect.left + round(share * slider.rect.width))
        assert window.setting.learning_rate == RATES[place]  # it stays where it was let go
    hand(pygame.MOUSEBUTTONDOWN, slider.rect.left + 4)
    hand(pygame.MOUSEMOTION, slider.rect.right, rel=(0, 0), buttons=(1, 0, 0))
    assert window.setting.learning_rate == RATES[-1]
    hand(pygame.MOUSEBUTTONUP, slider.rect.right)
    hand(pygame.MOUSEMOTION, slider.rect.left, rel=(0, 0), buttons=(0, 0, 0))
    assert window.setting.learning_rate == RATES[-1]


@pytest.mark.parametrize("size", [(640, 480), (1280, 800)])
def test_who_was_thrown_out_can_be_read(
    size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    race = Race(changed(DEFAULTS["descent"], learning_rate=0.3))
    for racer in race.racers:
        racer.lost_at = 2210
    layout, written = Layout(size), dict[str, float]()
    write = Sketch.text

    def noted(sketch: Sketch, text: str, at: Point, height: float, *rest: Any, **how: Any) -> float:
        written[text] = height
        return write(sketch, text, at, height, *rest, **how)

    monkeypatch.setattr(Sketch, "text", noted)
    RaceStage(race).left(layout, Look())
    said = {text: height for text, height in written.items() if "out at" in text}
    assert said and all(height >= 0.9 * layout.letters for height in said.values())


@pytest.mark.parametrize("size", [(640, 480), (1280, 800), (3840, 2160)])
@pytest.mark.parametrize("setting", [DEFAULTS["network"], SPIRALS, TURNED[0]])
def test_no_line_of_the_code_is_broken(
    size: tuple[int, int], setting: Setting, dummy: None
) -> None:
    pygame.display.init()
    pygame.display.set_mode(size)
    layout, look = Layout(size), Look()
    text = script(setting, None, 10)
    shown = CodeWindow(fresh_manager(None, size, layout.unit, look.theme), layout, text)
    (box,) = [
        one for one in shown.manager.get_sprite_group().sprites() if isinstance(one, LongText)
    ]
    assert box.text_box_layout is not None
    assert len(box.text_box_layout.layout_rows) == len(text.split("\n"))


def test_points_are_painted_by_the_mouse_and_read_again(display: str, tmp_path: Path) -> None:
    desk = Desk(display, tmp_path, "playground", "--data", "painted", "--paused")
    desk.wait(lambda s: shows(s, LIGHT.panel, 1270, 790), "the panel", 150)
    for button, x in ((1, 560), (3, 800)):
        moves = [word for y in range(160, 500, 20) for word in ("mousemove", LEFT + x, TOP + y)]
        desk.xdotool(*moves[:3], "mousedown", button, *moves[3:], "mouseup", button)
    desk.wait(
        lambda s: near_any(s[TOP + 150 : TOP + 520, LEFT + 540 : LEFT + 580], LIGHT.first),
        "orange points",
    )
    desk.key("w")
    desk.wait(lambda s: (tmp_path / "points.csv").exists(), "a table")
    desk.close_button()
    assert desk.end() == (0, "")
    labels = [line[-1] for line in (tmp_path / "points.csv").read_text().splitlines()[1:]]
    assert len(labels) > 8 and set(labels) == {"0", "1"}
    assert (
        learned(parsed(f"workshop playground --data {tmp_path / 'points.csv'}"), 60).judged[2] == 1
    )


def near_any(area: np.ndarray, color: Color) -> bool:
    return bool((np.abs(area.astype(int) - color).max(axis=2) < 14).any())


@pytest.mark.skipif(not HAS_SCREEN, reason="needs Xvfb and xdotool")
def test_ctrl_c_and_a_display_that_is_gone_end_with_one_line(tmp_path: Path) -> None:
    with virtual_screen() as name:
        stopped = Desk(name, tmp_path, "playground", "--paused")
        left = Desk(name, tmp_path, "playground", "--paused")
        for desk in (stopped, left):
            desk.wait(lambda s: shows(s, LIGHT.panel, 1270, 790), "the panel", 150)
            time.sleep(1)
        stopped.process.send_signal(signal.SIGINT)
        code, err = stopped.end()
        assert (code, err) == (130, "workshop playground: interrupted\n")
    code, err = left.end()  # the screen has gone
    assert (code, err) == (2, "workshop: the display is gone\n")


RUNAWAY = changed(
    DEFAULTS["network"], optimizer="sgd", activation="linear", layers=(16,) * 6, learning_rate=100.0
)


@pytest.fixture
def dummy(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    yield
    pygame.display.quit()


@pytest.mark.parametrize(
    "setting", [RUNAWAY, changed(RUNAWAY, mode="gan", layers=(64,) * 6, penalty=100.0)]
)
@pytest.mark.filterwarnings("error::RuntimeWarning")
def test_weights_that_run_away_are_told_and_reset_recovers(dummy: None, setting: Setting) -> None:
    window = PlaygroundWindow(setting, Look())
    for _ in range(200):
        window.tick()
        if window.learner.over:
            break
    window._awake_until = 0.0
    assert window._moves(time.perf_counter())  # how it ended is yet to be drawn
    window.tick()
    assert not window.learns
    said = window.learner.status()
    assert said.startswith("the weights ran away") and "smaller rate, then r" in said
    window.paused = True
    type_in(window, "r")
    assert not window.learner.over and "ran away" not in window.learner.status()
    shown = getattr(window.stage, "_shown")  # noqa: B009
    assert np.isfinite(shown).all()


def test_escape_closes_an_open_list_before_the_window(dummy: None) -> None:
    window = PlaygroundWindow(DEFAULTS["network"], Look())
    window.tick()
    assert window._widgets is not None
    data = next(iter(window._widgets._lists))
    data.menu_states["closed"].should_transition = True  # as a click on it makes it
    window.tick()
    assert data.current_state is data.menu_states["expanded"]
    escape = {"key": pygame.K_ESCAPE, "unicode": "", "mod": 0}
    pygame.event.post(pygame.event.Event(pygame.KEYDOWN, **escape))
    window.tick()
    assert window.open and data.current_state is data.menu_states["closed"]


def test_a_field_glides_out_of_what_is_no_number() -> None:
    new = np.zeros((2, 2))
    shown, settled = glided(np.full((2, 2), np.nan), new, animated=True)
    assert settled and (shown == new).all()


def test_the_code_has_painted_points_on_short_lines_and_their_every_digit() -> None:
    random = torch.Generator().manual_seed(0)
    experiment = Experiment(DEFAULTS["network"])
    experiment.clear()
    for label in (0, 1):
        experiment.paint(torch.randn((200, 2), generator=random), label)
    code = script(experiment.setting, experiment.own, 1)
    assert max(map(len, code.splitlines())) <= 96
    made: dict[str, Tensor] = {}
    exec(code[code.index("import torch") : code.index("order =")], made)
    assert experiment.own is not None
    assert (made["points"] == experiment.own[0]).all()
    assert (made["labels"] == experiment.own[1]).all()


def test_where_nothing_is_painted_there_is_no_code(
    dummy: None, capsys: pytest.CaptureFixture[str]
) -> None:
    window = PlaygroundWindow(DEFAULTS["network"], Look(), paused=True)
    type_in(window, "xc")
    assert not window.shows_code and "paint some points first" in window._notice[0]
    assert capsys.readouterr().out == ""


def test_where_nothing_can_be_written_a_line_says_so(
    dummy: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()  # nobody writes here, not even an administrator
    window = PlaygroundWindow(DEFAULTS["network"], Look(), paused=True)
    for key in "vw":
        type_in(window, key)
        assert "was not saved" in window._notice[0]


def test_a_file_of_points_stands_in_the_list_and_can_be_chosen_again(
    dummy: None, tmp_path: Path
) -> None:
    path = tmp_path / "mine.csv"
    path.write_text(table((torch.randn(20, 2), torch.arange(20) % 2)))
    setting = changed(DEFAULTS["network"], data=str(path))
    window = PlaygroundWindow(setting, Look(), paused=True)
    assert window._widgets is not None
    (menu,) = [m for m, control in window._widgets._lists.items() if control.name == "data"]
    assert menu.selected_option[0] == "mine.csv"
    said = window._widgets.answer(
        pygame.event.Event(UI_DROP_DOWN_MENU_CHANGED, ui_element=menu, text="mine.csv")
    )
    assert isinstance(said, Turned) and said.value == str(path)
    data = CONTROLS["network"][0]
    assert [turned(setting, data, step, 0).data for step in (1, -1)] == ["moons", "painted"]


def test_nothing_happens_to_the_display_before_the_window(tmp_path: Path) -> None:
    """Headless machines import everything; a window is asked for by the command only."""
    code = (
        "import sys, workshop.playground.command, workshop.playground.experiment\n"
        "print('pygame' in sys.modules, 'pygame_gui' in sys.modules)"
    )
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env)
    assert said.stdout == "False False\n", said.stderr


def test_bad_settings_are_refused_where_they_are_made() -> None:
    for changes in ({"layers": (0,)}, {"batch_size": 0}, {"racers": ()}, {"noise": -1.0}):
        with pytest.raises(BadInput):
            changed(SPIRALS, **changes)
