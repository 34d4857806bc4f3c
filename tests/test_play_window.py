"""The window of a game: what every key does in every kind of world, and what must not happen."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from threading import Event
from typing import Any

import numpy as np
import pygame
import pytest

from agents.agent import Agent, Thoughts, make_agent
from agents.human import HumanAgent
from arena.records import GameRecord, Outcome
from envs.drawing.board import BoardDrawer
from envs.drawing.canvas import Box, Canvas
from envs.drawing.theme import THEMES
from envs.worlds import find_world
from workshop.fitting import two_lines
from workshop.keys import draw_help
from workshop.panel import draw_bars
from workshop.replay import Replay
from workshop.scale import unit_of
from workshop.session import Session
from workshop.view import Look, View
from workshop.window import SPEEDS, Window
from workshop.window_keys import all_keys, keys_below

Open = Callable[..., Window]


def session_of(world_name: str, *names: str) -> Session:
    world = find_world(world_name)
    agents: list[Agent] = [
        HumanAgent(world) if name in ("you", "human") else make_agent(name, world, 0)
        for name in names
    ]
    return Session(world, agents, list(names), seed=0)


def on_record(world_name: str, moves: tuple[int, ...] = (), forfeit: bool = False) -> Replay:
    """A recorded game of these moves, or one that was drawn by lot."""
    world = find_world(world_name)
    if not moves:
        played = session_of(world_name, *["random"] * (2 if world.two_player else 1))
        while played.advance():
            pass
        moves = tuple(played.played)
    opening = () if world.rules is not None else (0,)
    outcome, culprit = (Outcome.ILLEGAL, 1) if forfeit else (Outcome.WIN, None)
    score = 1.0 if forfeit else 0.0
    return Replay(world, GameRecord("k", "ada", "bo", 0, opening, moves, score, outcome, culprit))


@pytest.fixture
def window_on(monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """From a session to its window, a small one that nobody sees."""
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    monkeypatch.setattr("workshop.display.SIZE", (640, 480))
    monkeypatch.setattr("builtins.input", lambda *_: pytest.fail("the terminal is asked"))
    windows: list[Window] = []

    def open_window(session: Session, **options: Any) -> Window:
        windows.append(Window(session, **options))
        return windows[-1]

    yield open_window
    for window in windows:
        window.close()
        window.session.mind.close()  # and not the world: Gymnasium's own end all fonts with them
        window.session.advice.close()


def press(window: Window, *keys: str) -> None:
    names = {"esc": pygame.K_ESCAPE, "enter": pygame.K_RETURN, "²": 0}
    for key in keys:
        code = names[key] if key in names else pygame.key.key_code(key)
        typed = key if len(key) == 1 else ""
        pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=code, unicode=typed))
        window.tick()


def tick_until(window: Window, done: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not done():
        assert time.monotonic() < deadline
        window.tick()


SESSIONS: dict[str, Callable[[], Session]] = {
    "a board": lambda: session_of("tictactoe", "minimax", "random"),
    "a person at a board": lambda: session_of("connect-four", "you", "random"),
    "two people at a board": lambda: session_of("tictactoe", "you", "human"),
    "a gridworld": lambda: session_of("gridworld:map=small", "utility-based"),
    "a person in a gridworld": lambda: session_of("gridworld:map=small", "you"),
    "a duel": lambda: session_of("duel", "voronoi", "random-safe"),
    "two people in a duel": lambda: session_of("duel", "you", "human"),
    "a world of others": lambda: session_of("CartPole-v1", "random"),
    "a recorded board": lambda: on_record("connect-four"),
    "a recorded duel": lambda: on_record("duel"),
    "a recorded walk": lambda: on_record("gridworld:map=small"),
}
THINKING = (
    "a board", "a person at a board", "a gridworld", "a duel", "a world of others"
)  # fmt: skip
"""Where somebody's thoughts can be seen."""
TURNS = {
    "t": "thoughts",
    "v": "panel",
    "o": "truth",
    "a": "motion",
    "d": "theme",
    "?": "help",
    "+": "speed",
    "-": "speed",
}
"""What of the window each of these keys changes."""


