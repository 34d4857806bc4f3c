"""A bot as the referee sees it: a process that is asked, and that is ended when it does not answer.

Every wait has a deadline, and ends at once when the process does. The process is ended together
with all it has started.
"""

from __future__ import annotations

import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, Literal, NamedTuple
from uuid import uuid4

import arena
from arena.bots import Bot, unchanged
from arena.jail.limits import confine_child
from arena.output import Output, visible
from arena.records import Outcome
from arena.wire import Closed, Garbled, Wire
from envs.worlds import World

FAILURES = {
    "illegal": Outcome.ILLEGAL,
    "error": Outcome.ERROR,
    "memory": Outcome.MEMORY,
}
"""What a worker may answer instead of an action."""
STARTING = 60.0
"""Seconds for our own code, which comes before a bot's: to import torch may take ten on a slow
machine, and that is not the bot's doing."""
REASON = 300
"""A reason has at most so many characters."""


class Limits(NamedTuple):
    """What a bot is granted."""

    move: float = 1.0
    """Seconds for a move."""
    grace: float = 0.05
    """Seconds more before its process is ended: the machine's own delays are not the bot's."""
    bank: float = 60.0
    """Seconds for all moves of a game."""
    load: float = 10.0
    """Seconds to be loaded, and to be made anew for a game."""
    memory: int = 1024
    """MiB, beyond what our own code takes."""
    jail: int = 2
    """The highest level of the jail that is asked for; see `arena.jail`."""


class Failure(Exception):
    """A bot has done what loses the game."""

    def __init__(self, outcome: Outcome, reason: str) -> None:
        super().__init__(reason)
        self.outcome = outcome
        self.reason = visible(" ".join(reason[: 2 * REASON].split()))[:REASON]


class Changed(OSError):
    """A bot is not any more what it was when it was found: its games would go by a wrong name."""

    def __init__(self, bot: Bot) -> None:
        super().__init__(f"{bot.source} has changed meanwhile; the same command plays it anew")


class Answer(NamedTuple):
    """What a bot answered, and how long that took."""

    action: int
    """Not yet checked against the rules."""
    seconds: float


