"""The picture of a session: the world on the left, what the agent thinks on the right, keys below.

The same picture is shown in the window and written to a file.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from agents.agent import Thoughts
from agents.human import HumanAgent
from envs.drawing.board import BoardDrawer
from envs.drawing.canvas import Box, Canvas, number
from envs.drawing.drawers import Drawer, drawer_for
from envs.drawing.gridworld import GridDrawer
from envs.drawing.theme import THEMES, Color
from envs.percept import Percept
from workshop.activations import draw_layers
from workshop.hints import best_actions, optimal_values
from workshop.keys import Key, draw_help, draw_keys
from workshop.session import Session
from workshop.tree_view import draw_tree
from workshop.truth import ROUNDING

WATCH_KEYS = (
    ("space", "pause"),
    ("s", "step"),
    ("+ -", "speed"),
    ("v", "tree, network"),
    ("o", "truth"),
    ("d", "light / dark"),
    ("?", "all keys"),
    ("q", "quit"),
)
PANELS = ("thoughts", "tree", "network")
"""What the panel can show."""
TITLES = {
    "tictactoe": "Tic-tac-toe",
    "connect-four": "Connect Four",
    "connect-3": "Connect 3",
    "gomoku-7": "Gomoku 7 x 7",
    "misere-tictactoe": "Misère tic-tac-toe",
    "gridworld": "GridWorld",
    "duel": "Duel",
}


class Look(NamedTuple):
    """What the picture shows beside the world."""

    theme: str = "light"
    thoughts: bool = True
    """Paint the agent's ratings over the cells."""
    status: str = ""
    """Right of the title: `paused`, or the speed."""
    keys: Sequence[Key] = WATCH_KEYS
    panel: str = "thoughts"
    """One of `PANELS`."""
    truth: bool = False
    """Mark the actions that are best in truth."""
    hint: str = ""
    """A good move, and why."""
    help: Sequence[Key] = ()
    """All keys, over everything else."""


