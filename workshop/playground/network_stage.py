"""The network at work: every neuron's own picture, the weights between them, what it decides."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import pygame
import torch

from envs.drawing.theme import Color, Theme, blend
from workshop.playground.curves import draw_curves
from workshop.playground.experiment import Experiment
from workshop.playground.layout import Layout
from workshop.playground.network_plan import Plan, Thing, described
from workshop.playground.points import Data
from workshop.playground.setting import FEATURES, Setting, changed
from workshop.playground.shades import cold, enlarge, grid, odds, painted, two_classes, warm
from workshop.playground.sketch import Sketch, round_corners
from workshop.playground.stage import FINEST, Look, Mark, glided, inner, marks, sprites

COARSE, TINY = 80, 20
"""Cells of a side, in the field and in the pictures of neurons."""
WIDEST = 7
"""Units: the line of a large weight."""


class NetworkStage:
    """Draws an experiment."""

    def __init__(self, experiment: Experiment) -> None:
        self.experiment = experiment
        self.settled = True
        self._shown: np.ndarray | None = None
        self._marks: list[Mark] = []
        self._marked: Data | None = None
        self._marks_for: tuple[int, Theme] | None = None
        self._grid = grid(COARSE)
        self._tiny = grid(TINY)

    def field(self, layout: Layout, look: Look) -> pygame.Surface:
        """What the network decides, or what the neuron under the mouse answers; and the points."""
        side = round(layout.field.width)
        hovered = self._hovered(layout, look)
        new = self._values(hovered)
        shades = two_classes(look.theme, logits=hovered is None or hovered.unit is None)
        self._shown, self.settled = glided(self._shown, new, look.animated)
        values = enlarge(self._shown, min(side, FINEST))
        ink = blend(look.theme.ink, look.theme.background, 0.15)
        surface = painted(shades.lined(values, ink, 1.6))
        if surface.get_width() != side:
            surface = pygame.transform.smoothscale(surface, (side, side))
        self._draw_points(surface, layout, look)
        round_corners(surface, 10 * layout.unit, look.theme.background)
        return surface

    def _values(self, thing: Thing | None) -> np.ndarray:
        """(COARSE, COARSE) from -1 to 1: of a neuron, or of the whole network."""
        found = self.experiment.responses(self._grid)
        if thing is None or thing.unit is None:
            return odds(found[-1], COARSE)
        column = thing.column
        return self._scaled(found[column][:, thing.unit : thing.unit + 1], column, COARSE)[0]

    def _scaled(self, answers: torch.Tensor, column: int, size: int) -> np.ndarray:
        """(size * size, n) answers of neurons as (n, size, size) from -1 to 1; 0: no number."""
        if self.experiment.setting.activation == "sigmoid" and column:
            answers = 2 * answers - 1
        answers = answers.nan_to_num(0, 1e30, -1e30)  # of weights that ran away
        values: np.ndarray = answers.T.reshape(-1, size, size).numpy()
        return values / np.maximum(np.abs(values).max((1, 2), keepdims=True), 1e-6)

    def _draw_points(self, surface: pygame.Surface, layout: Layout, look: Look) -> None:
        data, side = self.experiment.data, surface.get_width()
        if self._marked is not data or self._marks_for != (side, look.theme):
            self._marked, self._marks_for = data, (side, look.theme)
            images = sprites(look.theme, layout.unit, (cold(look.theme), warm(look.theme)))
            self._marks = []
            for rows, hollow in ((data.test, 1), (data.train, 0)):
                for label in (0, 1):
                    chosen = rows[data.labels[rows] == label]
                    self._marks += marks(images[2 * label + hollow], data.places[chosen], side)
        surface.blits(self._marks, doreturn=False)

    def left(self, layout: Layout, look: Look) -> pygame.Surface:
        """The network."""
        plan = Plan(self.experiment.setting, layout)
        hovered = self._hovered(layout, look)
        sketch = Sketch(inner(layout.left), look.theme)
        self._draw_weights(sketch, plan, layout.unit, hovered)
        self._draw_words(sketch, plan, layout, look, hovered)
        surface = sketch.surface()
        self._draw_neurons(surface, plan, layout.unit, look, hovered)
        return surface

    def _hovered(self, layout: Layout, look: Look) -> Thing | None:
        if look.mouse is None:
            return None
        x, y = look.mouse[0] - layout.left.x, look.mouse[1] - layout.left.y
        return Plan(self.experiment.setting, layout).thing_at(x, y, self.experiment)

    def _draw_weights(self, sketch: Sketch, plan: Plan, unit: float, hovered: Thing | None) -> None:
        """The lightest first; those that lead to the neuron under the mouse stand out."""
        theme, ground = sketch.theme, sketch.theme.background
        for line in sorted(plan.lines(self.experiment), key=lambda line: abs(line.weight)):
            size = 1.0 if math.isnan(line.weight) else min(abs(line.weight) / 2.5, 1.0)
            color = warm(theme) if line.weight > 0 else cold(theme)
            shade = blend(color, ground, 0.8 - 0.75 * size**0.7)
            if hovered is not None and hovered.unit is not None:
                leads = (line.column, line.to) == (hovered.column - 1, hovered.unit)
                shade = color if leads else blend(shade, ground, 0.6)
            if hovered is not None and hovered.line == line.key:
                shade, size = theme.ink, max(size, 0.4)
            sketch.stroke(line.start, line.end, shade, max(0.5, WIDEST * size) * unit)

    def _draw_words(
        self, sketch: Sketch, plan: Plan, layout: Layout, look: Look, hovered: Thing | None
    ) -> None:
        theme, letters = sketch.theme, layout.letters
        for column, x in enumerate(plan.columns):
            name = "inputs" if column == 0 else str(plan.counts[column])
            selected = column == look.layer + 1
            color = theme.ink if selected else theme.muted
            size = sketch.fitted(name, letters, plan.spacing * 0.95)
            at = max(x, sketch.text_width(name, size) / 2), letters * 0.8
            sketch.text(name, at, size, color, bold=selected)
            if selected:
                half = plan.picture * 0.4
                sketch.stroke((x - half, letters * 1.7), (x + half, letters * 1.7), color, 2)
        said, color = described(self.experiment, hovered), theme.ink
        if not said:
            said, color = "point at a neuron or a line; click an input", theme.muted
        width = layout.left.width - 12 * layout.unit
        size = sketch.fitted(said, letters, width)
        sketch.text(said, (0, layout.left.height - letters), size, color, anchor="left")

    def _draw_neurons(
        self,
        surface: pygame.Surface,
        plan: Plan,
        unit: float,
        look: Look,
        hovered: Thing | None,
    ) -> None:
        theme, side = look.theme, plan.picture
        answers = self.experiment.responses(self._tiny)[:-1]
        names = list(FEATURES)
        for column, of_column in enumerate(answers):
            values = enlarge(self._scaled(of_column, column, TINY), side)
            pixels = two_classes(theme).pixels(values)
            for number, picture in enumerate(pixels):
                image = painted(picture)
                if column == 0:
                    on = names[number] in self.experiment.setting.features
                    image.blit(name_tag(names[number], side, unit, theme, on), (0, 0))
                round_corners(image, 0.2 * side, theme.background)
                marked = hovered is not None and hovered.place == (column, number)
                _frame(image, theme.ink if marked else theme.muted, (2.4 if marked else 1) * unit)
                box = plan.box(column, number)
                surface.blit(image, (round(box.x), round(box.y)))

    def curves(self, layout: Layout, look: Look) -> pygame.Surface:
        """The cost of the points that are learned from, and of the others."""
        theme = look.theme
        colors = (theme.agent, theme.best)
        history = self.experiment.history
        return draw_curves(
            inner(layout.curves), theme, layout.unit, "loss by epoch", history, colors
        )

    def click(self, layout: Layout, x: float, y: float) -> Setting | int | None:
        """Switches an input on or off, or selects a layer."""
        setting = self.experiment.setting
        plan = Plan(setting, layout)
        at = x - layout.left.x, y - layout.left.y
        thing = plan.thing_at(*at, self.experiment)
        if thing is not None and thing.column == 0 and thing.unit is not None:
            return toggled(setting, list(FEATURES)[thing.unit])
        column = plan.column_at(*at)
        return column - 1 if column else None


def toggled(setting: Setting, feature: str) -> Setting:
    """The setting with an input more, or one less; the last stays."""
    chosen = set(setting.features) ^ {feature}
    ordered = tuple(name for name in FEATURES if name in chosen)
    return changed(setting, features=ordered) if ordered else setting


@lru_cache(maxsize=32)
def name_tag(name: str, side: int, unit: float, theme: Theme, on: bool) -> pygame.Surface:
    """What an input is called, to be laid over its picture; a veil over those that are off."""
    high = round(min(15 * unit, side * 0.42))
    veil = pygame.Surface((side, side), pygame.SRCALPHA, 32)
    veil.fill((*theme.background, 0 if on else 190))
    tag = Sketch((side, high), theme)
    size = tag.fitted(FEATURES[name], 0.75 * high, side * 0.8)
    color = theme.ink if on else theme.muted
    tag.text(FEATURES[name], (side / 2, high * 0.45), size, color, bold=on)
    veil.blit(tag.surface(), (0, side - high))
    return veil


def _frame(image: pygame.Surface, color: Color, width: float) -> None:
    radius = round(0.2 * image.get_width())
    pygame.draw.rect(image, color, image.get_rect(), max(1, round(width)), border_radius=radius)
