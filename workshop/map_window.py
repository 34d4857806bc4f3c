"""The window of the map editor: turns mouse and keys into changes of the map."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pygame

from envs.rules.cells import CELLS, STEPS
from workshop.display import next_events, open_surface
from workshop.map_editor import (
    FLOOR,
    SOLVED_STATES,
    START,
    Findings,
    MapEditor,
    Walk,
    examine,
)
from workshop.map_view import Layout, Look, draw_editor
from workshop.window_keys import ARROWS

CONTROL = pygame.KMOD_CTRL | pygame.KMOD_META
ENTER = (pygame.K_RETURN, pygame.K_KP_ENTER)
REST = 1.0
"""Seconds between two looks around while nothing happens."""
BRISK_STATES = 600
"""Larger maps are solved when the mouse is released, not at every cell of a stroke."""


class MapWindow:
    """A pygame window around a map that is edited.

    Args:
        editor: the map.
        path: where it is saved.
        theme: `light` or `dark`.
        seed: decides where test walks slip.

    Raises:
        BadInput: no window can be opened here.
    """

    def __init__(self, editor: MapEditor, path: Path, theme: str = "light", seed: int = 0) -> None:
        self.editor = editor
        self.path = path
        self.look = Look(path.name, theme)
        self.open = True
        self._stroke: str | None = None
        self._last = (0, 0)
        self._asked = False
        self._dirty = True
        self._rng = np.random.default_rng(seed)
        self._surface = open_surface(path.name)
        self._commands: dict[int, Callable[[], None]] = {
            pygame.K_s: self._save,
            pygame.K_z: self._undo,
            pygame.K_y: self._redo,
            pygame.K_d: self._switch_theme,
        }

    def run(self) -> None:
        """Shows the map until the person quits."""
        try:
            while self.open:
                self.tick()
        finally:
            pygame.display.quit()

    def tick(self) -> None:
        """Answers events and shows the picture, if it has changed; then rests."""
        for event in next_events(0.0 if self._dirty else REST):
            self._answer(event)
        if self._dirty and self.open:
            self._show()

    @property
    def findings(self) -> Findings:
        """What the map turns out to be; while it is painted, only small ones are solved."""
        most = BRISK_STATES if self._stroke else SOLVED_STATES
        return examine(self.editor.text, most)

    def _show(self) -> None:
        self._surface = pygame.display.get_surface() or self._surface
        size = self._surface.get_size()
        picture = draw_editor(size, self.editor, self.findings, self.look)
        self._surface.blit(picture.surface(), (0, 0))
        pygame.display.flip()
        self._dirty = False

    def _look(self, **changes: object) -> None:
        self.look = self.look._replace(**changes)  # type: ignore[arg-type]
        self._dirty = True

    def _say(self, notice: str = "", warns: bool = False) -> None:
        self._look(notice=notice, warns=warns)

    def _answer(self, event: pygame.event.Event) -> None:
        if event.type == pygame.QUIT:
            self._leave()
        elif event.type in (pygame.VIDEORESIZE, pygame.WINDOWEXPOSED):
            self._dirty = True
        elif event.type == pygame.KEYDOWN:
            self._key(event.key, event.mod)
        elif event.type == pygame.TEXTINPUT:
            self._type(event.text)
        elif event.type == pygame.MOUSEBUTTONDOWN and event.button in (1, 3):
            self._press(event.button, *event.pos)
        elif event.type == pygame.MOUSEMOTION and self._stroke:
            self._drag(any(event.buttons), *event.pos)
        elif event.type == pygame.MOUSEBUTTONUP and self._stroke:
            self._release()

    def _leave(self) -> None:
        """Quits; with unsaved changes, only when asked twice."""
        if self.editor.changed and not self._asked:
            self._asked = True
            self._look(walk=None)
            self._say("unsaved changes: Ctrl+S saves, Escape again leaves", warns=True)
        else:
            self.open = False

    def _forget(self) -> None:
        """The person goes on: what was said is over."""
        self._asked = False
        self._say()

    def _key(self, key: int, modifiers: int) -> None:
        if key == pygame.K_F1 or (key == pygame.K_ESCAPE and self.look.help):
            self._look(help=not self.look.help)
        elif key == pygame.K_ESCAPE and not self.look.walk:
            self._leave()
        elif key in (pygame.K_ESCAPE, *ENTER) and self.look.walk:
            self._end_walk()
        elif key == pygame.K_TAB:
            self._look(values=not self.look.values)
        elif modifiers & CONTROL:
            self._command(key)
        elif key in ENTER:
            self._begin_walk()
        elif key in ARROWS and self.look.walk:
            self._walk(self.look.walk, ARROWS.index(key))

    def _type(self, text: str) -> None:
        if text == "?":
            self._look(help=not self.look.help)
        elif text in CELLS and not self.look.walk:
            self._select(text)

    def _select(self, symbol: str) -> None:
        self._forget()
        self._look(brush=symbol)

    def _command(self, key: int) -> None:
        """What a key does with Ctrl: arrows move the lower right corner of the map.

        On a walk only the colours change.
        """
        if self.look.walk and key != pygame.K_d:
            return
        if key in ARROWS:
            self._forget()
            self.editor.resize(*STEPS[ARROWS.index(key)])
        elif key in self._commands:
            self._forget()
            self._commands[key]()

    def _save(self) -> None:
        try:
            self.editor.save(self.path)
        except OSError as error:
            self._say(f"not saved: {error}", warns=True)
            return
        valid = self.findings.grid is not None
        self._say("saved" if valid else "saved, but it is not a map yet", warns=not valid)

    def _undo(self) -> None:
        if not self.editor.undo():
            self._say("nothing to undo")

    def _redo(self) -> None:
        if not self.editor.redo():
            self._say("nothing to redo")

    def _switch_theme(self) -> None:
        self._look(theme="dark" if self.look.theme == "light" else "light")

    def _layout(self) -> Layout:
        return Layout(self._surface.get_size(), self.look.keys)

    def _press(self, button: int, x: int, y: int) -> None:
        """A button goes down: on the palette it selects, on the map it begins a stroke."""
        if self.look.help:
            self._look(help=False)
            return
        if self.look.walk or self._stroke:
            return
        layout = self._layout()
        symbol, cell = layout.symbol_at(x, y), layout.cell_at(self.editor.shape, x, y)
        if symbol is not None:
            self._select(symbol)
        elif cell is not None:
            self._forget()
            self._begin_stroke(self.look.brush if button == 1 else FLOOR, cell)

    def _begin_stroke(self, symbol: str, cell: tuple[int, int]) -> None:
        self._stroke, self._last = symbol, cell
        self.editor.begin()
        self.editor.paint(*cell, symbol)

    def _drag(self, pressed: bool, x: int, y: int) -> None:
        """Paints the way from where the mouse was last; a start is set down only once."""
        if not pressed:
            self._release()
            return
        cell = self._layout().cell_at(self.editor.shape, x, y)
        if cell is None or cell == self._last or self._stroke in (None, START):
            return
        for row, col in cells_between(self._last, cell):
            self.editor.paint(row, col, self._stroke)
        self._last = cell
        self._dirty = True

    def _release(self) -> None:
        self._stroke = None
        self._dirty = True

    def _begin_walk(self) -> None:
        self._forget()
        findings = self.findings
        if findings.grid is None:
            self._say("nobody can walk here yet", warns=True)
            return
        self._look(walk=Walk(findings.grid, self._rng))

    def _end_walk(self) -> None:
        self._forget()
        self._look(walk=None)

    def _walk(self, walk: Walk, action: int) -> None:
        walk.step(action)
        self._dirty = True
        if walk.over:
            self._end_walk()
            self._say(f"the walk is over: return {walk.total:+.2f} in {walk.steps} steps")


def cells_between(one: tuple[int, int], other: tuple[int, int]) -> Iterator[tuple[int, int]]:
    """The cells on the way from one to another, the first left out."""
    down, right = other[0] - one[0], other[1] - one[1]
    count = max(abs(down), abs(right))
    for at in range(1, count + 1):
        yield one[0] + round(down * at / count), one[1] + round(right * at / count)
