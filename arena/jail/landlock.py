"""Landlock: a process gives up files, for good and without being root. Linux 5.13 and later.

Source: https://docs.kernel.org/userspace-api/landlock.html
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys
from collections.abc import Iterable
from pathlib import Path

from arena.jail.linux import known, system_call

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
"""The system calls' numbers, the same on every architecture."""
ASK_VERSION, PATH_BENEATH = 1, 1
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1, 2, 4, 8
REMOVE_FOLDER, REMOVE_FILE, MAKE_FOLDER, MAKE_FILE = 1 << 4, 1 << 5, 1 << 7, 1 << 8
MAKE_LINK, REFER, TRUNCATE, IOCTL_DEVICE = 1 << 12, 1 << 13, 1 << 14, 1 << 15
FILE_RIGHTS = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEVICE
"""What can be allowed of a file; the rest is for folders."""
READING = READ_FILE | READ_DIR | EXECUTE
"""Running programs is stopped elsewhere; mapping a library asks for it on some systems."""
WRITING = (
    READ_FILE | READ_DIR | WRITE_FILE | TRUNCATE
    | REMOVE_FOLDER | REMOVE_FILE | MAKE_FOLDER | MAKE_FILE | MAKE_LINK | REFER
)  # fmt: skip
"""No devices: who is root would make one of the disk, and read all of it."""
FILE_ACCESS = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
"""All that can be forbidden about files, by the first version that can."""
TCP = 0b11
"""Binding and connecting, from version 4."""
SCOPES = 0b11
"""Abstract sockets and signals to whoever is outside, from version 6."""


def version() -> int:
    """Which version of Landlock this kernel has; 0: none."""
    if not known():
        return 0
    try:
        return system_call(CREATE_RULESET, 0, 0, ASK_VERSION)
    except OSError:
        return 0


def restrict(readable: Iterable[Path], writable: Iterable[Path]) -> None:
    """Leaves this thread nothing but these files and folders, and no network.

    Raises:
        OSError: the kernel refuses, or there are other threads of Python, which stay free.
    """
    if len(sys._current_frames()) > 1:
        raise OSError("other Python threads run already, and Landlock would not bind them")
    here = version()
    everything = FILE_ACCESS[max(first for first in FILE_ACCESS if first <= here)]
    rights = [everything, TCP if here >= 4 else 0, SCOPES if here >= 6 else 0]
    length = 3 if here >= 6 else 2 if here >= 4 else 1
    attributes = ctypes.create_string_buffer(struct.pack(f"={length}Q", *rights[:length]))
    ruleset = system_call(CREATE_RULESET, attributes, 8 * length, 0)
    try:
        for path in readable:
            _allow(ruleset, path, READING & everything)
        for path in writable:
            _allow(ruleset, path, WRITING & everything)
        _allow(ruleset, Path(os.devnull), (READ_FILE | WRITE_FILE | TRUNCATE) & everything)
        system_call(RESTRICT_SELF, ruleset, 0)
    finally:
        os.close(ruleset)


def _allow(ruleset: int, path: Path, rights: int) -> None:
    """Allows something of all that is beneath `path`."""
    opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        kept = rights if path.is_dir() else rights & FILE_RIGHTS
        beneath = ctypes.create_string_buffer(struct.pack("=Qi", kept, opened), 12)
        system_call(ADD_RULE, ruleset, PATH_BENEATH, beneath, 0)
    finally:
        os.close(opened)
