"""`workshop play` with nothing more: a menu of worlds and of who plays, in a window."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import pygame
import pygame_gui
from pygame_gui.elements import UIButton, UIDropDownMenu

from envs.drawing.canvas import Box, Canvas
from envs.drawing.drawers import drawer_for
from envs.drawing.theme import THEMES
from envs.worlds import find_world
from workshop.display import close_surface, next_events, open_surface
from workshop.fitting import cut_end, cut_middle, short_names
from workshop.keys import Key, draw_keys, key_rows, lay_help
from workshop.offers import PEOPLE, YOU, Choice, offered, title_of, worlds
from workshop.scale import unit_of
from workshop.session import Session
from workshop.skin import NameList, close_lists, fresh_manager
from workshop.timelapse import has_history
from workshop.watch import display_name

KEYS: tuple[Key, ...] = (
    ("↑ ↓", "choose"),
    ("tab", "other list"),
    ("enter", "play"),
    ("d", "light / dark"),
    ("?", "all keys"),
    ("q", "quit"),
)
ALL_KEYS: tuple[Key, ...] = (
    ("↑ ↓", "choose"),
    ("tab", "the other list"),
    ("enter", "play, or watch"),
    ("p", "who plays: you, or an agent"),
    ("s", "who begins"),
    ("g", "how many games"),
    ("l", "time-lapse: how the run learned"),
    ("d", "light or dark"),
    ("?", "these keys"),
    ("q", "quit"),
)
GAMES = (0, 1, 3, 5)
"""Lengths of a match; 0: as many games as you like."""
FRAME = 30
"""Pictures a second, while something happens."""
AWAKE = 0.7
"""Seconds after an event in which pictures are drawn: buttons light up, a double click passes."""
MEANT = (pygame.QUIT, pygame.KEYDOWN, pygame.MOUSEBUTTONDOWN, pygame.MOUSEBUTTONUP)
"""What a hand does."""
REST = 1.0
"""Seconds between two looks around while nothing happens."""


class Menu:
    """The window in which a person chooses.

    Args:
        theme: `light` or `dark`.
        best_of: the length of a match.
        second: whether the opponent begins.

    Raises:
        BadInput: no window can be opened here.
    """

    def __init__(self, theme: str = "light", best_of: int = 0, second: bool = False) -> None:
        self.theme, self.best_of, self.second = theme, best_of, second
        self.names = worlds()
        self.world, self.rival = self.names[0], ""
        """Where, and against whom; or who acts, in a world for one."""
        self.alone = False
        self.player = YOU
        """Who plays, in a game of two."""
        self.notice = ""
        """Why what was chosen cannot be seen."""
        self.in_rivals = self.help = False
        """In which of the two lists the arrow keys move; whether all keys are told."""
        self.frames = 0
        self._clock = pygame.time.Clock()
        self.manager: pygame_gui.UIManager | None = None
        self._open()

    def run(self) -> Choice | None:
        """Waits for a choice; None: the person quit. Can be called again."""
        if not pygame.display.get_init():
            self._open()
        try:
            while self.open and self.choice is None:
                self.tick()
        finally:
            close_surface()
        return self.choice

    def _open(self) -> None:
        self.choice: Choice | None = None
        self.open = True
        self._surface = open_surface("play")
        pygame.event.clear(MEANT)  # for a window that is gone
        self._build()

    # Controls

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
        self._worlds.show_chosen()
        self._rivals: NameList | None = None
        self._turned: list[UIButton | UIDropDownMenu] = []
        self._build_rivals()

    def _build_rivals(self) -> None:
        """What depends on the world; the list of worlds stays, for a second click on it."""
        before, self.alone = self.alone, not find_world(self.world).two_player
        self.rivals = offered(self.world)
        if self.rival not in self.rivals or self.alone != before:
            usual = YOU if self.alone else "minimax"
            self.rival = usual if usual in self.rivals else self.rivals[0]
        if self.player not in self.rivals:
            self.player = YOU
        if self._rivals is not None:
            self._rivals.kill()
        place = self._place(450, 120, 330, 580)
        room = place.width - 50 * self.unit
        self._names = short_names(self.rivals, room, 15 * self.unit)
        chosen = next(words for words, name in self._names.items() if name == self.rival)
        self._rivals = NameList(
            20 * self.unit, place, [*self._names], self.manager, default_selection=chosen
        )
        self._rivals.show_chosen()
        self._build_controls()

    def _build_controls(self) -> None:
        """What depends on who was chosen; both lists stay."""
        for control in self._turned:
            control.kill()
        self._seat: UIButton | None = None
        self._games: UIButton | None = None
        self._lapse: UIButton | None = None
        who: UIDropDownMenu | None = None
        if not self.alone:
            who = self._build_who()
            self._seat = UIButton(self._place(820, 546, 205, 46), self._begins, self.manager)
            self._games = UIButton(self._place(1035, 546, 205, 46), self._length, self.manager)
        width = 420
        if has_history(Path(self.rival)):
            width = 265
            self._lapse = UIButton(self._place(1095, 612, 145, 88), "time-lapse", self.manager)
        place = self._place(820, 612, width, 88)
        self._play = UIButton(place, self._begin.title(), self.manager, object_id="#play")
        controls = (who, self._seat, self._games, self._lapse, self._play)
        self._turned = [control for control in controls if control is not None]
        self._back = self._picture(self._surface.get_size())
        self._wake()

    def _build_who(self) -> UIDropDownMenu:
        """Who plays: the person, or one of those who could be the opponent."""
        place = self._place(930, 488, 310, 46)
        names = [YOU, *(name for name in self.rivals if name not in PEOPLE)]
        self._players = short_names(names, place.width - 44 * self.unit, 13 * self.unit)
        chosen = next(words for words, name in self._players.items() if name == self.player)
        return UIDropDownMenu([*self._players], chosen, place, self.manager)

    @property
    def _begins(self) -> str:
        """Who begins, in words."""
        first = self.rival if self.second else self.player
        size, end = 13 * self.unit, " begin" if first == YOU else " begins"
        room = self._place(0, 0, 205, 0).width - 20 * self.unit - Canvas.text_width(end, size)
        return cut_middle(display_name(first), size, room) + end

    @property
    def _length(self) -> str:
        """How many games, in words."""
        few = {0: "games: no limit", 1: "one game"}
        return few.get(self.best_of, f"best of {self.best_of}")

    def _place(self, x: float, y: float, width: float, height: float) -> pygame.Rect:
        """A place of the design, in pixels; the design is stretched to the window."""
        wide, high = self._surface.get_size()
        across, down = wide / 1280, high / 800
        return pygame.Rect(
            round(x * across), round(y * down), round(width * across), round(height * down)
        )

    # Drawing

    def _picture(self, size: tuple[int, int]) -> pygame.Surface:
        """All that is no control: titles, the world as it looks, keys."""
        canvas, unit = Canvas(size, THEMES[self.theme]), self.unit
        theme = canvas.theme
        canvas.text("Play", self._place(40, 44, 0, 0).topleft, 32 * unit, bold=True, anchor="left")
        notice = cut_end(self.notice, 15 * unit, self._place(0, 0, 790, 0).width)
        at = self._place(450, 44, 0, 0).topleft
        canvas.text(notice, at, 15 * unit, theme.wrong, anchor="left")
        for words, x, active in (
            ("a world", 40, not self.in_rivals),
            ("who acts" if self.alone else "against", 450, self.in_rivals),
        ):
            place = self._place(x, 98, 0, 0)
            color = theme.ink if active else theme.muted
            canvas.text(words, place.topleft, 17 * unit, color, bold=active, anchor="left")
        box = Box(*self._place(820, 120, 420, 350))
        session = Session(find_world(self.world), [], [], seed=0)
        drawer_for(session.env).draw(canvas, box)
        session.close()
        if not self.alone:
            at = self._place(820, 511, 0, 0).topleft
            canvas.text("who plays", at, 13 * unit, theme.muted, anchor="left")
        keys_at = self._place(40, 762, 0, 0).topleft
        rows = key_rows(self._keys_below, 13 * unit, size[0] - keys_at[0])
        draw_keys(canvas, keys_at, 13 * unit, rows)
        return canvas.surface()

    def _wake(self) -> None:
        """Something happens: pictures are drawn for a while."""
        self._awake_until = time.monotonic() + AWAKE

    @property
    def _awake(self) -> bool:
        return time.monotonic() < self._awake_until

    def tick(self) -> None:
        """Answers events, and draws a picture if anything may have changed; then rests."""
        events = next_events(0.0 if self._awake else REST)
        passed = self._clock.tick(FRAME) / 1000
        for event in events:
            self._wake()
            self._answer(event)
        if self.open and self.choice is None and self._awake:
            self._show(passed)

    def _show(self, passed: float) -> None:
        assert self.manager is not None
        self.manager.update(passed)
        self._surface.blit(self._back, (0, 0))
        self.manager.draw_ui(self._surface)
        if self.help:
            lay_help(self._surface, THEMES[self.theme], self.unit, self._all_keys)
        pygame.display.flip()
        self.frames += 1

    @property
    def _begin(self) -> str:
        """What the large button does, and enter."""
        return "play" if self._chosen.has_person else "watch"

    @property
    def _keys_below(self) -> list[Key]:
        """The keys that are needed most."""
        return [(key, self._begin if key == "enter" else does) for key, does in KEYS]

    @property
    def _all_keys(self) -> list[Key]:
        """Those that do something now."""
        idle: tuple[str, ...] = ("p", "s", "g") if self.alone else ()
        idle += () if self._lapse else ("l",)
        return [key for key in ALL_KEYS if key[0] not in idle]

    # Answering

    def _answer(self, event: pygame.event.Event) -> None:
        if event.type == pygame.QUIT:
            self.open = False
        elif event.type == pygame.VIDEORESIZE:
            self._build()
        elif event.type == pygame.KEYDOWN:
            self._key(event.key, event.unicode, event.mod)
        if self.help and event.type == pygame.MOUSEBUTTONDOWN:
            self.help = False  # and what lies below it is not clicked
        elif self.manager is not None:
            self.manager.process_events(event)
        if event.type == pygame_gui.UI_SELECTION_LIST_NEW_SELECTION:
            if event.ui_element in (self._worlds, self._rivals):
                self._select(event.ui_element is self._worlds, event.text)
        elif event.type == pygame_gui.UI_SELECTION_LIST_DOUBLE_CLICKED_SELECTION:
            if event.ui_element in (self._worlds, self._rivals):
                self.choice = self._chosen
        elif event.type == pygame_gui.UI_DROP_DOWN_MENU_CHANGED:
            self.player = self._players[event.text]
            self._build_controls()
        elif event.type == pygame_gui.UI_BUTTON_PRESSED:
            self._press(event.ui_element)

    def _press(self, button: object) -> None:
        """A button was pressed."""
        if button is self._play:
            self.choice = self._chosen
        elif button is self._lapse:
            self._see_lapse()
        elif button is self._seat:
            self._swap()
        elif button is self._games:
            self._next_length()

    def _select(self, is_world: bool, text: str) -> None:
        self.in_rivals, self.notice = not is_world, ""
        if is_world:
            self.world = next(name for name in self.names if title_of(name) == text)
            self._build_rivals()
        else:  # the list stays, for a second click on it
            self.rival = self._names[text]
            self._build_controls()

    @property
    def _chosen(self) -> Choice:
        """What is to be seen, as the controls stand."""
        if self.alone:
            return Choice(self.world, self.rival)
        return Choice(self.world, self.player, self.rival, self.second, self.best_of)

    @property
    def _lists(self) -> list[UIDropDownMenu]:
        return [control for control in self._turned if isinstance(control, UIDropDownMenu)]

    def _see_lapse(self) -> None:
        if self._lapse is not None:
            self.choice = Choice(self.world, lapse=self.rival)

    def _swap(self) -> None:
        self.second = not self.second
        self._build_controls()

    def _next_length(self) -> None:
        self.best_of = next((count for count in GAMES if count > self.best_of), 0)
        self._build_controls()

    def _key(self, key: int, typed: str, modifiers: int) -> None:
        if typed == "?" or key == pygame.K_F1 or (self.help and key == pygame.K_ESCAPE):
            self.help = not self.help
        elif key == pygame.K_ESCAPE and close_lists(self._lists):
            pass
        elif key in (pygame.K_q, pygame.K_ESCAPE):
            self.open = False
        elif key in (pygame.K_RETURN, pygame.K_KP_ENTER):
            self.choice = self._chosen
        elif key == pygame.K_TAB:
            self.in_rivals = not self.in_rivals
            self._build()
        elif key in (pygame.K_UP, pygame.K_DOWN):
            self._move(1 if key == pygame.K_DOWN else -1)
        elif key == pygame.K_l:
            self._see_lapse()
        elif key == pygame.K_d:
            self.theme = "dark" if self.theme == "light" else "light"
            self._build()
        elif not self.alone:
            self._key_of_two(key, bool(modifiers & pygame.KMOD_SHIFT))

    def _key_of_two(self, key: int, back: bool) -> None:
        """A key that does something in games of two only."""
        if key == pygame.K_s:
            self._swap()
        elif key == pygame.K_g:
            self._next_length()
        elif key == pygame.K_p:
            self.player = moved([*self._players.values()], self.player, -1 if back else 1)
            self._build_controls()

    def _move(self, step: int) -> None:
        """The next entry of the list in which the arrow keys move."""
        self.notice = ""
        if self.in_rivals:
            self.rival = moved(self.rivals, self.rival, step)
        else:
            self.world = moved(self.names, self.world, step)
        self._build()


def moved(names: Sequence[str], name: str, step: int) -> str:
    """The name so many places on; it ends at the first and the last."""
    return names[min(max(names.index(name) + step, 0), len(names) - 1)]
