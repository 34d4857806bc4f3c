"""A window goes on while an agent searches: what it asks is answered aside."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from threading import Event

import numpy as np
import pygame
import pytest

from agents.agent import Agent, Thoughts, make_agent
from agents.human import HumanAgent
from agents.minimax import MinimaxAgent
from envs.percept import Percept
from envs.worlds import find_world
from workshop.background import Background
from workshop.session import Session
from workshop.window import Window
from workshop.window_keys import all_keys, keys_below

WORLD = find_world("connect-four")


class Ponders(Agent):
    """Plays the first legal move when it is let go on."""

    def __init__(self) -> None:
        self.asked, self.go_on = 0, Event()

    def think(self, percept: Percept) -> Thoughts:
        self.asked += 1
        assert self.go_on.wait(60)
        return Thoughts(np.where(percept.action_mask, 0.0, np.nan), "value", "well")

    def act(self, percept: Percept) -> int:
        return percept.legal_actions[0]


@pytest.fixture
def pondering(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Window, Ponders]]:
    """A window in which a person moves first, against one who ponders."""
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    rival = Ponders()
    session = Session(WORLD, [HumanAgent(WORLD), rival], ["you", "ponders"], seed=0)
    window = Window(session, wait=True)
    yield window, rival
    rival.go_on.set()
    window.close()
    session.close()


def tick_until(window: Window, done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not done():
        assert time.monotonic() < deadline
        window.tick()


def press(window: Window, key: str) -> None:
    code = pygame.key.key_code(key)
    pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=code, unicode=key))
    window.tick()


def test_keys_are_answered_while_an_agent_thinks(pondering: tuple[Window, Ponders]) -> None:
    window, rival = pondering
    session = window.session
    window._play(3)
    tick_until(window, lambda: window._status.startswith("thinking"))
    press(window, "d")
    assert window.theme == "dark" and session.mind.busy and session.played == [3]
    press(window, "h")
    assert window.hint == "hints are for your own move"
    rival.go_on.set()
    tick_until(window, lambda: session.waits_for_human)
    assert session.played == [3, 0] and rival.asked == 1
    assert session.decided is not None and session.decided[1].note == "well"


def test_a_move_taken_back_while_its_answer_is_sought_is_not_answered(
    pondering: tuple[Window, Ponders],
) -> None:
    window, rival = pondering
    session = window.session
    window._play(3)
    tick_until(window, lambda: rival.asked == 1)
    press(window, "u")
    assert session.played == [] and session.waits_for_human and not session.mind.busy
    window._play(0)
    rival.go_on.set()
    tick_until(window, lambda: len(session.played) == 2)
    assert session.played == [0, 0] and rival.asked == 2


@pytest.mark.parametrize("options", ["depth=0", "seconds=1000"])
def test_a_search_for_nobody_is_given_up(options: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What minimax seeks after the move that is taken back would take days."""
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    rival = make_agent(f"minimax:{options}", WORLD)
    session = Session(WORLD, [HumanAgent(WORLD), rival], ["you", "minimax"], seed=0)
    window = Window(session, wait=True)
    window._play(3)
    tick_until(window, lambda: rival.unwanted is not None)
    press(window, "u")
    assert isinstance(rival, MinimaxAgent)
    assert session.mind._answers.once("its last", lambda: rival._last).result(20) is None
    window.close()
    session.close()


def test_only_keys_that_do_something_are_told(pondering: tuple[Window, Ponders]) -> None:
    window, _ = pondering
    assert {"e", "o", "h"} <= dict(all_keys(window.session)).keys()
    for name, untold in (("gridworld", {"e"}), ("CartPole-v1", {"e", "o", "h"})):
        world = find_world(name)
        session = Session(world, [HumanAgent(world)], ["you"], seed=0)
        assert not untold & dict([*all_keys(session), *keys_below(session)]).keys()


def test_closing_waits_for_nobody(pondering: tuple[Window, Ponders]) -> None:
    window, rival = pondering
    window._play(3)
    tick_until(window, lambda: rival.asked == 1)
    began = time.monotonic()
    window.close()
    window.session.close()
    assert time.monotonic() - began < 1 and not rival.go_on.is_set()


def test_a_search_goes_on_in_a_real_window(monkeypatch: pytest.MonkeyPatch) -> None:
    """Frames go on at least as often as a film's while minimax, plain Python, has the thread."""
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    deep = make_agent("minimax:depth=12", WORLD, 0)
    session = Session(WORLD, [deep, deep], ["a", "b"], seed=0)
    window, shown = Window(session), 0
    began = time.monotonic()
    while time.monotonic() - began < 2:
        window._dirty = True
        window.tick()
        shown += 1
    assert session.played == [] and shown > 10
    window.close()
    session.close()


def test_what_is_cancelled_in_time_is_left_out_and_an_error_reaches_who_asked() -> None:
    background, go_on, found = Background(), Event(), []
    first = background.ask(lambda: go_on.wait(20))
    second = background.ask(lambda: found.append(2))
    third = background.ask(lambda: 1 // 0)
    assert second.cancel()
    go_on.set()
    assert first.result(20) and isinstance(third.exception(20), ZeroDivisionError)
    assert found == []
    background.close()
