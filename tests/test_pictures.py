"""What pictures of trainings and models state: limits, tick labels, colours, titles."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from matplotlib.axis import Axis
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from rich.console import Console
from torch import Tensor, nn

from supervised.classification import calibration, pictures
from supervised.data import load
from supervised.pictures.classes import draw_calibration, draw_classes
from supervised.pictures.learning import draw_learning
from supervised.pictures.regions import draw_regions
from supervised.pictures.sheets import draw_mistakes
from supervised.pictures.style import INK, SEQUENTIAL, ink_on
from supervised.pictures.writing import MOST, draw_surprise
from supervised.split import split
from workshop.curves import Curve, draw
from workshop.learn import parse
from workshop.learning import learn
from workshop.training import Asking

QUIET = Console(quiet=True)


def labels(figure: Figure, axis: Axis) -> list[str]:
    """What stands at the ticks of an axis that is to be seen."""
    figure.draw_without_rendering()
    low, high = sorted(axis.get_view_interval())
    return [
        label.get_text()
        for place, label in zip(axis.get_majorticklocs(), axis.get_ticklabels(), strict=True)
        if low <= place <= high
    ]


@pytest.mark.parametrize("epochs", [1, 2, 3, 30])
def test_epochs_are_whole_and_no_share_is_above_all(epochs: int) -> None:
    rows = [{"step": step, "accuracy": 1.0, "cost": 0.5} for step in range(1, epochs + 1)]
    figure = draw_learning(rows)
    axes = figure.axes[0]
    assert all(re.fullmatch(r"\d+", label) for label in labels(figure, axes.xaxis))
    assert labels(figure, axes.yaxis)[-1] == "100 %"


@pytest.mark.parametrize("epochs", [1, 2, 30])
def test_a_curve_has_whole_epochs_and_no_share_above_1(epochs: int, tmp_path: Path) -> None:
    curve = Curve(np.arange(1, epochs + 1), np.linspace(0.9, 1, epochs))
    draw({"one": [curve]}, "accuracy", "digits", tmp_path / "curve.svg", "epochs")
    picture = (tmp_path / "curve.svg").read_text(encoding="utf-8")
    epoch_axis, _, rest = picture.partition('id="matplotlib.axis_2"')
    shown = re.findall(r"<!-- (\S+) -->", epoch_axis)
    assert all(re.fullmatch(r"\d+|epochs", label) for label in shown), shown
    shares = [float(label) for label in re.findall(r"<!-- ([\d.]+) -->", rest)]
    assert max(shares) <= 1, shares


def test_what_learns_all_at_once_has_no_curve(tmp_path: Path) -> None:
    job = parse(["svm", "--data", "moons", "--run", str(tmp_path / "one")])
    assert job.learning is not None
    learn(job.learning, QUIET, Asking(lambda: False))
    assert not (tmp_path / "one" / "curve.png").exists()
    page = (tmp_path / "one" / "report.html").read_text(encoding="utf-8")
    assert 'alt="confusion"' in page and 'alt="learning"' not in page


def brightness(color: object) -> float:
    """The relative luminance of WCAG 2.1."""
    channels = np.array(to_rgb(color))
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ (0.2126, 0.7152, 0.0722))


def contrast(one: object, other: object) -> float:
    """How well one is read on the other: 1, not at all, to 21."""
    low, high = sorted((brightness(one), brightness(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("shade", np.linspace(0, 1, 21))
def test_letters_have_the_ink_that_is_read_best_on_their_shade(shade: float) -> None:
    chosen = contrast(ink_on(shade), SEQUENTIAL(shade))
    best = max(contrast(ink, SEQUENTIAL(shade)) for ink in ("white", INK))
    assert chosen == best > 3.5
    figure = draw_surprise("a", {"one": np.array([shade * MOST])})
    (letter,) = figure.axes[0].texts
    assert letter.get_color() == ink_on(shade)


def test_two_classes_stand_off_the_edges_and_equal_measures_do_not_hide_each_other() -> None:
    axes = draw_classes(torch.tensor([[97, 3], [3, 97]]), ("A", "B")).axes[0]
    low, high = sorted(axes.get_ylim())
    assert low <= -0.5 and high >= 1.5
    precision, recall = axes.lines
    assert precision.get_markersize() > 1.5 * recall.get_markersize()


def test_what_is_never_right_and_what_always_is_are_wholly_seen() -> None:
    sure = torch.tensor([[0.75, 0.25], [0.95, 0.05]])
    wrong_and_right = torch.tensor([1, 0])
    never_answered = torch.tensor([[100, 0], [100, 0]])
    calibrated = draw_calibration(calibration(sure, wrong_and_right)).axes[0]
    told = draw_classes(never_answered, ("A", "B")).axes[0]
    for low, high in (calibrated.get_xlim(), calibrated.get_ylim(), told.get_xlim()):
        assert low <= -0.02 and high >= 1.02


class Above(nn.Module):
    """Answers B where the second number is above 0."""

    def forward(self, inputs: Tensor) -> Tensor:
        """(n, features) -> logits (n, 2)."""
        return torch.stack((-inputs[:, 1], inputs[:, 1]), 1)


def test_the_plane_has_the_colour_of_the_answer_and_a_cross_is_a_mistake() -> None:
    points = torch.tensor([[0.0, -1.0], [2.0, 1.0], [1.0, -0.5]])
    axes = draw_regions(Above(), points, torch.tensor([0, 1, 1]), "AB", ("x", "y")).axes[0]
    (image,) = axes.images
    answers = np.asarray(image.get_array())
    assert not answers[: len(answers) // 2].any() and answers[len(answers) // 2 :].all()
    left, right, bottom, top = image.get_extent()
    assert left < 0 and right > 2 and bottom < -1 and top > 1
    crosses = [line.get_xydata() for line in axes.lines if line.get_marker() == "X"]
    assert np.concatenate(crosses).tolist() == [[1.0, -0.5]]
    assert axes.get_xlabel() == "x"


def test_only_what_tells_classes_from_two_numbers_has_a_plane() -> None:
    moons = load("moons")
    deep = replace(moons, inputs=torch.cat((moons.inputs, moons.inputs), 1))
    for dataset in (moons, deep):
        found = pictures(Above(), dataset, split(dataset), 0)
        assert ("regions" in found) is (dataset is moons) and "confusion" in found


@pytest.mark.parametrize(
    ("wrong", "title"),
    [
        (1, "The only mistake among 40"),
        (2, "All 2 mistakes among 40"),
        (30, "The 24 worst of 30 mistakes among 40"),
    ],
)
def test_mistakes_are_counted_as_people_count(wrong: int, title: str) -> None:
    labels = torch.tensor([1] * wrong + [0] * (40 - wrong))
    sure = torch.tensor([[0.9, 0.1]]).repeat(40, 1)
    figure = draw_mistakes(torch.zeros(40, 1, 2, 2), labels, sure, ("A", "B"))
    assert figure is not None and figure.get_suptitle() == title
