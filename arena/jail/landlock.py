"""Landlock: a process gives up files, for good and without being root. Linux 5.13 and later.

Source: https://docs.kernel.org/userspace-api/landlock.html
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterable
from pathlib import Path

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
"""The system calls' numbers, the same on every architecture."""
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1, 2, 4, 8
TRUNCATE, IOCTL_DEVICE = 1 << 14, 1 << 15
FILE_RIGHTS = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEVICE
"""What can be allowed of a file; the rest is for folders."""
READING = READ_FILE | READ_DIR | EXECUTE
"""Running programs is stopped elsewhere; mapping a library asks for it on some systems."""
FILE_ACCESS = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
"""All that can be forbidden about files, by the first version that can."""
TCP = 0b11
"""Binding and connecting, from version 4."""
SCOPES = 0b11
"""Abstract sockets and signals to whoever is outside, from version 6."""


def version() -> int:
    """Which version of Landlock this kernel has; 0: none."""
    if sys.platform != "linux":
        return 0
    return max(0, _call(CREATE_RULESET, None, 0, 1))


def restrict(readable: Iterable[Path], writable: Iterable[Path]) -> None:
    """Leaves this process nothing but these files and folders, and no network.

    Raises:
        OSError: the kernel refuses.
    """
    here = version()
    everything = FILE_ACCESS[max(first for first in FILE_ACCESS if first <= here)]
    rights = [everything, TCP if here >= 4 else 0, SCOPES if here >= 6 else 0]
    length = 3 if here >= 6 else 2 if here >= 4 else 1
    attributes = (ctypes.c_uint64 * length)(*rights[:length])
    ruleset = _checked(_call(CREATE_RULESET, attributes, ctypes.sizeof(attributes), 0))
    try:
        for path in readable:
            _allow(ruleset, path, READING & everything)
        for path in writable:
            _allow(ruleset, path, everything & ~EXECUTE)
        _checked(_call(RESTRICT_SELF, ruleset, 0))
    finally:
        os.close(ruleset)


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


def _allow(ruleset: int, path: Path, rights: int) -> None:
    """Allows something of all that is beneath `path`."""
    opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        kept = rights if path.is_dir() else rights & FILE_RIGHTS
        beneath = _Beneath(kept, opened)
        _checked(_call(ADD_RULE, ruleset, 1, ctypes.byref(beneath), 0))
    finally:
        os.close(opened)


def _call(number: int, *arguments: object) -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    wide = [ctypes.c_long(one) if isinstance(one, int) else one for one in arguments]
    return int(libc.syscall(ctypes.c_long(number), *wide))


def _checked(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
