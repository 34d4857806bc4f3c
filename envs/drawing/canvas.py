"""A canvas: anti-aliased shapes and text in pixels of the final picture. No display is touched.

Everything is drawn at twice the size and scaled down once, which smooths every edge alike.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pygame

from envs.drawing.theme import Color, Theme

SCALE = 2
Point = tuple[float, float]


class Box(NamedTuple):
    """A rectangle in pixels: upper left corner, width, height."""

    x: float
    y: float
    width: float
    height: float

    @property
    def center(self) -> Point:
        """The middle."""
        return self.x + self.width / 2, self.y + self.height / 2

    def inset(self, margin: float) -> Box:
        """The box without a margin on every side."""
        return Box(
            self.x + margin, self.y + margin, self.width - 2 * margin, self.height - 2 * margin
        )

    def holds(self, x: float, y: float) -> bool:
        """Whether a point lies inside."""
        return self.x <= x < self.x + self.width and self.y <= y < self.y + self.height

    def cell(self, row: int, col: int, rows: int, cols: int) -> Box:
        """One cell of a grid of square cells that fills the box, centred."""
        side = min(self.width / cols, self.height / rows)
        left = self.x + (self.width - side * cols) / 2
        top = self.y + (self.height - side * rows) / 2
        return Box(left + col * side, top + row * side, side, side)


@cache
def _font_folder() -> Path:
    """DejaVu Sans, the font that comes with matplotlib: the same letters on every system."""
    spec = importlib.util.find_spec("matplotlib")
    assert spec is not None and spec.origin is not None
    return Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf"


def font_file(bold: bool = False, mono: bool = False) -> Path:
    """The file of the letters that everything is written in; mono: all of one width, for code."""
    return _font_folder() / f"DejaVuSans{'Mono' if mono else ''}{'-Bold' if bold else ''}.ttf"


@cache
def _font(pixels: int, bold: bool) -> pygame.font.Font:
    pygame.font.init()
    return pygame.font.Font(font_file(bold), pixels)


class Canvas:
    """A picture of `size` pixels (width, height) in the colours of `theme`."""

    def __init__(self, size: tuple[int, int], theme: Theme) -> None:
        self.size = size
        self.theme = theme
        self._big = pygame.Surface((size[0] * SCALE, size[1] * SCALE), 0, 32)
        self._big.fill(theme.background)

    def frame(self, margin: float) -> Box:
        """The whole picture without a margin, as a share of its shorter side."""
        return Box(0, 0, *self.size).inset(margin * min(self.size))

    def rect(self, box: Box, color: Color, radius: float = 0, width: float = 0) -> None:
        """A filled rectangle, or its outline of `width`, with rounded corners."""
        scaled = [round(value * SCALE) for value in box]
        pygame.draw.rect(
            self._big,
            color,
            scaled,
            width=_stroke(width),
            border_radius=round(radius * SCALE),
        )

    def circle(self, center: Point, radius: float, color: Color, width: float = 0) -> None:
        """A filled circle, or a ring of `width`."""
        x, y = center
        pygame.draw.circle(
            self._big, color, (x * SCALE, y * SCALE), radius * SCALE, width=_stroke(width)
        )

    def line(self, points: Sequence[Point], color: Color, width: float) -> None:
        """A line through `points` with round joints and ends."""
        scaled = [(x * SCALE, y * SCALE) for x, y in points]
        half = width * SCALE / 2
        for (x1, y1), (x2, y2) in pairwise(scaled):
            length = np.hypot(x2 - x1, y2 - y1) or 1.0
            dx, dy = (x2 - x1) / length * half, (y2 - y1) / length * half
            corners = [
                (x1 - dy, y1 + dx), (x1 + dy, y1 - dx), (x2 + dy, y2 - dx), (x2 - dy, y2 + dx)
            ]  # fmt: skip
            pygame.draw.polygon(self._big, color, corners)
        if half > 1:
            for point in scaled:
                pygame.draw.circle(self._big, color, point, half)

    def polygon(self, points: Sequence[Point], color: Color) -> None:
        """A filled polygon."""
        pygame.draw.polygon(self._big, color, [(x * SCALE, y * SCALE) for x, y in points])

    def arrow(self, center: Point, direction: int, length: float, color: Color) -> None:
        """An arrow of `length`, pointing up, right, down or left (0 to 3)."""
        step = ((0, -1), (1, 0), (0, 1), (-1, 0))[direction]
        side = (-step[1], step[0])
        half, head = length / 2, length * 0.32

        def at(along: float, across: float) -> Point:
            return (
                center[0] + step[0] * along + side[0] * across,
                center[1] + step[1] * along + side[1] * across,
            )

        self.line([at(-half, 0), at(half - head, 0)], color, max(1.0, length * 0.13))
        self.polygon(
            [at(half, 0), at(half - head, head * 0.75), at(half - head, -head * 0.75)], color
        )

    def text(
        self,
        text: str,
        at: Point,
        size: float,
        color: Color | None = None,
        *,
        bold: bool = False,
        anchor: str = "center",
    ) -> float:
        """Writes one line of `size` pixels; `at` is its centre, or the middle of its left or right.

        Returns:
            The width of the text.
        """
        image = _font(max(6, round(size * SCALE)), bold).render(text, True, color or self.theme.ink)
        where = image.get_rect()
        x, y = at[0] * SCALE, at[1] * SCALE
        if anchor == "left":
            where.midleft = (round(x), round(y))
        elif anchor == "right":
            where.midright = (round(x), round(y))
        else:
            where.center = (round(x), round(y))
        self._big.blit(image, where)
        return image.get_width() / SCALE

    @staticmethod
    def text_width(text: str, size: float, bold: bool = False) -> float:
        """How wide `text` would be."""
        return _font(max(6, round(size * SCALE)), bold).size(text)[0] / SCALE

    def fitted(self, text: str, size: float, width: float, bold: bool = False) -> float:
        """`size`, or as much less as it takes for `text` to be at most `width` wide."""
        return size * min(1.0, width / max(self.text_width(text, size, bold), 1.0))

    def picture(self, pixels: np.ndarray, box: Box) -> None:
        """An array (height, width, 3), uint8, scaled to fit into `box`."""
        image = pygame.surfarray.make_surface(pixels.swapaxes(0, 1))
        scale = min(box.width / image.get_width(), box.height / image.get_height()) * SCALE
        size = round(image.get_width() * scale), round(image.get_height() * scale)
        image = pygame.transform.smoothscale(image, size)
        center = box.center[0] * SCALE, box.center[1] * SCALE
        self._big.blit(image, image.get_rect(center=center))

    def surface(self) -> pygame.Surface:
        """The finished picture."""
        return pygame.transform.smoothscale(self._big, self.size)

    def array(self) -> np.ndarray:
        """The finished picture, uint8 (height, width, 3)."""
        return np.ascontiguousarray(pygame.surfarray.array3d(self.surface()).swapaxes(0, 1))


def number(score: float, is_share: bool = False, largest: float = 0.0) -> str:
    """A score as it is written everywhere: shares in percent, the rest signed.

    Args:
        largest: the size of the largest score beside it: all have as many decimals as that one.
    """
    if is_share:
        return f"{score:.0%}"
    size = max(abs(score), largest)
    decimals = 2 if size < 10 else 1 if size < 1000 else 0
    written = f"{score:+z.{decimals}f}"
    return written if float(written) else written[1:]


def _stroke(width: float) -> int:
    return max(1, round(width * SCALE)) if width else 0
