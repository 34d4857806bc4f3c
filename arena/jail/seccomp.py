"""Seccomp: a process gives up system calls, for good. They then fail with "not permitted".

The filter is a program for the kernel's packet-filter machine, run before every system call: it
compares the call's number with those that are denied. Sending signals is allowed to oneself.

Source: https://docs.kernel.org/userspace-api/seccomp_filter.html
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
import sys
from typing import NamedTuple

from arena.jail.limits import prctl

PR_SET_SECCOMP, MODE_FILTER = 22, 2
LOAD, EQUAL, AT_LEAST, RETURN = 0x20, 0x15, 0x35, 0x06
"""Instructions: load a word; jump if the accumulator equals, or is at least, a constant; return."""
NUMBER, ARCHITECTURE, ARGUMENT = 0, 4, 16
"""Where they are in what the filter looks at."""
ALLOW, ERROR = 0x7FFF0000, 0x00050000
X32 = 0x40000000
"""On x86-64, from here on come the calls of another interface, with numbers of their own."""


class Calls(NamedTuple):
    """The numbers of system calls of an architecture."""

    architecture: int
    signals: tuple[int, ...]
    """Send a signal to the process that the first argument names: kill, tkill, tgkill."""
    denied: tuple[int, ...]


# By groups: new processes and threads; programs; network; other processes; namespaces and mounts;
# leaving the process group; modes, owners, times and attributes of files; the kernel's own.
CALLS = {
    "x86_64": Calls(
        0xC000003E,
        (62, 200, 234),
        (
            *(56, 57, 58),
            *(59, 322),
            *(41, 42, 43, 49, 50, 53, 288),
            *(101, 310, 311, 129, 297, 424, 434, 438, 302, 141, 203, 144, 314),
            *(155, 161, 165, 166, 272, 308, 428, 429, 430, 431, 432, 433, 442),
            *(109, 112),
            *(90, 91, 92, 93, 94, 132, 188, 189, 190, 197, 198, 199, 235, 260, 261, 268, 280, 452),
            *(29, 64, 68, 240, 159, 164, 167, 168, 169, 170, 171, 175, 176, 179, 227, 246, 248),
            *(249, 250, 298, 303, 304, 305, 313, 320, 321, 323, 425, 426, 427),
        ),
    ),
    "aarch64": Calls(
        0xC00000B7,
        (129, 130, 131),
        (
            220,
            *(221, 281),
            *(198, 199, 200, 201, 202, 203, 242),
            *(117, 270, 271, 138, 240, 424, 434, 438, 261, 140, 122, 119, 274),
            *(41, 51, 40, 39, 97, 268, 428, 429, 430, 431, 432, 433, 442),
            *(154, 157),
            *(52, 53, 54, 55, 5, 6, 7, 14, 15, 16, 88, 452),
            *(194, 190, 186, 180, 171, 170, 224, 225, 142, 161, 162, 105, 106, 60, 112, 104),
            *(217, 218, 219, 241, 264, 265, 266, 273, 294, 280, 282, 425, 426, 427),
        ),
    ),
}
CLONE3 = 435
"""On both. It is said not to exist, so that the C library asks for the older one, which is denied:
what it asks for lies behind a pointer, where the filter can not look."""


def supported() -> bool:
    """Whether the kernel and this file know how."""
    if sys.platform != "linux" or platform.machine() not in CALLS:
        return False
    return "Seccomp" in _status()


def _status() -> str:
    with open("/proc/self/status") as file:  # noqa: PTH123 - one line a worker, at its start
        return file.read()


def restrict() -> None:
    """Gives up all that a bot does not need. Takes `give_up_privileges` beforehand.

    Raises:
        OSError: the kernel refuses.
    """
    program = b"".join(_filter(CALLS[platform.machine()], os.getpid()))
    code = ctypes.create_string_buffer(program, len(program))

    class Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.c_void_p))

    described = Program(len(program) // 8, ctypes.addressof(code))
    prctl(PR_SET_SECCOMP, MODE_FILTER, ctypes.byref(described))


def _filter(calls: Calls, me: int) -> list[bytes]:
    """The program, an instruction after the other."""
    denied, missing = ERROR | errno.EPERM, ERROR | errno.ENOSYS
    found = [
        _step(LOAD, ARCHITECTURE),
        _step(EQUAL, calls.architecture, 1, 0),
        _step(RETURN, denied),
        _step(LOAD, NUMBER),
        _step(AT_LEAST, X32, 0, 1),
        _step(RETURN, denied),
        _step(EQUAL, CLONE3, 0, 1),
        _step(RETURN, missing),
    ]
    for number in calls.denied:
        found += [_step(EQUAL, number, 0, 1), _step(RETURN, denied)]
    for number in calls.signals:
        found += [
            _step(EQUAL, number, 0, 4),
            _step(LOAD, ARGUMENT),
            _step(EQUAL, me, 1, 0),
            _step(RETURN, denied),
            _step(RETURN, ALLOW),
        ]
    return [*found, _step(RETURN, ALLOW)]


def _step(code: int, constant: int, if_true: int = 0, if_false: int = 0) -> bytes:
    """An instruction; where it jumps, over how many others."""
    return struct.pack("=HBBI", code, if_true, if_false, constant)
