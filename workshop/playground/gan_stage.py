"""The two networks of a GAN: real and made points, what the one believes, how the other bends."""

from __future__ import annotations

import numpy as np
import pygame
import torch

from envs.drawing.canvas import Box
from envs.drawing.theme import Theme, blend
from workshop.fitting import wrap
from workshop.playground.curves import draw_curves
from workshop.playground.gan import Gan
from workshop.playground.layout import Layout
from workshop.playground.setting import Setting
from workshop.playground.shades import cold, enlarge, grid, odds, painted, two_classes, warm
from workshop.playground.sketch import Sketch, round_corners
from workshop.playground.stage import FINEST, Look, glided, inner, marks, sprites, to_pixels

COARSE = 64
NOTE = (
    "The field: how real a point looks to the discriminator. In an even game the field is pale and "
    "the losses are 1.386 and 0.693."
)
ZOOM = 2.0
"""The mesh is shown so far from the middle."""
LINES, FINE, REACH = 17, 65, 2.2
"""Of the mesh: lines each way, points of a line, and how far from the middle it reaches."""


class GanStage:
    """Draws a GAN."""

    def __init__(self, gan: Gan) -> None:
        self.gan = gan
        self.settled = True
        self._shown: np.ndarray | None = None
        self._grid = grid(COARSE)
        self._mesh = mesh()

    def field(self, layout: Layout, look: Look) -> pygame.Surface:
        """What the discriminator believes, the real points, and those that were made."""
        side, theme = round(layout.field.width), look.theme
        new = odds(self.gan.believes(self._grid), COARSE)
        self._shown, self.settled = glided(self._shown, new, look.animated)
        values = enlarge(self._shown, min(side, FINEST))
        ink = blend(theme.ink, theme.background, 0.5)
        surface = painted(two_classes(theme, logits=True).lined(values, ink, 1.0))
        if surface.get_width() != side:
            surface = pygame.transform.smoothscale(surface, (side, side))
        images = sprites(theme, 0.86 * layout.unit, (warm(theme), cold(theme)))
        real = marks(images[1], self.gan.data.places, side)
        surface.blits(real + marks(images[2], self.gan.made(), side), doreturn=False)
        round_corners(surface, 10 * layout.unit, theme.background)
        return surface

    def left(self, layout: Layout, look: Look) -> pygame.Surface:
        """The square of noise, and what the generator bends it into; and who is who."""
        sketch = Sketch(inner(layout.left), look.theme)
        unit, letters = layout.unit, layout.letters
        width, height = sketch.size[0] - 24 * unit, sketch.size[1]
        side = min(width, height - 26 * unit - 10.5 * letters)
        sketch.text("how the generator bends noise", (0, letters), letters, anchor="left")
        box = Box(0, 26 * unit, side, side)
        sketch.rect(box, look.theme.panel, radius=10 * unit)
        self._draw_mesh(sketch, box, unit)
        self._draw_legend(sketch, box.y + side + 22 * unit, layout)
        return sketch.surface()

    def _draw_mesh(self, sketch: Sketch, box: Box, unit: float) -> None:
        theme = sketch.theme
        made = self.gan.made(self._mesh).nan_to_num().reshape(2, LINES, FINE, 2).numpy()
        places = to_pixels(made, box.width, half=ZOOM) + [box.x, box.y]
        places = np.clip(places, [box.x, box.y], [box.x + box.width, box.y + box.height])
        for way, color in enumerate((theme.agent, theme.best)):
            for number, line in enumerate(places[way]):
                middle = abs(number / (LINES - 1) * 2 - 1)
                shade = blend(color, theme.panel, 0.15 + 0.6 * middle)
                sketch.curve(line.tolist(), shade, 1.3 * unit)

    def _draw_legend(self, sketch: Sketch, y: float, layout: Layout) -> None:
        """The marks, with what they mean; and where a perfect game ends."""
        theme, unit, letters = sketch.theme, layout.unit, layout.letters
        rows = (
            (0, warm(theme), "real points"),
            (1, cold(theme), "made by the generator"),
        )
        for kind, color, said in rows:
            sketch.mark((10 * unit, y), kind, 5 * unit, color, theme.background)
            if kind == 0:
                sketch.circle((10 * unit, y), 2.4 * unit, theme.background)
            sketch.text(said, (26 * unit, y), letters, anchor="left")
            y += 22 * unit
        y += 8 * unit
        for said in wrap(NOTE, letters, layout.left.width - 30 * unit):
            sketch.text(said, (0, y), letters, theme.muted, anchor="left")
            y += 1.5 * letters

    def curves(self, layout: Layout, look: Look) -> pygame.Surface:
        """The costs of both."""
        return draw_curves(
            inner(layout.curves), look.theme, layout.unit, "loss by step", self.gan.history,
            curve_colors(look.theme),
        )  # fmt: skip

    def click(self, layout: Layout, x: float, y: float) -> Setting | int | None:
        """Nothing on the left can be clicked."""
        return None


def curve_colors(theme: Theme) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    """Of the discriminator and the generator."""
    return warm(theme), blend(cold(theme), theme.ink, 0.1)


def mesh() -> torch.Tensor:
    """Points along the lines of a net over the noise, (2 * LINES * FINE, 2)."""
    across = torch.linspace(-REACH, REACH, LINES)
    along = torch.linspace(-REACH, REACH, FINE)
    x, y = torch.meshgrid(across, along, indexing="ij")
    lines = torch.stack((torch.stack((x, y), -1), torch.stack((y, x), -1)))
    return lines.reshape(-1, 2)
