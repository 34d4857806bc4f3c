"""Real attacks, each tried by a real process in the jail: does it hold on this machine?

Each attacker is the child of a referee of its own, which stands in for the real one and may be
killed. `python -m arena.jail.attacks LEVEL` tries them all, and prints a line of JSON for each.
"""

from __future__ import annotations

import ctypes
import json
import mmap
import os
import select
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from arena.jail import Jail, enter

MEMORY = 20
"""MiB that an attacker may use."""
PATIENCE = 5.0
"""Seconds until an attacker is ended."""
PASS, FAIL, UNSUPPORTED = "PASS", "FAIL", "UNSUPPORTED"


class Scene(NamedTuple):
    """Where an attack takes place."""

    rival: Path
    """Another bot's file."""
    scratch: Path
    """The attacker's own folder."""
    tcp: int
    """A port on which somebody listens."""
    udp: int
    """A port which takes datagrams."""
    log: Path
    """A socket that takes them at a path, as the system's log does."""


class Attack(NamedTuple):
    """Something that a bot must not do."""

    level: int
    """From which level of the jail on it is stopped."""
    do: Callable[[Scene], object]
    """Raises an error if it was stopped."""


class Trial(NamedTuple):
    """How an attack went."""

    name: str
    verdict: str
    """PASS: it was stopped. FAIL: it was not. UNSUPPORTED: this machine's jail cannot stop it."""
    detail: str
    """The error that the attacker saw."""


def run_attacks(level: int = 2) -> list[Trial]:
    """Tries every attack from within the jail.

    Args:
        level: the highest level of the jail that is asked for.
    """
    if sys.platform == "win32":
        return [Trial(name, UNSUPPORTED, "not tried on Windows") for name in ATTACKS]
    root = str(Path(__file__).resolve().parents[2])
    child = subprocess.run(
        [sys.executable, "-P", "-m", "arena.jail.attacks", str(level)],
        stdout=subprocess.PIPE,
        text=True,
        timeout=PATIENCE * len(ATTACKS),
        env={**os.environ, "PYTHONPATH": root},
        start_new_session=True,  # what is meant for a group of processes stays there
        check=True,
    )
    return [Trial(*json.loads(line)) for line in child.stdout.splitlines()]


def main() -> None:
    """Sets the scene, and tries one attack after the other."""
    folder = Path(tempfile.mkdtemp(prefix="workshop-jail-")).resolve()
    tcp, udp = socket.create_server(("127.0.0.1", 0)), socket.socket(type=socket.SOCK_DGRAM)
    udp.bind(("127.0.0.1", 0))
    log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    log.bind(str(folder / "log"))
    scene = Scene(
        folder / "bots" / "rival.py",
        folder / "scratch",
        tcp.getsockname()[1],
        udp.getsockname()[1],
        folder / "log",
    )
    try:
        scene.rival.parent.mkdir()
        scene.scratch.mkdir()
        for name, attack in ATTACKS.items():
            scene.rival.write_text("def act(percept): return 3\n")
            print(json.dumps([name, *attempt(attack, scene, int(sys.argv[1]))]), flush=True)
    finally:
        shutil.rmtree(folder)


def attempt(attack: Attack, scene: Scene, level: int) -> tuple[str, str]:
    """An attack by a process of its own, below a referee of its own.

    Returns:
        The verdict, and what the attacker saw.
    """
    reading, writing = os.pipe()
    referee = os.fork()
    if referee == 0:
        os.setpgid(0, 0)
        attacker = os.fork()
        if attacker == 0:
            try:
                _attack(attack, scene, level, writing)
            finally:
                os._exit(0)
        os.close(writing)
        os.waitpid(attacker, 0)
        os._exit(0)
    os.close(writing)
    said = _read_all(reading)
    if said is None:
        os.killpg(referee, signal.SIGKILL)
    code = os.waitstatus_to_exitcode(os.waitpid(referee, 0)[1])
    reached, outcome, detail = json.loads(said) if said else (level, "stopped", "it was ended")
    if said and code < 0:
        outcome, detail = "done", "the referee is dead"
    if outcome == "stopped":
        return PASS, detail
    return FAIL if outcome == "done" and attack.level <= reached else UNSUPPORTED, detail


def _attack(attack: Attack, scene: Scene, level: int, writing: int) -> None:
    """The attacker's life."""
    reached = enter(Jail(level, (), (scene.scratch,), MEMORY))
    report: list[object] = [reached, "done", "it went through"]
    try:
        _report(writing, report)  # in case the next line is its last
        attack.do(scene)
    except (OSError, ValueError, RuntimeError, MemoryError) as error:
        said = error.strerror if isinstance(error, OSError) else str(error)  # without the path
        report[1:] = "stopped", (said or type(error).__name__)[:200]
    except Exception as error:  # not on this system
        report[1:] = "untried", f"{type(error).__name__}: {error}"[:200]
    _report(writing, report)


WIDTH = 1000
"""Bytes of a report."""


def _report(writing: int, report: list[object]) -> None:
    os.write(writing, json.dumps(report).encode().ljust(WIDTH))


def _read_all(reading: int) -> str | None:
    """The last report there is when all that hold the other end are gone; None: it took too long.

    Whoever attacks has to end, or it would be left behind.
    """
    said, deadline = b"", time.monotonic() + PATIENCE
    try:
        while select.select([reading], [], [], max(0.0, deadline - time.monotonic()))[0]:
            if not (more := os.read(reading, WIDTH)):
                return said[-WIDTH:].decode()
            said += more
        return None
    finally:
        os.close(reading)


