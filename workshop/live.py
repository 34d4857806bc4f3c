"""The window of `workshop train --watch`."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from rich.console import Console

from agents.agent import Agent
from envs.names import BadInput
from envs.worlds import World

if TYPE_CHECKING:
    from workshop.window import Window


class LiveWindow:
    """A window in which an agent acts that is still learning.

    Args:
        world: where it acts; a game of two it plays against itself.
        name: what to call it.
        wanted: whether there is to be a window at all.

    Raises:
        BadInput: a window is wanted, and there is no display.
    """

    def __init__(self, world: World, name: str, wanted: bool) -> None:
        self._world, self._name, self._wanted = world, name, wanted
        self._window: Window | None = None
        if wanted:
            from workshop.window import has_display

            if not has_display():
                raise BadInput("there is no display here for --watch")

    def frame(self, agent: Agent, seconds: float = 0.0) -> None:
        """Shows `agent` as it is now, if it is time to, and for `seconds` at least."""
        if not self._wanted:
            return
        from workshop.session import Session
        from workshop.window import Window

        if self._window is None:
            agents = [agent] * (2 if self._world.two_player else 1)
            session = Session(self._world, agents, [self._name] * len(agents), seed=0)
            self._window = Window(session)
        if self._window.open:
            self._window.tick(block=False)
        until = time.monotonic() + seconds
        while self._window.open and time.monotonic() < until:
            self._window.tick()

    def stay(self, console: Console) -> None:
        """Goes on showing the trained agent until the person closes the window."""
        if self._window is not None and self._window.open:
            console.print("trained; close the window to end")
            self._window.run()

    def close(self) -> None:
        """Closes the window; a second call does nothing."""
        if self._window is not None:
            self._window.close()
