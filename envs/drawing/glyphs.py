"""The small pictures that tell the kinds of gridworld cells apart: shapes, not colours alone."""

from __future__ import annotations

from envs.drawing.canvas import Box, Canvas, Point
from envs.drawing.theme import Color, Theme, blend, ink_on
from envs.rules.cells import CELLS, STEPS, Cell

SMALL = 34
"""Pixels: in smaller cells no words are written."""


def ice_of(theme: Theme) -> Color:
    """The colour of ice."""
    return blend(theme.cell, theme.ice, 0.6)


def draw_glyph(canvas: Canvas, at: Point, side: float, symbol: str, ground: Color) -> None:
    """Draws what a cell of `symbol` holds, around `at`, in a cell `side` pixels wide.

    Floor, walls, goals and pits hold nothing.
    """
    kind, theme = CELLS[symbol], canvas.theme
    (x, y), ink = at, blend(ink_on(ground), ground, 0.35)
    light = theme.background if ground in (theme.wall, ice_of(theme)) else ink
    if symbol == "S":
        if side >= SMALL:
            canvas.text("start", at, side * 0.22, theme.muted)
        else:
            canvas.circle(at, side * 0.2, theme.muted, width=side * 0.07)
    elif kind.slip:
        for dx, dy, reach in ((-0.12, 0.02, 0.2), (0.1, -0.1, 0.12), (0.1, 0.16, 0.12)):
            ends = [
                (x + (dx - reach) * side, y + (dy + reach) * side),
                (x + (dx + reach) * side, y + (dy - reach) * side),
            ]
            canvas.line(ends, light, side * 0.035)
    elif kind.key:
        _draw_key(canvas, at, side)
    elif kind.locked:
        canvas.circle((x, y - side * 0.08), side * 0.11, light)
        hole = Box(x - side * 0.05, y - side * 0.08, side * 0.1, side * 0.3)
        canvas.rect(hole, light, radius=side * 0.03)
    elif kind.once:
        _draw_coin(canvas, at, side)
    elif symbol == "*":
        canvas.circle(at, side * 0.28, theme.first)
        canvas.circle(at, side * 0.19, theme.background)
        canvas.circle(at, side * 0.1, theme.first)
    elif kind.teleports:
        _draw_teleport(canvas, at, side, symbol)
    elif kind.against is not None:
        _draw_chevron(canvas, at, side * 0.62, (kind.against + 2) % 4, ink, 0.16)
    elif any(kind.push):
        _draw_wind(canvas, at, side, kind)


def _draw_key(canvas: Canvas, at: Point, side: float) -> None:
    (x, y), color = at, canvas.theme.best
    canvas.circle((x - side * 0.15, y), side * 0.14, color, width=side * 0.07)
    canvas.line([(x - side * 0.03, y), (x + side * 0.28, y)], color, side * 0.07)
    for tooth in (0.15, 0.27):
        ends = [(x + side * tooth, y), (x + side * tooth, y + side * 0.12)]
        canvas.line(ends, color, side * 0.06)


def _draw_coin(canvas: Canvas, at: Point, side: float) -> None:
    color = canvas.theme.second
    canvas.circle(at, side * 0.27, blend(color, (0, 0, 0), 0.25))
    canvas.circle(at, side * 0.23, color)
    x, y = at
    canvas.line(
        [(x, y - side * 0.09), (x, y + side * 0.09)], blend(color, (0, 0, 0), 0.4), side * 0.06
    )


def _draw_teleport(canvas: Canvas, at: Point, side: float, symbol: str) -> None:
    """Its digit in two rings; where they would be too small to be read, on a disc."""
    theme = canvas.theme
    color = (theme.agent, theme.best, theme.first, theme.mark)[int(symbol) % 4]
    if side < SMALL:
        canvas.circle(at, side * 0.42, color)
        canvas.text(symbol, at, side * 0.7, ink_on(color), bold=True)
        return
    canvas.circle(at, side * 0.36, color, width=side * 0.045)
    canvas.circle(at, side * 0.26, color, width=side * 0.03)
    canvas.text(symbol, at, side * 0.36, color, bold=True)


def _draw_wind(canvas: Canvas, at: Point, side: float, kind: Cell) -> None:
    """Thin chevrons one after the other, one more where the wind is strong."""
    strength = max(abs(kind.push[0]), abs(kind.push[1]))
    direction = STEPS.index((kind.push[0] // strength, kind.push[1] // strength))
    down, right = STEPS[direction]
    color = blend(canvas.theme.muted, canvas.theme.cell, 0.25)
    gap = side * 0.2
    for number in range(strength + 1):
        along = (number - strength / 2) * gap
        center = at[0] + right * along, at[1] + down * along
        _draw_chevron(canvas, center, side * 0.4, direction, color, 0.12)


def _draw_chevron(
    canvas: Canvas, center: Point, size: float, direction: int, color: Color, weight: float
) -> None:
    """An angle that points up, right, down or left."""
    (x, y), (down, right) = center, STEPS[direction]
    tip = x + right * size * 0.25, y + down * size * 0.25
    back, out = size * 0.4, size * 0.45
    ends = [
        (tip[0] - right * back + turn * down * out, tip[1] - down * back + turn * right * out)
        for turn in (-1, 1)
    ]
    canvas.line([ends[0], tip, ends[1]], color, size * weight)
