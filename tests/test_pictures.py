"""What pictures of trainings and models state: limits, tick labels, colours, titles."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from rich.console import Console

from supervised.pictures.learning import draw_learning
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
