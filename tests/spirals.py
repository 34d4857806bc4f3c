"""What the tests of the playground share: the tutorial's setting, a training, a command read."""

from __future__ import annotations

from workshop.options import parse_options
from workshop.playground.command import Options, setting_of
from workshop.playground.experiment import Experiment
from workshop.playground.setting import DEFAULTS, Setting, changed

SPIRALS = changed(DEFAULTS["network"], data="spirals", layers=(8, 8), noise=0.02)
"""What the tutorial names: `workshop playground --data spirals --layers 8,8`."""


def learned(setting: Setting, epochs: int) -> Experiment:
    experiment = Experiment(setting)
    while experiment.epoch < epochs:
        experiment.step()
    return experiment


def parsed(command: str) -> Setting:
    assert command.startswith("workshop playground")
    return setting_of(parse_options(Options, command.split()[2:], "workshop playground", ""))
