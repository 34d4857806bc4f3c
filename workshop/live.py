"""The window of `workshop train --watch`: `workshop watch RUN`, in a process of its own.

It reads what the training keeps in the run folder, so it takes nothing of the learner's time but
what two programs on one machine take of each other; it may be closed, or fall over, and the
training goes on.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Protocol

from rich.console import Console

from envs.names import BadInput

WAIT = 10
"""Seconds that a window is given to end."""
LOOK = 0.1
"""Seconds between two looks whether the window is still there."""


class Asked(Protocol):
    """Something that may be asked to stop: Ctrl-C, or whoever began this."""

    @property
    def asked(self) -> bool:
        """Whether it was."""


class LiveWindow:
    """A window onto a run folder.

    Args:
        wanted: whether there is to be one at all.

    Raises:
        BadInput: one is wanted, and there is no display.
    """

    def __init__(self, wanted: bool) -> None:
        self._wanted = wanted
        self._process: subprocess.Popen[bytes] | None = None
        if wanted:
            from workshop.display import has_display

            if not has_display():
                raise BadInput("there is no display here for --watch")

    def show(self, folder: Path) -> None:
        """Opens it, if that was not done yet: there is something to see in the run folder."""
        if not self._wanted or self._process is not None:
            return
        command = [sys.executable, "-m", "workshop", "watch", str(folder.absolute())]
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=os.name == "posix",  # Ctrl-C is for the training
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )

    def stay(self, console: Console, interrupted: Asked) -> None:
        """Waits until the person closes the window, or asks with Ctrl-C."""
        if self._process is not None and self._process.poll() is None:
            console.print("trained; close the window to end")
            while self._process.poll() is None and not interrupted.asked:
                time.sleep(LOOK)

    def close(self) -> None:
        """Closes the window; a second call does nothing."""
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(WAIT)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
