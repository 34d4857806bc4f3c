"""Keeps freed memory for the next step, instead of handing it back to the system every time."""

from __future__ import annotations

import ctypes
import sys
from functools import cache

KEPT = 256 * 2**20
"""Bytes: larger blocks, and more free memory than this, still go back."""
TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3
"""Numbers of the options in glibc's malloc.h."""


@cache
def keep_freed_memory() -> bool:
    """Makes malloc reuse large blocks; True if this system can do so.

    A step of a large batch makes and frees some megabytes. glibc gives those back to the system,
    which clears them again page by page at the next step: half of its time. Elsewhere this does
    nothing. See `man 3 mallopt`.
    """
    if not sys.platform.startswith("linux"):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError):  # another C library
        return False
    return bool(mallopt(MMAP_THRESHOLD, KEPT) and mallopt(TRIM_THRESHOLD, KEPT))
