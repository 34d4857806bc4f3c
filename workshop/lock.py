"""One process at a time writes a folder; the system frees the lock of one that is killed."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import IO

from envs.names import BadInput

LOCK = "training.lock"
"""The file that is locked. It is left behind: a second process may just have opened it."""
TRIES, BETWEEN = 5, 0.02
"""How often a lock is tried, and seconds between: whoever only looks lets go at once."""


def is_taken(folder: Path) -> bool:
    """Whether there is something in the way; a lock, or a file left half written, is not."""
    if not folder.is_dir():
        return folder.exists()
    return any(path.suffix not in (".partial", ".lock") for path in folder.iterdir())


def is_held(folder: Path) -> bool:
    """Whether a process is training in the folder; also yes where the file system cannot tell."""
    try:
        with (folder / LOCK).open("rb") as file:
            _lock_file(file, shared=True)
            _unlock_file(file)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Makes the folder, and holds it; what was made is gone at the end if nothing came into it.

    Raises:
        BadInput: another process holds it.
    """
    made = [path for path in (folder, *folder.parents) if not path.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        file = _lock(folder)
        if made:
            stack.callback(_remove_unused, folder, made)
        stack.enter_context(file)  # closed before that: Windows removes no open file
        yield


def _lock(folder: Path) -> IO[bytes]:
    file = (folder / LOCK).open("ab")
    for left in reversed(range(TRIES)):
        try:
            _lock_file(file)
            return file
        except (BlockingIOError, PermissionError):
            if not left:
                file.close()
                raise BadInput(f"{folder} is being trained right now, by another process") from None
            time.sleep(BETWEEN)
        except OSError:  # the file system knows no locks, and there is nothing to hold on to
            return file
    raise AssertionError("the last try returns or raises")


def _lock_file(file: IO[bytes], shared: bool = False) -> None:
    """Locks a file, or raises at once: BlockingIOError on POSIX, PermissionError on Windows.

    `shared`: others may do the same (on Windows they may not).
    """
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(file, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)


def _unlock_file(file: IO[bytes]) -> None:
    """Unlocks a file at once; Windows would do so some time after it is closed."""
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(file.fileno(), msvcrt.LK_UNLCK, 1)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_UN)


def _remove_unused(folder: Path, made: list[Path]) -> None:
    if is_taken(folder):
        return
    with suppress(OSError):
        (folder / LOCK).unlink()
        for path in made:
            path.rmdir()
