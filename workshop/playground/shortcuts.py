"""All keys, and the page that tells them."""

from __future__ import annotations

import pygame

from envs.drawing.canvas import Box
from workshop.keys import Key, cap_width, draw_cap
from workshop.playground.controls import CONTROLS
from workshop.playground.layout import Layout
from workshop.playground.sketch import Sketch
from workshop.playground.stage import Look

GENERAL: tuple[Key, ...] = (
    ("space", "pause, go on"),
    ("s", "one step (a batch)"),
    ("r", "reset: the same seed"),
    ("n", "a new seed"),
    ("+ -", "speed"),
    ("m", "mode"),
    ("c", "PyTorch code"),
    ("y", "copy the command line"),
    ("v", "save a picture"),
    ("w", "write the points"),
    ("x", "clear, to paint anew"),
    ("e", "animation on, off"),
    ("d", "light, dark"),
    ("tab", "hide the panel"),
    ("esc q", "quit"),
)
OF_POINTS = ("w", "x")
"""Keys that do nothing where there are no points."""
OWN: dict[str, tuple[Key, ...]] = {
    "network": (("1 … 7", "inputs on, off"), ("← →", "choose a layer")),
    "descent": (("1 … 4", "optimisers on, off"),),
}
MOUSE = {
    "network": "On the field: left and right button paint points. Point at neurons and lines.",
    "gan": "On the field: the mouse paints real points.",
    "descent": "On the landscape: a click is the new start.",
}


def all_keys(mode: str) -> list[Key]:
    """The keys of a mode: the general ones, its own, then one for each control."""
    turns = [(control.key, control.label) for control in CONTROLS[mode]]
    general = [key for key in GENERAL if mode != "descent" or key[0] not in OF_POINTS]
    return [*general, *OWN.get(mode, ()), *turns]


def draw_help(layout: Layout, look: Look, mode: str) -> pygame.Surface:
    """The page of all keys, to be laid over the picture."""
    keys, letters, unit = all_keys(mode), layout.letters, layout.unit
    half = (len(keys) + 1) // 2
    row = min(2.1 * letters, (layout.size[1] - 150 * unit) / half)
    width = min(660 * unit, layout.size[0] - 20 * unit)
    sketch = Sketch((round(width), round(half * row + 118 * unit)), look.theme)
    sketch.cover(look.theme.wall)
    box = Box(0, 0, *sketch.size)
    sketch.rect(box.inset(unit), look.theme.panel)
    pad = 24 * unit
    sketch.text("Keys", (pad, 28 * unit), 1.5 * letters, bold=True, anchor="left")
    said = "a letter turns a control on, with shift back"
    size = sketch.fitted(said, letters, width * 0.7)
    sketch.text(said, (width - pad, 28 * unit), size, look.theme.muted, anchor="right")
    for number, (key, does) in enumerate(keys):
        x = pad + number // half * (width - pad) / 2
        y = 64 * unit + number % half * row
        draw_cap(sketch, (x, y), 0.9 * letters, key)
        left = x + max(cap_width("space", letters), cap_width(key, letters)) + 0.5 * letters
        size = sketch.fitted(does, letters, x + (width - pad) / 2 - left - 0.5 * letters)
        sketch.text(does, (left, y), size, anchor="left")
    size = sketch.fitted(MOUSE[mode], letters, width - 2 * pad)
    at = pad, sketch.size[1] - 26 * unit
    sketch.text(MOUSE[mode], at, size, look.theme.muted, anchor="left")
    return sketch.surface()