def _c(name: str, *arguments: int | bytes | None) -> int:
    """Calls a function of the C library.

    Raises:
        OSError: it failed.
    """
    library = ctypes.CDLL(None, use_errno=True)
    wide = [ctypes.c_long(one) if isinstance(one, int) else one for one in arguments]
    result = int(getattr(library, name)(*wide))
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def _fork(scene: Scene) -> None:
    if os.fork() == 0:
        os._exit(0)


def _double_fork(scene: Scene) -> None:
    if os.fork() == 0:
        os.setsid()
        os.fork()
        os._exit(0)


def _start_thread(scene: Scene) -> None:
    thread = threading.Thread(target=time.time)
    thread.start()
    thread.join()


def _ask_by_udp(scene: Scene) -> None:
    query = b"\x07\x07\x01\0\0\x01\0\0\0\0\0\0\x04best\x04move\0\0\x01\0\x01"
    with socket.socket(type=socket.SOCK_DGRAM) as end:
        end.sendto(query, ("127.0.0.1", scene.udp))


def _write_to_log(scene: Scene) -> None:
    """By a socket that it needs not ask for: one of a pair."""
    here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    here.sendto(b"best move: 3", str(scene.log))
    there.close()


def _kill_by_way_of_a_file(scene: Scene) -> None:
    """A pipe with news sends its owner a signal, and one may choose which, and whose pipe it is."""
    import fcntl

    referee = os.getppid()
    reading, writing = os.pipe()
    fcntl.fcntl(reading, fcntl.F_SETOWN, referee)
    fcntl.fcntl(reading, 10, signal.SIGKILL)  # F_SETSIG
    fcntl.fcntl(reading, fcntl.F_SETFL, os.O_ASYNC)
    os.write(writing, b"news")
    time.sleep(0.02)
    if os.getppid() == referee:
        raise PermissionError("the referee is still there")


def _write_huge_file(scene: Scene) -> None:
    with (scene.scratch / "huge").open("wb") as file:
        file.seek(1 << 30)
        file.write(b"end")


def _keep_memory_in_files(scene: Scene) -> None:
    """Memory that is mapped nowhere."""
    for number in range(4):
        os.write(os.memfd_create(str(number)), bytes(MEMORY << 18))


def _read_memory_of_referee(scene: Scene) -> None:
    with Path(f"/proc/{os.getppid()}/mem").open("rb"):
        pass


def _raise_limits(scene: Scene) -> None:
    """By the older of two system calls: Python's own function takes the newer one."""
    number = {"x86_64": 160, "aarch64": 164}[os.uname().machine]
    _c("syscall", number, 1, (1 << 40).to_bytes(8, "little") * 2)  # of a file's size


def _end_with_group(scene: Scene) -> None:
    os.killpg(os.getpgrp(), 0)


PTRACE_SEIZE, SET_PARENT_DEATH_SIGNAL = 0x4206, 1
ATTACKS = {
    "read another bot": Attack(2, lambda at: at.rival.read_text()),
    "list the bots": Attack(2, lambda at: os.listdir(at.rival.parent)),  # noqa: PTH208
    "read the password file": Attack(2, lambda at: bool(Path("/etc/passwd").read_text())),
    "write outside its folder": Attack(2, lambda at: at.rival.write_text("pass")),
    "take another bot's rights": Attack(2, lambda at: at.rival.chmod(0o600)),
    "delete another bot": Attack(2, lambda at: at.rival.unlink()),
    "make a device of the disk": Attack(
        2, lambda at: os.mknod(at.scratch / "disk", stat.S_IFBLK | 0o600, os.makedev(7, 0))
    ),
    "connect to a server": Attack(
        2, lambda at: socket.create_connection(("127.0.0.1", at.tcp)).close()
    ),
    "ask a name server": Attack(2, _ask_by_udp),
    "write to the system's log": Attack(2, _write_to_log),
    "list all connections": Attack(2, lambda at: bool(Path("/proc/self/net/tcp").read_text())),
    "fork": Attack(2, _fork),
    "fork twice, to be nobody's child": Attack(2, _double_fork),
    "start a program": Attack(2, lambda at: bool(subprocess.run(["/bin/sh", "-c", ":"]))),
    "think in a thread": Attack(2, _start_thread),
    "leave its group of processes": Attack(2, lambda at: os.setsid()),
    "kill the referee": Attack(2, lambda at: os.kill(os.getppid(), signal.SIGKILL)),
    "kill the referee by way of a file": Attack(2, _kill_by_way_of_a_file),
    "signal its group": Attack(2, _end_with_group),
    "trace the referee": Attack(2, lambda at: _c("ptrace", PTRACE_SEIZE, os.getppid(), 0, 0)),
    "read the referee's memory": Attack(2, _read_memory_of_referee),
    "outlive the referee": Attack(2, lambda at: _c("prctl", SET_PARENT_DEATH_SIGNAL, 0, 0, 0, 0)),
    "raise its limits": Attack(2, _raise_limits),
    "take 100 times its memory": Attack(
        1 if sys.platform == "linux" else 2, lambda at: mmap.mmap(-1, MEMORY * 100 << 20).close()
    ),
    "keep memory in files without a name": Attack(2, _keep_memory_in_files),
    "write a huge file": Attack(1, _write_huge_file),
}

if __name__ == "__main__":
    main()
