"""What the agent sees: planes of cells on a board, numbers elsewhere."""

from __future__ import annotations

from typing import Any

import numpy as np

from envs.drawing.canvas import Box, Canvas
from envs.drawing.theme import Color
from envs.percept import Percept
from workshop.session import Session


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
        _draw_facts(canvas, inner, y, unit, session, np.ravel(percept.observation))
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


def _draw_facts(
    canvas: Canvas, inner: Box, y: float, unit: float, session: Session, numbers: np.ndarray
) -> None:
    """One line a fact, what was measured among them."""
    if len(numbers) == 1:
        states = session.world.grid.states if session.world.grid else 0
        facts = {"state": f"{numbers[0]:g}" + (f" of {states}" if states else "")}
    else:
        facts = {f"number {i}": f"{value:+.3f}" for i, value in enumerate(numbers[:6])}
    world: Any = session.env.unwrapped
    if session.world.is_gridworld and len(world.grid.items):
        facts["taken"] = world.grid.taken(world.state) or "nothing"
    facts["return so far"] = f"{session.total:.2f}"
    truth = session.mind.truth
    if truth is not None:
        right = round(truth["optimal_action_rate"] * truth["decision_states"])
        facts["best possible return"] = f"{truth['optimal_return']:.2f}"
        facts["best action in"] = f"{right} of {truth['decision_states']} cells"
    if session.score.returns:
        count = len(session.score.returns)
        mean = f"{np.mean(session.score.returns):.2f}"
        facts[f"mean of {count} episode{'s' if count > 1 else ''}"] = mean
    for name, value in facts.items():
        canvas.text(name, (inner.x, y), 15 * unit, canvas.theme.muted, anchor="left")
        canvas.text(value, (inner.x + inner.width, y), 15 * unit, bold=True, anchor="right")
        y += 26 * unit
