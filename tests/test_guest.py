"""Bots at the window: they run in a worker's process, and whatever they do, the window goes on."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pygame
import pytest
from conftest import Workshop

from agents.human import HumanAgent
from arena.player import Limits
from envs.names import BadInput
from envs.worlds import find_world
from workshop.guest import Guest, make_player
from workshop.play import human_session
from workshop.session import Session
from workshop.window import Window

FIRST = "def act(percept):\n    return percept.legal_actions[0]\n"
SLEEPS = "import time\n\ndef act(percept):\n    time.sleep(60)\n"


@pytest.fixture
def at_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Session]]:
    """From a bot's code to a session with it in the second seat, a person in the first."""
    open_sessions: list[Session] = []

    def sit(code: str, world_name: str = "tictactoe") -> Session:
        (tmp_path / "bot.py").write_text(code)
        world = find_world(world_name)
        guest = make_player(str(tmp_path / "bot.py"), world)
        assert isinstance(guest, Guest)
        agents = [HumanAgent(world), guest] if world.two_player else [guest]
        session = Session(world, agents, ["you", "bot"][-len(agents) :], seed=0)
        open_sessions.append(session)
        return session

    yield sit
    for session in open_sessions:
        session.close()


def process_of(session: Session) -> int:
    guest = session.agents[-1]
    assert isinstance(guest, Guest) and guest._player._process is not None
    return guest._player._process.pid


def is_gone(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    return False


def test_a_bot_plays_from_another_process_and_ends_with_the_session(
    at_table: Callable[..., Session], capfd: pytest.CaptureFixture[str]
) -> None:
    session = at_table(
        "import os\n\n" + FIRST.replace("return", "print('I am', os.getpid()); return")
    )
    session.advance(4)
    assert session.advance() and session.played == [4, 0]
    process = process_of(session)
    session.close()
    assert is_gone(process) and process != os.getpid()
    assert capfd.readouterr().err == f"I am {process}\n"


def test_in_a_duel_and_in_a_gridworld(at_table: Callable[..., Session]) -> None:
    session = at_table("def act(percept):\n    return 1\n", "gridworld:map=small")
    for _ in range(2):  # against a wall the percept does not change; it is asked again all the same
        assert session.advance()
    assert session.played == [1, 1]
    session = at_table("def act(percept):\n    return percept.player\n", "duel")
    session.advance(0)
    session.advance()
    assert session.played == [0, 1]


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("def act(percept):\n    return 4\n", "bot: illegal: played 4; legal: 0, 1, 2, 3, 5"),
        ("def act(percept):\n    return 1 / 0\n", "division by zero (bot.py, line 2)"),
        ("def act(percept:\n", "bot: load error: SyntaxError"),
        ("import os\n\ndef act(percept):\n    os._exit(3)\n", "its process ended (exit code 3)"),
    ],
)
def test_what_loses_a_game_is_one_line_and_the_next_game_can_be_played(
    at_table: Callable[..., Session], tmp_path: Path, code: str, told: str
) -> None:
    session = at_table(code)
    session.advance(4)
    assert session.advance() and session.over and session.forfeited
    assert told in session.result and "\n" not in session.result
    assert session.score.wins == [1, 0]
    assert session.take_back() and session.played == [] and session.score.wins == [0, 0]
    (tmp_path / "bot.py").write_text(FIRST)  # mended
    session.next_game()
    assert session.advance() and session.played == [0] and not session.forfeited


def test_a_bot_that_thinks_too_long_loses(at_table: Callable[..., Session]) -> None:
    session = at_table(SLEEPS)
    guest = session.agents[1]
    assert isinstance(guest, Guest)
    guest._player.limits = Limits(move=0.2)
    session.advance(4)
    assert session.advance()
    assert session.result == "bot: timeout: no move after 0.2 s"


def test_the_window_goes_on_while_a_bot_thinks_and_ends_it_when_it_closes(
    at_table: Callable[..., Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    session = at_table(SLEEPS)
    guest = session.agents[1]
    assert isinstance(guest, Guest)
    guest._player.limits = Limits(move=30)
    assert guest._begun is not None
    guest._begun.result()
    window = Window(session, wait=True)
    try:
        window._play(4)
        deadline = time.monotonic() + 20
        while not session.mind.busy:
            assert time.monotonic() < deadline
            window.tick()
        pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=pygame.K_d, unicode="d"))
        window.tick()
        assert window.theme == "dark"
        pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=pygame.K_u, unicode="u"))
        window.tick()
        assert session.played == [] and session.waits_for_human
    finally:
        window.close()
    process, began = process_of(session), time.monotonic()
    session.close()
    assert is_gone(process) and time.monotonic() - began < 2


def test_a_single_step_waits_for_a_bot_and_is_one(
    at_table: Callable[..., Session], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    session = at_table(FIRST, "gridworld:map=small")
    window = Window(session)
    try:
        pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=pygame.K_s, unicode="s"))
        deadline = time.monotonic() + 20
        while not session.played and time.monotonic() < deadline:
            window.tick()
        for _ in range(3):
            window.tick()
        assert session.played == [0] and window.paused
    finally:
        window.close()


def test_names_of_bots_hold_in_play_and_watch(
    workshop: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my_bot.py").write_text(FIRST)
    for name, told in (
        ("my_bto.py", "there is no such file or folder; did you mean 'my_bot.py'"),
        ("mcts", "mcts plays board games"),
    ):
        with pytest.raises(BadInput, match=told):
            make_player(name, find_world("duel"))
    with pytest.raises(BadInput, match="bots play games of two and in gridworlds"):
        make_player("my_bot.py", find_world("CartPole-v1"))
    watched = workshop("watch", "tictactoe", "my_bot.py", "minimax", "--save", "a.gif")
    assert (watched.returncode, watched.stderr) == (0, "")
    assert watched.stdout.startswith("wrote a.gif (")
    session = human_session(find_world("tictactoe"), "my_bot.py", True, 0)
    assert session.advance() and session.played == [0]
    session.close()
