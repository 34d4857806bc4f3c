"""The panel beside the world: the ratings, how the game goes, the percept."""

from __future__ import annotations

import numpy as np

from agents.agent import Thoughts
from agents.human import HumanAgent
from envs.drawing.canvas import Box, Canvas, number
from workshop.percept_view import draw_percept
from workshop.session import Session


def draw_thoughts(
    canvas: Canvas, box: Box, unit: float, session: Session, thoughts: Thoughts | None
) -> None:
    """From top to bottom: the ratings, how the game goes, the percept."""
    canvas.rect(box, canvas.theme.panel)
    inner = box.inset(30 * unit)
    y = 34 * unit
    alone = all(isinstance(agent, HumanAgent) for agent in session.agents)
    who = "You play" if alone else "What it thinks"
    done: int | None = None
    if session.waits_for_human or session.over:
        who = "You play" if alone else "What it thought"
        _, thoughts, done = session.decided or ("", None, None)
    draw_heading(canvas, inner, y, unit, who, thoughts.meaning if thoughts else "")
    y += 34 * unit
    if thoughts is not None:
        if thoughts.note:
            size = canvas.fitted(thoughts.note, 15 * unit, inner.width)
            canvas.text(thoughts.note, (inner.x, y), size, anchor="left")
            y += 30 * unit
        y = draw_bars(canvas, inner, y, unit, session, thoughts, done)
    else:
        said = "nobody else is thinking" if who == "You play" else session.silence
        busy = session.mind.busy and not session.waits_for_human
        said = "it is thinking" if busy else said
        canvas.text(said, (inner.x, y), 15 * unit, canvas.theme.muted, anchor="left")
        y += 30 * unit
    y = _draw_chart(canvas, inner, y + 22 * unit, unit, session)
    draw_percept(canvas, inner, y + 34 * unit, unit, session)


def draw_bars(
    canvas: Canvas,
    inner: Box,
    y: float,
    unit: float,
    session: Session,
    thoughts: Thoughts,
    done: int | None = None,
) -> float:
    """One bar an action, in the accent colour and bold the best, or what was `done` thereupon.

    Returns:
        Where they end.
    """
    theme, scores = canvas.theme, thoughts.scores
    marked = thoughts.best if done is None else done
    shown = [int(a) for a in np.argsort(-np.nan_to_num(scores, nan=-np.inf))][:9]
    if done is not None and done not in shown:
        shown[-1] = done
    shown = sorted(a for a in shown if not np.isnan(scores[a]))
    low, high = float(np.nanmin(scores)), float(np.nanmax(scores))
    equal, largest = low == high, max(abs(low), abs(high))
    if thoughts.are_shares:
        low = 0.0
    names = {a: session.world.action_name(a) for a in shown}
    label = 14 * unit + max(canvas.text_width(n, 16 * unit, bold=True) for n in names.values())
    value = 70 * unit
    for action in shown:
        best = action == marked and not (equal and done is None)
        share = (scores[action] - low) / (high - low) if high > low else 1.0
        canvas.text(names[action], (inner.x, y), 16 * unit, bold=best, anchor="left")
        track = Box(inner.x + label, y - 7 * unit, inner.width - label - value, 14 * unit)
        canvas.rect(track, theme.track, radius=7 * unit)
        length = max(14 * unit, track.width * (0.04 + 0.96 * float(share)))
        fill = theme.best if best else theme.muted
        canvas.rect(track._replace(width=length), fill, radius=7 * unit)
        text = number(float(scores[action]), thoughts.are_shares, largest)
        at = (inner.x + inner.width, y)
        color = theme.ink if best else theme.muted
        canvas.text(text, at, 15 * unit, color, bold=best, anchor="right")
        y += 28 * unit
    return y


def _draw_chart(canvas: Canvas, inner: Box, y: float, unit: float, session: Session) -> float:
    """How the game goes: the value of each position to the first player, or the return."""
    theme = canvas.theme
    two = session.world.two_player
    title = "Value along the game" if two else "Return so far"
    canvas.text(title, (inner.x, y), 21 * unit, bold=True, anchor="left")
    top = y + 22 * unit
    high = min(120 * unit, max(70 * unit, canvas.size[1] - top - 190 * unit))
    box = Box(inner.x, top, inner.width, high)
    canvas.rect(box, theme.background, radius=8 * unit)
    values = session.values
    if two:
        high = max(1.0, *map(abs, session.values), 1.0)
        low = -high
        names = [session.names[session.seated(seat)] for seat in (0, 1)]
        at = box.x + 10 * unit
        for name, y in ((names[0], 13 * unit), (names[1], box.height - 13 * unit)):
            said = f"{name} ahead"
            size = canvas.fitted(said, 12 * unit, box.width - 20 * unit)
            canvas.text(said, (at, box.y + y), size, theme.muted, anchor="left")
    else:
        low, high = min(0.0, *values, 0.0), max(0.0, *values, 0.0)
        low, high = (low, high) if high > low else (-1.0, 1.0)
    plot = box.inset(14 * unit)
    if two:  # between the two names
        plot = Box(plot.x, box.y + 26 * unit, plot.width, box.height - 52 * unit)
    zero = plot.y + plot.height * (high / (high - low))
    canvas.line([(plot.x, zero), (plot.x + plot.width, zero)], theme.track, 1.5 * unit)
    room = max(len(values), session.world.rules.actions if session.world.rules else 20, 2)
    points = [
        (
            plot.x + plot.width * i / (room - 1),
            plot.y + plot.height * (high - min(max(v, low), high)) / (high - low),
        )
        for i, v in enumerate(values)
    ]
    if len(points) > 1:
        canvas.line(points, theme.agent, 2.5 * unit)
    if points:
        canvas.circle(points[-1], 5 * unit, theme.agent)
    return box.y + box.height


def draw_heading(
    canvas: Canvas, inner: Box, y: float, unit: float, title: str, note: str = ""
) -> None:
    """A heading, and at the right end of its line a note; both smaller where there is no room."""
    wide = canvas.text_width(title, 21 * unit, bold=True) + canvas.text_width(note, 14 * unit)
    unit *= min(1.0, (inner.width - 20 * unit) / wide)
    canvas.text(title, (inner.x, y), 21 * unit, bold=True, anchor="left")
    at = (inner.x + inner.width, y + 2 * unit)
    canvas.text(note, at, 14 * unit, canvas.theme.muted, anchor="right")
