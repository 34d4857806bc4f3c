"""JSON, a line a message, over a socket between a referee and a worker."""

from __future__ import annotations

import json
import socket
import time
from typing import Any

LONGEST = 64 * 1024
"""No message is longer, in bytes."""


class Closed(Exception):
    """The other end is gone."""


class Garbled(Exception):
    """What came is no message."""


class Wire:
    """One end of the line. No wait is without a deadline, unless none is given."""

    def __init__(self, end: socket.socket) -> None:
        self.end = end
        self._rest = b""

    def send(self, message: Any) -> None:
        """Sends a message.

        Raises:
            Closed: nobody is there to read it.
        """
        try:
            self.end.sendall(json.dumps(message, separators=(",", ":")).encode() + b"\n")
        except OSError as error:
            raise Closed(str(error)) from None

    def receive(self, seconds: float | None = None) -> Any:
        """The next message.

        Raises:
            Closed: there is none, and there will be none.
            Garbled: it is too long, or no JSON.
            TimeoutError: it did not come in time.
        """
        deadline = None if seconds is None else time.monotonic() + seconds
        while (message := self.next()) is None:
            if deadline is not None:
                left = deadline - time.monotonic()
                if left <= 0:
                    raise TimeoutError
                self.end.settimeout(left)
            self.read()
        return message

    def read(self) -> None:
        """Takes in what has come; waits for it if nothing has, as the socket's timeout allows."""
        try:
            part = self.end.recv(LONGEST)
        except TimeoutError:
            raise
        except OSError as error:
            raise Closed(str(error)) from None
        if not part:
            raise Closed
        self._rest += part
        if len(self._rest) > LONGEST:
            raise Garbled(f"more than {LONGEST // 1024} KiB")

    def next(self) -> Any:
        """The next message of those taken in; None if there is none that is whole."""
        line, newline, rest = self._rest.partition(b"\n")
        if not newline:
            return None
        self._rest = rest
        try:
            return json.loads(line)
        except (ValueError, RecursionError):
            raise Garbled(f"no JSON: {line[:40]!r}") from None

    @property
    def empty(self) -> bool:
        """Whether nothing has been taken in that is not read yet."""
        return not self._rest

    def close(self) -> None:
        """Closes this end."""
        self.end.close()
