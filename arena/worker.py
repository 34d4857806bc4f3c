"""A bot's own process: `python -m arena.worker`. It is told percepts, and answers with actions.

Our own code comes first and is trusted. Then the jail is entered, and only then the bot's code is
loaded, which is not. A message is a list that begins with its number, and the answer begins with
the same one::

    [0, {...}]               ->  [0, level]      which jail, and the level that was reached
    [1, "load"]              ->  [1, "ready"]    from here on the bot's code runs
    [2, "game", seed, seat]  ->  [2, "ready"]    a new game
    [3, [16512, 129, 0]]     ->  [3, 4]          a percept, and the action

or, where the bot fails, `[3, "error", "ValueError: ..."]`; instead of `error` also `illegal` for an
answer that is no whole number, and `memory`. What the bot prints goes elsewhere: its standard
output is a pipe that the referee reads beside this line.
"""

from __future__ import annotations

import inspect
import mmap
import operator
import os
import random
import re
import socket
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from agents.agent import Agent, make_agent
from arena.bots import only_computes, sb3_algorithm
from arena.games import percept_maker
from arena.jail import PACKAGES, Jail, enter
from arena.jail.linux import die_with_parent
from arena.wire import Closed, Wire
from envs.names import BadInput
from envs.percept import Percept
from envs.worlds import World, find_world

Act = Callable[[Percept], Any]
MakeBot = Callable[[int], Act]
"""From a seed to a bot for one game."""


RESERVE = mmap.mmap(-1, 4 << 20)
"""Given back when a bot has used up its memory: to say so takes some."""
FRAMES = 30
"""So many of a traceback are printed; of an endless recursion there are thousands."""


class NoBot(Exception):
    """There is nothing in a file that could play."""


def main() -> None:
    """Serves one referee, until it hangs up."""
    wire = Wire(_connect(sys.argv[1]))
    try:
        number, told = wire.receive()
        die_with_parent()
        if sys.platform == "linux" and os.getppid() != told["referee"]:
            return  # it had died before
        world = find_world(told["world"], told["map"])
        if only_computes(told["kind"], told["source"]):
            import torch  # our own agents' networks; in the jail it could not make its threads

            torch.set_num_threads(1)
        wire.send([number, enter(Jail(**{**told["jail"], **_paths(told["jail"])}))])
        number, _ = wire.receive()
        make: MakeBot | None = None
        try:
            make = load(told["kind"], told["source"], world)
            make(0)
            answer = [number, "ready"]
        except MemoryError as error:
            RESERVE.close()
            answer = [number, *_failure(error)]
        except BaseException as error:
            answer = [number, *_failure(error)]
        _flush()
        wire.send(answer)
        if make is not None:
            serve(wire, make, percept_maker(world))
    except Closed:
        pass


def _connect(argument: str) -> socket.socket:
    """The socket that the referee left: its descriptor, or on Windows a description of it."""
    if sys.platform == "win32":
        return socket.fromshare(sys.stdin.buffer.read(int(argument)))
    return socket.socket(fileno=int(argument))


def _paths(jail: dict[str, Any]) -> dict[str, tuple[Path, ...]]:
    return {name: tuple(map(Path, jail[name])) for name in ("readable", "writable")}


def serve(wire: Wire, make: MakeBot, percept_of: Callable[[list[Any]], Percept]) -> None:
    """Answers every message."""
    act: Act | None = None
    while True:
        number, *message = wire.receive()
        try:
            if message[0] == "game":
                act = None
                act = make(message[1])
                answer = [number, "ready"]
            else:
                assert act is not None
                action = act(percept_of(message[0]))
                answer = [number, *_checked(action)]
        except MemoryError as error:
            RESERVE.close()
            answer = [number, *_failure(error)]
        except BaseException as error:  # also SystemExit: a bot does not end its own process
            answer = [number, *_failure(error)]
        _flush()
        wire.send(answer)


def _checked(action: Any) -> list[Any]:
    """A bot's answer, if it is a whole number of any kind; True is none."""
    kind = type(action)
    if kind is int:
        return [action] if abs(action) < 2**31 else ["illegal", "returned a huge number"]
    if not issubclass(kind, bool | np.bool_):
        try:
            return _checked(operator.index(action))
        except TypeError:
            pass
    told = re.sub(r" at 0x[0-9a-fA-F]+", "", repr(action))[:60]  # it differs from run to run
    return ["illegal", f"returned {told} ({kind.__name__}); an action is an int"]


