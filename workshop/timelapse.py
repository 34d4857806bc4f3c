"""A training from its first steps to its last: what the agent thought, and how strong it was.

The agent of each entry of a run's `history/` is put into the same scene: in a gridworld it walks
from the start with its values under it, on a board it judges a position in which only one move is
right. The curve beside it grows along.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from agents.agent import load_agent
from agents.minimax import Search
from envs.drawing.canvas import Box, Canvas
from envs.drawing.drawers import drawer_for
from envs.names import BadInput
from envs.rules.kinarow import KInARow
from envs.worlds import find_world
from workshop.curves import metric_of, read_metrics
from workshop.lock import is_held
from workshop.panel import draw_bars, draw_heading
from workshop.runs import Run, RunConfig
from workshop.session import Session
from workshop.view import Look, View

LONGEST = 60
"""Moves that an agent is given to walk."""
POSITION_SEED = 1
LOOK_AHEAD = 6
"""Plies that tell which move is right on a board too large to know."""
FACTS = 8
"""Measures that are written down beside the curve, at most."""


def has_history(folder: Path) -> bool:
    """Whether this is a run folder that can be shown as a time-lapse."""
    return (folder / "config.json").is_file() and (folder / "history").is_dir()


class TimeLapse:
    """The history of a run.

    Attributes:
        steps: the entries, by their steps.
        complete: whether the training came to its end.
        learning: whether it is going on; neither: it was stopped, and may be resumed.

    Raises:
        BadInput: the folder is no run, or holds no history.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = Run.open(folder, RunConfig.of).config
        self.world = find_world(self.config.world, self.config.map)
        self.opening = telling_position(self.world.rules) if self.world.rules else []
        self.steps: list[int] = []
        self.complete = self.learning = False
        self.look_again()
        if not self.steps:
            raise BadInput(f"{folder}: nothing of this training is kept yet")
        self._session = lru_cache(maxsize=8)(self._make_session)

    def look_again(self) -> bool:
        """Reads what there is by now; whether anything has changed."""
        before = self.steps, self.complete, self.learning
        self.complete = (self.folder / "summary.json").exists()  # the last entry is older
        self.learning = not self.complete and is_held(self.folder)
        found = sorted(
            int(path.name)
            for path in (self.folder / "history").iterdir()
            if (path / "weights.safetensors").is_file()
        )
        if self.steps and not found:  # resumed from its very start: what was seen stays
            return False
        self.steps = found
        metrics = read_metrics(self.folder)
        self.metric = metric_of([metrics], None)
        self.curve = metrics[self.metric]
        self.metrics = metrics
        return before != (self.steps, self.complete, self.learning)

    def session(self, number: int) -> Session:
        """The scene with the agent as it was at an entry of the history."""
        return self._session(self.steps[number])

    def _make_session(self, step: int) -> Session:
        agent = load_agent(self.folder / "history" / f"{step:012}", self.world, seed=0)
        agents = [agent] * (2 if self.world.two_player else 1)
        session = Session(self.world, agents, [self.config.agent] * len(agents), seed=0)
        for action in self.opening:
            session.advance(action)
        while not self.world.two_player and session.moves < LONGEST and session.advance():
            pass
        return session

    def facts(self, number: int) -> dict[str, float]:
        """What was measured at an entry, by name."""
        step = self.steps[number]
        known = {}
        for name, curve in self.metrics.items():
            at = int(np.searchsorted(curve.steps, step, side="right")) - 1
            if at >= 0 and np.isfinite(curve.values[at]):
                known[name] = float(curve.values[at])
        return known


