"""A bot at the window: it plays from a worker's process, in the jail and by a tournament's limits.

Its code never comes into the process of the window, which goes on while the bot thinks.
"""

from __future__ import annotations

import sys
import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from agents.agent import Agent, make_agent
from arena.bots import Bot, bot_at, find_bot, unchanged
from arena.games import packed
from arena.player import Failure, Limits, Player
from arena.records import Outcome
from envs.names import BadInput
from envs.percept import Percept
from envs.worlds import World

KINDS = ("file", "folder", "model")
"""What runs code that nobody has looked at."""
LOOK = 0.02
"""Seconds between two looks whether a bot that is being ended has ended."""


def make_player(name: str, world: World, seed: int | None = None) -> Agent:
    """The agent called `name`; a bot as a guest.

    Raises:
        BadInput: there is no such agent or bot, or it does not play this world.
    """
    bot = bot_at(Path(name)) if Path(name).exists() else None
    if Path(name).suffix in (".py", ".zip") and bot is None:
        bot = find_bot(name)  # it says what is wrong
    if bot is None or bot.kind not in KINDS:
        return make_agent(name, world, seed)
    if not world.two_player and not world.is_gridworld:
        raise BadInput(f"bots play games of two and in gridworlds, not {world.name}")
    return Guest(bot, world)


class Guest(Agent):
    """A bot that is asked for one move at a time, in a thread of its own.

    Of what it prints everything goes to standard error.
    """

    has_memory = True

    def __init__(self, bot: Bot, world: World, limits: Limits | None = None) -> None:
        self._world, self._limits = world, limits or Limits()
        self._player = Player(bot, world, self._limits)
        self._line = ThreadPoolExecutor(1)  # a worker dies with the thread that has started it
        self._going: list[Future[Any]] = []
        self._begun: Future[None] | None = None
        self._asked: tuple[Any, Future[int]] | None = None

    def begin(self, seed: int, seat: int) -> None:
        """A new game; of a file that has changed meanwhile, with what it says now."""
        self._asked = None
        self._begun = self._submit(self._begin, seed, seat)

    @property
    def asked(self) -> Future[int] | None:
        """The move that it has been asked for, if it has been asked."""
        return self._asked[1] if self._asked else None

    def move(self, percept: Percept) -> Future[int]:
        """Its move; it is asked for, if that has not been done."""
        here = percept.observation.tobytes(), percept.player
        if self._asked is None or self._asked[0] != here:
            self._asked = here, self._submit(self._ask, self._begun, percept)
        return self._asked[1]

    def act(self, percept: Percept) -> int:
        """Its move, for which this waits.

        Raises:
            Failure: it has none in time, or none at all, or an illegal one.
        """
        move = self.move(percept)
        self._asked = None
        return move.result()

    def close(self) -> None:
        """Ends its process, whatever it is doing; a second call does nothing."""
        self._line.shutdown(wait=False, cancel_futures=True)
        while not all(task.done() for task in self._going):
            self._player.kill()
            time.sleep(LOOK)
        self._player.end()

    def _submit(self, task: Any, *arguments: Any) -> Future[Any]:
        future = self._line.submit(task, *arguments)
        self._going = [one for one in self._going if not one.done()] + [future]
        return future

    def _begin(self, seed: int, seat: int) -> None:
        try:
            if not unchanged(self._player.bot):
                self._player.end()
                self._player = Player(find_bot(self._player.bot.source), self._world, self._limits)
            self._player.begin(seed, seat)
        except (OSError, BadInput) as error:  # no process, or no file any more
            raise Failure(Outcome.VOID, str(error)) from None
        finally:
            self._pass_on()

    def _ask(self, begun: Future[None], percept: Percept) -> int:
        begun.result()
        rules, state = self._world.rules, packed(percept)
        if rules is not None and percept.board is not None:
            state = [*rules.from_board(percept.board), percept.player]
        try:
            action = self._player.ask(state).action
        finally:
            self._pass_on()
        if action not in percept.legal_actions:
            legal = ", ".join(map(str, percept.legal_actions))
            raise Failure(Outcome.ILLEGAL, f"played {action}; legal: {legal}")
        return action

    def _pass_on(self) -> None:
        """What it has printed."""
        print(self._player.take_output(), end="", file=sys.stderr, flush=True)
