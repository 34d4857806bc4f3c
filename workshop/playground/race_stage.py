"""Optimisers on their landscape: the relief, where each went, and who is lowest."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import pygame
import torch

from envs.drawing.canvas import SCALE, Box
from envs.drawing.theme import Color, Theme, blend
from workshop.fitting import wrap
from workshop.playground.curves import draw_curves
from workshop.playground.layout import Layout
from workshop.playground.race import FORMULAS, Race, Racer
from workshop.playground.setting import RACERS, Setting, changed
from workshop.playground.shades import enlarge, grid, heights, painted
from workshop.playground.sketch import Sketch, round_corners
from workshop.playground.stage import Look, inner, to_pixels
from workshop.playground.surfaces import SURFACES

COARSE = 160
MOST = 600
"""Points of a trail that are drawn."""


def color_of(name: str, theme: Theme) -> Color:
    """The colour of an optimiser; its mark is told apart by shape as well."""
    colors = (theme.first, theme.agent, theme.best, theme.ink)
    return colors[RACERS.index(name)]


@lru_cache(maxsize=4)
def relief(name: str, theme: Theme, side: int) -> pygame.Surface:
    """A landscape as a picture `side` pixels wide: height by shade, on a scale that grows slower
    the higher it is."""
    surface = SURFACES[name]
    x, y = grid(COARSE, surface.middle, surface.half, torch.float64).unbind(1)
    cost = surface.cost(x, y).reshape(COARSE, COARSE).float().numpy()
    height = np.sqrt(np.log1p(12 * (cost - cost.min()) / (np.median(cost) - cost.min())))
    values = enlarge(2 * height / height.max() - 1, min(side, 1024))
    picture = painted(heights(theme).pixels(values.clip(-1, 1)))
    return pygame.transform.smoothscale(picture, (side, side))


class RaceStage:
    """Draws a race."""

    settled = True

    def __init__(self, race: Race) -> None:
        self.race = race

    def field(self, layout: Layout, look: Look) -> pygame.Surface:
        """The landscape, seen from above."""
        side, unit, theme = round(layout.field.width), layout.unit, look.theme
        ground = relief(self.race.setting.surface, theme, side * SCALE)
        sketch = Sketch((side, side), theme, ground)
        surface = self.race.surface
        for place in surface.lowest:
            x, y = self._pixels([place], side)[0]
            for size, color in ((4.5, theme.background), (2.4, theme.ink)):
                sketch.stroke((x - 7 * unit, y), (x + 7 * unit, y), color, size * unit)
                sketch.stroke((x, y - 7 * unit), (x, y + 7 * unit), color, size * unit)
        for racer in self.race.racers:
            trail = self._pixels(thinned(racer.trail), side)
            sketch.curve(trail, theme.background, 4.2 * unit)
            sketch.curve(trail, color_of(racer.name, theme), 2.4 * unit)
        for racer in self.race.racers:
            at = self._pixels([racer.trail[-1]], side)[0]
            self._mark(sketch, racer, at, 6.5 * unit)
        picture = sketch.surface()
        round_corners(picture, 10 * unit, theme.background)
        return picture

    def _pixels(self, places: list[tuple[float, float]], side: int) -> list[tuple[float, float]]:
        surface = self.race.surface
        found = to_pixels(np.array(places), side, surface.middle, surface.half)
        return [(x, y) for x, y in found.clip(-side, 2 * side).tolist()]

    @staticmethod
    def _mark(sketch: Sketch, racer: Racer, at: tuple[float, float], radius: float) -> None:
        color = color_of(racer.name, sketch.theme)
        kind = RACERS.index(racer.name)
        sketch.mark(at, kind, radius, color, sketch.theme.background)

    def left(self, layout: Layout, look: Look) -> pygame.Surface:
        """The landscape's name, and each optimiser: its formula, its cost, how far it came."""
        sketch = Sketch(inner(layout.left), look.theme)
        unit, letters, theme = layout.unit, layout.letters, look.theme
        width = layout.left.width - 24 * unit
        surface = self.race.surface
        sketch.text(surface.title, (0, letters), 1.2 * letters, bold=True, anchor="left")
        formula = f"loss = {surface.formula}".replace("**2", "²").replace(" ** 2", "²")
        formula = formula.replace("**4", "⁴").replace(" * ", " ").replace("math.tau", "2π")
        lines = wrap(formula, letters, width)
        for number, line in enumerate(lines):
            at = (0, (2.8 + 1.4 * number) * letters)
            sketch.text(line, at, letters, theme.muted, anchor="left")
        top = (3.2 + 1.4 * len(lines)) * letters
        row = min(104 * unit, (layout.left.height - top - 3 * letters) / len(self.race.racers))
        ranked = sorted(self.race.racers, key=lambda racer: racer.cost)
        for number, racer in enumerate(self.race.racers):
            box = Box(0, top + number * row, width, row - 10 * unit)
            self._draw_racer(sketch, box, racer, racer is ranked[0], layout)
        said = "click the landscape to start there"
        sketch.text(said, (0, layout.left.height - letters), letters, theme.muted, anchor="left")
        return sketch.surface()

    def _draw_racer(
        self, sketch: Sketch, box: Box, racer: Racer, best: bool, layout: Layout
    ) -> None:
        theme, letters, unit = sketch.theme, layout.letters, layout.unit
        sketch.rect(box, theme.panel, radius=8 * unit)
        pad = 14 * unit
        y = box.y + box.height * 0.27
        self._mark(sketch, racer, (box.x + pad + 6 * unit, y), 6 * unit)
        left = box.x + 2.3 * pad
        used = sketch.text(racer.name, (left, y), letters, bold=True, anchor="left")
        right = box.x + box.width - pad
        said = f"{racer.cost:.3g}"
        color = theme.best if best and self.race.steps else theme.ink
        if racer.lost_at:
            said, color = f"thrown out at step {racer.lost_at}", theme.wrong
            if sketch.text_width(said, letters, True) > right - left - used - pad:
                said = f"out at {racer.lost_at}"
        size = sketch.fitted(said, letters, right - left - used - pad, bold=True)
        room = (
            right
            - left
            - used
            - sketch.text(said, (right, y), size, color, bold=True, anchor="right")
        )
        if best and self.race.steps and room > sketch.text_width("lowest", letters, True) + 2 * pad:
            sketch.text("lowest", (left + used + pad, y), letters, bold=True, anchor="left")
        if box.height > 3.6 * letters:
            formula = FORMULAS[racer.name]
            size = sketch.fitted(formula, 0.95 * letters, right - left)
            middle = (left, box.y + box.height * 0.53)
            sketch.text(formula, middle, size, theme.muted, anchor="left")
        track = Box(left, box.y + box.height * 0.76, right - left, 7 * unit)
        sketch.rect(track, theme.track, radius=3.5 * unit)
        share = self._share(racer)
        if share > 0:
            filled = track._replace(width=max(track.width * share, 7 * unit))
            sketch.rect(filled, color_of(racer.name, theme), radius=3.5 * unit)

    def _share(self, racer: Racer) -> float:
        """How far down it came: from the start to a millionth, by orders of magnitude."""
        if racer.lost_at:
            return 0.0
        first = float(self.race.surface.cost(*torch.tensor(racer.trail[0], dtype=torch.float64)))
        least = 1e-6
        gone = math.log(max(first, 2 * least) / max(racer.cost, least))
        return min(max(gone / math.log(max(first, 2 * least) / least), 0.0), 1.0)

    def curves(self, layout: Layout, look: Look) -> pygame.Surface:
        """The cost of each, by orders of magnitude."""
        names = self.race.setting.racers
        colors = [blend(color_of(name, look.theme), look.theme.panel, 0.05) for name in names]
        return draw_curves(
            inner(layout.curves), look.theme, layout.unit, "loss by step, by tens",
            self.race.history, colors, logarithmic=True,
        )  # fmt: skip

    def click(self, layout: Layout, x: float, y: float) -> Setting | int | None:
        """Nothing on the left can be clicked."""
        return None


def thinned(trail: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """At most about `MOST` points of a trail, its end among them."""
    stride = max(1, len(trail) // MOST)
    return [*trail[::stride], trail[-1]]


def start_at(race: Race, layout: Layout, x: float, y: float) -> tuple[float, float]:
    """The point of the landscape under a pixel of the window, to three digits."""
    box, surface = layout.field, race.surface
    right = surface.middle[0] + ((x - box.x) / box.width * 2 - 1) * surface.half
    up = surface.middle[1] + (1 - (y - box.y) / box.height * 2) * surface.half
    return round(right, 3), round(up, 3)


def raced(setting: Setting, name: str) -> Setting:
    """The setting with an optimiser sent off or called in; the last one stays."""
    wanted = set(setting.racers) ^ {name}
    return changed(setting, racers=tuple(r for r in RACERS if r in (wanted or {name})))
