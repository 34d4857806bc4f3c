"""When the screen is taken away under a window: one line, where Xlib would say two of its own."""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
from collections.abc import Callable
from typing import Any

_kept: list[Any] = []
"""The handler that Xlib calls must live as long as the process."""


def tell_if_lost(name: str) -> None:
    """From here on, a lost X server ends the process with a line, in the name of a command.

    Xlib leaves no other way: after its handler it ends the process itself. Does nothing on other
    systems, where SDL closes the window.
    """
    if not sys.platform.startswith("linux"):
        return

    def lost(_: int) -> int:
        os.write(2, f"workshop {name}: the display is gone\n".encode())
        os._exit(1)

    with contextlib.suppress(OSError, AttributeError):  # no X here
        kind: Callable[..., Any] = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p)
        handler = kind(lost)
        ctypes.CDLL("libX11.so.6").XSetIOErrorHandler(handler)
        _kept.append(handler)
