"""The printed code, in a window on top that scrolls."""

from __future__ import annotations

import pygame
import pygame_gui
from pygame_gui import UIManager
from pygame_gui.elements import UIWindow

from workshop.playground.layout import Layout
from workshop.skin import LongText


class CodeWindow:
    """Shows `text`, as it is, in letters of one width."""

    def __init__(self, manager: UIManager, layout: Layout, text: str) -> None:
        self.text = text
        self.closed = False
        unit, (width, height) = layout.unit, layout.size
        self.manager = manager
        rect = pygame.Rect(0, 0, min(round(860 * unit), width - 20), round(height * 0.9))
        rect.center = width // 2, height // 2
        self._window = UIWindow(
            rect, self.manager, "The PyTorch code of this setting", draggable=False
        )
        inside = self._window.get_container().get_size()
        place = pygame.Rect(0, 0, *inside)
        LongText(20 * unit, as_html(text), place, self.manager, container=self._window)

    def answer(self, event: pygame.event.Event) -> bool:
        """Whether an event was for this window: all of the mouse are."""
        self.manager.process_events(event)
        if event.type == pygame_gui.UI_WINDOW_CLOSE:  # also of one that was made anew since
            self.closed = event.ui_element is self._window
            return True
        return event.type in (
            pygame.MOUSEBUTTONDOWN, pygame.MOUSEBUTTONUP, pygame.MOUSEMOTION, pygame.MOUSEWHEEL
        )  # fmt: skip

    def draw(self, surface: pygame.Surface, passed: float) -> None:
        """Draws it, `passed` seconds after the last time."""
        self.manager.update(passed)
        self.manager.draw_ui(surface)


def as_html(text: str) -> str:
    """Code as pygame_gui's text box takes it: its spaces must not be run together."""
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return escaped.replace(" ", "\u00a0").replace("\n", "<br>")
