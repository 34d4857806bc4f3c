"""Sets of points in the plane that no straight line parts, but for the blobs.

Each is a function of how many points and a generator; it stands on its own, so that it can be
printed into a script.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Generator, Tensor

from supervised.dataset import Dataset

Points = tuple[Tensor, Tensor]
"""Where they lie, float32 (n, 2), and their labels, int64 (n,)."""


def moon_points(count: int, generator: Generator) -> Points:
    """Two half circles, each of which reaches into the other."""
    labels = torch.arange(count) % 2
    angle = math.pi * torch.rand(count, generator=generator)
    upper = torch.stack((angle.cos(), angle.sin()), 1)
    lower = torch.stack((1 - angle.cos(), 0.5 - angle.sin()), 1)
    return torch.where(labels[:, None] == 1, lower, upper), labels


def spiral_points(count: int, generator: Generator, arms: int = 2, turns: float = 1.25) -> Points:
    """Arms that wind around one centre."""
    labels = torch.arange(count) % arms
    radius = torch.rand(count, generator=generator).sqrt()
    angle = math.tau * (labels / arms + turns * radius)
    return torch.stack((radius * angle.cos(), radius * angle.sin()), 1), labels


def circle_points(count: int, generator: Generator, inner: float = 0.4) -> Points:
    """A circle around a smaller one."""
    labels = torch.arange(count) % 2
    angle = math.tau * torch.rand(count, generator=generator)
    radius = torch.where(labels == 1, inner, 1.0)
    return torch.stack((radius * angle.cos(), radius * angle.sin()), 1), labels


def xor_points(count: int, generator: Generator) -> Points:
    """A square in four quarters; those that touch at the corner only are of one class."""
    points = 2 * torch.rand((count, 2), generator=generator) - 1
    points += 0.08 * points.sign()  # a gap along the axes
    return points, (points[:, 0] * points[:, 1] < 0).long()


def blob_points(count: int, generator: Generator) -> Points:
    """Two round clouds, which a straight line parts."""
    labels = torch.arange(count) % 2
    places = 0.45 * torch.randn((count, 2), generator=generator)
    return places + (2.0 * labels - 1)[:, None], labels


def ring_points(count: int, generator: Generator, clouds: int = 8) -> Points:
    """Small clouds in a ring, by turns of the one class and the other."""
    cloud = torch.arange(count) % clouds
    angle = math.tau * cloud / clouds
    places = torch.stack((angle.cos(), angle.sin()), 1)
    return places + 0.05 * torch.randn((count, 2), generator=generator), cloud % 2


PLANE: dict[str, Callable[[int, Generator], Points]] = {
    "moons": moon_points,
    "spirals": spiral_points,
    "circles": circle_points,
    "xor": xor_points,
    "blobs": blob_points,
    "ring": ring_points,
}
"""Two classes each, without noise."""


def moons(count: int = 1000, noise: float = 0.15, seed: int = 0) -> Dataset:
    """`moon_points`, each moved a little."""
    generator = torch.Generator().manual_seed(seed)
    points = moon_points(count, generator)
    return _dataset("moons", points, noise, generator, "two half circles, interlocked")


def spirals(count: int = 1000, noise: float = 0.03, arms: int = 3, seed: int = 0) -> Dataset:
    """`spiral_points` of three quarters of a turn, each moved a little."""
    generator = torch.Generator().manual_seed(seed)
    points = spiral_points(count, generator, arms, 0.75)
    about = f"{arms} arms of a spiral, three quarters of a turn each"
    return _dataset("spirals", points, noise, generator, about)


def circles(count: int = 1000, noise: float = 0.1, seed: int = 0) -> Dataset:
    """`circle_points`, each moved a little."""
    generator = torch.Generator().manual_seed(seed)
    points = circle_points(count, generator)
    return _dataset("circles", points, noise, generator, "a circle around a smaller one")


def xor(count: int = 1000, noise: float = 0.05, seed: int = 0) -> Dataset:
    """`xor_points`, each moved a little."""
    generator = torch.Generator().manual_seed(seed)
    points = xor_points(count, generator)
    return _dataset("xor", points, noise, generator, "quarters of a square, two of each class")


def _dataset(name: str, points: Points, noise: float, generator: Generator, about: str) -> Dataset:
    places, labels = points
    places = places + noise * torch.randn(places.shape, generator=generator)
    classes = tuple("ABCDEFGHIJ"[: int(labels.max()) + 1])
    return Dataset(name, places, labels, classes, about, "computed", "none needed")
