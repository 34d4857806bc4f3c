"""What a network computes for one percept, layer by layer."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from agents.agent import Agent
from envs.drawing.canvas import Box, Canvas
from envs.percept import Percept
from workshop.evenly import evenly

SHARP = 8
"""A cell is so many pixels before it is brought to its size, so that its edges stay sharp."""
MOST_LAYERS = 8
"""Layers that are drawn of a deep network: the first, the last, and some between them."""
MOST_PLANES = 64
"""Planes or units that are drawn of one layer."""


class Layer(NamedTuple):
    """What one layer said."""

    name: str
    values: np.ndarray
    """(units,) or (planes, rows, cols)."""


def network_of(agent: Agent) -> nn.Module | None:
    """The agent's network, if it has one."""
    return next((it for it in vars(agent).values() if isinstance(it, nn.Module)), None)


def activations(agent: Agent, percept: Percept) -> list[Layer]:
    """The output of every layer with weights while the agent thinks; empty without a network.

    A search asks its network of many positions: the first one is that of the percept.
    """
    network = network_of(agent)
    if network is None:
        return []
    found: dict[nn.Module, Layer] = {}

    def note(module: nn.Module, inputs: Any, output: Any) -> None:
        if module not in found and isinstance(output, Tensor) and output.ndim in (2, 4):
            values = output[0].detach().float().cpu().numpy()
            found[module] = Layer(kind_of(module, values), values)

    layers = [it for it in network.modules() if isinstance(it, nn.Linear | nn.Conv2d)]
    hooks = [layer.register_forward_hook(note) for layer in layers]
    try:
        with torch.no_grad():
            agent.think(percept)
    finally:
        for hook in hooks:
            hook.remove()
    return list(found.values())


def kind_of(module: nn.Module, values: np.ndarray) -> str:
    """What a layer is called beside its picture."""
    if isinstance(module, nn.Conv2d):
        return f"convolution, {len(values)} planes"
    return f"{len(values)} unit{'s' if len(values) > 1 else ''}"


def draw_layers(canvas: Canvas, box: Box, unit: float, layers: list[Layer]) -> None:
    """Draws each layer as a row of squares: the accent colour for more, red for less than 0.

    Of more layers than there is room for, some, evenly.
    """
    shown = evenly(len(layers), MOST_LAYERS)
    height = box.height / max(len(shown), 4)
    for row, number in enumerate(shown):
        layer, top = layers[number], box.y + row * height
        name = layer.name
        if len(shown) < len(layers):
            name = f"layer {number + 1} of {len(layers)}: {name}"
        at = (box.x, top + 8 * unit)
        canvas.text(name, at, 13 * unit, canvas.theme.muted, anchor="left")
        area = Box(box.x, top + 20 * unit, box.width, height - 30 * unit)
        scale = float(np.abs(layer.values).max()) or 1.0
        if layer.values.ndim == 1:
            draw_units(canvas, area, layer.values[: 4 * MOST_PLANES] / scale)
        else:
            draw_planes(canvas, area, layer.values[:MOST_PLANES] / scale)


def draw_units(canvas: Canvas, area: Box, values: np.ndarray) -> None:
    """A grid of squares, one a unit."""
    count = len(values)
    cols = max(1, min(count, math.ceil(math.sqrt(count * area.width / area.height))))
    side = min(area.width / cols, area.height / math.ceil(count / cols))
    for at, value in enumerate(values):
        cell = Box(area.x + at % cols * side, area.y + at // cols * side, side, side)
        canvas.rect(cell.inset(side * 0.06), tint(canvas, float(value)), radius=side * 0.12)


def draw_planes(canvas: Canvas, area: Box, planes: np.ndarray) -> None:
    """A grid of small boards, one a plane."""
    count, rows, cols = planes.shape
    across = max(1, math.ceil(math.sqrt(count * area.width / area.height * rows / cols)))
    width = area.width / across
    height = min(area.height / math.ceil(count / across), width * rows / cols)
    side = min(width / cols, height / rows) * 0.88
    for at, plane in enumerate(planes):
        x, y = area.x + at % across * width, area.y + at // across * height
        large = tints(canvas, plane).repeat(SHARP, 0).repeat(SHARP, 1)
        canvas.picture(large, Box(x, y, side * cols, side * rows))


def tint(canvas: Canvas, value: float) -> tuple[int, int, int]:
    """The colour of a value between -1 and 1."""
    red, green, blue = tints(canvas, np.array([[value]]))[0, 0].tolist()
    return red, green, blue


def tints(canvas: Canvas, values: np.ndarray) -> np.ndarray:
    """The colours of values between -1 and 1: uint8 (rows, cols, 3)."""
    theme, share = canvas.theme, np.abs(values)[..., None].clip(0, 1)
    far = np.where(values[..., None] > 0, theme.best, theme.wrong)
    return np.rint((1 - share) * theme.track + share * far).astype(np.uint8)
