"""What every mode shows: something on the left, a field with points, curves below it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import pygame
from torch import Tensor

from envs.drawing.canvas import Box
from envs.drawing.theme import THEMES, Theme
from workshop.playground.history import History
from workshop.playground.layout import Layout
from workshop.playground.points import HALF
from workshop.playground.setting import Setting
from workshop.playground.sketch import sprite

GLIDE = 0.35
"""The share of the way to its new colours that a field goes in one frame."""
FINEST = 720
"""Pixels: larger fields are computed so large, and enlarged."""


@dataclass(frozen=True)
class Look:
    """How it is shown, and where the mouse is."""

    theme_name: str = "light"
    animated: bool = True
    mouse: tuple[float, float] | None = None
    layer: int = 0
    """The hidden layer that the slider of neurons changes, from 0."""

    @property
    def theme(self) -> Theme:
        """The colours."""
        return THEMES[self.theme_name]


class Learner(Protocol):
    """What learns: a network, two of them, or optimisers."""

    setting: Setting
    steps: int
    epoch: int
    history: History

    @property
    def has_points(self) -> bool:
        """Whether there is something to learn from."""

    @property
    def over(self) -> bool:
        """Whether no further step follows: the race is run, or the weights ran away."""

    def step(self) -> None:
        """Learns a little."""

    def change(self, setting: Setting) -> None:
        """Goes on with another setting."""

    def reset(self) -> None:
        """Begins again, as the seed has it."""

    def status(self) -> str:
        """How far it is, in one line."""


class Stage(Protocol):
    """Draws a learner; each part into a picture of its box."""

    settled: bool
    """Whether the field has come to rest."""

    def field(self, layout: Layout, look: Look) -> pygame.Surface:
        """The square."""

    def left(self, layout: Layout, look: Look) -> pygame.Surface:
        """What is beside it."""

    def curves(self, layout: Layout, look: Look) -> pygame.Surface:
        """How it went."""

    def click(self, layout: Layout, x: float, y: float) -> Setting | int | None:
        """What a click on the left means: another setting, a layer that is selected, or nothing."""


def glided(shown: np.ndarray | None, new: np.ndarray, animated: bool) -> tuple[np.ndarray, bool]:
    """What is shown on the way to `new`; and whether it is there."""
    if shown is None or not animated or shown.shape != new.shape:
        return new, True
    gap = new - shown
    if float(np.abs(gap).max(initial=0)) >= 0.01:
        return shown + GLIDE * gap, False
    return new, True  # also where something shown is no number


def to_pixels(
    places: np.ndarray, side: float, middle: Sequence[float] = (0, 0), half: float = HALF
) -> np.ndarray:
    """(n, 2) of the plane to (n, 2) pixels of a square field."""
    away = (places - np.asarray(middle)) / half * [1, -1]
    found: np.ndarray = (away + 1) / 2 * side
    return found


def to_place(layout: Layout, x: float, y: float) -> tuple[float, float]:
    """The point of the plane under a pixel of the window."""
    box = layout.field
    return (
        ((x - box.x) / box.width * 2 - 1) * HALF,
        (1 - (y - box.y) / box.height * 2) * HALF,
    )


def sprites(
    theme: Theme, unit: float, colors: Sequence[tuple[int, int, int]]
) -> list[pygame.Surface]:
    """The mark of each colour, filled and hollow: discs, then diamonds."""
    return [
        sprite(kind, 3.6 * unit, color, theme.background, hollow)
        for kind, color in enumerate(colors)
        for hollow in (False, True)
    ]


Mark = tuple[pygame.Surface, tuple[int, int]]
"""An image, and where its upper left corner goes."""


def marks(image: pygame.Surface, places: Tensor, side: float) -> list[Mark]:
    """`image` at each place, (n, 2) of the plane, that lies in the field."""
    found = to_pixels(places.numpy(), side)
    inside = (np.abs(found - side / 2) <= side / 2).all(1)
    corner = np.array(image.get_size()) / 2
    return [(image, (x, y)) for x, y in (found[inside] - corner).round().astype(int).tolist()]


def inner(box: Box) -> tuple[int, int]:
    """The size of a box, in whole pixels."""
    return max(round(box.width), 1), max(round(box.height), 1)