@pytest.mark.parametrize("name", SESSIONS)
def test_every_key_does_what_is_told(name: str, window_on: Open) -> None:
    window = window_on(SESSIONS[name](), wait=True)
    session = window.session
    told = dict(all_keys(session))
    assert dict(keys_below(session)).keys() <= told.keys() | {"click"}
    assert ("v" in told) == (name in THINKING)
    assert ("t" in told) == (name in THINKING and name != "a world of others")
    press(window, "space")
    assert window.paused
    for key, what in TURNS.items():
        before = getattr(window, what)
        press(window, key)
        does_it = key in told or key in "+-"
        assert (getattr(window, what) != before) == does_it or key == "o", (key, what)
    press(window, "?", *"vvt")  # every panel, with thoughts and without
    press(window, "h")
    tick_until(window, lambda: "looking" not in window.hint)
    assert ("h" in told) == ("not known" not in window.hint)
    press(window, "e")
    assert session.by_hand == ("e" in told)
    press(window, *("e" if session.by_hand else ""))
    moved = session.drive_together or session.waits_for_human
    if session.drive_together:
        press(window, "up", "w")
    elif session.waits_for_human:
        press(window, "1" if session.world.rules else "up")
    press(window, *("" if moved else "s"))
    tick_until(window, lambda: bool(session.played) and not window._stepping)
    count = len(session.played)
    assert count == (2 if session.drive_together else 1) and window.paused
    press(window, "u")
    assert session.played == []
    press(window, "n")
    assert session.game == ("n" in told) and session.played == []
    press(window, "r")
    assert session.game == ("n" in told) and session.played == []
    if not moved:
        press(window, *"+" * len(SPEEDS), "space")
        assert math.isinf(SPEEDS[window.speed])
        tick_until(window, lambda: session.over)
        assert session.score.games <= 1 and session.score.episodes <= 1
    press(window, "esc")
    assert not window.open


def test_escape_closes_the_help_first(window_on: Open) -> None:
    window = window_on(session_of("tictactoe", "random", "random"))
    press(window, "?", "esc")
    assert window.open and not window.help
    press(window, "esc")
    assert not window.open


def test_two_people_in_a_duel_choose_in_any_order_and_move_at_once(window_on: Open) -> None:
    window = window_on(session_of("duel", "you", "human"), wait=True)
    session = window.session
    press(window, "up")
    assert session.played == [] and window.hint == "you have chosen, human to choose"
    press(window, "s")
    assert session.played == [0, 2] and not window.hint and not window.paused
    press(window, "d", "a", "right")  # who has chosen may still change it
    assert session.played == [0, 2, 1, 3] and not session.over
    press(window, "u")
    assert session.played == [0, 2]  # never half of what both did
    press(window, "n", "up", "s")  # the seats are swapped; the keys stay with the people
    assert session.played == [2, 0]
    assert {("arrows", "you"), ("w a s d", "human")} <= {*all_keys(session), *keys_below(session)}


@pytest.mark.parametrize("world", ["duel", "gridworld:map=small", "connect-four"])
def test_a_recorded_game_is_the_same_in_every_round_and_counts_once(
    world: str, window_on: Open
) -> None:
    replay = on_record(world)
    window = window_on(replay)
    window._set_speed(len(SPEEDS))
    begun: list[int] = []
    begin = replay.begin
    replay.begin = lambda: (begun.append(0), begin())[1]  # type: ignore[method-assign]
    tick_until(window, lambda: len(begun) > 2)
    tick_until(window, lambda: replay.over)
    assert tuple(replay.played) == replay.record.moves
    assert replay.score.games <= 1 and replay.game == 0


