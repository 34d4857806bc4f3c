"""Which device to train on: named, or measured on the real update and explained."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import torch

from agents.training import Progress
from envs.names import BadInput, nearest

SECONDS = 1.0
"""How long each device is tried."""


def available_devices() -> list[str]:
    """`cpu`, and what else torch can use here, by kind."""
    found = ["cpu"]
    if torch.cuda.is_available():
        found.append("cuda")
    if torch.backends.mps.is_available():
        found.append("mps")
    return found


def check_device(asked: str) -> list[str]:
    """The devices there are.

    Raises:
        BadInput: `asked` is neither one of them nor `auto`, nor a GPU by its number.
    """
    devices = available_devices()
    numbered = [f"cuda:{number}" for number in range(torch.cuda.device_count())]
    choices = ["auto", *devices, *(numbered if "cuda" in devices else ())]
    if asked not in choices:
        raise BadInput(f"no device {asked!r} here; {nearest(asked, choices)}")
    return devices


def choose_device(asked: str, start: Callable[[str], Iterator[Progress]]) -> tuple[str, str]:
    """The device to train on, and why.

    Args:
        asked: `auto` or a device by name.
        start: begins a training on a device, to be timed and thrown away.

    Raises:
        BadInput: there is no such device here.
    """
    devices = check_device(asked)
    if asked != "auto":
        return asked, "as asked"
    if len(devices) == 1:
        return "cpu", "no GPU that torch can use"
    rates, told = {}, []
    for device in devices:
        try:
            rates[device] = _steps_per_second(start(device))
            told.append(f"{device} {rates[device]:,.0f} steps/s")
        except (RuntimeError, TypeError) as error:  # what a GPU lacks, or has too little of
            if device == "cpu":
                raise
            told.append(f"{device} cannot: {' '.join(str(error).split())[:100]}")
    return max(rates, key=rates.__getitem__), f"measured: {'; '.join(told)}"


def _steps_per_second(training: Iterator[Progress]) -> float:
    """Steps per second of a training, after its slow first reports."""
    warm_until = time.perf_counter() + SECONDS
    first: Progress | None = None
    began = 0.0
    for progress in training:
        now = time.perf_counter()
        if first is None and now >= warm_until:
            first, began = progress, now
        elif first is not None and now - began >= SECONDS:
            return (progress.step - first.step) / (now - began)
    return 0.0
