"""Landscapes to go down: each a formula of two numbers, with its lowest points."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

Formula = Callable[[Tensor, Tensor], Tensor]


class Surface(NamedTuple):
    """A cost of two weights."""

    title: str
    formula: str
    """As it is written in Python, of x and y."""
    cost: Formula
    middle: tuple[float, float]
    half: float
    """The square that is shown reaches so far from the middle."""
    lowest: tuple[tuple[float, float], ...]
    """Where the cost is least (for the saddle: of what is shown)."""
    start: tuple[float, float]

    def inside(self, x: float, y: float, margin: float = 1.0) -> bool:
        """Whether a point is shown; with a margin, also nearly so."""
        reach = self.half * margin
        return abs(x - self.middle[0]) <= reach and abs(y - self.middle[1]) <= reach


def bowl(x: Tensor, y: Tensor) -> Tensor:
    """Twenty times as steep in one direction as in the other."""
    return 0.5 * x**2 + 10 * y**2


def valley(x: Tensor, y: Tensor) -> Tensor:
    """Rosenbrock 1960, a tenth as high: easy to find, hard to follow."""
    return 0.1 * (1 - x) ** 2 + 10 * (y - x**2) ** 2


def hills(x: Tensor, y: Tensor) -> Tensor:
    """Himmelblau 1972, a tenth as high: four lowest points."""
    return 0.1 * ((x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2)


def saddle(x: Tensor, y: Tensor) -> Tensor:
    """Flat in the middle, where it goes up on two sides and down on the others."""
    return 0.5 * x**2 - 0.5 * y**2 + 0.125 * y**4 + 0.5


def waves(x: Tensor, y: Tensor) -> Tensor:
    """Rastrigin 1974, with lower waves: one lowest point among many that only seem so."""
    ripples = 2 - torch.cos(math.tau * x) - torch.cos(math.tau * y)
    return 0.5 * (x**2 + y**2) + 0.6 * ripples


def plateau(x: Tensor, y: Tensor) -> Tensor:
    """A hole in a plain: almost no slope tells where it is."""
    return 1 - torch.exp(-0.5 * (x**2 + y**2)) + 0.005 * (x**2 + y**2)


SURFACES = {
    "bowl": Surface(
        "A narrow bowl", "0.5 * x**2 + 10 * y**2", bowl, (0, 0), 3, ((0, 0),), (-2.6, 1.1)
    ),
    "valley": Surface(
        "Rosenbrock's valley", "0.1 * (1 - x) ** 2 + 10 * (y - x**2) ** 2", valley, (0, 1), 2,
        ((1, 1),), (-1.3, 2.2),
    ),
    "hills": Surface(
        "Himmelblau's hills", "0.1 * ((x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2)", hills, (0, 0),
        5, ((3, 2), (-2.805118, 3.131312), (-3.779310, -3.283186), (3.584428, -1.848126)),
        (-0.4, -1.4),
    ),
    "saddle": Surface(
        "A saddle", "0.5 * x**2 - 0.5 * y**2 + 0.125 * y**4 + 0.5", saddle, (0, 0), 2.4,
        ((0, math.sqrt(2)), (0, -math.sqrt(2))), (-2.1, 0.001),
    ),
    "waves": Surface(
        "Rastrigin's waves",
        "0.5 * (x**2 + y**2) + 0.6 * (2 - (math.tau * x).cos() - (math.tau * y).cos())", waves,
        (0, 0), 3.2, ((0, 0),), (-2.7, 2.2),
    ),
    "plateau": Surface(
        "A hole in a plain", "1 - (-0.5 * (x**2 + y**2)).exp() + 0.005 * (x**2 + y**2)", plateau,
        (0, 0), 4.5, ((0, 0),), (-3.4, 2.2),
    ),
}  # fmt: skip
"""By name."""
