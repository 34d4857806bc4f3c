"""The whole picture of the playground: a stage, the title, the setting as a command line, keys."""

from __future__ import annotations

import pygame

from envs.drawing.canvas import Canvas
from envs.drawing.theme import Color
from workshop.keys import draw_keys
from workshop.playground.experiment import Experiment
from workshop.playground.gan import Gan
from workshop.playground.gan_stage import GanStage
from workshop.playground.layout import Layout
from workshop.playground.network_stage import NetworkStage
from workshop.playground.race import Race
from workshop.playground.race_stage import RaceStage
from workshop.playground.setting import Setting
from workshop.playground.sketch import Sketch
from workshop.playground.stage import Learner, Look, Stage, inner

TITLES = {
    "network": "A network learns",
    "gan": "A forger and a detective",
    "descent": "A race downhill",
}


def begin(setting: Setting) -> tuple[Learner, Stage]:
    """What a setting says: what learns, and what draws it.

    Raises:
        BadInput: the file of points cannot be read.
    """
    if setting.mode == "gan":
        gan = Gan(setting)
        return gan, GanStage(gan)
    if setting.mode == "descent":
        race = Race(setting)
        return race, RaceStage(race)
    experiment = Experiment(setting)
    return experiment, NetworkStage(experiment)


def draw_base(layout: Layout, look: Look, setting: Setting) -> Canvas:
    """What stays: the title, the command line that starts here, the keys."""
    canvas = Canvas(layout.size, look.theme)
    unit, theme = layout.unit, look.theme
    at = layout.header.x, layout.header.y + 24 * unit
    canvas.text(TITLES[setting.mode], at, 26 * unit, bold=True, anchor="left")
    command = setting.command()
    size = canvas.fitted(command, 0.95 * layout.letters, layout.header.width)
    canvas.text(command, layout.command_at, size, theme.muted, anchor="left")
    if layout.keys:
        draw_keys(canvas, layout.keys_at, layout.letters, layout.keys)
    return canvas


def draw_status(layout: Layout, look: Look, words: str, color: Color) -> pygame.Surface:
    """One line below the title."""
    unit, letters = layout.unit, layout.letters
    sketch = Sketch((inner(layout.header)[0], round(30 * unit)), look.theme)
    size = sketch.fitted(words, 1.1 * letters, layout.header.width)
    sketch.text(words, (0, 14 * unit), size, color, anchor="left")
    return sketch.surface()


def status_place(layout: Layout) -> tuple[int, int]:
    """Where the line below the title is."""
    return round(layout.header.x), round(layout.header.y + 42 * layout.unit)


def whole_picture(layout: Layout, look: Look, learner: Learner, stage: Stage) -> pygame.Surface:
    """Everything but the controls, as one picture."""
    surface = draw_base(layout, look, learner.setting).surface()
    status = draw_status(layout, look, learner.status(), look.theme.muted)
    surface.blit(status, status_place(layout))
    draw_parts(surface, layout, look, stage)
    return surface


def draw_parts(surface: pygame.Surface, layout: Layout, look: Look, stage: Stage) -> None:
    """The three parts of a stage."""
    surface.blit(stage.left(layout, look), layout.place(layout.left))
    surface.blit(stage.field(layout, look), layout.place(layout.field))
    surface.blit(stage.curves(layout, look), layout.place(layout.curves))