def test_a_recorded_forfeit_is_taken_back_and_nobody_changes_the_record(window_on: Open) -> None:
    window = window_on(on_record("tictactoe", (4, 0), forfeit=True))
    replay = window.session
    press(window, *["s"] * 3)
    tick_until(window, lambda: replay.over)
    assert replay.score.wins == [1, 0]
    press(window, "u")
    assert (replay.played, replay.over, replay.score.wins) == ([4], False, [0, 0])
    press(window, "e")
    assert not replay.by_hand and not {"e", "n"} & dict(all_keys(replay)).keys()


def test_the_cursor_goes_by_arrows_and_enter_plays(window_on: Open) -> None:
    window = window_on(session_of("tictactoe", "you", "human"), wait=True)
    press(window, "enter", "²", "0")  # nothing is there to be played
    assert window.session.played == []
    press(window, "up", "up", "up", "left", "enter")
    assert window.session.played == [0]
    press(window, "right", "down", "enter", "9")  # any cell by key, and the first nine by number
    assert window.session.played == [0, 4, 8]
    window = window_on(session_of("connect-four", "you", "human"), wait=True)
    press(window, "right", "right", *["left"] * 9, "enter")
    assert window.session.played == [0]


def test_while_it_is_paused_nobody_is_said_to_think(
    window_on: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = Event()
    window = window_on(session_of("tictactoe", "random", "random"))
    for agent in window.session.agents:
        monkeypatch.setattr(agent, "think", lambda _: go_on.wait(20) and None)
    try:
        tick_until(window, lambda: window._status.startswith("thinking"))
        press(window, "space")
        assert window._status == "paused"
        press(window, "space")
        assert not window._status.startswith("thinking")  # its time is counted anew
        press(window, "s")
        tick_until(window, lambda: window._status.startswith("thinking"))
    finally:
        go_on.set()


def test_a_hint_is_seen_although_the_last_click_was_wrong(window_on: Open) -> None:
    window = window_on(session_of("tictactoe", "you", "human"), wait=True)
    press(window, "1", "1")
    assert window.session.notice == "a1 is taken"
    press(window, "h")
    tick_until(window, lambda: window.hint.startswith("hint: "))
    assert not window.session.notice
    press(window, "e")  # and setting up is told, not the old hint
    assert window.session.by_hand and not window.hint


@pytest.mark.parametrize("agent", ["table-driven", "a-star", "random"])
def test_a_walk_is_watched_to_its_end_and_beyond(agent: str, window_on: Open) -> None:
    window = window_on(session_of("gridworld:map=small", agent), wait=True)
    press(window, "o", *"+" * len(SPEEDS))
    tick_until(window, lambda: window.session.over)
    press(window, *"vvv")


@pytest.mark.parametrize("played", [0, 2, 8])
def test_of_equally_good_moves_the_one_that_was_played_is_marked(
    played: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = session_of("tictactoe", "you", "random")
    session.advance(4)
    thoughts = Thoughts(np.where(np.arange(9) == 4, np.nan, 0.0), "minimax value")
    monkeypatch.setattr(session.mind, "decide", lambda: (thoughts, played))
    session.advance()
    bold: list[str] = []
    write = Canvas.text

    def noted(canvas: Canvas, text: str, *rest: Any, **how: Any) -> float:
        bold.extend([text] if how.get("bold") else [])
        return write(canvas, text, *rest, **how)

    monkeypatch.setattr(Canvas, "text", noted)
    canvas = Canvas((440, 800), THEMES["light"])
    draw_bars(canvas, Box(0, 0, 440, 800), 20, 1.0, session, thoughts, played)
    assert bold[0] == session.world.action_name(played) and len(bold) == 2
    bold.clear()
    View(session).draw((1280, 800), Look())
    assert session.world.action_name(played) in bold


def test_all_keys_are_seen_in_the_smallest_window(
    window_on: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = window_on(session_of("connect-four", "you", "minimax:depth=1"), wait=True)
    boxes: list[Box] = []
    monkeypatch.setattr(Canvas, "rect", lambda canvas, box, *rest, **how: boxes.append(box))
    draw_help(Canvas((640, 480), THEMES["light"]), unit_of((640, 480)), all_keys(window.session))
    assert len(boxes) > 16
    assert all(box.y >= 0 and box.y + box.height <= 480 for box in boxes)


def test_a_hint_is_sought_aside(window_on: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    go_on = Event()
    found = 4, "e1: because"
    monkeypatch.setattr(
        "workshop.advice.to_find_hint", lambda session: lambda: go_on.wait(20) and found
    )
    window = window_on(session_of("gomoku-7", "you", "random"), wait=True)
    press(window, "h", "d")
    assert window.hint == "looking for a hint" and window.theme == "dark"
    go_on.set()
    tick_until(window, lambda: window.hint == "hint: e1: because")
    press(window, "1")
    assert window.hint == ""


@pytest.mark.parametrize(
    ("names", "moves", "chosen"),
    [(("minimax", "random"), (), 4), (("random", "minimax"), (4,), 0), (("you", "minimax"), (), 0)],
)
def test_the_truth_is_held_against_the_move_that_is_meant(
    names: tuple[str, str],
    moves: tuple[int, ...],
    chosen: int | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Minimax takes the middle of nine equal cells; of what it would do for you none is known."""
    marked: list[int | None] = []
    monkeypatch.setattr(BoardDrawer, "mark_truth", lambda *it: marked.append(it[-1]))
    session = session_of("tictactoe", *names)
    for action in moves:
        session.advance(action)
    View(session).draw((640, 480), Look(truth=True))
    assert marked == [None if names[0] == "you" else chosen]
    assert session.waits_for_human or (session.advance() and session.played[-1] == chosen)


def test_a_gridworld_is_asked_for_its_values_once_and_not_every_frame(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    session = session_of("gridworld", "utility-based")
    agent, asked = session.agents[0], []
    think = agent.think
    monkeypatch.setattr(agent, "think", lambda percept: (asked.append(0), think(percept))[1])
    solved: list[int] = []
    grid = session.world.grid
    assert grid is not None
    monkeypatch.setattr(grid, "solve", lambda *_: solved.append(0))
    view = View(session)
    for _ in range(3):
        view.draw((640, 480), Look(truth=True))
    states = len(grid.decision_states)
    assert len(asked) == states + 1 and not solved
    session.advance()
    view.draw((640, 480), Look(truth=True))
    assert len(asked) == states + 2  # of the next state only


def test_a_score_takes_no_more_room_after_many_games() -> None:
    session = session_of("gridworld:map=small", "random")
    returns = []
    for _ in range(20):
        while session.advance():
            pass
        returns.append(session.total)
        session.next_game()
    assert session.score.mean == pytest.approx(np.mean(returns)) and session.score.episodes == 20
    held = [size for size in vars(session.score).values() if hasattr(size, "__len__")]
    assert all(len(it) <= 2 for it in held)


def test_where_the_truth_is_not_known_yet_it_says_so(window_on: Open) -> None:
    window = window_on(session_of("connect-four", "you", "random"))
    press(window, "o")
    assert window.hint == "what is best is known with 14 free cells or fewer"
    press(window_on(session_of("tictactoe", "you", "random")), "o")
    assert not window_on(session_of("tictactoe", "you", "random")).hint


def test_a_long_hint_takes_two_lines_and_loses_nothing() -> None:
    hint = "d: it leaves you the best chances, as far as one sees"
    lines = two_lines(hint, 12.5, 200)
    assert " ".join(lines) == hint and len(lines) == 2
    assert two_lines("short", 12.5, 200) == ["short"]
    assert "…" in two_lines(hint * 3, 12.5, 200)[1]
