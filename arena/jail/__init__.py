"""The jail: what a bot's process may do, once our own code is loaded and before the bot's is.

    level 0   a process of its own, which can be ended at any time: everywhere
    level 1   bounded memory, files, processes: Linux, macOS
    level 2   reads nothing but Python, this program and its own files; writes nothing but its
              scratch folder; no network, no other process, no thread: Linux, without being root

What it promises: a bot's accidents do no harm, and casual cheating (reading another bot's code,
asking the network, thinking on the other's time) does not work. What it does not promise: to hold
somebody who is determined to break out of it. For strangers' code put a container or a virtual
machine around the whole tournament. On Windows a bot gets a job object, which bounds its memory,
allows it no child, and ends it with the referee.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from arena.jail import landlock, limits, linux, seccomp

NAMES = (
    "a process of its own",
    "bounded memory, files and processes",
    "no files, network, processes or threads but its own",
)
"""What each level is, in a few words."""
PROMISE = "It stops accidents and casual cheating; for strangers' code put a container around it."
SYSTEM = (
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/usr/local/lib",
    "/usr/local/lib64",
    "/usr/share/fonts",
    "/usr/share/locale",
    "/usr/share/zoneinfo",
    "/nix/store",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/dev/null",
    "/dev/zero",
    "/dev/urandom",
    "/proc/cpuinfo",
    "/proc/meminfo",
    *(f"/proc/self/{name}" for name in ("cgroup", "cmdline", "fd", "limits")),
    *(f"/proc/self/{name}" for name in ("maps", "smaps", "stat", "statm", "status")),
    "/sys/devices/system/cpu",
)
"""What libraries read that says nothing about people. No folder above these: in a container the
whole program, bots and all, may lie in /usr/src or /usr/local. Nor all of /proc/self: the machine's
connections are in it."""
PREFIX = ("lib", "lib64", "share")
"""What Python reads of where it is installed; a virtual environment may be the folder of bots."""
PACKAGES = ("agents", "arena", "envs")
"""Our own code. Not the folder it lies in: bots may lie there too."""


class Jail(NamedTuple):
    """What to enforce."""

    level: int
    """The highest level wanted."""
    readable: tuple[Path, ...] = ()
    """The bot's own files and folders."""
    writable: tuple[Path, ...] = ()
    """Its scratch folder."""
    memory: int = 1024
    """MiB, beyond what the process has mapped already."""


def enter(jail: Jail, tell: Callable[[str], object] | None = None) -> int:
    """Puts this process into the jail, for good. Takes a process with one Python thread.

    Args:
        tell: is told why the level is lower than what was asked for, if something failed.

    Returns:
        The level that was reached: what this machine supports, and no more than was asked for.
    """
    if jail.level < 1 or sys.platform == "win32":
        return 0
    try:
        linux.die_with_parent()
    except OSError as error:  # a container of its own kind, or it has entered already
        if tell is not None:
            tell(str(error))
        return 0
    limits.apply(jail.memory)
    if jail.level < 2 or not supported():
        return 1
    try:
        linux.give_up_privileges()
        landlock.restrict([*readable_by_all(), *jail.readable], jail.writable)
        seccomp.restrict()
    except OSError as error:  # it may still be half closed, which does no harm
        if tell is not None:
            tell(str(error))
        return 1
    return 2


def supported() -> bool:
    """Whether this machine has what level 2 takes."""
    return not missing()


def highest() -> int:
    """The highest level this machine supports."""
    if sys.platform == "win32":
        return 0
    return 2 if supported() else 1


class Protection(NamedTuple):
    """A level of the jail on this machine."""

    level: int
    works: bool
    found: str
    """What it does here, or why it does not."""


def probe() -> list[Protection]:
    """The levels, tried by a process that enters the highest; this one stays as it is."""
    if sys.platform == "win32":
        return [Protection(0, True, f"{NAMES[0]}, in a job object")]
    told = _tried_by_a_child()
    found = [Protection(0, True, NAMES[0]), Protection(1, told[0] >= 1, NAMES[1])]
    how = f"Landlock ABI {landlock.version()}, seccomp"
    return [*found, Protection(2, told[0] == 2, f"{NAMES[2]} ({how})" if told[0] == 2 else told[1])]


def _tried_by_a_child() -> tuple[int, str]:
    """The level reached, and why it is not the highest."""
    code = "import json; from arena.jail import Jail, enter; told = []; "
    code += "print(json.dumps([enter(Jail(2), told.append), ' '.join(told)]))"
    child = subprocess.run(
        [sys.executable, "-P", "-c", code],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])},
    )
    if child.returncode != 0:
        return 0, f"the process that tried it ended with exit code {child.returncode}"
    level, reason = json.loads(child.stdout)
    return level, reason or missing()


def missing() -> str:
    """Why level 2 is not to be had on this machine, if it is not."""
    if not linux.known():
        return "it takes Linux, 64 bits, on x86_64 or aarch64"
    if landlock.version() < 1:
        return "it takes Landlock: Linux 5.13 or newer, with landlock among its security modules"
    return "" if seccomp.supported() else "it takes a kernel with seccomp"


def readable_by_all() -> list[Path]:
    """What every bot may read: Python, its packages, and our own code."""
    root = Path(__file__).resolve().parents[2]
    packages = [Path(entry) for entry in sys.path if entry.endswith(("site-packages", ".zip"))]
    prefixes = dict.fromkeys((sys.prefix, sys.base_prefix, sys.exec_prefix))
    python = [Path(prefix) / name for prefix in prefixes for name in PREFIX]
    ours = [root / name for name in PACKAGES]
    return [path for path in [*map(Path, SYSTEM), *python, *packages, *ours] if _reachable(path)]


def _reachable(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # it lies in a folder that is not ours to look into
        return False
