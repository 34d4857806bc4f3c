"""The window of the playground: a frame is events, a picture, and learning in the time left."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pygame
from pygame_gui import UIManager

from envs.names import BadInput
from workshop.display import open_surface
from workshop.interrupt import Interrupt
from workshop.playground.actions import Actions
from workshop.playground.code_window import CodeWindow
from workshop.playground.controls import CONTROLS, placed, turned
from workshop.playground.layout import Layout
from workshop.playground.picture import begin, draw_base, draw_status, status_place
from workshop.playground.setting import Setting
from workshop.playground.shortcuts import draw_help
from workshop.playground.stage import Look
from workshop.playground.widgets import Pressed, Turned, Widgets
from workshop.skin import fresh_manager

FRAME = 1 / 60
"""Seconds."""
SPARE = 0.003
"""Seconds of a frame that are left to the system."""
LEAST = 0.005
"""Seconds of a frame that are given to learning, come what may."""
AWAKE = 0.5
"""Seconds after an event in which frames are drawn although nothing learns: buttons light up."""
NAP = 40
"""Milliseconds between two looks around while nothing happens."""
NOTICE = 4.0
"""Seconds that something said is shown."""
SPEEDS = (1, 2, 4, 16, 64, 0)
"""Steps a frame; 0: as many as there is time for."""
EVERY = {"left": 3, "curves": 6, "status": 6}
"""The parts beside the field are drawn anew in every so many-th frame only."""


class PlaygroundWindow:
    """A pygame window around what learns.

    Args:
        setting: where to begin.
        look: colours, and whether fields glide.
        paused: wait before the first step.

    Raises:
        BadInput: no window can be opened here, or the points cannot be read.
    """

    def __init__(self, setting: Setting, look: Look, paused: bool = False) -> None:
        self.learner, self.stage = begin(setting)
        self.look = look
        self.paused = paused
        self.open = True
        self.with_panel = True
        self.help = False
        self.speed = SPEEDS.index(2 if setting.mode == "descent" else 0)
        self.frames = 0
        self.left: dict[str, Setting] = {}
        """How each mode was left."""
        self._notice = ("", 0.0)
        self._surface = open_surface("playground")
        self._clock = pygame.time.Clock()
        self._awake_until = 0.0
        self._actions = Actions(self)
        self._code: CodeWindow | None = None
        self._widgets: Widgets | None = None
        self._manager: UIManager | None = None
        self._code_manager: UIManager | None = None
        self.rearrange()

    @property
    def setting(self) -> Setting:
        """As it is now."""
        return self.learner.setting

    def run(self) -> None:
        """Shows the playground until the person quits."""
        try:
            with Interrupt() as interrupted:
                while self.open and not interrupted.asked:
                    self.tick()
            if interrupted.asked:
                raise KeyboardInterrupt
        finally:
            pygame.display.quit()

    def tick(self) -> None:
        """One frame; a nap where nothing moves."""
        started = time.perf_counter()
        if not self._moves(started):
            pygame.time.wait(NAP)  # event.wait looks around every millisecond
            started = time.perf_counter()
        for event in pygame.event.get():
            self._answer(event)
        if not self.open:
            return
        if self._moves(started):
            self._draw()
        self._learn(started + FRAME - SPARE)
        self._clock.tick(60)

    @property
    def learns(self) -> bool:
        """Whether there is a next step to be made."""
        return not self.paused and self.learner.has_points and not self.learner.over

    def _moves(self, now: float) -> bool:
        return self.learns or self._stale or now < self._awake_until or not self.stage.settled

    def _learn(self, until: float) -> None:
        """Steps while there is time, or as many as the speed says.

        On a busy machine, where drawing takes longer than a frame, it has `LEAST` all the same.
        """
        until = max(until, time.perf_counter() + LEAST)
        most = SPEEDS[self.speed] or 10**9
        while self.learns and most > 0:
            self.learner.step()
            most -= 1
            if self.learner.over:
                self.refresh()  # how it ended is shown
            if time.perf_counter() >= until:
                return

    # Drawing

    def rearrange(self) -> None:
        """Everything anew: the size, the colours, the mode or a list changed."""
        self._surface = pygame.display.get_surface() or self._surface
        self.layout = Layout(self._surface.get_size(), self.with_panel)
        self._widgets = None
        if self.with_panel:
            self._manager = self._fresh(self._manager)
            self._widgets = Widgets(
                self._manager, self.layout, self.setting, self.look.layer, self.paused
            )
        if self._code is not None:
            self._open_code(self._code.text)
        self.refresh()

    def _fresh(self, manager: UIManager | None) -> UIManager:
        """A manager with nothing in it, for the window as it is."""
        return fresh_manager(manager, self.layout.size, self.layout.unit, self.look.theme)

    def refresh(self) -> None:
        """The next frame draws all parts anew."""
        self._base: pygame.Surface | None = None
        self._parts: dict[str, pygame.Surface] = {}
        self._stale = True

    def _draw(self) -> None:
        """Draws what has changed, and shows no more than that."""
        whole = self._base is None or self.help or self._code is not None
        if self._base is None:
            self._base = self._new_base()
        changed = self._draw_parts(whole)
        if self._widgets is not None:
            changed += self._draw_panel(self._widgets, whole)
        if self._code is not None:
            self._code.draw(self._surface, self._clock.get_time() / 1000)
        if self.help:
            page = draw_help(self.layout, self.look, self.setting.mode)
            self._surface.blit(page, page.get_rect(center=self._surface.get_rect().center))
        if whole:
            pygame.display.flip()
        else:
            pygame.display.update(changed)
        self.frames += 1
        self._stale = False

    def _new_base(self) -> pygame.Surface:
        canvas = draw_base(self.layout, self.look, self.setting)
        if self._widgets is not None:
            self._widgets.show(self.setting, self.look.layer)
            self._widgets.draw_labels(canvas, self.setting, self.look.layer)
        return canvas.surface()

    def close_lists(self) -> bool:
        """Closes whatever drop-down is open; whether one was."""
        return self._widgets is not None and self._widgets.close_lists()

    def _draw_panel(self, widgets: Widgets, whole: bool) -> list[pygame.Rect]:
        """The controls, while a hand may be on them; returns where they are."""
        if not whole and not self._stale and time.perf_counter() > self._awake_until:
            return []
        assert self._base is not None
        place = pygame.Rect(*map(round, self.layout.panel))
        self._surface.blit(self._base, place, place)
        widgets.manager.update(self._clock.get_time() / 1000)
        widgets.manager.draw_ui(self._surface)
        return [place]

    def _draw_parts(self, whole: bool) -> list[pygame.Rect]:
        """The field in every frame, the others by turns; returns where something changed."""
        layout, look = self.layout, self.look
        makers: dict[str, tuple[Callable[[], pygame.Surface], tuple[int, int]]] = {
            "left": (lambda: self.stage.left(layout, look), layout.place(layout.left)),
            "field": (lambda: self.stage.field(layout, look), layout.place(layout.field)),
            "curves": (lambda: self.stage.curves(layout, look), layout.place(layout.curves)),
            "status": (self._status, status_place(layout)),
        }
        if whole:
            assert self._base is not None
            self._surface.blit(self._base, (0, 0))
        changed: list[pygame.Rect] = []
        for number, (name, (make, place)) in enumerate(makers.items()):
            due = (self.frames + number) % EVERY.get(name, 1) == 0
            if name not in self._parts or (due and not self._resting):
                self._parts[name] = make()
            elif not whole:
                continue
            changed.append(self._surface.blit(self._parts[name], place))
        return changed

    @property
    def _resting(self) -> bool:
        """Whether the parts would come out as they were."""
        return not self.learns and self.stage.settled and not self._notice[0]

    def _status(self) -> pygame.Surface:
        words, until = self._notice
        color = self.look.theme.best
        if time.perf_counter() > until:
            self._notice = "", 0.0
            words, color = self.learner.status(), self.look.theme.muted
            if self.learner.over and self.setting.mode != "descent":
                color = self.look.theme.wrong
            elif self.paused:
                words, color = f"paused   {words}", self.look.theme.ink
        return draw_status(self.layout, self.look, words, color)

    # Answering

    def say(self, words: str) -> None:
        """Shows a line for a while."""
        now = time.perf_counter()
        self._notice = words, now + NOTICE
        self._awake_until = max(self._awake_until, now + NOTICE + 0.2)
        self._parts.pop("status", None)
        self._stale = True

    def _answer(self, event: pygame.event.Event) -> None:
        self._awake_until = max(self._awake_until, time.perf_counter() + AWAKE)
        if event.type == pygame.QUIT:
            self.open = False
        elif event.type in (pygame.VIDEORESIZE, pygame.WINDOWSIZECHANGED):
            if self._surface.get_size() != self.layout.size or event.type == pygame.VIDEORESIZE:
                self.rearrange()
        elif event.type == pygame.WINDOWEXPOSED:
            self.refresh()
        elif self._code is not None and self._code.answer(event):
            if self._code.closed:
                self.show_code("")
        elif event.type == pygame.KEYDOWN:
            self._actions.key(event)
        elif not self._panel(event):
            self._actions.mouse(event)

    def _panel(self, event: pygame.event.Event) -> bool:
        """Whether the panel used an event."""
        if self._widgets is None:
            return False
        found = self._widgets.answer(event)
        if isinstance(found, Turned):
            control, value = found
            self.change(placed(self.setting, control, value, self.look.layer))
        elif isinstance(found, Pressed):
            self._actions.press(found.name)
        return bool(found) and event.type != pygame.MOUSEMOTION

    def turn(self, letter: str, step: int) -> bool:
        """Turns the control of a key; whether there is one."""
        for control in CONTROLS[self.setting.mode]:
            if control.key == letter:
                self.change(turned(self.setting, control, step, self.look.layer), control.is_list)
                return True
        return False

    def change(self, setting: Setting, anew: bool = False) -> None:
        """Goes on with another setting; `anew`: a list shows another value."""
        try:
            if setting.mode != self.setting.mode:
                self.left[self.setting.mode] = self.setting
                self.learner, self.stage = begin(setting)
                self.speed = SPEEDS.index(2 if setting.mode == "descent" else 0)
                self.show_code("")
                anew = True
            else:
                self.learner.change(setting)
        except BadInput as error:
            self.say(str(error))
            return
        last = max(len(setting.layers) - 1, 0)
        self.look = replace(self.look, layer=min(self.look.layer, last))
        if anew:
            self.rearrange()
        self.refresh()

    def restyle(self, **changes: object) -> None:
        """Another look."""
        self.look = replace(self.look, **changes)  # type: ignore[arg-type]
        self.rearrange()

    @property
    def shows_code(self) -> bool:
        """Whether the window with the code is open."""
        return self._code is not None

    def faster(self, step: int) -> str:
        """Another speed; returns it in words."""
        self.speed = min(max(self.speed + step, 0), len(SPEEDS) - 1)
        count = SPEEDS[self.speed]
        return f"{count} step{'s' if count > 1 else ''} a frame" if count else "as fast as it goes"

    def show_code(self, text: str) -> None:
        """Opens the window with the code, or closes it."""
        self._code, self._notice = None, ("", 0.0)
        if text:
            self._open_code(text)
        self.refresh()

    def _open_code(self, text: str) -> None:
        self._code_manager = self._fresh(self._code_manager)
        self._code = CodeWindow(self._code_manager, self.layout, text)

    def point(self, at: tuple[float, float] | None) -> None:
        """The mouse is somewhere else."""
        self.look = replace(self.look, mouse=at)
        for name in ("left", "field"):
            self._parts.pop(name, None)
        self._stale = True

    def save_picture(self, path: Path) -> None:
        """Writes what is shown, without what was said last."""
        self._notice = "", 0.0
        self._parts.pop("status", None)
        self._draw()
        pygame.image.save(self._surface, path)
