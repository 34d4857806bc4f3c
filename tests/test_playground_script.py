"""The code that the playground prints learns the same, number for number."""

from __future__ import annotations

import contextlib
import io
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pygame
import pytest
import torch
from conftest import Workshop
from spirals import SPIRALS, learned
from torch import Tensor

from supervised.toys import PLANE
from workshop.playground.code_window import CodeWindow
from workshop.playground.experiment import Experiment
from workshop.playground.gan import Gan
from workshop.playground.layout import Layout
from workshop.playground.race import Race
from workshop.playground.script import script
from workshop.playground.setting import DEFAULTS, Setting, changed
from workshop.playground.stage import Look
from workshop.skin import LongText, fresh_manager

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
pytestmark = pytest.mark.usefixtures("one_thread")


def run_code(code: str) -> str:
    """What a script prints; in this process, as it takes seconds to import PyTorch in another."""
    said = io.StringIO()
    with torch.random.fork_rng(), contextlib.redirect_stdout(said):
        exec(code, {})
    return said.getvalue()


def bare() -> dict[str, str]:
    """An environment in which nothing of ours is found."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


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