class View:
    """Draws a session at any size."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.drawer: Drawer = drawer_for(session.env)

    def board_box(self, size: tuple[int, int]) -> Box:
        """Where the world is drawn."""
        unit = self._unit(size)
        panel = self._panel_box(size)
        top, bottom = 96 * unit, 64 * unit
        return Box(40 * unit, top, panel.x - 80 * unit, size[1] - top - bottom)

    def action_at(self, size: tuple[int, int], x: float, y: float) -> int | None:
        """The action a click stands for."""
        return self.drawer.action_at(self.board_box(size), x, y)

    @staticmethod
    def _unit(size: tuple[int, int]) -> float:
        return min(size[0] / 1280, size[1] / 800)

    def _panel_box(self, size: tuple[int, int]) -> Box:
        width = min(440 * self._unit(size), size[0] * 0.4)
        return Box(size[0] - width, 0, width, size[1])

    def draw(self, size: tuple[int, int], look: Look) -> Canvas:
        """The picture, `size` pixels wide and high."""
        canvas = Canvas(size, THEMES[look.theme])
        unit, session = self._unit(size), self.session
        thoughts = session.thoughts()
        field = session.field_of_values() if look.thoughts else None
        scores = thoughts.scores if thoughts and look.thoughts else None
        shares = thoughts is not None and thoughts.are_shares
        self.drawer.draw(canvas, self.board_box(size), scores, field, shares)
        if thoughts and look.thoughts and isinstance(self.drawer, GridDrawer):
            self.drawer.mark(canvas, self.board_box(size), thoughts.marked)
        if look.truth:
            self._draw_truth(canvas, size, thoughts)
        self._draw_title(canvas, unit, look)
        draw_keys(canvas, (40 * unit, size[1] - 30 * unit), 13 * unit, [look.keys])
        panel = self._panel_box(size)
        if look.panel == "tree":
            self._draw_tree(canvas, panel, unit)
        elif look.panel == "network":
            self._draw_network(canvas, panel, unit)
        else:
            self._draw_panel(canvas, panel, unit, thoughts)
        if look.help:
            draw_help(canvas, unit, look.help)
        return canvas

    def _draw_truth(self, canvas: Canvas, size: tuple[int, int], thoughts: Thoughts | None) -> None:
        """Marks what is best in truth; and where the agent would do something else, that."""
        box = self.board_box(size)
        if isinstance(self.drawer, GridDrawer):
            self.drawer.mark_mistakes(canvas, box, self._mistakes())
            return
        best = best_actions(self.session)
        if best is not None and isinstance(self.drawer, BoardDrawer):
            chosen = thoughts.best if thoughts else None
            self.drawer.mark_truth(canvas, box, best, chosen)

    def _mistakes(self) -> list[int]:
        """The states of a gridworld in which the agent's action is not the best."""
        field = self.session.field_of_values()
        if field is None or self.session.world.grid is None:
            return []
        worth = optimal_values(self.session)
        states = self.session.world.grid.decision_states
        chosen = worth[states, field[states].argmax(1)]
        return states[chosen < worth[states].max(1) - ROUNDING].tolist()

    def _draw_tree(self, canvas: Canvas, box: Box, unit: float) -> None:
        """How the agent to move looks ahead."""
        branches = self.session.ahead()
        self._draw_heading(canvas, box, unit, "How it looks ahead", "value to who moves")
        inner = box.inset(24 * unit)
        if not branches:
            self._say(canvas, box, unit, "this agent searches no tree, or it is not its turn")
            return
        for ply, name in enumerate(("its move", "the reply", "its answer")):
            at = (inner.x + ply * inner.width / 3 + 8 * unit, 78 * unit)
            canvas.text(name, at, 13 * unit, canvas.theme.muted, anchor="left")
        area = Box(inner.x, 96 * unit, inner.width, box.height - 150 * unit)
        draw_tree(canvas, area, unit, branches, self.session.world.action_name)

    def _draw_network(self, canvas: Canvas, box: Box, unit: float) -> None:
        """What the agent's network computes, layer by layer."""
        layers = self.session.layers()
        self._draw_heading(canvas, box, unit, "Inside its network", "teal +, red -")
        if not layers:
            self._say(canvas, box, unit, "this agent has no network, or it is not its turn")
            return
        inner = box.inset(30 * unit)
        area = Box(inner.x, 70 * unit, inner.width, box.height - 110 * unit)
        draw_layers(canvas, area, unit, layers)

    @staticmethod
    def _draw_heading(canvas: Canvas, box: Box, unit: float, title: str, note: str) -> None:
        canvas.rect(box, canvas.theme.panel)
        left, right = box.x + 30 * unit, box.x + box.width - 30 * unit
        canvas.text(title, (left, 34 * unit), 21 * unit, bold=True, anchor="left")
        canvas.text(note, (right, 36 * unit), 13 * unit, canvas.theme.muted, anchor="right")

    @staticmethod
    def _say(canvas: Canvas, box: Box, unit: float, text: str) -> None:
        size = canvas.fitted(text, 15 * unit, box.width - 60 * unit)
        at = (box.x + 30 * unit, 78 * unit)
        canvas.text(text, at, size, canvas.theme.muted, anchor="left")

    def _draw_title(self, canvas: Canvas, unit: float, look: Look) -> None:
        session, theme = self.session, canvas.theme
        base = session.world.name.partition(":")[0]
        title = TITLES.get(base, base)
        if base == "kinarow" and session.world.rules is not None:
            title = f"{session.world.rules.k} in a row"
        x = 40 * unit
        canvas.text(title, (x, 34 * unit), 28 * unit, bold=True, anchor="left")
        line, color = session.describe(), theme.muted
        if look.hint:
            line, color = look.hint, theme.best
        if session.notice:
            line, color = session.notice, theme.wrong
        elif session.over:
            color = theme.ink
        right = self._panel_box(canvas.size).x - 40 * unit
        room = right - x - canvas.text_width(look.status, 15 * unit) - 16 * unit
        size = canvas.fitted(line, 17 * unit, room, bold=session.over)
        canvas.text(line, (x, 68 * unit), size, color, bold=session.over, anchor="left")
        canvas.text(look.status, (right, 68 * unit), 15 * unit, theme.muted, anchor="right")
        if session.world.two_player:
            self._draw_players(canvas, right, unit)

    def _draw_players(self, canvas: Canvas, right: float, unit: float) -> None:
        """Who plays which colour, from right to left, with the wins so far."""
        session, theme = self.session, canvas.theme
        colors = self._player_colors(canvas)
        x, y = right, 34 * unit
        for seat in (1, 0):
            agent = session.seated(seat)
            label = f"{session.names[agent]}  {session.score.wins[agent]}"
            moving = not session.over and session.player == seat
            size = 17 * unit
            canvas.text(label, (x, y), size, theme.ink, bold=moving, anchor="right")
            x -= canvas.text_width(label, size, bold=moving) + 18 * unit
            canvas.circle((x, y), 8 * unit, colors[seat])
            x -= 32 * unit

    def _player_colors(self, canvas: Canvas) -> tuple[Color, Color]:
        """The colours of the stones of player 0 and player 1."""
        rules, theme = self.session.world.rules, canvas.theme
        return theme.first, theme.second if rules and rules.gravity else theme.mark

    def _draw_panel(self, canvas: Canvas, box: Box, unit: float, thoughts: Thoughts | None) -> None:
        """From top to bottom: the ratings, how the game goes, the percept."""
        canvas.rect(box, canvas.theme.panel)
        session = self.session
        inner = box.inset(30 * unit)
        y = 34 * unit
        who = "What it thinks"
        if session.waits_for_human:
            alone = all(isinstance(agent, HumanAgent) for agent in session.agents)
            who = "You play" if alone else "What it thought"
            thoughts = session.decided[1] if session.decided else None
        canvas.text(who, (inner.x, y), 21 * unit, bold=True, anchor="left")
        if thoughts is None and session.over and session.decided:
            thoughts = session.decided[1]
        y += 34 * unit
        if thoughts is not None:
            right = inner.x + inner.width
            canvas.text(
                thoughts.meaning, (right, 36 * unit), 14 * unit, canvas.theme.muted, anchor="right"
            )
            if thoughts.note:
                size = canvas.fitted(thoughts.note, 15 * unit, inner.width)
                canvas.text(thoughts.note, (inner.x, y), size, anchor="left")
                y += 30 * unit
            y = self._draw_bars(canvas, inner, y, unit, thoughts)
        else:
            said = "nobody else is thinking" if who == "You play" else "nothing yet"
            canvas.text(said, (inner.x, y), 15 * unit, canvas.theme.muted, anchor="left")
            y += 30 * unit
        y = self._draw_chart(canvas, inner, y + 22 * unit, unit)
        self._draw_percept(canvas, inner, y + 34 * unit, unit)

    def _draw_bars(
        self, canvas: Canvas, inner: Box, y: float, unit: float, thoughts: Thoughts
    ) -> float:
        """One bar an action, the best in the accent colour and bold."""
        theme, scores = canvas.theme, thoughts.scores
        shown = [int(a) for a in np.argsort(-np.nan_to_num(scores, nan=-np.inf))][:9]
        shown = sorted(a for a in shown if not np.isnan(scores[a]))
        low, high = float(np.nanmin(scores)), float(np.nanmax(scores))
        equal = low == high
        if thoughts.are_shares:
            low = 0.0
        names = {a: self.session.world.action_name(a) for a in shown}
        label = 14 * unit + max(canvas.text_width(n, 16 * unit, bold=True) for n in names.values())
        value = 70 * unit
        for action in shown:
            best = action == thoughts.best and not equal
            share = (scores[action] - low) / (high - low) if high > low else 1.0
            canvas.text(names[action], (inner.x, y), 16 * unit, bold=best, anchor="left")
            track = Box(inner.x + label, y - 7 * unit, inner.width - label - value, 14 * unit)
            canvas.rect(track, theme.track, radius=7 * unit)
            length = max(14 * unit, track.width * (0.04 + 0.96 * float(share)))
            fill = theme.best if best else theme.muted
            canvas.rect(track._replace(width=length), fill, radius=7 * unit)
            text = number(float(scores[action]), thoughts.are_shares)
            at = (inner.x + inner.width, y)
            color = theme.ink if best else theme.muted
            canvas.text(text, at, 15 * unit, color, bold=best, anchor="right")
            y += 28 * unit
        return y

    def _draw_chart(self, canvas: Canvas, inner: Box, y: float, unit: float) -> float:
        """How the game goes: the value of each position to the first player, or the return."""
        session, theme = self.session, canvas.theme
        two = session.world.two_player
        title = "Value along the game" if two else "Return so far"
        canvas.text(title, (inner.x, y), 21 * unit, bold=True, anchor="left")
        box = Box(inner.x, y + 22 * unit, inner.width, 120 * unit)
        canvas.rect(box, theme.background, radius=8 * unit)
        values = session.values
        if two:
            high = max(1.0, *map(abs, session.values), 1.0)
            low = -high
            names = [session.names[session.seated(seat)] for seat in (0, 1)]
            at = box.x + 10 * unit
            for name, dy in ((names[0], 16), (names[1], 104)):
                canvas.text(
                    f"{name} ahead", (at, box.y + dy * unit), 12 * unit, theme.muted, anchor="left"
                )
        else:
            low, high = min(0.0, *values, 0.0), max(0.0, *values, 0.0)
            low, high = (low, high) if high > low else (-1.0, 1.0)
        plot = box.inset(14 * unit)
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

    def _draw_percept(self, canvas: Canvas, inner: Box, y: float, unit: float) -> None:
        """What the agent sees: planes of cells on a board, numbers elsewhere."""
        session, theme = self.session, canvas.theme
        if y + 120 * unit > canvas.size[1]:
            return
        canvas.text("What it perceives", (inner.x, y), 21 * unit, bold=True, anchor="left")
        y += 30 * unit
        percept = session.percept
        planes = self._planes(percept)
        if not planes:
            self._draw_facts(canvas, inner, y, unit, np.ravel(percept.observation))
            return
        mine, theirs = self._player_colors(canvas)
        if percept.player == 1:
            mine, theirs = theirs, mine
        own = {"mine": mine, "my head": mine, "theirs": theirs, "their head": theirs}
        width = inner.width / 3
        height = min(110 * unit, canvas.size[1] - y - 30 * unit)
        for i, (name, plane) in enumerate(planes.items()):
            x, top = inner.x + i % 3 * width, y + i // 3 * (height + 34 * unit)
            if top + height > canvas.size[1]:
                break
            canvas.text(name, (x, top), 13 * unit, theme.muted, anchor="left")
            area = Box(x, top + 14 * unit, width - 24 * unit, height)
            self._draw_plane(canvas, area, plane, own.get(name, theme.best))

    def _planes(self, percept: Percept) -> dict[str, np.ndarray]:
        """The planes of cells that the percept consists of, by name; none for other percepts."""
        env: Any = self.session.env.unwrapped
        rules = self.session.world.rules
        if rules is not None:
            assert percept.board is not None
            legal = 0 if self.session.over else rules.legal(env.mine, env.theirs)
            free = (rules.cell_bits & legal) != 0
            return {"mine": percept.board > 0, "theirs": percept.board < 0, "legal": free}
        names = getattr(env, "plane_names", ())
        planes = dict(zip(names, percept.observation, strict=True)) if names else {}
        return dict(sorted(planes.items(), key=lambda item: not item[1].any()))

    @staticmethod
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
        self, canvas: Canvas, inner: Box, y: float, unit: float, numbers: np.ndarray
    ) -> None:
        session, theme = self.session, canvas.theme
        if len(numbers) == 1:
            states = session.world.grid.states if session.world.grid else 0
            facts = {"state": f"{numbers[0]:g}" + (f" of {states}" if states else "")}
        else:
            facts = {f"number {i}": f"{value:+.3f}" for i, value in enumerate(numbers[:6])}
        world: Any = session.env.unwrapped
        if session.world.is_gridworld and len(world.grid.items):
            facts["taken"] = world.grid.taken(world.state) or "nothing"
        facts["return so far"] = f"{session.total:.2f}"
        truth = session.truth
        if truth is not None:
            right = round(truth["optimal_action_rate"] * truth["decision_states"])
            facts["best possible return"] = f"{truth['optimal_return']:.2f}"
            facts["best action in"] = f"{right} of {truth['decision_states']} cells"
        if session.score.returns:
            count = len(session.score.returns)
            mean = f"{np.mean(session.score.returns):.2f}"
            facts[f"mean of {count} episode{'s' if count > 1 else ''}"] = mean
        for name, value in facts.items():
            canvas.text(name, (inner.x, y), 15 * unit, theme.muted, anchor="left")
            canvas.text(value, (inner.x + inner.width, y), 15 * unit, bold=True, anchor="right")
            y += 26 * unit
