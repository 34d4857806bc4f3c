"""The window: shows a session, and turns keys, clicks and time into moves."""

from __future__ import annotations

import math
import time
from concurrent.futures import Future

import pygame

from workshop.display import close_surface, next_events, open_surface
from workshop.hints import Hint, truth_waits_for
from workshop.session import Session
from workshop.view import PANELS, Look, View
from workshop.window_keys import (
    ARROWS,
    ENTER,
    WASD,
    all_keys,
    can_set_up,
    is_told,
    keys_below,
    moved_cursor,
    person_plays,
)

PAUSE_AFTER_GAME = 1.8
"""Seconds between two watched games."""
SPEEDS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, math.inf)
"""Moves per second; the last: as fast as it goes."""
MOTION = 0.16
"""Seconds that a stone or an agent is on its way."""
FRAME = 1 / 60
LOOK = 0.05
"""Seconds between two looks whether there is something new to show."""
LONG = 0.5
"""Seconds of thought that go unmentioned."""


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
        session.mind.aside()
        session.advice.aside()
        self.view = View(session)
        self.theme = theme
        self.wait = wait
        self.paused = self._stepping = False
        self.thoughts = not person_plays(session)
        self.panel, self.truth, self.hint, self.help = 0, False, "", False
        self.opened: tuple[int, ...] = ()
        """The line of the search tree that the person has opened."""
        self.cursor: int | None = None
        """The action that enter plays on a board; None until an arrow key is pressed."""
        self._hint_asked: Future[Hint | None] | None = None
        self._chosen: dict[int, int] = {}
        """Where two people move at the same time: the action of each agent that has chosen."""
        self.motion = True
        self.speed = SPEEDS.index(1.0 if session.world.rules else 4.0)
        if session.world.rules is None and not session.world.has_directions:
            self.speed = SPEEDS.index(32.0)
        self._surface = open_surface(session.world.name)
        self.open = True
        self._moved_at = -math.inf
        self._waits_since: float | None = None
        """Since when somebody has been thinking about the move that is due."""
        self._answered, self._said = 0, ""
        self._due = self._now() + 1 / SPEEDS[self.speed]
        self._dirty = True

    @staticmethod
    def _now() -> float:
        return time.monotonic()

    def run(self) -> None:
        """Shows the session until the person quits."""
        while self.open:
            self.tick()
        self.close()

    def tick(self) -> None:
        """Answers events, moves if it is time to, and shows the picture; then rests."""
        for event in next_events(self._rest):
            self._answer(event)
        if not self.open:
            return
        if not self._goes_on:
            self._waits_since = None
            self._stepping = False
        elif self._now() >= self._due:
            self._on_time()
        if self._hint_asked is not None and self._hint_asked.done():
            self._tell_hint(self._hint_asked.result())
        answered = self.session.mind.answered + self.session.advice.answered
        news = answered != self._answered or self._status != self._said
        if self._dirty or self._moving or news:
            self._answered = answered
            self._show()

    @property
    def _rest(self) -> float:
        """Seconds until there is something to do, if nobody does anything."""
        if self._dirty:
            return 0.0
        if self._moving:
            return FRAME
        idle = not self._goes_on or (self.session.over and self.wait and not self._stepping)
        rest = 1.0 if idle else max(0.0, self._due - self._now())
        busy = self.session.mind.busy or self.session.advice.busy
        return min(rest, LOOK) if busy else rest

    @property
    def _goes_on(self) -> bool:
        """Whether the next move is not a person's, and is not held up."""
        return (self._stepping or not self.paused) and not self.session.waits_for_human

    @property
    def _moving(self) -> bool:
        """Whether something is on its way."""
        return self.view.drawer.moved < 1

    def _on_time(self) -> None:
        """The next move; at the greatest speed, as many as a frame has time for."""
        began = self._now()
        while True:
            if self.session.over and (self._stepping or not self.wait):
                self.session.next_game()
            elif self._undecided(began + FRAME):
                return
            elif not self.session.advance():
                self._stepping = False
                return
            self._moved()
            self._stepping = False
            self.paused = self.paused or (self.session.forfeited and not self.wait)
            if self.paused or math.isfinite(SPEEDS[self.speed]) or self._now() - began >= FRAME:
                return

    def _undecided(self, until: float) -> bool:
        """Whether the move that is due is not known yet; waits for it, if need be, `until` then.

        Of those that are watched, what they thought for long is shown before they move.
        """
        if self.session.over or self.session.waits_for_human:
            return False
        if not self.session.ready(max(0.0, until - self._now())):
            self._waits_since = self._waits_since or self._now()
            return True
        waited, self._waits_since = self._waits, None
        if waited > LONG and not self._stepping and not person_plays(self.session):
            self._due = self._now() + 1 / SPEEDS[self.speed]
            return True
        return False

    @property
    def _waits(self) -> float:
        """Seconds for which somebody has been thinking about the move that is due."""
        return 0.0 if self._waits_since is None else self._now() - self._waits_since

    def _moved(self) -> None:
        """Something changed: draw it, and wait for the next move."""
        self._dirty, self.hint, self._hint_asked, self._waits_since = True, "", None, None
        self._chosen = {}
        self.opened = ()
        self._moved_at = self._now()
        shown = self.motion and SPEEDS[self.speed] <= 4
        self.view.drawer.moved = 0.0 if shown else 1.0
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
        if key == pygame.K_ESCAPE and self.help:
            self.help = False
        elif key in (pygame.K_q, pygame.K_ESCAPE):
            self.open = False
        elif session.drive_together and key in (*ARROWS, *WASD):
            self._choose(0 if key in ARROWS else 1, (ARROWS if key in ARROWS else WASD).index(key))
        elif key == pygame.K_SPACE:
            self.paused = not self.paused
        elif key == pygame.K_s:
            self.paused = self._stepping = True
            self._due = self._now()
        elif typed in ("+", "=") or key == pygame.K_KP_PLUS:
            self._set_speed(self.speed + 1)
        elif typed in ("-", "_") or key == pygame.K_KP_MINUS:
            self._set_speed(self.speed - 1)
        elif typed == "?" or key == pygame.K_F1:
            self.help = not self.help
        elif key == pygame.K_t and is_told(session, "t"):
            self.thoughts = not self.thoughts
        elif key == pygame.K_v and is_told(session, "v"):
            self.panel = (self.panel + 1) % len(PANELS)
        elif key == pygame.K_o:
            self.truth, self.hint = not self.truth, ""
            if self.truth and (cells := truth_waits_for(session)):
                self.hint = f"what is best is known with {cells} free cells or fewer"
        elif key == pygame.K_a and is_told(session, "a"):
            self.motion = not self.motion
        elif key == pygame.K_d:
            self.theme = "dark" if self.theme == "light" else "light"
        elif key == pygame.K_h:
            self._hint()
        elif key == pygame.K_u:
            if session.take_back():
                self._moved()
        elif key == pygame.K_e and can_set_up(session):
            session.by_hand, session.notice, self.hint = not session.by_hand, "", ""
            self._due = self._now() + 1 / SPEEDS[self.speed]
        elif key == pygame.K_r:
            session.begin()
            self._moved()
        elif key == pygame.K_n:
            session.next_game()
            self._moved()
        elif session.waits_for_human:
            self._key_move(key, typed)
        self._dirty = True

    def _hint(self) -> None:
        """Says what would be good here; nothing where nobody knows, or another is to move."""
        if person_plays(self.session) and not self.session.waits_for_human:
            self.hint = "hints are for your own move"
            return
        self.session.notice = ""
        self.hint, self._hint_asked = "looking for a hint", self.session.advice.hint()

    def _tell_hint(self, found: Hint | None) -> None:
        self.hint = f"hint: {found[1]}" if found else "no hint here: the truth is not known"
        self._hint_asked, self._dirty = None, True

    def _set_speed(self, index: int) -> None:
        self.speed = min(max(index, 0), len(SPEEDS) - 1)
        self._due = self._now() + 1 / SPEEDS[self.speed]

    def _key_move(self, key: int, typed: str) -> None:
        """A person's move: arrows in a gridworld, else the number of the action, from 1.

        On a board the arrows move a cursor, and enter plays there.
        """
        action, rules = None, self.session.world.rules
        if self.session.world.has_directions:
            action = ARROWS.index(key) if key in ARROWS else None
        elif typed.isdecimal() and int(typed):
            action = int(typed) - 1
        elif rules is not None and key in ARROWS:
            self.cursor = moved_cursor(rules, self.cursor, key)
        elif rules is not None and key in ENTER:
            action = self.cursor
        elif key in (pygame.K_LEFT, pygame.K_RIGHT):
            action = 0 if key == pygame.K_LEFT else len(self.session.percept.action_mask) - 1
        if action is not None:
            self._play(action)

    def _choose(self, agent: int, action: int) -> None:
        """One of two people who move at the same time has chosen; when both have, both move."""
        session, names = self.session, self.session.names
        if session.over:
            return
        self._chosen[agent] = action
        if len(self._chosen) == len(names):
            for seat in range(len(names)):
                session.advance(self._chosen[session.seated(seat)])
            self._moved()
        else:
            has = "have" if names[agent] == "you" else "has"
            self.hint = f"{names[agent]} {has} chosen, {names[1 - agent]} to choose"

    def _play(self, action: int) -> None:
        """A person's move, and in a duel the other's at once: both move at the same time."""
        if self.session.advance(action):
            at_once = self.session.world.is_duel and not self.session.over
            at_once = at_once and not self.session.waits_for_human
            ready = at_once and self.session.ready()
            if ready:
                self.session.advance()
            self._moved()
            if at_once and not ready:
                self._due = self._now()

    def _click(self, x: int, y: int) -> None:
        session = self.session
        if self.help:
            self.help = False
        elif self._opens(x, y):
            pass
        elif session.over:
            session.next_game()
            self._moved()
        elif session.waits_for_human and not session.drive_together:
            action = self.view.action_at(self._surface.get_size(), keys_below(session), x, y)
            if action is not None:
                self._play(action)
        self._dirty = True

    def _opens(self, x: int, y: int) -> bool:
        """Whether a click is one on a move of the search tree: its replies are shown."""
        if PANELS[self.panel] != "tree":
            return False
        found = self.view.opened_at(self._surface.get_size(), self.opened, x, y)
        self.opened = self.opened if found is None else found
        return found is not None

    @property
    def _status(self) -> str:
        """What is going on: somebody thinks, nobody plays, or the speed."""
        speed = SPEEDS[self.speed]
        if self.session.waits_for_human or (self.session.over and self.wait):
            return ""
        if self.paused and not self._stepping:
            return "paused"
        if self._waits > LONG:
            return f"thinking, {self._waits:.0f} s"
        if math.isinf(speed):
            return "as fast as it goes"
        return f"{speed:g} move{'' if speed == 1 else 's'}/s"

    def _show(self) -> None:
        self._said = self._status
        look = Look(
            self.theme,
            self.thoughts,
            self._said,
            keys_below(self.session),
            PANELS[self.panel],
            self.truth,
            self.hint,
            self.cursor if self.session.waits_for_human else None,
            all_keys(self.session) if self.help else (),
            self.opened,
        )
        if self._moving:
            self.view.drawer.moved = min(1.0, (self._now() - self._moved_at) / MOTION)
        self._surface = pygame.display.get_surface() or self._surface
        size = self._surface.get_size()
        self._surface.blit(self.view.draw(size, look).surface(), (0, 0))
        pygame.display.flip()
        self._dirty = False

    def close(self) -> None:
        """Closes the window; a second call does nothing."""
        close_surface()
        self.open = False
