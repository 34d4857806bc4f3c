"""The window of a time-lapse: plays it, and lets a person go to any moment of the training.

A training that is still going on is followed: what it keeps while the window is open appears at
the end. It happens in another process, and costs that one nothing.
"""

from __future__ import annotations

import time

import pygame

from envs.names import BadInput
from workshop.display import close_surface, next_events, open_surface
from workshop.timelapse import LapseView, TimeLapse
from workshop.view import Look

PER_SECOND = 6.0
"""Entries shown a second."""
END = 2.0
"""Seconds that the last one is shown before it begins anew."""
NEWS = 1.0
"""Seconds between two looks at a training that is going on."""
KEYS = (
    ("space", "pause"),
    ("← →", "step"),
    ("click", "go there"),
    ("d", "light / dark"),
    ("?", "all keys"),
    ("q", "quit"),
)
ALL_KEYS = (
    ("space", "pause and go on"),
    ("← →", "one entry back, or on"),
    ("home end", "the first entry, the last"),
    ("click", "on the curve: go there"),
    ("d", "light or dark"),
    ("?", "these keys"),
    ("q", "quit"),
)


class LapseWindow:
    """A pygame window around a time-lapse.

    Raises:
        BadInput: no window can be opened here.
    """

    def __init__(self, lapse: TimeLapse, theme: str = "light") -> None:
        self.lapse, self.theme = lapse, theme
        self.view = LapseView(lapse)
        self.paused = self.help = False
        self.open = True
        self._surface = open_surface(f"{lapse.config.agent} learns {lapse.world.name}")
        self._due = self._looked = self._now()
        self._dirty = True
        if lapse.learning:
            self.view.show(len(lapse.steps) - 1)

    @staticmethod
    def _now() -> float:
        return time.monotonic()

    def run(self) -> None:
        """Shows it until the person quits."""
        try:
            while self.open:
                self.tick()
        finally:
            close_surface()

    def tick(self) -> None:
        """Answers events, goes on if it is time to, and shows the picture."""
        for event in next_events(self._rest):
            self._answer(event)
        if not self.open:
            return
        if not self.lapse.complete and self._now() - self._looked >= NEWS:
            self._look_again()
        elif not self.paused and not self.lapse.learning and self._now() >= self._due:
            self._go((self.view.number + 1) % len(self.lapse.steps))
        if self._dirty:
            self._show()

    @property
    def _rest(self) -> float:
        """Seconds until there is something to do, if nobody does anything."""
        if self._dirty:
            return 0.0
        if self.paused or self.lapse.learning:
            return NEWS
        return max(0.0, self._due - self._now())

    def _look_again(self) -> None:
        """Follows a training that is going on, to its end; or one that is resumed."""
        self._looked = self._now()
        try:
            news = self.lapse.look_again()
        except (OSError, BadInput):
            raise BadInput(f"{self.lapse.folder}: the run is not there any more") from None
        if news:
            self._go(self.view.number if self.paused else len(self.lapse.steps) - 1)

    def _go(self, number: int) -> None:
        """Turns to an entry."""
        last = len(self.lapse.steps) - 1
        try:
            self.view.show(min(max(number, 0), last))
        except (OSError, BadInput):
            raise BadInput(f"{self.lapse.folder}: the run is not there any more") from None
        self._due = self._now() + (END if self.view.number == last else 1 / PER_SECOND)
        self._dirty = True

    def _answer(self, event: pygame.event.Event) -> None:
        if event.type == pygame.QUIT:
            self.open = False
        elif event.type in (pygame.VIDEORESIZE, pygame.WINDOWEXPOSED):
            self._dirty = True
        elif event.type == pygame.KEYDOWN:
            self._key(event.key, event.unicode)
        elif event.type == pygame.MOUSEBUTTONDOWN and event.button == 1:
            self._click(event.pos)
        elif event.type == pygame.MOUSEMOTION and event.buttons[0]:
            self._go_to(event.pos)

    def _click(self, at: tuple[int, int]) -> None:
        if self.help:
            self.help, self._dirty = False, True
        else:
            self._go_to(at)

    def _go_to(self, at: tuple[int, int]) -> None:
        """Turns to the entry at a place on the curve, and stays there."""
        number = self.view.number_at(self._surface.get_size(), *at)
        if number is not None:
            self.paused = True
            self._go(number)

    def _key(self, key: int, typed: str) -> None:
        if typed == "?" or key == pygame.K_F1 or (self.help and key == pygame.K_ESCAPE):
            self.help = not self.help
        elif key in (pygame.K_q, pygame.K_ESCAPE):
            self.open = False
        elif key == pygame.K_SPACE:
            self.paused = not self.paused
        elif key in (pygame.K_LEFT, pygame.K_RIGHT):
            self.paused = True
            self._go(self.view.number + (1 if key == pygame.K_RIGHT else -1))
        elif key in (pygame.K_HOME, pygame.K_END):
            self.paused = True
            self._go(0 if key == pygame.K_HOME else len(self.lapse.steps) - 1)
        elif key == pygame.K_d:
            self.theme = "dark" if self.theme == "light" else "light"
        self._dirty = True

    @property
    def _status(self) -> str:
        """What is going on, if it is not just played."""
        if self.paused:
            return "paused"
        if self.lapse.learning:
            return "still learning"
        return "" if self.lapse.complete else "stopped early"

    def _show(self) -> None:
        self._surface = pygame.display.get_surface() or self._surface
        size, shown = self._surface.get_size(), ALL_KEYS if self.help else ()
        picture = self.view.draw(size, Look(self.theme, status=self._status, keys=KEYS, help=shown))
        self._surface.blit(picture.surface(), (0, 0))
        pygame.display.flip()
        self._dirty = False
