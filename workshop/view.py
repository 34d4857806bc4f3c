"""The picture of a session: the world on the left, what the agent thinks on the right, keys below.

The same picture is shown in the window and written to a file.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from agents.agent import Thoughts
from envs.drawing.board import BoardDrawer
from envs.drawing.canvas import Box, Canvas
from envs.drawing.drawers import Drawer, drawer_for
from envs.drawing.gridworld import GridDrawer
from envs.drawing.theme import THEMES
from workshop.activations import draw_layers
from workshop.fitting import two_lines
from workshop.hints import grid_of, mistakes
from workshop.keys import ROW, Key, draw_help, draw_keys, key_rows
from workshop.panel import draw_heading, draw_thoughts
from workshop.percept_view import player_colors
from workshop.scale import unit_of
from workshop.session import Session
from workshop.tree_view import Column, columns_of, draw_tree, opened_at
from workshop.truth import best_in, optimum_of

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


PLAYERS_ROW = 26
"""Units that the players take where they do not fit beside the title."""


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
    cursor: int | None = None
    """The action that a person has before them on a board, to play it by key."""
    help: Sequence[Key] = ()
    """All keys, over everything else."""
    opened: Sequence[int] = ()
    """The first moves of the line of the search tree that a person has opened."""


class View:
    """Draws a session at any size."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.drawer: Drawer = drawer_for(session.env)

    def board_box(self, size: tuple[int, int], keys: Sequence[Key] = WATCH_KEYS) -> Box:
        """Where the world is drawn, above so many keys."""
        unit = self._unit(size)
        panel = self._panel_box(size)
        top = (96 + (PLAYERS_ROW if self._crowded(size) else 0)) * unit
        bottom = size[1] - self._keys_at(size, keys) + 34 * unit
        return Box(40 * unit, top, panel.x - 80 * unit, size[1] - top - bottom)

    def action_at(
        self, size: tuple[int, int], keys: Sequence[Key], x: float, y: float
    ) -> int | None:
        """The action a click stands for."""
        return self.drawer.action_at(self.board_box(size, keys), x, y)

    def opened_at(
        self, size: tuple[int, int], opened: Sequence[int], x: float, y: float
    ) -> tuple[int, ...] | None:
        """The line of the search tree that a click opens, where `opened` is open."""
        area, columns, plies = self._tree(size, opened)
        return opened_at(area, self._unit(size), columns, plies, x, y)

    @staticmethod
    def _unit(size: tuple[int, int]) -> float:
        return unit_of(size)

    def _key_rows(self, size: tuple[int, int], keys: Sequence[Key]) -> list[list[Key]]:
        unit = self._unit(size)
        return key_rows(keys, 13 * unit, self._panel_box(size).x - 50 * unit)

    def _keys_at(self, size: tuple[int, int], keys: Sequence[Key]) -> float:
        """The middle of the first row of keys."""
        more = len(self._key_rows(size, keys)) - 1
        return size[1] - (30 + more * ROW * 13) * self._unit(size)

    def _panel_box(self, size: tuple[int, int]) -> Box:
        width = min(440 * self._unit(size), size[0] * 0.4)
        return Box(size[0] - width, 0, width, size[1])

    def draw(self, size: tuple[int, int], look: Look) -> Canvas:
        """The picture, `size` pixels wide and high."""
        canvas = Canvas(size, THEMES[look.theme])
        unit, session = self._unit(size), self.session
        wanted = look.thoughts or look.truth or not session.waits_for_human
        thoughts = session.mind.thoughts() if wanted else None
        field = session.mind.field() if look.thoughts else None
        scores = thoughts.scores if thoughts and look.thoughts else None
        rated = field or thoughts
        shares = rated is not None and rated.are_shares
        box = self.board_box(size, look.keys)
        self.drawer.draw(canvas, box, scores, field.scores if field else None, shares)
        if thoughts and look.thoughts and isinstance(self.drawer, GridDrawer):
            self.drawer.mark(canvas, box, thoughts.marked)
        if look.cursor is not None and isinstance(self.drawer, BoardDrawer):
            self.drawer.mark_cursor(canvas, box, look.cursor)
        if look.truth:
            self._draw_truth(canvas, box)
        self._draw_title(canvas, unit, look)
        keys_at = 40 * unit, self._keys_at(size, look.keys)
        draw_keys(canvas, keys_at, 13 * unit, self._key_rows(size, look.keys))
        panel = self._panel_box(size)
        if look.panel == "tree":
            self._draw_tree(canvas, panel, unit, look.opened)
        elif look.panel == "network":
            self._draw_network(canvas, panel, unit)
        else:
            self._draw_panel(canvas, panel, unit, thoughts)
        if look.help:
            draw_help(canvas, unit, look.help)
        return canvas

    def _draw_panel(self, canvas: Canvas, box: Box, unit: float, thoughts: Thoughts | None) -> None:
        """What stands beside the world; a time-lapse has another panel."""
        draw_thoughts(canvas, box, unit, self.session, thoughts)

    def _draw_truth(self, canvas: Canvas, box: Box) -> None:
        """Marks what is best in truth; and where the agent would do something else, that."""
        grid = grid_of(self.session)
        if grid is not None and isinstance(self.drawer, GridDrawer):
            self.drawer.mark_mistakes(canvas, box, mistakes(self.session))
            self.drawer.mark_best(canvas, box, optimum_of(grid).q_value, best_in(grid))
            return
        best = self.session.advice.best()
        if best is not None and isinstance(self.drawer, BoardDrawer):
            self.drawer.mark_truth(canvas, box, best, self.session.intended)

    def _tree(self, size: tuple[int, int], opened: Sequence[int]) -> tuple[Box, list[Column], int]:
        """Where the search tree is, what it shows, and how many plies there is room for."""
        unit, panel = self._unit(size), self._panel_box(size)
        inner = panel.inset(24 * unit)
        plies = 3 if inner.width >= 330 * unit else 2
        area = Box(inner.x, 96 * unit, inner.width, panel.height - 150 * unit)
        return area, columns_of(self.session.mind.ahead(), plies, opened), plies

    def _draw_tree(self, canvas: Canvas, box: Box, unit: float, opened: Sequence[int]) -> None:
        """How the agent to move looks ahead."""
        area, columns, plies = self._tree(canvas.size, opened)
        title = self._of_last("How it looks ahead", "How it looked ahead")
        self._draw_heading(canvas, box, unit, title, "value to mover")
        if not columns:
            self._say(canvas, box, unit, self._nothing("ahead", "this agent searches no tree"))
            return
        for ply, name in enumerate(("its move", "the reply", "its answer")[:plies]):
            at = (area.x + ply * area.width / plies + 8 * unit, 78 * unit)
            canvas.text(name, at, 13 * unit, canvas.theme.muted, anchor="left")
        draw_tree(canvas, area, unit, columns, self.session.world.action_name, plies)

    def _draw_network(self, canvas: Canvas, box: Box, unit: float) -> None:
        """What the agent's network computes, layer by layer."""
        layers = self.session.mind.layers()
        title = self._of_last("Inside its network", "Its network, last move")
        self._draw_heading(canvas, box, unit, title, "teal +, red -")
        if not layers:
            self._say(canvas, box, unit, self._nothing("layers", "this agent has no network"))
            return
        inner = box.inset(30 * unit)
        area = Box(inner.x, 70 * unit, inner.width, box.height - 110 * unit)
        draw_layers(canvas, area, unit, layers)

    def _of_last(self, now: str, last: str) -> str:
        """A title: of the agent to move, or on a person's turn of who moved last."""
        past = self.session.waits_for_human and self.session.asked is not None
        return last if past else now

    def _nothing(self, kind: str, why: str) -> str:
        """Why a panel is empty."""
        if self.session.over:
            return "the game is over"
        if self.session.waits_for_human and self.session.asked is None:
            return "nobody has thought yet"
        return "it is thinking" if self.session.mind.pending(kind) else why

    @staticmethod
    def _draw_heading(canvas: Canvas, box: Box, unit: float, title: str, note: str) -> None:
        canvas.rect(box, canvas.theme.panel)
        draw_heading(canvas, box.inset(30 * unit), 34 * unit, unit, title, note)

    @staticmethod
    def _say(canvas: Canvas, box: Box, unit: float, text: str) -> None:
        size = canvas.fitted(text, 15 * unit, box.width - 60 * unit)
        at = (box.x + 30 * unit, 78 * unit)
        canvas.text(text, at, size, canvas.theme.muted, anchor="left")

    def _draw_title(self, canvas: Canvas, unit: float, look: Look) -> None:
        session, theme = self.session, canvas.theme
        x = 40 * unit
        canvas.text(self._title, (x, 34 * unit), 28 * unit, bold=True, anchor="left")
        line, color = session.describe(), theme.muted
        if look.hint:
            line, color = look.hint, theme.best
        if session.notice:
            line, color = session.notice, theme.wrong
        elif session.over:
            color = theme.ink
        right = self._panel_box(canvas.size).x - 40 * unit
        room = right - x - canvas.text_width(look.status, 15 * unit) - 16 * unit
        size = max(canvas.fitted(line, 17 * unit, room, bold=session.over), 12.5 * unit)
        lines = two_lines(line, size, room, bold=session.over)
        for number, words in enumerate(lines):
            y = (68 + 9 * (2 * number + 1 - len(lines))) * unit
            canvas.text(words, (x, y), size, color, bold=session.over, anchor="left")
        canvas.text(look.status, (right, 68 * unit), 15 * unit, theme.muted, anchor="right")
        if session.world.two_player:
            self._draw_players(canvas, x, right, unit)

    @property
    def _title(self) -> str:
        world = self.session.world
        base = world.name.partition(":")[0]
        if base == "kinarow" and world.rules is not None:
            return f"{world.rules.k} in a row"
        return TITLES.get(base, base)

    def _players_width(self, unit: float) -> float:
        """How much room the players take, with marks, wins and gaps."""
        names = [f"{name}  00" for name in self.session.names]
        return sum(Canvas.text_width(n, 17 * unit, bold=True) + 50 * unit for n in names)

    def _crowded(self, size: tuple[int, int]) -> bool:
        """Whether the players do not fit beside the title, and have a row of their own."""
        if not self.session.world.two_player:
            return False
        unit = self._unit(size)
        taken = Canvas.text_width(self._title, 28 * unit, bold=True)
        room = self._panel_box(size).x - 80 * unit - taken
        return self._players_width(unit) > room

    def _draw_players(self, canvas: Canvas, left: float, right: float, unit: float) -> None:
        """Who plays which colour, with the wins so far; the one to move is bold."""
        session, theme = self.session, canvas.theme
        colors, y = player_colors(canvas, session), 34 * unit
        if self._crowded(canvas.size):
            y = (72 + PLAYERS_ROW) * unit
            unit *= min(1.0, (right - left) / self._players_width(unit))
        size, labels = 17 * unit, []
        for seat in (0, 1):
            agent = session.seated(seat)
            moving = not session.over and session.player == seat
            labels.append((f"{session.names[agent]}  {session.score.wins[agent]}", moving))
        widths = [canvas.text_width(label, size, bold=moving) for label, moving in labels]
        x = left if self._crowded(canvas.size) else right - sum(widths) - 76 * unit
        for (label, moving), width, color in zip(labels, widths, colors, strict=True):
            canvas.circle((x + 8 * unit, y), 8 * unit, color)
            at = (x + 26 * unit, y)
            canvas.text(label, at, size, theme.ink, bold=moving, anchor="left")
            x += width + 50 * unit
