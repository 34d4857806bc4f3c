"""`workshop play` with nothing more: a menu of worlds and opponents, trained runs among them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pygame
import pygame_gui
from pygame_gui.elements import UIButton, UISelectionList

from agents.agent import AGENTS, make_agent
from arena.bots import bot_at
from envs.drawing.canvas import Box, Canvas
from envs.drawing.drawers import drawer_for
from envs.drawing.theme import THEMES
from envs.names import BadInput
from envs.registration import WORLDS
from envs.worlds import find_world
from workshop.display import open_surface
from workshop.fitting import cut_middle
from workshop.guest import KINDS
from workshop.keys import Key, draw_keys, key_rows
from workshop.scale import unit_of
from workshop.session import Session
from workshop.skin import NameList, fresh_manager
from workshop.view import TITLES

MORE = {
    "gridworld:map=cliff": "GridWorld: the cliff",
    "gridworld:map=key-and-door": "GridWorld: key and door",
    "gridworld:map=random,size=8": "GridWorld: always a new map",
    "duel:rows=11,cols=11,starts=random,obstacles=6": "Duel among obstacles",
}
"""Worlds beside the plain ones, and what they are called."""
KEYS: tuple[Key, ...] = (
    ("↑ ↓", "choose"),
    ("tab", "other list"),
    ("enter", "play"),
    ("s", "who begins"),
    ("d", "light / dark"),
    ("q", "quit"),
)
RUNS, BOTS = Path("runs"), Path("bots")
FRAME = 30


class Choice(NamedTuple):
    """What is to be played."""

    world: str
    against: str | None
    second: bool


def worlds() -> list[str]:
    """The worlds of the menu, those that a person can play."""
    return [*(name for name in WORLDS if name != "kinarow"), *MORE]


@cache
def opponents(world_name: str) -> tuple[str, ...]:
    """Who can be played against in a world; nobody where one plays alone."""
    world = find_world(world_name)
    if not world.two_player:
        return ()
    found = []
    for name, spec in AGENTS.items():
        try:
            if spec.trains_on is None:
                make_agent(name, world, seed=0)
                found.append(name)
        except BadInput:  # it does not play here
            continue
    return (*found, *runs_for(world_name), *bots())


def runs_for(world_name: str) -> list[str]:
    """The run folders here of agents that were trained for a world."""
    world, found = find_world(world_name), []
    for path in sorted(RUNS.glob("*/agent/config.json")):
        try:
            about = json.loads(path.read_text(encoding="utf-8"))
            if find_world(about["world"], about.get("map", "")).plays_like(world):
                found.append(path.parents[1].as_posix())
        except (BadInput, OSError, ValueError, KeyError):  # no run that can be played
            continue
    return found


def bots() -> list[str]:
    """The bots of the folder `bots` here; whether one plays a world, only a game can tell."""
    there = sorted(BOTS.iterdir()) if BOTS.is_dir() else []
    return [bot.source for at in there if (bot := bot_at(at)) and bot.kind in KINDS]


def title_of(world_name: str) -> str:
    """What a world is called in the list."""
    return MORE.get(world_name) or TITLES.get(world_name, world_name)


class Menu:
    """The window in which a person chooses.

    Raises:
        BadInput: no window can be opened here.
    """

    def __init__(self, theme: str = "light") -> None:
        self.theme = theme
        self.names = worlds()
        self.world, self.rival = self.names[0], ""
        self.second = False
        self.choice: Choice | None = None
        self.open = True
        self.in_rivals = False
        """Which of the two lists the arrow keys move in."""
        self._surface = open_surface("play")
        self._clock = pygame.time.Clock()
        self.manager: pygame_gui.UIManager | None = None
        self._build()

    def run(self) -> Choice | None:
        """Waits for a choice; None: the person quit."""
        try:
            while self.open and self.choice is None:
                self.tick()
        finally:
            if pygame.display.get_init():
                pygame.display.quit()
        return self.choice

    def _build(self) -> None:
        """The controls for the size there is, and the picture behind them."""
        self._surface = pygame.display.get_surface() or self._surface
        size = self._surface.get_size()
        self.unit = unit_of(size)
        self.manager = fresh_manager(self.manager, size, self.unit, THEMES[self.theme])
        titles = [title_of(name) for name in self.names]
        self._worlds = NameList(
            20 * self.unit, self._place(40, 120, 380, 580), [*titles], self.manager,
            default_selection=title_of(self.world),
        )  # fmt: skip
        scroll_to_chosen(self._worlds)
        begins = "you begin" if not self.second else "the other one begins"
        self._seat = UIButton(self._place(820, 560, 420, 44), begins, self.manager)
        self._play = UIButton(
            self._place(820, 620, 420, 80), "Play", self.manager, object_id="#play"
        )
        self._rivals: NameList | None = None
        self._build_rivals()

    def _build_rivals(self) -> None:
        """What depends on the world; the list of worlds stays, for a second click on it."""
        self.rivals = list(opponents(self.world))
        if self.rival not in self.rivals:
            self.rival = "minimax" if "minimax" in self.rivals else next(iter(self.rivals), "")
        if self._rivals is not None:
            self._rivals.kill()
        self._rivals = None
        self._seat.hide()
        if self.rivals:
            self._seat.show()
            place = self._place(450, 120, 330, 580)
            room = place.width - 50 * self.unit
            self._names = short_names(self.rivals, room, 15 * self.unit)
            chosen = next(words for words, name in self._names.items() if name == self.rival)
            self._rivals = NameList(
                20 * self.unit, place, [*self._names], self.manager, default_selection=chosen
            )
            scroll_to_chosen(self._rivals)
        self._back = self._picture(self._surface.get_size())

    def _place(self, x: float, y: float, width: float, height: float) -> pygame.Rect:
        """A place of the design, in pixels; the design is stretched to the window."""
        wide, high = self._surface.get_size()
        across, down = wide / 1280, high / 800
        return pygame.Rect(
            round(x * across), round(y * down), round(width * across), round(height * down)
        )

    def _picture(self, size: tuple[int, int]) -> pygame.Surface:
        """All that is no control: titles, the world as it looks, keys."""
        canvas, unit = Canvas(size, THEMES[self.theme]), self.unit
        canvas.text("Play", self._place(40, 44, 0, 0).topleft, 32 * unit, bold=True, anchor="left")
        for words, x, active in (
            ("a world", 40, not self.in_rivals),
            ("against", 450, self.in_rivals),
        ):
            if words == "a world" or self.rivals:
                place = self._place(x, 98, 0, 0)
                color = canvas.theme.ink if active else canvas.theme.muted
                canvas.text(words, place.topleft, 17 * unit, color, bold=active, anchor="left")
        box = Box(*self._place(820, 120, 420, 410))
        session = Session(find_world(self.world), [], [], seed=0)
        drawer_for(session.env).draw(canvas, box)
        session.close()
        if not self.rivals:
            at = self._place(450, 140, 0, 0)
            canvas.text("you are alone here", at.topleft, 15 * unit, canvas.theme.muted,
                        anchor="left")  # fmt: skip
        keys_at = self._place(40, 762, 0, 0).topleft
        draw_keys(canvas, keys_at, 13 * unit, key_rows(KEYS, 13 * unit, size[0] - keys_at[0]))
        return canvas.surface()

    def tick(self) -> None:
        """One frame."""
        passed = self._clock.tick(FRAME) / 1000
        for event in pygame.event.get():
            self._answer(event)
        if not self.open or self.choice is not None or self.manager is None:
            return
        self.manager.update(passed)
        self._surface.blit(self._back, (0, 0))
        self.manager.draw_ui(self._surface)
        pygame.display.flip()

    def _answer(self, event: pygame.event.Event) -> None:
        if event.type == pygame.QUIT:
            self.open = False
        elif event.type == pygame.VIDEORESIZE:
            self._build()
        elif event.type == pygame.KEYDOWN:
            self._key(event.key)
        if self.manager is not None:
            self.manager.process_events(event)
        if event.type == pygame_gui.UI_SELECTION_LIST_NEW_SELECTION:
            self._select(event.ui_element is self._worlds, event.text)
        elif event.type == pygame_gui.UI_SELECTION_LIST_DOUBLE_CLICKED_SELECTION:
            self._decide()
        elif event.type == pygame_gui.UI_BUTTON_PRESSED:
            if event.ui_element is self._play:
                self._decide()
            elif event.ui_element is self._seat:
                self._swap()

    def _select(self, is_world: bool, text: str) -> None:
        self.in_rivals = not is_world
        if is_world:
            self.world = next(name for name in self.names if title_of(name) == text)
            self._build_rivals()
        else:  # the list stays, for a second click on it
            self.rival = self._names[text]
            self._back = self._picture(self._surface.get_size())

    def _swap(self) -> None:
        self.second = not self.second
        self._build()

    def _decide(self) -> None:
        self.choice = Choice(self.world, self.rival or None, self.second and bool(self.rival))

    def _key(self, key: int) -> None:
        if key in (pygame.K_q, pygame.K_ESCAPE):
            self.open = False
        elif key in (pygame.K_RETURN, pygame.K_KP_ENTER):
            self._decide()
        elif key == pygame.K_TAB:
            self.in_rivals = not self.in_rivals and bool(self.rivals)
            self._build()
        elif key in (pygame.K_UP, pygame.K_DOWN):
            self._move(1 if key == pygame.K_DOWN else -1)
        elif key == pygame.K_s:
            self._swap()
        elif key == pygame.K_d:
            self.theme = "dark" if self.theme == "light" else "light"
            self._build()

    def _move(self, step: int) -> None:
        """The next entry of the list in which the arrow keys move."""
        if self.in_rivals and self.rivals:
            self.rival = moved(self.rivals, self.rival, step)
        else:
            self.world = moved(self.names, self.world, step)
        self._build()


def moved(names: Sequence[str], name: str, step: int) -> str:
    """The name so many places on; it ends at the first and the last."""
    return names[min(max(names.index(name) + step, 0), len(names) - 1)]


def short_names(names: Sequence[str], width: float, size: float) -> dict[str, str]:
    """Each name by how it is written in a list; two are never written alike."""
    found: dict[str, str] = {}
    for name in names:
        words = cut_middle(name, size, width)
        found[name if words in found else words] = name
    return found


def scroll_to_chosen(names: UISelectionList) -> None:
    """Brings the chosen entry of a long list into sight."""
    if names.scroll_bar is not None:
        start = names.get_single_selection_start_percentage()
        half = names.rect.height / names.total_height_of_list / 2
        names.scroll_bar.set_scroll_from_start_percentage(start - half)
        names.update(0.0)
