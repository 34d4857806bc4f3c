"""Sets of points in the plane that no straight line parts."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from supervised.dataset import Dataset


def moons(count: int = 1000, noise: float = 0.15, seed: int = 0) -> Dataset:
    """Two half circles, each of which reaches into the other."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.arange(count) % 2
    angle = math.pi * torch.rand(count, generator=generator)
    upper = torch.stack((angle.cos(), angle.sin()), 1)
    lower = torch.stack((1 - angle.cos(), 0.5 - angle.sin()), 1)
    points = torch.where(labels[:, None] == 1, lower, upper)
    return _points("moons", points, labels, noise, generator, "two half circles, interlocked")


def spirals(count: int = 1000, noise: float = 0.03, arms: int = 3, seed: int = 0) -> Dataset:
    """Arms that wind three quarters of a turn around one centre."""
    generator = torch.Generator().manual_seed(seed)
    labels = torch.arange(count) % arms
    radius = torch.rand(count, generator=generator).sqrt()
    angle = math.tau * (labels / arms + 0.75 * radius)
    points = torch.stack((radius * angle.cos(), radius * angle.sin()), 1)
    about = f"{arms} arms of a spiral, three quarters of a turn each"
    return _points("spirals", points, labels, noise, generator, about)


def _points(
    name: str, points: Tensor, labels: Tensor, noise: float, generator: torch.Generator, about: str
) -> Dataset:
    points = points + noise * torch.randn(points.shape, generator=generator)
    classes = tuple("ABCDEFGHIJ"[: int(labels.max()) + 1])
    return Dataset(name, points, labels, classes, about, "computed", "none needed")