def _failure(error: BaseException) -> list[str]:
    """What to answer when the bot's code fails; the traceback is printed for its author."""
    if isinstance(error, MemoryError):
        return ["memory", "out of memory"]
    if not isinstance(error, NoBot | BadInput):  # no line of it is the bot's own
        _print_traceback(error)
    try:
        told = " ".join(str(error).split())[:200]
    except BaseException:  # a bot's own exception may have no words
        told = "<what it says about itself fails too>"
    if isinstance(error, NoBot | BadInput):
        return ["error", told]
    return ["error", f"{type(error).__name__}: {told}{_line_of(error)}"]


def _line_of(error: BaseException) -> str:
    """Where in the bot's own code it happened."""
    if isinstance(error, SyntaxError):
        return ""  # it says so itself
    places = traceback.extract_tb(error.__traceback__, -FRAMES)
    libraries = str(Path(os.__file__).parent), str(Path(np.__file__).parents[1])
    own = [at for at in places if not at.filename.startswith(("<", *_ours(), *libraries))]
    return f" ({Path(own[-1].filename).name}, line {own[-1].lineno})" if own else ""


def _ours() -> tuple[str, ...]:
    """Where our own code lies; bots may lie beside it."""
    root = Path(__file__).resolve().parents[1]
    return tuple(str(root / package) for package in PACKAGES)


def _print_traceback(error: BaseException) -> None:
    """Prints it from the first line that is not ours."""
    within = error.__traceback__
    while within and within.tb_frame.f_code.co_filename.startswith(("<frozen importlib", *_ours())):
        within = within.tb_next
    with suppress(BaseException):  # it has closed its standard error, or broken its own exception
        traceback.print_exception(type(error), error, within, limit=-FRAMES)


def _flush() -> None:
    """So that what the bot printed is on its way before the answer is."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(BaseException):  # the bot has closed it, or put something else there
            stream.flush()


def load(kind: str, source: str, world: World) -> MakeBot:
    """What makes the bot for each game anew, so that no game depends on those before it.

    Raises:
        NoBot: there is none in the file.
        BaseException: whatever the bot's code raises.
    """
    if kind == "model":
        source = f"{sb3_algorithm(Path(source))}:path={source}"
    if only_computes(kind, source):
        trained = make_agent(source, world)  # one is enough for all games
        return lambda seed: _seeded(seed, lambda: trained.act)
    if kind == "built-in":
        return lambda seed: make_agent(source, world, seed).act
    path = Path(source) / "bot.py" if kind == "folder" else Path(source)
    if kind == "folder":
        sys.path.insert(0, str(path.parent))
    random.seed(0)
    np.random.seed(0)  # noqa: NPY002 - a bot may use the global one
    module = _import(path)
    function, mind = getattr(module, "act", None), getattr(module, "Agent", None)
    if inspect.isclass(mind) and mind is not Agent:
        takes = inspect.signature(mind).parameters
        return lambda seed: _seeded(seed, lambda: _made(mind, takes, world, seed))
    if callable(function):
        return lambda seed: _seeded(seed, lambda: function)
    raise NoBot(f"{path.name} has neither a function act(percept) nor a class Agent")


def _import(path: Path) -> ModuleType:
    """The bot's module, which can be imported by its name unless that is a library's."""
    taken = path.stem.isidentifier() and find_spec(path.stem) is not None
    name = f"{path.stem} of a bot" if taken and path.name != "bot.py" else path.stem
    spec = spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _made(mind: Any, takes: Any, world: World, seed: int) -> Act:
    """An instance of the bot's class; it may ask for `world` and `seed`."""
    given = {"world": world, "seed": seed}
    made = mind(**{name: value for name, value in given.items() if name in takes})
    act = getattr(made, "act", None)
    if not callable(act):
        raise NoBot("the class Agent has no method act(self, percept)")
    return act


def _seeded(seed: int, make: Callable[[], Act]) -> Act:
    """The bot, made after every generator it might use without asking has been seeded."""
    random.seed(seed)
    np.random.seed(seed % 2**32)  # noqa: NPY002 - a bot may use the global one
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(seed)
    return make()


if __name__ == "__main__":
    main()
    os._exit(0)  # whatever a bot left running does not hold this process up
