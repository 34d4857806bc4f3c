"""The window of `--watch` keeps to its share of a training's time, by a clock that we turn."""

from __future__ import annotations

from typing import Any

import pytest

from agents.agent import make_agent
from envs.worlds import find_world
from workshop import window
from workshop.live import ANSWERS, SHARE, LiveWindow, Pace


class Clock:
    """Stands still until it is turned."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_after_work_comes_so_much_rest_that_the_share_is_kept() -> None:
    clock = Clock()
    pace = Pace(0.1, [clock])
    assert pace.ready
    for cost in (1.0, 3.0, 0.5):
        began = clock.now
        with pace:
            clock.now += cost
        while not pace.ready:
            clock.now += 0.01
        share = cost / (clock.now - began)
        assert share == pytest.approx(0.1, rel=0.01)


def test_the_rest_lasts_until_it_is_over_by_every_clock() -> None:
    wall, processor = Clock(), Clock()
    pace = Pace(0.1, [wall, processor])
    with pace:
        wall.now += 2
        processor.now += 1
    wall.now += 18.1
    assert not pace.ready  # another program had the processor for most of that
    processor.now += 8.9
    assert not pace.ready
    processor.now += 0.2
    assert pace.ready


class SlowWindow:
    """A window that takes its time, and is asked to close at some moment."""

    clock: Clock
    picture = 0.02
    """Seconds."""
    answering = 0.0001
    closes_at = float("inf")

    def __init__(self, session: Any) -> None:
        self.open, self.due, self.status = True, True, ""
        self.spent, self.pictures = 0.0, 0
        self.answered = [self.clock.now]
        type(self).made = self

    def tick(self, block: bool = True) -> None:
        self.answer()
        self._spend(self.picture)
        self.pictures += 1

    def answer(self) -> None:
        self._spend(self.answering)
        self.answered.append(self.clock.now)
        self.open = self.clock.now < self.closes_at

    def _spend(self, seconds: float) -> None:
        self.clock.now += seconds
        self.spent += seconds


def watched(
    monkeypatch: pytest.MonkeyPatch, step: float, seconds: float, **looks: float
) -> tuple[SlowWindow, float]:
    """The window of a training that reports every `step` seconds, and how long that took."""
    clock = Clock()
    kind = type("AWindow", (SlowWindow,), {"clock": clock, **looks})
    monkeypatch.setattr(window, "Window", kind)
    monkeypatch.setattr(window, "has_display", lambda: True)
    world = find_world("gridworld")
    live = LiveWindow(world, "random", wanted=True, clocks=[clock])
    agent = make_agent("random", world)
    live.frame(agent)
    opened = clock.now
    shown = kind.made  # type: ignore[attr-defined]
    shown.spent = 0.0
    while clock.now < opened + seconds:
        clock.now += step
        live.frame(agent)
    return shown, clock.now - opened


@pytest.mark.parametrize("picture", [0.001, 0.02, 0.5])
@pytest.mark.parametrize("step", [0.0005, 0.01, 0.3])
def test_a_window_costs_a_training_less_than_3_percent(
    monkeypatch: pytest.MonkeyPatch, step: float, picture: float
) -> None:
    shown, took = watched(monkeypatch, step, seconds=300.0, picture=picture)
    assert shown.spent / took < SHARE + ANSWERS + 0.001 < 0.03
    assert shown.pictures >= 0.9 * took / (step + (picture + 0.0001) / SHARE)  # and no less


def test_between_pictures_it_answers_within_moments(monkeypatch: pytest.MonkeyPatch) -> None:
    shown, _ = watched(monkeypatch, step=0.002, seconds=60.0, picture=0.05)  # rests 3 s each time
    gaps = [b - a for a, b in zip(shown.answered, shown.answered[1:], strict=False)]
    assert max(gaps) < 0.15


def test_a_window_that_was_closed_costs_nothing_more(monkeypatch: pytest.MonkeyPatch) -> None:
    shown, _ = watched(monkeypatch, step=0.01, seconds=60.0, closes_at=105.0)
    assert not shown.open
    assert shown.answered[-1] < 105.2
