"""The window: shows a session, and turns keys, clicks and time into moves."""

from __future__ import annotations

import os
import sys

import pygame

from envs.names import BadInput
from workshop.session import Session
from workshop.view import WATCH_KEYS, Look, View

SIZE = (1280, 800)
PAUSE_AFTER_GAME = 1.8
"""Seconds between two watched games."""
SPEEDS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)
"""Moves per second."""
ARROWS = (pygame.K_UP, pygame.K_RIGHT, pygame.K_DOWN, pygame.K_LEFT)


def has_display() -> bool:
    """Whether a window can open here."""
    if os.environ.get("SDL_VIDEODRIVER") in ("dummy", "offscreen"):
        return False
    if sys.platform.startswith("linux"):
        return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    return True


def open_surface(title: str) -> pygame.Surface:
    """Opens a resizable window.

    Raises:
        BadInput: no window can be opened here.
    """
    try:
        pygame.display.init()
        surface = pygame.display.set_mode(SIZE, pygame.RESIZABLE)
    except pygame.error as error:
        raise BadInput(f"no window can be opened here: {error}") from None
    pygame.display.set_caption(f"Deep Learning Workshop: {title}")
    return surface


class Window:
    """A pygame window around a session.

    Args:
        session: what to show.
        theme: `light` or `dark`.
        wait: after a game, wait for a key instead of going on.

    Raises:
        BadInput: no window can be opened here.
    """

    def __init__(self, session: Session, theme: str = "light", wait: bool = False) -> None:
        self.session = session
        self.view = View(session)
        self.theme = theme
        self.wait = wait
        self.paused = False
        self.status = ""
        """What to show in place of the speed."""
        self.thoughts = not self._person_plays
        self.speed = SPEEDS.index(1.0 if session.world.rules else 4.0)
        if session.world.rules is None and not session.world.has_directions:
            self.speed = SPEEDS.index(32.0)
        self._surface = open_surface(session.world.name)
        self.open = True
        self._clock = pygame.time.Clock()
        self._due = self._now() + 1 / SPEEDS[self.speed]
        self._dirty = True

    @property
    def _person_plays(self) -> bool:
        from agents.human import HumanAgent

        return any(isinstance(agent, HumanAgent) for agent in self.session.agents)

    @staticmethod
    def _now() -> float:
        return pygame.time.get_ticks() / 1000

    def run(self) -> None:
        """Shows the session until the person quits."""
        while self.open:
            self.tick()
        self.close()

    def tick(self, block: bool = True) -> None:
        """Answers events, moves if it is time to, and shows the picture.

        Args:
            block: wait for the rest of the frame; False while something else needs the time.
        """
        self.answer()
        if not self.open:
            return
        if not self.paused and self._now() >= self._due:
            self._on_time()
        if self._dirty:
            self._show()
        if block:
            self._clock.tick(60)

    @property
    def due(self) -> bool:
        """Whether `tick` would have a move to make or a picture to show."""
        return self._dirty or (not self.paused and self._now() >= self._due)

    def answer(self) -> None:
        """Answers events only: the picture follows with the next `tick`."""
        for event in pygame.event.get():
            self._answer(event)
        if not self.open:
            self.close()

    def _on_time(self) -> None:
        session = self.session
        if session.over:
            if not self.wait:
                session.next_game()
                self._moved()
        elif session.advance():
            self._moved()

    def _moved(self) -> None:
        """Something changed: draw it, and wait for the next move."""
        self._dirty = True
        pause = 1 / SPEEDS[self.speed]
        if self.session.over and SPEEDS[self.speed] < 30:
            pause = PAUSE_AFTER_GAME
        self._due = self._now() + pause

    def _answer(self, event: pygame.event.Event) -> None:
        if event.type == pygame.QUIT:
            self.open = False
        elif event.type in (pygame.VIDEORESIZE, pygame.WINDOWEXPOSED):
            self._dirty = True
        elif event.type == pygame.KEYDOWN:
            self._key(event.key, event.unicode)
        elif event.type == pygame.MOUSEBUTTONDOWN and event.button == 1:
            self._click(*event.pos)

    def _key(self, key: int, typed: str) -> None:
        session = self.session
        if key in (pygame.K_q, pygame.K_ESCAPE):
            self.open = False
        elif key == pygame.K_SPACE:
            self.paused = not self.paused
        elif key == pygame.K_s:
            self.paused = True
            if session.over:
                session.next_game()
            else:
                session.advance()
        elif typed in ("+", "=") or key == pygame.K_KP_PLUS:
            self._set_speed(self.speed + 1)
        elif typed in ("-", "_") or key == pygame.K_KP_MINUS:
            self._set_speed(self.speed - 1)
        elif key == pygame.K_t:
            self.thoughts = not self.thoughts
        elif key == pygame.K_d:
            self.theme = "dark" if self.theme == "light" else "light"
        elif key == pygame.K_r:
            session.begin()
            self._moved()
        elif key == pygame.K_n:
            session.next_game()
            self._moved()
        elif session.waits_for_human:
            self._key_move(key, typed)
        self._dirty = True

    def _set_speed(self, index: int) -> None:
        self.speed = min(max(index, 0), len(SPEEDS) - 1)
        self._due = self._now() + 1 / SPEEDS[self.speed]

    def _key_move(self, key: int, typed: str) -> None:
        """A person's move: arrows in a gridworld, else the number of the action, from 1."""
        action = None
        if self.session.world.has_directions:
            action = ARROWS.index(key) if key in ARROWS else None
        elif typed.isdigit() and typed != "0":
            action = int(typed) - 1
        elif key in (pygame.K_LEFT, pygame.K_RIGHT) and self.session.world.rules is None:
            action = 0 if key == pygame.K_LEFT else len(self.session.percept.action_mask) - 1
        if action is not None:
            self._play(action)

    def _play(self, action: int) -> None:
        """A person's move, and in a duel the other's at once: both move at the same time."""
        if self.session.advance(action):
            if self.session.world.is_duel:
                self.session.advance()
            self._moved()

    def _click(self, x: int, y: int) -> None:
        session = self.session
        if session.over:
            session.next_game()
            self._moved()
        elif session.waits_for_human:
            action = self.view.action_at(self._surface.get_size(), x, y)
            if action is not None:
                self._play(action)
        self._dirty = True

    @property
    def _keys(self) -> list[tuple[str, str]]:
        if not self._person_plays:
            return list(WATCH_KEYS)
        how = ("click", "move")
        if self.session.world.has_directions:
            how = ("arrows", "move")
        elif self.session.world.rules is None:
            how = ("1 - 9", "move")
        return [how, *(pair for pair in WATCH_KEYS if pair[0] not in ("s", "+ -"))]

    def _show(self) -> None:
        speed = SPEEDS[self.speed]
        status = "paused" if self.paused else self.status or f"{speed:g} moves/s"
        if self.session.waits_for_human:
            status = ""
        look = Look(self.theme, self.thoughts, status, self._keys)
        self._surface = pygame.display.get_surface() or self._surface
        size = self._surface.get_size()
        self._surface.blit(self.view.draw(size, look).surface(), (0, 0))
        pygame.display.flip()
        self._dirty = False

    def close(self) -> None:
        """Closes the window; a second call does nothing."""
        if pygame.display.get_init():
            pygame.display.quit()
        self.open = False
