"""A virtual screen, a program with a real window on it, and a hand on mouse and keyboard."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image, ImageGrab

HAS_SCREEN = bool(shutil.which("Xvfb") and shutil.which("xdotool"))


@contextmanager
def virtual_screen() -> Iterator[str]:
    """A virtual screen of 1400 x 900."""
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-noreset", "-screen", "0", "1400x900x24"],
        pass_fds=[write],
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    with os.fdopen(read) as pipe:
        name = f":{pipe.readline().strip()}"
    try:
        yield name
    finally:
        server.terminate()
        server.wait(timeout=10)


class Desk:
    """A program with a window, and a hand on mouse and keyboard."""

    def __init__(self, display: str, folder: Path, *arguments: str) -> None:
        self.display = display
        self.env = {**os.environ, "DISPLAY": display, "SDL_AUDIODRIVER": "dummy"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "workshop", *arguments],
            cwd=folder,
            env=self.env,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def screen(self) -> np.ndarray:
        image: Image.Image = ImageGrab.grab(xdisplay=self.display)
        return np.asarray(image.convert("RGB"))

    def wait(
        self, condition: Callable[[np.ndarray], bool], what: str, seconds: float = 60
    ) -> np.ndarray:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            assert self.process.poll() is None, self.process.communicate()
            screen = self.screen()
            if condition(screen):
                return screen
            time.sleep(0.1)
        raise AssertionError(f"never seen: {what}")

    def xdotool(self, *arguments: object) -> str:
        command = ["xdotool", *map(str, arguments)]
        result = subprocess.run(command, env=self.env, capture_output=True, text=True, timeout=20)
        return result.stdout.strip()

    def click(self, x: int, y: int) -> None:
        self.xdotool("mousemove", x, y, "click", 1)

    def window(self) -> str:
        return self.xdotool("search", "--pid", self.process.pid).splitlines()[-1]

    def key(self, key: str) -> None:
        self.xdotool("windowfocus", "--sync", self.window(), "key", key)

    def close_button(self) -> None:
        """What a window manager sends when a person clicks the cross."""
        from Xlib.display import Display
        from Xlib.protocol.event import ClientMessage

        screen = Display(self.display)
        window = screen.create_resource_object("window", int(self.window()))
        delete = screen.intern_atom("WM_DELETE_WINDOW")
        protocols = screen.intern_atom("WM_PROTOCOLS")
        message = ClientMessage(
            window=window, client_type=protocols, data=(32, [delete, 0, 0, 0, 0])
        )
        window.send_event(message)
        screen.sync()
        screen.close()

    def end(self) -> tuple[int, str]:
        _, err = self.process.communicate(timeout=30)
        return self.process.returncode, err
