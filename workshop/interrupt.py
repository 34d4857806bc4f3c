"""Ctrl-C while something is at work that must be left in order."""

from __future__ import annotations

import signal
from types import FrameType
from typing import Any


class Interrupt:
    """Turns the first Ctrl-C into a wish to stop, granted at the next chance to."""

    def __init__(self) -> None:
        self.asked = False
        self._before: Any = None

    def __enter__(self) -> Interrupt:
        self._before = signal.signal(signal.SIGINT, self._ask)
        return self

    def __exit__(self, *_: object) -> None:
        signal.signal(signal.SIGINT, self._before)

    def _ask(self, signum: int, frame: FrameType | None) -> None:
        if self.asked:  # the second Ctrl-C does not wait
            raise KeyboardInterrupt
        self.asked = True
