"""Bounds that a process sets itself: on POSIX by resource limits, on Windows by a job object."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

FILE_SIZE = 16 << 20
"""No file grows beyond so many bytes."""
OPEN_FILES = 256
CPU_SECONDS = 6 * 3600
"""In case nobody is left to end it."""


def apply(memory: int) -> None:
    """Bounds this process, as far as its system can.

    Args:
        memory: MiB, beyond what is mapped already.
    """
    if sys.platform == "win32":
        return
    import resource

    wanted = {
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_FSIZE: FILE_SIZE,
        resource.RLIMIT_NOFILE: OPEN_FILES,
        resource.RLIMIT_CPU: CPU_SECONDS,
        resource.RLIMIT_AS: _mapped() + (memory << 20),
    }
    if os.getuid() != 0:  # root is not counted
        wanted[resource.RLIMIT_NPROC] = 0
    for kind, most in wanted.items():
        _, hard = resource.getrlimit(kind)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        try:
            resource.setrlimit(kind, (most, most))
        except (OSError, ValueError):  # macOS does not know all of them
            continue


def _mapped() -> int:
    """How many bytes this process has mapped."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except OSError:
        return 1 << 30
    return pages * os.sysconf("SC_PAGE_SIZE")


def confine_child(process: subprocess.Popen[bytes], memory: int) -> Any:
    """On Windows: puts a child into a job object.

    Args:
        memory: MiB it may have.

    Returns:
        The job's handle. While it is open the child lives; when its owner ends, so does the child.
    """
    if sys.platform != "win32":
        return None
    from ctypes import wintypes

    class Basic(ctypes.Structure):
        _fields_ = [
            ("PerProcessUserTimeLimit", ctypes.c_int64),
            ("PerJobUserTimeLimit", ctypes.c_int64),
            ("LimitFlags", wintypes.DWORD),
            ("MinimumWorkingSetSize", ctypes.c_size_t),
            ("MaximumWorkingSetSize", ctypes.c_size_t),
            ("ActiveProcessLimit", wintypes.DWORD),
            ("Affinity", ctypes.c_size_t),
            ("PriorityClass", wintypes.DWORD),
            ("SchedulingClass", wintypes.DWORD),
        ]

    class Extended(ctypes.Structure):
        _fields_ = [
            ("Basic", Basic),
            ("IoInfo", ctypes.c_uint64 * 6),
            ("ProcessMemoryLimit", ctypes.c_size_t),
            ("JobMemoryLimit", ctypes.c_size_t),
            ("PeakProcessMemoryUsed", ctypes.c_size_t),
            ("PeakJobMemoryUsed", ctypes.c_size_t),
        ]

    active, per_process, kill_on_close, extended = 0x8, 0x100, 0x2000, 9
    kernel = ctypes.WinDLL("kernel32", use_last_error=True)
    kernel.CreateJobObjectW.restype = wintypes.HANDLE
    job = kernel.CreateJobObjectW(None, None)
    bounds = Extended()
    bounds.Basic.LimitFlags = active | per_process | kill_on_close
    bounds.Basic.ActiveProcessLimit = 1
    bounds.ProcessMemoryLimit = memory << 20
    kernel.SetInformationJobObject(
        wintypes.HANDLE(job), extended, ctypes.byref(bounds), ctypes.sizeof(bounds)
    )
    kernel.AssignProcessToJobObject(wintypes.HANDLE(job), wintypes.HANDLE(int(process._handle)))
    return job
