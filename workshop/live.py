"""The window of `workshop train --watch`.

It works on the learner's own thread, so what it takes is lost to the training. Therefore it is
paced: after each picture it rests for as long as it takes to keep to its share of the time.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from rich.console import Console

from agents.agent import Agent
from envs.names import BadInput
from envs.worlds import World

if TYPE_CHECKING:
    from workshop.window import Window


SHARE = 0.01
"""What pictures may take of a training's time."""
ANSWERS = 0.002
"""What looking for keys, clicks and the close button may take; that is done more often."""
Clock = Callable[[], float]
CLOCKS = (time.perf_counter, time.process_time)
"""The second stands still while other programs have the processor: then the rest is longer."""


class Pace:
    """Keeps work to a share of the time: `with pace:` around it, and only while it is `ready`.

    Work that took a second at a share of 1 % is followed by a rest of 99 seconds, by every clock.

    Args:
        share: between 0 and 1.
        clocks: each tells a time in seconds.
    """

    def __init__(self, share: float, clocks: Sequence[Clock] = CLOCKS) -> None:
        self._rest_per_work = 1 / share - 1
        self._clocks = clocks
        self._began = self._rests_until = [-float("inf")] * len(clocks)

    @property
    def ready(self) -> bool:
        """Whether the rest is over."""
        return all(
            clock() >= until for clock, until in zip(self._clocks, self._rests_until, strict=True)
        )

    def __enter__(self) -> None:
        self._began = [clock() for clock in self._clocks]

    def __exit__(self, *_: object) -> None:
        ended = [clock() for clock in self._clocks]
        self._rests_until = [
            now + (now - began) * self._rest_per_work
            for began, now in zip(self._began, ended, strict=True)
        ]


class LiveWindow:
    """A window in which an agent acts that is still learning.

    Args:
        world: where it acts; a game of two it plays against itself.
        name: what to call it.
        wanted: whether there is to be a window at all.
        clocks: the first tells how long a picture has been shown, all of them set the pace.

    Raises:
        BadInput: a window is wanted, and there is no display.
    """

    def __init__(
        self, world: World, name: str, wanted: bool, clocks: Sequence[Clock] = CLOCKS
    ) -> None:
        self._world, self._name, self._wanted = world, name, wanted
        self._window: Window | None = None
        self._clock = clocks[0]
        self._pictures, self._answers = Pace(SHARE, clocks), Pace(ANSWERS, clocks)
        if wanted:
            from workshop.window import has_display

            if not has_display():
                raise BadInput("there is no display here for --watch")

    def frame(self, agent: Agent, seconds: float = 0.0) -> None:
        """Shows `agent` as it is now, if it is time to, and for `seconds` at least."""
        if not self._wanted:
            return
        if self._window is None:
            self._window = self._open(agent)
        if self._window.open and self._answers.ready:
            with self._answers:
                self._window.answer()
        if self._window.open and self._window.due and self._pictures.ready:
            with self._pictures:
                self._window.tick(block=False)
        until = self._clock() + seconds
        while self._window.open and self._clock() < until:
            self._window.tick()

    def _open(self, agent: Agent) -> Window:
        """The window with its first picture, which are not paced: both come once."""
        from workshop.session import Session
        from workshop.window import Window

        agents = [agent] * (2 if self._world.two_player else 1)
        session = Session(self._world, agents, [self._name] * len(agents), seed=0)
        window = Window(session)
        window.status = "still learning"
        window.tick(block=False)
        return window

    def stay(self, console: Console) -> None:
        """Goes on showing the trained agent until the person closes the window."""
        if self._window is not None and self._window.open:
            console.print("trained; close the window to end")
            self._window.status = ""
            self._window.run()

    def close(self) -> None:
        """Closes the window; a second call does nothing."""
        if self._window is not None:
            self._window.close()
