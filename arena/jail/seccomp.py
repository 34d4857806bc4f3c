"""A filter of system calls: what is refused fails with EPERM, which Python shows as an error.

A list of what is refused, since what numpy and torch need changes with every release. Each call
comes from `system_calls.py`. The filter is a program for the kernel's classic BPF machine
(Documentation/userspace-api/seccomp_filter.rst), put together here instruction by instruction.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct
from collections.abc import Iterable
from pathlib import Path

from arena.jail.linux import SET_DUMPABLE, SET_PARENT_DEATH_SIGNAL, known, system_call
from arena.jail.system_calls import NUMBERS, REFUSED

SET_MODE_FILTER = 1
ALL_THREADS, KEEP_SPEED = 1, 4
"""SECCOMP_FILTER_FLAG_TSYNC and SECCOMP_FILTER_FLAG_SPEC_ALLOW."""
ARCHITECTURE = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
"""How the kernel names them: a 32-bit call within a 64-bit process comes with another name."""
X32 = 0x40000000
"""A bit that x86_64 sets in the numbers of its third, seldom used ABI."""

LOAD, JUMP_EQUAL, JUMP_AT_LEAST, RETURN = 0x20, 0x15, 0x35, 0x06
"""Of 32-bit words: load from the call's data, compare with a constant, end."""
NUMBER, MACHINE, ARGUMENTS = 0, 4, 16
"""Where in struct seccomp_data the call's number, the machine, and the six arguments lie."""
ALLOW, FAIL = 0x7FFF0000, 0x00050000
"""FAIL: plus the error's number."""
DENY, MISSING = FAIL | errno.EPERM, FAIL | errno.ENOSYS

FORBIDDEN_ARGUMENTS = {
    "prctl": (0, (SET_PARENT_DEATH_SIGNAL, SET_DUMPABLE)),
    "ioctl": (1, (0x5412, 0x541C, 0x8901, 0x8902)),  # typing for the user; signals to an owner
    "fcntl": (1, (8, 10, 15)),  # F_SETOWN, F_SETSIG, F_SETOWN_EX: a signal to whom one likes
}
"""Calls refused for some values of an argument: which argument, and the values."""

STREAM = 0x80001
"""A pair of sockets, as asyncio makes to wake itself, leads nowhere: SOCK_STREAM, closed in other
programs. One of datagrams would reach whoever listens at a path, such as the system's log."""
Instruction = tuple[int, int, int, int]
"""Code, how many instructions to skip if true, how many if false, constant."""


def program(machine: str, process: int) -> list[Instruction]:
    """The filter.

    Args:
        machine: x86_64 or aarch64.
        process: the only one to which signals may be sent: the caller itself.
    """
    code: list[Instruction] = [
        (LOAD, 0, 0, MACHINE),
        (JUMP_EQUAL, 1, 0, ARCHITECTURE[machine]),
        (RETURN, 0, 0, DENY),
        (LOAD, 0, 0, NUMBER),
    ]
    if machine == "x86_64":
        code += [(JUMP_AT_LEAST, 0, 1, X32), (RETURN, 0, 0, DENY)]
    code += _when(_number("clone3", machine), [(RETURN, 0, 0, MISSING)])  # then clone is tried
    for name in REFUSED:
        code += _when(_number(name, machine), [(RETURN, 0, 0, DENY)])
    for name, (argument, values) in FORBIDDEN_ARGUMENTS.items():
        code += _when(_number(name, machine), _deny_values(argument, values))
    for name in ("kill", "tgkill", "tkill"):
        code += _when(_number(name, machine), _allow_only(0, process))
    code += _when(_number("socketpair", machine), _allow_only(1, STREAM))
    code += _when(_number("prlimit64", machine), _allow_null(2))  # asking is fine, setting is not
    return [*code, (RETURN, 0, 0, ALLOW)]


def _number(name: str, machine: str) -> int | None:
    x86_64, aarch64 = NUMBERS[name]
    return x86_64 if machine == "x86_64" else aarch64


def _when(number: int | None, then: list[Instruction]) -> list[Instruction]:
    """Code that ends the filter if the call has this number; `then` has to end with RETURN."""
    return [] if number is None else [(JUMP_EQUAL, 0, len(then), number), *then]


def _low(argument: int) -> Instruction:
    """Loads the lower half of an argument: both machines are little-endian."""
    return (LOAD, 0, 0, ARGUMENTS + 8 * argument)


def _high(argument: int) -> Instruction:
    return (LOAD, 0, 0, ARGUMENTS + 8 * argument + 4)


def _deny_values(argument: int, values: Iterable[int]) -> list[Instruction]:
    found = [_low(argument)]
    for value in values:
        found += [(JUMP_EQUAL, 0, 1, value), (RETURN, 0, 0, DENY)]
    return [*found, (RETURN, 0, 0, ALLOW)]


def _allow_only(argument: int, value: int) -> list[Instruction]:
    """For an int of C, of which the kernel looks at the lower half only."""
    return [
        _low(argument), (JUMP_EQUAL, 0, 1, value), (RETURN, 0, 0, ALLOW), (RETURN, 0, 0, DENY)
    ]  # fmt: skip


def _allow_null(argument: int) -> list[Instruction]:
    """For a pointer."""
    return [
        _low(argument), (JUMP_EQUAL, 0, 3, 0),
        _high(argument), (JUMP_EQUAL, 0, 1, 0),
        (RETURN, 0, 0, ALLOW), (RETURN, 0, 0, DENY),
    ]  # fmt: skip


def supported() -> bool:
    """Whether the kernel and this file know how."""
    return known() and Path("/proc/sys/kernel/seccomp/actions_avail").exists()


def restrict() -> None:
    """Puts the filter before all system calls of this process, for good.

    Takes `give_up_privileges` beforehand.

    Raises:
        OSError: the kernel refused.
    """
    machine = platform.machine()
    code = program(machine, os.getpid())
    packed = b"".join(struct.pack("=HBBI", *instruction) for instruction in code)
    instructions = ctypes.create_string_buffer(packed, len(packed))
    header = struct.pack("@HP", len(code), ctypes.addressof(instructions))
    number = _number("seccomp", machine)
    assert number is not None
    flags = ALL_THREADS | KEEP_SPEED
    thread = system_call(number, SET_MODE_FILTER, flags, ctypes.create_string_buffer(header))
    if thread:
        raise OSError(f"thread {thread} could not be put under the filter")