class Player:
    """One bot's process, for games of one world.

    Args:
        bot: who.
        world: where.
        limits: what it is granted.
    """

    def __init__(self, bot: Bot, world: World, limits: Limits) -> None:
        self.bot, self.world, self.limits = bot, world, limits
        self.level: int | None = None
        """The level of the jail that was reached."""
        self.loading = 0.0
        """The seconds that the bot took to be loaded."""
        self.overrun = 0.0
        """By how many seconds a move of this game came later than its limit, at most."""
        self._left = limits.bank
        self._process: subprocess.Popen[bytes] | None = None
        self._number = 0

    @property
    def alive(self) -> bool:
        """Whether its process is there."""
        return self._process is not None

    def start(self) -> None:
        """Starts the process; `ready` waits for it.

        Raises:
            OSError: the system has no process, no memory or no descriptor left.
            Changed: the bot's files are others now.
        """
        if not unchanged(self.bot):
            raise Changed(self.bot)
        with ExitStack() as undo:
            self._folder = Path(tempfile.mkdtemp(prefix="workshop-bot-")).resolve()
            undo.callback(remove, self._folder)
            ours, theirs = socket.socketpair()
            undo.callback(ours.close)
            undo.callback(theirs.close)
            reading, writing = os.pipe()
            undo.callback(os.close, reading)
            undo.callback(os.close, writing)
            self._launch(theirs, writing)
            undo.pop_all()
        theirs.close()
        os.close(writing)
        self.output = Output(reading)
        ours.settimeout(self.limits.move + self.limits.grace)  # a bot may leave a message unread
        self._wire = Wire(ours)
        self._poll = None
        if hasattr(select, "poll"):
            self._poll = select.poll()
            self._poll.register(ours, select.POLLIN)  # before the pipe, see _wait
            self._poll.register(reading, select.POLLIN)
        self._number = 1
        self._send([0, self._told()])
        self._send([1, "load"])
        self._started = time.perf_counter()

    def _launch(self, theirs: socket.socket, writing: int) -> None:
        """The process, which is given one end of the line, and prints to `writing`."""
        windows = sys.platform == "win32"
        argument = "0" if windows else str(theirs.fileno())
        options: dict[str, Any] = (
            {"stdin": subprocess.PIPE}
            if windows
            else {
                "stdin": subprocess.DEVNULL,
                "pass_fds": (theirs.fileno(),),
                "start_new_session": True,
            }
        )
        python, environment = sys.executable, self._environment()
        if windows:  # there a virtual environment's own is but a launcher, which a job would stop
            python = getattr(sys, "_base_executable", python)
            environment["__PYVENV_LAUNCHER__"] = sys.executable
        if windows:  # the description of a socket can only be made for a process that is there
            argument = str(SHARED)
        self._process = subprocess.Popen(
            [python, "-P", "-u", "-m", "arena.worker", argument],
            stdout=writing,
            stderr=writing,
            cwd=self._folder,
            env=environment,
            **options,
        )
        if sys.platform == "win32":
            assert self._process.stdin is not None
            self._job = confine_child(self._process, self.limits.memory)
            self._process.stdin.write(theirs.share(self._process.pid).ljust(SHARED, b"\0"))
            self._process.stdin.close()

    def _environment(self) -> dict[str, str]:
        """What a bot may know of the surroundings, and how it should behave in them."""
        kept = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
        root = str(Path(arena.__file__).resolve().parents[1])
        own = {name: str(self._folder) for name in ("HOME", "TMPDIR", "TEMP", "TMP", "USERPROFILE")}
        return {**kept, **own, **SETTINGS, "PYTHONPATH": root}

    def _told(self) -> dict[str, Any]:
        """What the worker has to know."""
        source = self.bot.source
        if self.bot.kind != "built-in":
            source = self.bot.moved(self.bot.path.resolve()).source
        jail = {
            "level": self.limits.jail,
            "readable": [str(path) for path in self.bot.readable],
            "writable": [str(self._folder)],
            "memory": self.limits.memory,
        }
        return {
            "world": self.world.name,
            "map": self.world.map_file_text,
            "kind": self.bot.kind,
            "source": source,
            "jail": jail,
            "referee": os.getpid(),
        }

    def ready(self) -> None:
        """Waits until the bot is loaded.

        Raises:
            Failure: it cannot be loaded.
            OSError: its process has not begun; that is the machine's fault.
            Changed: its files are others now, and nobody knows which of them were read.
        """
        late = f"not loaded after {self.limits.load:g} s"
        try:
            level = self._begun()
            began = time.perf_counter()
            self._receive(1, began + self.limits.load, late, "ready")
            self.loading = time.perf_counter() - began
        except Failure as failure:
            self.end()
            raise Failure(Outcome.LOAD_ERROR, failure.reason) from None
        finally:
            if not unchanged(self.bot):
                self.end()
                raise Changed(self.bot)
        self.level = level

    def _begun(self) -> int:
        """The level of the jail, which our own code tells before the bot's begins."""
        try:
            return self._receive(0, self._started + STARTING, "late", int)
        except Failure as failure:
            if failure.outcome is Outcome.TIMEOUT:
                raise OSError(f"no process has begun after {STARTING:g} s") from None
            raise

    def begin(self, seed: int, seat: int) -> None:
        """Begins a game, with a process of its own if the last one has ended.

        Raises:
            Failure: the bot cannot be loaded.
        """
        if not self.alive:
            self.start()
        if self.level is None:
            self.ready()
            self.take_output()  # which game is a process's first is not the game's own doing
        self._left, self.overrun = self.limits.bank, 0.0
        self._number += 1
        self._send([self._number, "game", seed, seat])
        late = f"a new game has not begun after {self.limits.load:g} s"
        self._receive(self._number, time.perf_counter() + self.limits.load, late, "ready")

    def ask(self, state: list[Any]) -> Answer:
        """The bot's action for the state of a game.

        Raises:
            Failure: there is none in time, or none at all.
        """
        limits = self.limits
        limit = min(limits.move, self._left)
        began = time.perf_counter()
        self._number += 1
        self._send([self._number, state])
        what = "its time for the game is used up" if limit < limits.move else "no move"
        late = f"{what} after {limit:.3g} s"
        action = self._receive(self._number, began + limit + limits.grace, late, int)
        seconds = time.perf_counter() - began
        self._left = max(0.0, self._left - seconds)
        self.overrun = max(self.overrun, seconds - limit)
        return Answer(action, seconds)

    def _send(self, message: list[Any]) -> None:
        with suppress(Closed):  # the answer that does not come tells why
            self._wire.send(message)

    def _receive(
        self, number: int, deadline: float, late: str, wanted: type[int] | Literal["ready"]
    ) -> Any:
        """The answer to a message: a whole number, or that all is ready.

        Nothing else is believed, since a bot's code can reach the line and write what it likes.

        Raises:
            Failure: it is another one, it is none, or it comes too late.
        """
        try:
            answer = self._wait(deadline)
            if answer is None:
                self.end()
                raise Failure(Outcome.TIMEOUT, late)
        except Closed:
            raise self._end_of() from None
        except Garbled as error:
            self.end()
            raise Failure(Outcome.ERROR, f"what it sent is no answer: {error}") from None
        match answer:
            case [asked, *_] if asked != number:
                self.end()
                raise Failure(Outcome.ERROR, "it answered what it was not asked")
            case [_, "illegal" | "error" | "memory" as kind, str(reason)]:
                if kind == "memory":  # what it holds is not given back
                    self.end()
                raise Failure(FAILURES[kind], reason)
            case [_, told] if told == wanted or type(told) is wanted:
                return told
        self.end()
        raise Failure(Outcome.ERROR, "what it sent is no answer")

    def _wait(self, deadline: float) -> Any:
        """The next message; None if there is none before the deadline.

        The socket is looked at before the pipe: where an answer is seen, what was printed before
        it is seen as well.
        """
        wire = self._wire
        while (message := wire.next()) is None:
            left = deadline - time.perf_counter()
            if left <= 0:
                return None
            if self._poll is None:
                wire.end.settimeout(left)
                try:
                    wire.read()
                except TimeoutError:
                    return None
                continue
            ready = self._poll.poll(left * 1000)
            if any(end == self.output.pipe for end, _ in ready) and not self.output.read():
                self._poll.unregister(self.output.pipe)  # the bot has closed it
            if any(end != self.output.pipe for end, _ in ready):
                wire.read()
        return message

    def _end_of(self) -> Failure:
        """Why the line is dead."""
        assert self._process is not None
        process = self._process
        try:
            code: int | None = process.wait(timeout=self.limits.grace)
        except subprocess.TimeoutExpired:
            code = None
        self.end()
        if code is None:
            return Failure(Outcome.ERROR, "its process hung up")
        if sys.platform != "win32" and code == -signal.SIGKILL:
            return Failure(Outcome.MEMORY, "its process was killed by the system: out of memory")
        if code < 0:
            with suppress(ValueError):  # a signal without a name
                return Failure(Outcome.ERROR, f"its process ended ({signal.Signals(-code).name})")
        return Failure(Outcome.ERROR, f"its process ended (exit code {code})")

    def peak_memory(self) -> int | None:
        """How many MiB its process has had at most; None where the system does not tell."""
        status = Path(f"/proc/{self._process.pid}/status") if self._process else Path()
        if not status.is_file():
            return None
        for row in status.read_text().splitlines():
            if row.startswith("VmHWM"):
                return int(row.split()[1]) // 1024
        return None  # it has just ended

    def end(self) -> None:
        """Ends the process, and all that it started."""
        if self._process is None:
            return
        self.kill()
        process, self._process, self.level = self._process, None, None
        process.wait()
        self.output.read()
        self.said = self.output.take()
        self.output.close()
        self._wire.close()
        remove(self._folder)

    def kill(self) -> None:
        """Kills the process and all that it started; a thread that waits for its answer learns it.

        It is left to `end` to clean up.
        """
        process = self._process
        if process is None:
            return
        if sys.platform == "win32":
            process.kill()
        else:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)

    def take_output(self) -> str:
        """What the bot has printed since the last call."""
        if self.alive:
            return self.output.take()
        said, self.said = self.said, ""
        return said

    said = ""
    """What was printed before the process ended."""


def remove(folder: Path) -> None:
    """Removes a folder, however deep the folders in it lie: what is in them is moved up first.

    `shutil.rmtree` calls itself once a level, and a bot can make more levels than it can.
    """
    with suppress(OSError):
        while entries := list(os.scandir(folder)):
            for entry in entries:
                if not entry.is_dir(follow_symlinks=False):
                    Path(entry).unlink()
                    continue
                for inner in list(os.scandir(entry)):
                    Path(inner).rename(folder / uuid4().hex)
                Path(entry).rmdir()
    shutil.rmtree(folder, ignore_errors=True)


SHARED = 1024
"""On Windows, the bytes in which a socket is described to the worker."""
KEPT_VARIABLES = ("PATH", "SYSTEMROOT", "LANG", "LC_ALL", "LD_LIBRARY_PATH")
"""Of the surroundings a bot sees no more than these."""
SETTINGS = {
    "PYTHONHASHSEED": "0",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONIOENCODING": "utf-8",
    "PYGAME_HIDE_SUPPORT_PROMPT": "1",
    **{
        f"{library}_NUM_THREADS": "1"
        for library in ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "VECLIB_MAXIMUM")
    },
}
"""Every bot has one thread, and hashes its strings alike."""
