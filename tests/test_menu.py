"""The menu of `workshop play`: what it offers can be played, and what is chosen is played."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pygame
import pytest
from conftest import Workshop
from desk import HAS_SCREEN, Desk, virtual_screen
from pygame_gui.elements import UIDropDownMenu

from envs.drawing.theme import DARK, LIGHT, Color
from envs.names import BadInput
from envs.worlds import find_world
from workshop import display
from workshop.display import opening_size
from workshop.fitting import short_names
from workshop.guest import make_player
from workshop.menu import AWAKE, Menu, moved
from workshop.offers import YOU, Choice, bots, offered, runs_for, title_of, worlds
from workshop.play import Options, from_menu
from workshop.session import Session


def test_all_that_is_offered_can_be_played() -> None:
    names = worlds()
    assert len({title_of(name) for name in names}) == len(names)
    for name in names:
        world = find_world(name)
        names_there = offered(name)
        assert (names_there[0] == YOU) != world.two_player
        for other in names_there[names_there[0] == YOU :]:
            make_player(other, world, seed=0)
    assert "expert" in offered("tictactoe") and "expert" not in offered("connect-four")
    assert "voronoi" in offered("duel") and "minimax" not in offered("duel")
    assert "utility-based" in offered("gridworld") and "human" not in offered("gridworld")


def test_trained_runs_are_offered_where_they_belong(
    workshop: Workshop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = "runs/mine"
    trained = workshop("train", "q-learning", "tictactoe", "--steps", 200, "--run", run)
    assert trained.returncode == 0, trained.stderr
    (tmp_path / "runs" / "broken" / "agent").mkdir(parents=True)
    (tmp_path / "runs" / "broken" / "agent" / "config.json").write_text("{")
    monkeypatch.chdir(tmp_path)
    assert runs_for("tictactoe") == [run]
    assert runs_for("connect-four") == []
    walker = workshop("train", "q-learning", "gridworld", "--steps", 200, "--run", "runs/walker")
    assert walker.returncode == 0, walker.stderr
    assert "runs/walker" in offered("gridworld") and "runs/walker" not in offered("tictactoe")


def test_the_bots_of_the_folder_are_offered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert bots() == []
    (tmp_path / "bots" / "folder").mkdir(parents=True)
    for name in ("ada.py", "notes.txt", "folder/bot.py"):
        (tmp_path / "bots" / name).write_text("def act(percept):\n    return 0\n")
    assert bots() == ["bots/ada.py", "bots/folder"]
    assert offered("tictactoe")[-2:] == ["bots/ada.py", "bots/folder"]


def test_the_arrows_end_at_both_ends() -> None:
    assert [moved("abc", name, step) for name, step in (("a", -1), ("a", 1), ("c", 1))] == [
        "a",
        "b",
        "c",
    ]


def test_a_long_name_keeps_both_ends_and_no_two_are_written_alike() -> None:
    names = ["mcts", "runs/a-very-long-name-of-a-run-1", "runs/a-very-lung-name-of-a-run-1"]
    found = short_names(names, 150, 15)
    assert list(found.values()) == names
    plain, short, _ = found
    assert plain == "mcts"
    assert short.startswith("runs/") and short.endswith("run-1") and len(short) < len(names[1])


@pytest.fixture
def menu(monkeypatch: pytest.MonkeyPatch) -> Iterator[Menu]:
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    rivals = ["random", "minimax", *(f"runs/number-{n}" for n in range(40))]
    monkeypatch.setattr(
        "workshop.menu.offered",
        lambda name: rivals if find_world(name).two_player else [YOU, *rivals],
    )
    menu = Menu()
    assert menu.manager is not None
    menu.manager.mouse_double_click_time = 30.0  # a busy machine draws slowly
    yield menu
    pygame.display.quit()


def press(menu: Menu, *keys: int) -> None:
    for key in keys:
        typed = "?" if key == pygame.K_QUESTION else ""
        pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=key, unicode=typed, mod=0))
    menu.tick()


def test_the_chosen_opponent_of_a_long_list_is_in_sight(menu: Menu) -> None:
    press(menu, pygame.K_TAB, *[pygame.K_DOWN] * 18)
    assert menu.rival == "runs/number-17"
    assert menu._rivals is not None
    shown = next(item for item in menu._rivals.item_list if item["selected"])["button_element"]
    assert shown is not None and menu._rivals.rect.contains(shown.rect)


def click(menu: Menu, x: int, y: int) -> None:
    for kind in (pygame.MOUSEBUTTONDOWN, pygame.MOUSEBUTTONUP):
        pygame.mouse.set_pos(x, y)
        menu.tick()
        pygame.event.post(pygame.event.Event(kind, pos=(x, y), button=1))
        menu.tick()
    for _ in range(3):  # one tells the next
        menu.tick()


def test_a_click_on_an_opponent_moves_the_arrows_there_and_a_second_plays(menu: Menu) -> None:
    for _ in range(2):
        click(menu, 500, 205)  # the third
        assert menu.rival == "runs/number-0" and menu.in_rivals
    assert menu.choice == Choice("tictactoe", YOU, "runs/number-0")


def test_a_click_on_another_world_chooses_it_and_a_second_plays(menu: Menu) -> None:
    for _ in range(2):
        assert menu.choice is None
        click(menu, 100, 175)  # the second
        assert menu.world == "connect-four" and not menu.in_rivals
    assert menu.choice == Choice("connect-four", YOU, "minimax")


def test_a_click_on_what_is_chosen_leaves_it_chosen(menu: Menu) -> None:
    click(menu, 100, 135)  # the first world
    click(menu, 500, 170)  # the second opponent
    assert menu._rivals is not None and menu.choice is None
    assert menu._worlds.get_single_selection() == "Tic-tac-toe"
    assert menu._rivals.get_single_selection() == "minimax"


def test_scroll_bars_grow_with_the_window(menu: Menu) -> None:
    widths = []
    for size in ((1280, 800), (3840, 2160)):
        pygame.display.set_mode(size)
        pygame.event.post(pygame.event.Event(pygame.VIDEORESIZE, size=size, w=size[0], h=size[1]))
        menu.tick()
        assert menu._rivals is not None and menu._rivals.scroll_bar is not None
        widths.append(menu._rivals.scroll_bar.rect.width)
    assert widths[1] > 2.5 * widths[0] > 0


def test_an_agent_plays_another_a_match_is_chosen_and_who_begins(menu: Menu) -> None:
    assert menu._play.text == "Play"
    press(menu, pygame.K_p, pygame.K_s, pygame.K_g, pygame.K_g)
    assert menu._play.text == "Watch"
    assert menu._seat is not None and menu._seat.text == "minimax begins"
    press(menu, pygame.K_RETURN)
    assert menu.choice == Choice("tictactoe", "random", "minimax", second=True, best_of=3)


def test_where_one_is_alone_one_plays_oneself_or_watches(menu: Menu) -> None:
    press(menu, *[pygame.K_DOWN] * menu.names.index("gridworld"))
    assert (menu.world, menu.rival, menu._play.text) == ("gridworld", YOU, "Play")
    press(menu, pygame.K_s, pygame.K_g)  # do nothing here
    assert menu._chosen == Choice("gridworld", YOU) and not menu.second
    press(menu, pygame.K_TAB, pygame.K_DOWN)
    assert menu._play.text == "Watch" and menu._chosen == Choice("gridworld", "random")


def test_a_run_offers_how_it_learned(
    menu: Menu, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    press(menu, pygame.K_l)
    assert menu.choice is None and menu._lapse is None
    run = tmp_path / "runs" / "number-0"
    (run / "history").mkdir(parents=True)
    (run / "config.json").write_text("{}")
    monkeypatch.chdir(tmp_path)
    press(menu, pygame.K_TAB, pygame.K_DOWN)
    assert menu._lapse is not None
    press(menu, pygame.K_l)
    assert menu.choice == Choice("tictactoe", lapse="runs/number-0")


def test_escape_closes_an_open_list_before_the_menu(menu: Menu) -> None:
    who = next(one for one in menu._turned if isinstance(one, UIDropDownMenu))
    click(menu, *who.rect.center)
    assert who.current_state is who.menu_states["expanded"]
    press(menu, pygame.K_ESCAPE)
    menu.tick()
    assert menu.open and who.current_state is who.menu_states["closed"]
    press(menu, pygame.K_ESCAPE)
    assert not menu.open


def test_the_help_tells_what_does_something_and_a_click_closes_it(menu: Menu) -> None:
    press(menu, pygame.K_QUESTION)
    assert menu.help and not {"l"} & {key for key, _ in menu._all_keys}
    click(menu, 100, 175)
    assert not menu.help and menu.world == "tictactoe"
    press(menu, *[pygame.K_DOWN] * menu.names.index("gridworld"))
    assert not {"s", "g", "p"} & {key for key, _ in menu._all_keys}
    press(menu, pygame.K_QUESTION, pygame.K_ESCAPE)
    assert menu.open and not menu.help


def test_nothing_is_drawn_while_nothing_happens(
    menu: Menu, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workshop.display.PATIENCE", 0.001)
    monkeypatch.setattr("workshop.menu.AWAKE", 0.0)
    for _ in range(5):
        menu.tick()
    time.sleep(AWAKE)
    drawn = menu.frames
    for _ in range(20):
        menu.tick()
    assert menu.frames == drawn
    monkeypatch.setattr("workshop.menu.AWAKE", 1.0)
    press(menu, pygame.K_DOWN)
    assert menu.frames == drawn + 1


def test_after_a_game_the_menu_comes_back_and_says_what_cannot_be_seen(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    match = Choice("tictactoe", "random", "minimax:depth=1", second=True, best_of=3)
    choices = iter([match, Choice("gridworld", "nobody"), None])
    seen: list[tuple[object, ...]] = []
    notices: list[str] = []

    class Chosen:
        theme, notice = "dark", ""

        def run(self) -> Choice | None:
            notices.append(self.notice)
            return next(choices)

    def show(session: Session, theme: str, wait: bool) -> None:
        seen.append((session.names, session.seated(0), session.best_of, theme, wait))

    monkeypatch.setattr("workshop.menu.Menu", lambda *_: Chosen())
    monkeypatch.setattr("workshop.display.has_display", lambda: True)
    monkeypatch.setattr("workshop.play.open_window", show)
    assert from_menu(Options()) == 0
    assert seen == [(["random", "minimax:depth=1"], 1, 3, "dark", False)]
    assert notices[1] == "" and "nobody" in notices[2]


@pytest.mark.parametrize(
    ("desktop", "size"),
    [
        ((1920, 1080), (1280, 800)),
        ((1366, 768), (1280, 668)),
        ((1024, 600), (984, 500)),
        ((320, 240), (640, 480)),
    ],
)
def test_a_window_opens_no_larger_than_the_desktop(
    desktop: tuple[int, int], size: tuple[int, int]
) -> None:
    assert opening_size(desktop) == size


def test_the_next_window_is_as_large_as_the_last_was_made(
    menu: Menu, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(display, "_draws_nothing", lambda: False)
    monkeypatch.setattr(display, "_last_sizes", [])
    pygame.display.set_mode((701, 502), pygame.RESIZABLE)
    press(menu, pygame.K_RETURN)
    assert menu.run() is not None  # it closes
    assert display.open_surface("a game").get_size() == (701, 502)


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is no name of a display")
def test_a_display_that_does_not_answer_is_told_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    pygame.display.quit()
    for name in ("WAYLAND_DISPLAY", "XDG_RUNTIME_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SDL_VIDEODRIVER", "")
    monkeypatch.setenv("DISPLAY", ":987")
    with pytest.raises(BadInput, match="the display :987 does not answer"):
        display.open_surface("nothing")
    assert not pygame.display.get_init()
    assert capfd.readouterr().err == ""  # a library's own line neither


def test_the_key_does_what_the_button_says(menu: Menu) -> None:
    press(menu, pygame.K_TAB, pygame.K_UP)
    assert (menu._play.text, dict(menu._keys_below)["enter"]) == ("Play", "play")
    press(menu, pygame.K_p)
    assert (menu._play.text, dict(menu._keys_below)["enter"]) == ("Watch", "watch")


def test_without_a_display_it_says_what_to_do(workshop: Workshop) -> None:
    result = workshop("play")
    assert result.returncode == 2
    assert "which world? workshop play tictactoe --against minimax --terminal" in result.stderr


def share(area: np.ndarray, color: Color) -> float:
    """How much of an area has a colour."""
    return float((np.abs(area.astype(int) - color).max(axis=2) < 14).mean())


@pytest.mark.skipif(not HAS_SCREEN, reason="needs Xvfb and xdotool")
def test_what_is_chosen_is_played(tmp_path: Path) -> None:
    with virtual_screen() as display:
        desk = Desk(display, tmp_path, "play")
        desk.wait(lambda picture: bool(picture.mean() > 100), "the menu")
        desk.key("Down")
        beside, left = np.s_[170:580, 890:1300], np.s_[150:780, 100:860]
        desk.wait(lambda p: share(p[beside], LIGHT.board) > 0.2, "Connect Four beside the lists")
        desk.key("d")
        desk.wait(lambda p: share(p[800:845], DARK.background) > 0.5, "the dark theme")
        desk.key("d")
        desk.key("Return")
        desk.wait(lambda p: share(p[left], LIGHT.board) > 0.2, "the game")
        desk.key("q")
        desk.wait(lambda p: share(p[beside], LIGHT.board) > 0.2, "the menu again")
        desk.key("q")
        assert desk.end() == (0, "")
