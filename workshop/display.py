"""The display: whether there is one, a window on it, and what happens when it goes away."""

from __future__ import annotations

import ctypes
import os
import sys
import time

import pygame

from envs.names import BadInput

SIZE, LEAST, MARGIN = (1280, 800), (640, 480), (40, 100)
"""Pixels of a window that opens: as designed, at least, and what is left free of the desktop."""
PATIENCE, NAP = 0.25, 0.025
"""Seconds that a window rests at most while nothing happens, and between two looks around then.

SDL's own waiting for an event looks around every millisecond, which costs five times as much.
"""
_handlers: list[object] = []
"""What Xlib calls must not be collected."""
_last_sizes: list[tuple[int, int]] = []
"""How large the person had made this program's last window."""


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
    if sys.platform.startswith("linux") and os.environ.get("SDL_VIDEODRIVER", "x11") == "x11":
        # a picture goes to the screen as it is; SDL's way through OpenGL costs 6 ms a frame where
        # there is no graphics card
        os.environ.setdefault("SDL_FRAMEBUFFER_ACCELERATION", "0")
    reach_display()
    try:
        surface = pygame.display.set_mode(_size(), pygame.RESIZABLE)
    except pygame.error as error:
        raise BadInput(f"no window can be opened here: {error}") from None
    pygame.display.set_caption(f"Deep Learning Workshop: {title}")
    if pygame.display.get_driver() == "x11":
        _say_so_when_it_is_gone()
    return surface


def close_surface() -> None:
    """Closes the window, and the next one opens as large; a second call does nothing."""
    if pygame.display.get_init():
        surface = pygame.display.get_surface()
        _last_sizes[:] = [] if surface is None or _draws_nothing() else [surface.get_size()]
        pygame.display.quit()


def reach_display() -> None:
    """Gets at the screen.

    Raises:
        BadInput: it cannot be reached; SDL would draw where nobody can look.
    """
    chosen = os.environ.get("SDL_VIDEODRIVER")
    x11, wayland = os.environ.get("DISPLAY"), os.environ.get("WAYLAND_DISPLAY")
    if sys.platform.startswith("linux") and x11 and not (chosen or wayland):
        os.environ["SDL_VIDEODRIVER"] = "x11"  # else Wayland's library says that it is not there
    try:
        pygame.display.init()
    except pygame.error as error:
        why = f"the display {x11} does not answer" if x11 and not chosen else str(error)
        raise BadInput(f"no window can be opened here: {why}") from None
    if _draws_nothing() and not chosen:
        pygame.display.quit()
        raise BadInput(f"no window can be opened here: the display {wayland} does not answer")


def _size() -> tuple[int, int]:
    """How large the next window opens: as the last one was, or as the desktop allows."""
    if _draws_nothing():
        return SIZE
    return _last_sizes[0] if _last_sizes else opening_size(pygame.display.get_desktop_sizes()[0])


def _draws_nothing() -> bool:
    """Whether nothing of a window is ever seen, so that there is no desktop either."""
    return pygame.display.get_driver() in ("dummy", "offscreen")


def opening_size(desktop: tuple[int, int]) -> tuple[int, int]:
    """How large a window opens: on a small desktop with room for its frame and the task bar."""
    wide, high = (
        max(least, min(size, whole - margin))
        for size, least, whole, margin in zip(SIZE, LEAST, desktop, MARGIN, strict=True)
    )
    return wide, high


def _say_so_when_it_is_gone() -> None:
    """Xlib ends a program whose display is gone; before that, one line says why."""

    def gone(display: object) -> int:
        os.write(2, b"workshop: the display is gone\n")
        os._exit(2)

    try:
        xlib = ctypes.CDLL("libX11.so.6")
    except OSError:  # then SDL has another one, and its own words
        return
    handler = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p)(gone)
    _handlers.append(handler)
    xlib.XSetIOErrorHandler(handler)


def next_events(seconds: float) -> list[pygame.event.Event]:
    """What has happened; if nothing has, it is waited for, so long and no longer."""
    until = time.monotonic() + min(seconds, PATIENCE)
    events = pygame.event.get()
    while not events and (left := until - time.monotonic()) > 0:
        pygame.time.wait(max(1, round(min(left, NAP) * 1000)))
        events = pygame.event.get()
    return events
