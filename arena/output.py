"""What a bot prints: its process's standard output and error, read so that it never has to wait."""

from __future__ import annotations

import os
import re
import sys
from threading import Lock, Thread

KEPT = 4 * 1024
"""So many bytes are kept of the beginning, and of the end."""
AT_ONCE = 1 << 20
"""So much is read before looking at the clock again."""
OBEYED = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
"""What a terminal or a page would obey instead of showing it, and what no file can hold."""


def visible(text: str) -> str:
    """A bot's text with every control character written out: it moves no cursor, hides nothing."""
    return OBEYED.sub(lambda found: ascii(found[0])[1:-1], text)


class Output:
    """The reading end of a pipe.

    On Windows no one can ask whether a pipe holds anything, so a thread reads it all the time; a
    line may then be counted to the move after.
    """

    def __init__(self, pipe: int) -> None:
        self.pipe = pipe
        self._first, self._last, self._cut = b"", b"", 0
        self._lock = Lock()
        self._thread: Thread | None = None
        if sys.platform == "win32":
            self._thread = Thread(target=self._read_on, daemon=True)
            self._thread.start()
        else:
            os.set_blocking(pipe, False)

    def read(self) -> bool:
        """Takes in what is there; whether anything was."""
        if self._thread is not None:
            return False
        taken = 0
        while taken < AT_ONCE:
            try:
                part = os.read(self.pipe, 1 << 16)
            except BlockingIOError:
                break
            except OSError:
                break
            if not part:
                break
            self._keep(part)
            taken += len(part)
        return taken > 0

    def _read_on(self) -> None:
        while True:
            try:
                part = os.read(self.pipe, 1 << 16)
            except OSError:
                return
            if not part:
                return
            self._keep(part)

    def _keep(self, part: bytes) -> None:
        with self._lock:
            room = KEPT - len(self._first)
            self._first += part[:room]
            rest = self._last + part[room:]
            self._cut += max(0, len(rest) - KEPT)
            self._last = rest[-KEPT:]

    def take(self) -> str:
        """What has been printed since the last call: its beginning and its end."""
        if not (self._first or self._thread):
            return ""
        with self._lock:
            cut = f"\n... {self._cut} bytes left out ...\n".encode() if self._cut else b""
            text = (self._first + cut + self._last).decode("utf-8", "replace")
            self._first, self._last, self._cut = b"", b"", 0
        return visible(text.replace("\r\n", "\n"))

    def close(self) -> None:
        """Closes the pipe."""
        if self._thread is not None:
            self._thread.join(timeout=0.2)
        os.close(self.pipe)
