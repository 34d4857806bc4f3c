"""What tests share: the small command-line harness, and the screen that window tests need."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from warm import IS_POSSIBLE, Warm

os.environ.setdefault("OMP_NUM_THREADS", "1")  # tests run side by side

Workshop = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def warm() -> Iterator[Warm | None]:
    """A process to fork commands from; None where that is not possible."""
    if not IS_POSSIBLE:
        yield None
        return
    process = Warm()
    yield process
    process.close()


@pytest.fixture
def workshop(tmp_path: Path, warm: Warm | None) -> Workshop:
    """Runs `workshop ...` in an empty folder, with no display."""
    env = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY")}

    def call(*arguments: object, timeout: float = 300) -> subprocess.CompletedProcess[str]:
        words = list(map(str, arguments))
        if warm is not None:
            return warm.run(words, tmp_path, env, timeout)
        return subprocess.run(
            [sys.executable, "-m", "workshop", *words],
            cwd=tmp_path,
            env=env,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=timeout,
            stdin=subprocess.DEVNULL,
        )

    return call


@pytest.fixture
def dummy(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Windows that nobody sees."""
    import pygame

    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    yield
    pygame.display.quit()


@pytest.fixture
def one_thread() -> Iterator[None]:
    """Sums of PyTorch in one order."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
