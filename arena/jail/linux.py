"""Linux below Python: system calls by number, prctl, capabilities. No compiled code of ours."""

from __future__ import annotations

import ctypes
import os
import platform
import signal
import struct
import sys

MACHINES = ("x86_64", "aarch64")
"""Whose system calls we know the numbers of."""
SET_PARENT_DEATH_SIGNAL, SET_DUMPABLE, SET_NO_NEW_PRIVILEGES = 1, 4, 38
"""Options of prctl(2)."""
CAPSET = {"x86_64": 126, "aarch64": 91}
CAPABILITY_VERSION = 0x20080522
READS_ALL_FILES = 1 << 1 | 1 << 2
"""CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH: root may hold on to them, for in a container the files
of Python often belong to somebody else. Landlock has the last word."""


def known() -> bool:
    """Whether this is Linux on a processor we know, in 64 bits."""
    return sys.platform == "linux" and platform.machine() in MACHINES and sys.maxsize > 2**32


def system_call(number: int, *arguments: int | ctypes.Array[ctypes.c_char]) -> int:
    """Calls the kernel.

    Args:
        arguments: numbers, or buffers, of which the address is handed over.

    Raises:
        OSError: it refused.
    """
    library = ctypes.CDLL(None, use_errno=True)
    words = [ctypes.c_long(one) if isinstance(one, int) else one for one in arguments]
    library.syscall.restype = ctypes.c_long
    result: int = library.syscall(ctypes.c_long(number), *words)
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result


def prctl(option: int, value: int) -> None:
    """Sets an attribute of this process.

    Raises:
        OSError: the kernel refused.
    """
    library = ctypes.CDLL(None, use_errno=True)
    words = [ctypes.c_ulong(word) for word in (value, 0, 0, 0)]
    if library.prctl(option, *words) != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"prctl {option}: {os.strerror(code)}")


def die_with_parent() -> None:
    """From now on the kernel kills this process when the thread ends that started it."""
    if sys.platform == "linux":
        prctl(SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)


def give_up_privileges() -> None:
    """No privileges by way of programs, no look into this process, no powers of root.

    Raises:
        OSError: the kernel refused.
    """
    prctl(SET_NO_NEW_PRIVILEGES, 1)
    prctl(SET_DUMPABLE, 0)
    header = struct.pack("=Ii", CAPABILITY_VERSION, 0)
    kept = READS_ALL_FILES & _permitted()
    # effective, permitted, inheritable; first the lower 32 capabilities, then the upper
    powers = struct.pack("=6I", kept, kept, 0, 0, 0, 0)
    number = CAPSET[platform.machine()]
    system_call(number, ctypes.create_string_buffer(header), ctypes.create_string_buffer(powers))


def _permitted() -> int:
    """The first 32 capabilities that this process has, as a set of bits."""
    with open("/proc/self/status", encoding="ascii", errors="replace") as status:  # noqa: PTH123
        line = next(line for line in status if line.startswith("CapPrm"))
    return int(line.split()[1], 16) & 0xFFFFFFFF
