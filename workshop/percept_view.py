"""What the agent sees: planes of cells on a board, a picture, or numbers elsewhere."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from envs.drawing.canvas import Box, Canvas
from envs.drawing.theme import Color
from envs.percept import Percept
from workshop.session import Session

ROW = 26
"""Units from one fact to the next."""
COLUMN = 110
"""Units that a number needs where there are several in a row."""
PICTURE = 200
"""Units that a picture is high, at most."""


def player_colors(canvas: Canvas, session: Session) -> tuple[Color, Color]:
    """The colours of the stones of player 0 and player 1."""
    rules, theme = session.world.rules, canvas.theme
    return theme.first, theme.second if rules and rules.gravity else theme.mark


def draw_percept(canvas: Canvas, inner: Box, y: float, unit: float, session: Session) -> None:
    """Draws it below `y`, the middle of its heading; nothing where there is no room."""
    if y + 120 * unit > canvas.size[1]:
        return
    canvas.text("What it perceives", (inner.x, y), 21 * unit, bold=True, anchor="left")
    y += 30 * unit
    percept = session.percept
    planes = _planes(session, percept)
    if not planes:
        _draw_observation(canvas, inner, y, unit, session, percept.observation)
        return
    mine, theirs = player_colors(canvas, session)
    if percept.player == 1:
        mine, theirs = theirs, mine
    own = {"mine": mine, "my head": mine, "theirs": theirs, "their head": theirs}
    width = inner.width / 3
    height = min(110 * unit, canvas.size[1] - y - 30 * unit)
    for i, (name, plane) in enumerate(planes.items()):
        x, top = inner.x + i % 3 * width, y + i // 3 * (height + 34 * unit)
        if top + height > canvas.size[1]:
            break
        canvas.text(name, (x, top), 13 * unit, canvas.theme.muted, anchor="left")
        area = Box(x, top + 14 * unit, width - 24 * unit, height)
        _draw_plane(canvas, area, plane, own.get(name, canvas.theme.best))


def _planes(session: Session, percept: Percept) -> dict[str, np.ndarray]:
    """The planes of cells that the percept consists of, by name; none for other percepts."""
    env: Any = session.env.unwrapped
    rules = session.world.rules
    if rules is not None:
        assert percept.board is not None
        legal = 0 if session.over else rules.legal(env.mine, env.theirs)
        free = (rules.cell_bits & legal) != 0
        return {"mine": percept.board > 0, "theirs": percept.board < 0, "legal": free}
    names = getattr(env, "plane_names", ())
    planes = dict(zip(names, percept.observation, strict=True)) if names else {}
    return dict(sorted(planes.items(), key=lambda item: not item[1].any()))


def _draw_plane(canvas: Canvas, area: Box, plane: np.ndarray, color: Color) -> None:
    """A plane of cells, those that are set in `color`."""
    rows, cols = plane.shape
    side = min(area.width / cols, area.height / rows)
    for row in range(rows):
        for col in range(cols):
            cell = Box(area.x + col * side, area.y + row * side, side, side)
            shown = color if plane[row, col] else canvas.theme.track
            canvas.rect(cell.inset(side * 0.07), shown, radius=side * 0.12)


def _draw_observation(
    canvas: Canvas, inner: Box, y: float, unit: float, session: Session, observation: np.ndarray
) -> None:
    """A picture or numbers, as they arrive, and below them what was measured."""
    facts, pixels = _facts(session), picture_of(observation)
    room = canvas.size[1] - 12 * unit - y - len(facts) * ROW * unit
    if pixels is not None:
        y = _draw_picture(canvas, inner, y, unit, min(room, PICTURE * unit), pixels)
    elif observation.size == 1:
        states = session.world.grid.states if session.world.grid else 0
        value = f"{observation.item():g}" + (f" of {states}" if states else "")
        facts = {"state": value, **facts}
    else:
        y = _draw_numbers(canvas, inner, y, unit, room, np.ravel(observation))
    for name, value in facts.items():
        if y > canvas.size[1] - 8 * unit:
            return
        canvas.text(name, (inner.x, y), 15 * unit, canvas.theme.muted, anchor="left")
        canvas.text(value, (inner.x + inner.width, y), 15 * unit, bold=True, anchor="right")
        y += ROW * unit


def picture_of(observation: np.ndarray) -> np.ndarray | None:
    """An observation as a picture, uint8 (rows, cols, 3); None: it is none.

    Of several gray ones, before or after rows and columns, it is the last.
    """
    if observation.dtype != np.uint8 or observation.ndim not in (2, 3):
        return None
    if observation.ndim == 3 and observation.shape[2] not in (1, 3):
        last = observation.shape[2] < observation.shape[0]
        observation = observation[..., -1] if last else observation[-1]
    layers = observation.reshape(*observation.shape[:2], -1)  # (rows, cols, 1 or 3)
    return np.broadcast_to(layers, (*layers.shape[:2], 3))


def _draw_picture(
    canvas: Canvas, inner: Box, y: float, unit: float, room: float, pixels: np.ndarray
) -> float:
    """Its size, and below it the picture with its pixels as they are; returns where it ends."""
    rows, cols, _ = pixels.shape
    said = f"{cols} x {rows} pixels"
    canvas.text(said, (inner.x, y), 13 * unit, canvas.theme.muted, anchor="left")
    height = min(max(room - 16 * unit, 40 * unit), inner.width * rows / cols)
    area = Box(inner.x, y + 14 * unit, height * cols / rows, height)
    times = max(1, math.ceil(2 * height / rows))  # its pixels stay sharp
    canvas.picture(pixels.repeat(times, 0).repeat(times, 1), area)
    return area.y + height + 20 * unit


def _draw_numbers(
    canvas: Canvas, inner: Box, y: float, unit: float, room: float, numbers: np.ndarray
) -> float:
    """As many as fit, in one column if they do; returns where they end."""
    rows = max(1, int(room // (ROW * unit)))
    most = max(1, int(inner.width // (COLUMN * unit)))
    columns = min(most, math.ceil(len(numbers) / rows))
    shown = len(numbers) if len(numbers) <= rows * columns else rows * columns - 1
    width = inner.width / columns
    for number, value in enumerate(numbers[:shown]):
        left, middle = inner.x + number % columns * width, y + number // columns * ROW * unit
        name = f"number {number}" if columns == 1 else f"{number}"
        used = canvas.text(name, (left, middle), 15 * unit, canvas.theme.muted, anchor="left")
        right = left + width - (0 if columns == 1 else 18 * unit)
        size = canvas.fitted(said := f"{value:+.3f}", 15 * unit, right - left - used - 6 * unit)
        canvas.text(said, (right, middle), size, bold=True, anchor="right")
    if shown < len(numbers):
        at = inner.x + shown % columns * width, y + shown // columns * ROW * unit
        said = f"and {len(numbers) - shown} more"
        canvas.text(said, at, 13 * unit, canvas.theme.muted, anchor="left")
    return y + math.ceil(min(len(numbers), rows * columns) / columns) * ROW * unit


def _facts(session: Session) -> dict[str, str]:
    """What was measured, by name."""
    facts: dict[str, str] = {}
    world: Any = session.env.unwrapped
    if session.world.is_gridworld and len(world.grid.items):
        facts["taken"] = world.grid.taken(world.state) or "nothing"
    facts["return so far"] = f"{session.total:.2f}"
    truth = session.mind.truth
    if truth is not None:
        right = round(truth["optimal_action_rate"] * truth["decision_states"])
        facts["best possible return"] = f"{truth['optimal_return']:.2f}"
        facts["best action in"] = f"{right} of {truth['decision_states']} cells"
    count = session.score.episodes
    if count:
        facts[f"mean of {count} episode{'s' if count > 1 else ''}"] = f"{session.score.mean:.2f}"
    return facts
