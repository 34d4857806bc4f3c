"""Functions of the plane as pictures: computed on a coarse grid, smoothed up, coloured."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import pygame
import torch
from torch import Tensor

from envs.drawing.theme import Color, Theme, blend
from workshop.playground.points import HALF

STEPS = 1024
"""Different shades."""
RIM = 2
"""Cells of a grid on every side that lie around what is shown: a cubic needs neighbours."""
SURE = 8.0
"""Log-odds beyond which nothing is surer: 2,980 to 1."""


def cold(theme: Theme) -> Color:
    """The colour of class 0, and of what is negative."""
    return theme.board if theme.background[0] > 128 else theme.ice


def warm(theme: Theme) -> Color:
    """The colour of class 1, and of what is positive."""
    return theme.first


def grid(
    size: int,
    middle: tuple[float, float] = (0, 0),
    half: float = HALF,
    dtype: torch.dtype = torch.float32,
) -> Tensor:
    """The middles of `size` x `size` cells, (size * size, 2), in the order of pixels: column
    after column from the left, each from the top. `RIM` of them lie around what is shown."""
    steps = (
        (torch.arange(size, dtype=torch.float64) + 0.5 - RIM) / (size - 2 * RIM) * 2 - 1
    ) * half
    x, y = torch.meshgrid(middle[0] + steps, middle[1] - steps, indexing="ij")
    return torch.stack((x.flatten(), y.flatten()), 1).to(dtype)


@lru_cache(maxsize=32)
def smoother(pixels: int, size: int) -> np.ndarray:
    """(pixels, size): from values in the middle of cells to values in the middle of pixels.

    A cubic through the two neighbours on either side (Catmull & Rom 1974).
    """
    at = (np.arange(pixels) + 0.5) / pixels * (size - 2 * RIM) + RIM - 0.5
    left = np.floor(at).astype(int)
    t = at - left
    weights = (
        -0.5 * t + t**2 - 0.5 * t**3,
        1 - 2.5 * t**2 + 1.5 * t**3,
        0.5 * t + 2 * t**2 - 1.5 * t**3,
        -0.5 * t**2 + 0.5 * t**3,
    )
    matrix = np.zeros((pixels, size), np.float32)
    for offset, weight in zip((-1, 0, 1, 2), weights, strict=True):
        np.add.at(matrix, (np.arange(pixels), np.clip(left + offset, 0, size - 1)), weight)
    return matrix


def enlarge(values: np.ndarray, pixels: int) -> np.ndarray:
    """(..., size, size) -> (..., pixels, pixels), smoothly."""
    matrix = smoother(pixels, values.shape[-1])
    return matrix @ values @ matrix.T


class Shades:
    """Colours for numbers from -1 to 1.

    Args:
        colors: at equal distances; what lies between is mixed.
        logits: the numbers are log-odds, divided by `SURE`, and colours stand for probabilities.
    """

    def __init__(self, colors: Sequence[Color], logits: bool = False) -> None:
        stops = np.linspace(-1, 1, len(colors))
        values = np.linspace(-1, 1, STEPS)
        if logits:
            values = np.tanh(values * SURE / 2)  # 2 p - 1
        mixed = [np.interp(values, stops, [c[i] for c in colors]) for i in range(3)]
        self._rgb = np.stack(mixed, 1).round().astype(np.int32)  # (STEPS, 3)
        self._pixels = _packed(self._rgb)

    def pixels(self, values: np.ndarray) -> np.ndarray:
        """The colour of each number, packed as `pygame.surfarray.blit_array` takes it."""
        places = (values * (STEPS / 2) + STEPS / 2).astype(np.int32)
        return self._pixels.take(places, mode="clip")

    def lined(self, values: np.ndarray, ink: Color, width: float) -> np.ndarray:
        """The same with a line of `width` pixels where the numbers, (n, n), pass through 0."""
        found = self.pixels(values)
        slope = np.abs(values[1:-1, 1:-1] - values[:-2, 1:-1])
        slope = np.maximum(slope, np.abs(values[1:-1, 1:-1] - values[1:-1, :-2]))
        size = np.abs(values[1:-1, 1:-1])
        near = np.nonzero(size < slope * (width / 2 + 0.5))
        if len(near[0]):
            away = size[near] / slope[near]
            share = np.clip(width / 2 + 0.5 - away, 0, 1)[:, None] * 0.75
            at = near[0] + 1, near[1] + 1
            places = np.clip(values[at] * (STEPS / 2) + STEPS / 2, 0, STEPS - 1).astype(int)
            mixed = self._rgb[places] * (1 - share) + np.array(ink) * share
            found[at] = _packed(mixed.astype(np.int32))
        return found


def _packed(rgb: np.ndarray) -> np.ndarray:
    return (rgb[..., 0] << 16 | rgb[..., 1] << 8 | rgb[..., 2]).astype(np.int32)


def plain_surface(size: tuple[int, int]) -> pygame.Surface:
    """A surface whose pixels are packed as `Shades` packs them."""
    return pygame.Surface(size, 0, 32, (0xFF0000, 0xFF00, 0xFF, 0))


def painted(pixels: np.ndarray) -> pygame.Surface:
    """A surface of packed pixels."""
    surface = plain_surface(pixels.shape[:2])
    pygame.surfarray.blit_array(surface, pixels)
    return surface


def odds(logits: Tensor, size: int) -> np.ndarray:
    """Log-odds of cells, (size * size,), as `Shades` of logits take them, (size, size); what is no
    number is as doubtful as can be."""
    found: np.ndarray = (logits / SURE).nan_to_num(0).clamp(-1, 1).reshape(size, size).numpy()
    return found


@lru_cache(maxsize=8)
def two_classes(theme: Theme, logits: bool = False) -> Shades:
    """From class 0 over doubt to class 1."""
    ground = theme.background
    ends = [blend(color(theme), ground, 0.3) for color in (cold, warm)]
    halves = [blend(color(theme), ground, 0.62) for color in (cold, warm)]
    return Shades([ends[0], halves[0], ground, halves[1], ends[1]], logits)


@lru_cache(maxsize=8)
def heights(theme: Theme) -> Shades:
    """From low to high, in terraces: a relief without a colour of its own."""
    low, high = blend(theme.board, theme.background, 0.25), blend(theme.cell, theme.wall, 0.12)
    terraces: list[Color] = []
    for step in range(16):
        color = blend(low, high, (step / 15) ** 0.8)
        terraces += [
            blend(color, theme.ink, 0.1),
            color,
            color,
            blend(color, theme.background, 0.1),
        ]
    return Shades(terraces)
