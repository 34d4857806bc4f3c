"""A canvas for pictures that change many times a second."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import pygame

from envs.drawing.canvas import SCALE, Canvas, Point
from envs.drawing.theme import Color, Theme


class Sketch(Canvas):
    """A canvas that may begin with a picture, and draws long curves at once.

    Args:
        size: in pixels.
        theme: its colours.
        ground: a picture of twice the size to begin with; None: the background's colour.
    """

    def __init__(
        self, size: tuple[int, int], theme: Theme, ground: pygame.Surface | None = None
    ) -> None:
        super().__init__(size, theme)
        if ground is not None:
            self._big.blit(ground, (0, 0))

    def cover(self, color: Color) -> None:
        """Paints over everything."""
        self._big.fill(color)

    def curve(self, points: Sequence[Point], color: Color, width: float) -> None:
        """A line through many points that lie close together."""
        if len(points) > 1:
            scaled = [(x * SCALE, y * SCALE) for x, y in points]
            pygame.draw.lines(self._big, color, False, scaled, max(1, round(width * SCALE)))

    def stroke(self, start: Point, end: Point, color: Color, width: float) -> None:
        """One straight line, at once."""
        one, other = ((x * SCALE, y * SCALE) for x, y in (start, end))
        pygame.draw.line(self._big, color, one, other, max(1, round(width * SCALE)))

    def mark(self, at: Point, kind: int, radius: float, color: Color, edge: Color) -> None:
        """A disc, a diamond, a triangle or a square (0 to 3) with an edge: told apart by shape."""
        for size, shade in ((radius * 1.35, edge), (radius, color)):
            if kind == 0:
                self.circle(at, size, shade)
            else:
                self.polygon(corners(at, kind, size), shade)


def corners(at: Point, kind: int, radius: float) -> list[Point]:
    """Of a diamond, a triangle or a square (1 to 3) as large as a disc of `radius`."""
    x, y = at
    if kind == 1:
        r = radius * 1.25
        return [(x, y - r), (x + r, y), (x, y + r), (x - r, y)]
    if kind == 2:
        r = radius * 1.3
        return [(x, y - r), (x + r * 0.87, y + r * 0.55), (x - r * 0.87, y + r * 0.55)]
    r = radius * 0.9
    return [(x - r, y - r), (x + r, y - r), (x + r, y + r), (x - r, y + r)]


@lru_cache(maxsize=64)
def sprite(kind: int, radius: float, color: Color, edge: Color, hollow: bool) -> pygame.Surface:
    """A mark on nothing, to be set down many times; hollow: its outline only."""
    fine = 4
    side = round(radius * 3.2) | 1
    big = pygame.Surface((side * fine, side * fine), pygame.SRCALPHA, 32)
    big.fill((*edge, 0))
    middle = side * fine / 2, side * fine / 2
    steps: list[tuple[float, Color]] = [(radius * 1.3, edge), (radius, color)]
    if hollow:
        steps.append((radius * 0.5, edge))
    for size, shade in steps:
        if kind == 0:
            pygame.draw.circle(big, shade, middle, size * fine)
        else:
            pygame.draw.polygon(big, shade, corners(middle, kind, size * fine))
    return pygame.transform.smoothscale(big, (side, side))


@lru_cache(maxsize=64)
def _corner_mask(side: int, radius: float, color: Color) -> pygame.Surface:
    """What makes the corners of a square picture round: `color` outside, nothing inside."""
    mask = pygame.Surface((side * SCALE, side * SCALE), pygame.SRCALPHA, 32)
    mask.fill(color)
    pygame.draw.rect(mask, (*color, 0), mask.get_rect(), border_radius=round(radius * SCALE))
    return pygame.transform.smoothscale(mask, (side, side))


def round_corners(surface: pygame.Surface, radius: float, color: Color) -> None:
    """Rounds the corners of a square picture, on a ground of `color`; touches nothing else."""
    side, piece = surface.get_width(), max(1, round(radius))
    mask = _corner_mask(3 * piece, radius, color)
    for x, from_x in ((0, 0), (side - piece, 2 * piece)):
        for y, from_y in ((0, 0), (side - piece, 2 * piece)):
            surface.blit(mask, (x, y), (from_x, from_y, piece, piece))