def telling_position(rules: KInARow) -> list[int]:
    """Moves to a position in which exactly one action is right, and a beginner would miss it."""
    random = np.random.default_rng(POSITION_SEED)
    search = Search(rules, LOOK_AHEAD)
    for _ in range(500):
        mine = theirs = 0
        moves: list[int] = []
        for _ in range(int(random.integers(3, rules.rows * rules.cols // 2 + 1))):
            action = int(random.choice(rules.legal_actions(mine, theirs)))
            mine, theirs = theirs, mine | rules.landing(mine, theirs, action)
            moves.append(action)
            if rules.over(theirs, mine) or rules.over(mine, theirs):
                break
        else:
            values = sorted(search.values(mine, theirs).values())
            if len(values) >= 4 and values[-1] > -0.5 and values[-2] < -0.5:
                return moves
    return []


class LapseView(View):
    """The picture of one entry of a history."""

    def __init__(self, lapse: TimeLapse) -> None:
        self.lapse = lapse
        self.show(0)

    def show(self, number: int) -> None:
        """Turns to an entry."""
        self.number = number
        super().__init__(self.lapse.session(number))
        self.drawer = drawer_for(self.session.env)

    def _crowded(self, size: tuple[int, int]) -> bool:
        """The players are not named."""
        return False

    def chart_box(self, size: tuple[int, int]) -> Box:
        """Where the curve is."""
        unit = self._unit(size)
        inner = self._panel_box(size).inset(30 * unit)
        return Box(inner.x, 130 * unit, inner.width, 200 * unit)

    def number_at(self, size: tuple[int, int], x: float, y: float) -> int | None:
        """The entry at a place on the curve."""
        box = self.chart_box(size)
        if not box.holds(x, y):
            return None
        plot = self._plot(box, self._unit(size))
        wanted = (x - plot.x) / plot.width * self._last_step
        return int(np.abs(np.array(self.lapse.steps) - wanted).argmin())

    @staticmethod
    def _plot(box: Box, unit: float) -> Box:
        """The part of the chart in which the curve is: beside it stand its ends."""
        inner = box.inset(16 * unit)
        return inner._replace(width=inner.width - 54 * unit)

    @property
    def _last_step(self) -> int:
        return max(self.lapse.steps[-1], int(self.lapse.curve.steps[-1]), 1)

    def _draw_title(self, canvas: Canvas, unit: float, look: Look) -> None:
        lapse, theme = self.lapse, canvas.theme
        x, right = 40 * unit, self._panel_box(canvas.size).x - 40 * unit
        title = f"{lapse.config.agent} learns {lapse.world.name.partition(':')[0]}"
        size = canvas.fitted(title, 28 * unit, right - x, bold=True)
        canvas.text(title, (x, 34 * unit), size, bold=True, anchor="left")
        planned = 0 if lapse.complete else int(lapse.config.config.get("steps", 0))
        line = f"step {lapse.steps[self.number]:,} of {max(planned, self._last_step):,}"
        canvas.text(line, (x, 68 * unit), 17 * unit, theme.muted, anchor="left")
        canvas.text(look.status, (right, 68 * unit), 15 * unit, theme.muted, anchor="right")

    def _draw_panel(self, canvas: Canvas, box: Box, unit: float, thoughts: Any) -> None:
        canvas.rect(box, canvas.theme.panel)
        inner, facts = box.inset(30 * unit), self.lapse.facts(self.number)
        value = facts.get(self.lapse.metric, float("nan"))
        name = words(self.lapse.metric)
        canvas.text(name, (inner.x, 34 * unit), 17 * unit, canvas.theme.muted, anchor="left")
        shown = written(self.lapse.metric, value)
        canvas.text(shown, (inner.x, 82 * unit), 44 * unit, bold=True, anchor="left")
        self._draw_curve(canvas, self.chart_box(canvas.size), unit)
        y = 366 * unit
        if thoughts is not None and self.session.world.two_player:
            title = "What it thinks" if self.lapse.opening else "Its first move"
            draw_heading(canvas, inner, y, unit, title, thoughts.meaning)
            y = draw_bars(canvas, inner, y + 34 * unit, unit, self.session, thoughts) + 14 * unit
        self._draw_measures(canvas, inner, y, unit, facts)

    def _draw_curve(self, canvas: Canvas, box: Box, unit: float) -> None:
        """The whole curve faintly, what has been so far boldly, and a mark where we are."""
        theme, curve = canvas.theme, self.lapse.curve
        canvas.rect(box, theme.background, radius=8 * unit)
        plot = self._plot(box, unit)
        known = np.isfinite(curve.values)
        low, high = float(curve.values[known].min()), float(curve.values[known].max())
        room = (high - low) or 1.0
        now = self.lapse.steps[self.number]
        points = [
            (
                plot.x + plot.width * step / self._last_step,
                plot.y + plot.height * (high - value) / room,
            )
            for step, value in zip(curve.steps[known], curve.values[known], strict=True)
        ]
        past = [
            point for point, step in zip(points, curve.steps[known], strict=True) if step <= now
        ]
        if len(points) > 1:
            canvas.line(points, theme.track, 2.5 * unit)
        if len(past) > 1:
            canvas.line(past, theme.agent, 3.5 * unit)
        if past:
            canvas.circle(past[-1], 7 * unit, theme.agent)
        for value, y in ((high, plot.y), (low, plot.y + plot.height)):
            at = (box.x + box.width - 8 * unit, y)
            text = written(self.lapse.metric, value)
            canvas.text(text, at, 12 * unit, theme.muted, anchor="right")

    def _draw_measures(
        self, canvas: Canvas, inner: Box, y: float, unit: float, facts: dict[str, float]
    ) -> None:
        """What else was measured, as long as there is room."""
        rows = [name for name in facts if name != self.lapse.metric]
        for name in rows[:FACTS]:
            if y > canvas.size[1] - 40 * unit:
                return
            canvas.text(words(name), (inner.x, y), 15 * unit, canvas.theme.muted, anchor="left")
            at = (inner.x + inner.width, y)
            canvas.text(written(name, facts[name]), at, 15 * unit, bold=True, anchor="right")
            y += 26 * unit


def words(name: str) -> str:
    """A measure's name as people write it."""
    return name.replace("_", " ")


def written(name: str, value: float) -> str:
    """A measure as people write it: rates in percent."""
    if name.endswith("_rate"):
        return f"{value:.1%}"
    if name == "unbeatable":
        return "yes" if value else "no"
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"
