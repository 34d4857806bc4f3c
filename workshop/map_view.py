"""The picture of the map editor: the map on the left, the palette and the values on the right."""

from __future__ import annotations

from math import ceil
from typing import NamedTuple

import numpy as np

from envs.drawing.canvas import Box, Canvas, number
from envs.drawing.gridworld import GridDrawer, cell_at, draw_map, scene_values
from envs.drawing.theme import THEMES, Color, blend
from envs.rules.cells import CELLS
from envs.rules.maps import Map
from workshop.fitting import cut_end, wrap
from workshop.keys import ROW, Key, cap_width, draw_cap, draw_help, draw_keys, key_rows
from workshop.map_editor import (
    DISCOUNT,
    FLOOR,
    SOLVED_STATES,
    START,
    Findings,
    MapEditor,
    Walk,
    about,
    families,
)
from workshop.scale import unit_of

EDIT_KEYS: tuple[Key, ...] = (
    ("click", "paint"),
    ("right click", "erase"),
    ("ctrl S", "save"),
    ("ctrl Z Y", "undo, redo"),
    ("ctrl ↑ ↓ ← →", "size"),
    ("tab", "values"),
    ("enter", "walk"),
    ("ctrl D", "light / dark"),
    ("?", "all keys"),
    ("esc", "quit"),
)
WALK_KEYS: tuple[Key, ...] = (
    ("↑ ↓ ← →", "walk"),
    ("tab", "values"),
    ("enter", "back to editing"),
    ("ctrl D", "light / dark"),
    ("?", "all keys"),
)
ALL_EDIT_KEYS: tuple[Key, ...] = (
    ("click", "paint with the chosen cell; drag for more"),
    ("right click", "erase"),
    ("# . S G …", "choose a cell by its sign"),
    ("ctrl S", "save"),
    ("ctrl Z", "undo"),
    ("ctrl Y", "redo"),
    ("ctrl ↓ →", "a row or a column more"),
    ("ctrl ↑ ←", "a row or a column less"),
    ("tab", "values on or off"),
    ("enter", "walk on the map"),
    ("ctrl D", "light or dark"),
    ("?", "these keys"),
    ("esc", "quit"),
)
ALL_WALK_KEYS: tuple[Key, ...] = (
    ("↑ ↓ ← →", "walk"),
    ("tab", "values on or off"),
    ("enter esc", "back to editing"),
    ("ctrl D", "light or dark"),
    ("?", "these keys"),
)
PANEL, MARGIN = 360, 20
"""Width of the panel, and what stays free around everything, in units."""

IN_A_ROW = 5
"""Members of a family of cells in one row."""


class Look(NamedTuple):
    """What the picture shows beside the map."""

    name: str
    theme: str = "light"
    brush: str = "#"
    values: bool = True
    notice: str = ""
    warns: bool = False
    """The notice is a warning."""
    walk: Walk | None = None
    """Someone is on the map, and nothing can be painted."""
    help: bool = False
    """All keys, over everything else."""

    @property
    def keys(self) -> tuple[Key, ...]:
        """The keys that do something now."""
        return WALK_KEYS if self.walk else EDIT_KEYS


class Layout:
    """Where everything is in a window of `size` pixels.

    Attributes:
        unit: pixels; letters of 14 units are easy to read.
        map: where the map is.
        panel: the side panel; `inner` without its margins.
        row: the height of one row of the palette.
        swatches: the picture of each symbol.
        labels: the middle of the left edge of the name of each family.
        bottom: where the palette ends.
        keys: the key caps in rows; the first is at `keys_at`, the same for editing and walking.
    """

    def __init__(self, size: tuple[int, int], keys: tuple[Key, ...]) -> None:
        self.unit = unit = unit_of(size)
        self.panel = Box(size[0] - PANEL * unit, 0, PANEL * unit, size[1])
        self.inner = self.panel.inset(MARGIN * unit)
        left, width = MARGIN * unit, self.panel.x - 2 * MARGIN * unit
        self.letters = 13 * unit
        self.keys = key_rows(keys, self.letters, width)
        most = max(len(key_rows(k, self.letters, width)) for k in (EDIT_KEYS, WALK_KEYS))
        below = (most - 1) * ROW * self.letters
        self.keys_at = left, size[1] - 28 * unit - below
        top = 84 * unit
        self.map = Box(left, top, width, self.keys_at[1] - 26 * unit - top)
        self.row = min(38 * unit, (size[1] - 290 * unit) / palette_rows())
        self.swatches: dict[str, Box] = {}
        self.labels: dict[str, tuple[float, float]] = {}
        self._place()

    def _place(self) -> None:
        """Kinds of their own in two columns, then every family in a row behind its name."""
        y = self.inner.y + 30 * self.unit
        alone = [symbols[0] for symbols in families().values() if len(symbols) == 1]
        half = ceil(len(alone) / 2)
        for at, symbol in enumerate(alone):
            x = self.inner.x + at // half * self.inner.width / 2
            self.swatches[symbol] = Box(x, y + at % half * self.row, self.row, self.row)
        y += half * self.row + 6 * self.unit
        for name, symbols in families().items():
            if len(symbols) > 1:
                y = self._place_family(name, symbols, y)
        self.bottom = y

    def _place_family(self, name: str, symbols: list[str], y: float) -> float:
        self.labels[name] = self.inner.x, y + self.row / 2
        left = self.inner.x + 100 * self.unit
        for at, symbol in enumerate(symbols):
            x = left + at % IN_A_ROW * self.row
            self.swatches[symbol] = Box(x, y + at // IN_A_ROW * self.row, self.row, self.row)
        return y + ceil(len(symbols) / IN_A_ROW) * self.row

    def _entry(self, symbol: str) -> Box:
        """What is to be clicked: a swatch, with its name where it has one of its own."""
        swatch = self.swatches[symbol]
        if CELLS[symbol].name not in families():
            return swatch
        return swatch._replace(width=self.inner.width / 2 - 6 * self.unit)

    def symbol_at(self, x: float, y: float) -> str | None:
        """The kind of cell under a point of the palette."""
        return next((s for s in self.swatches if self._entry(s).holds(x, y)), None)

    def cell_at(self, shape: tuple[int, int], x: float, y: float) -> tuple[int, int] | None:
        """The (row, col) under a point of the map."""
        return cell_at(self.map, *shape, x, y)


def palette_rows() -> int:
    """In how many rows all kinds of cells are shown."""
    sizes = [len(symbols) for symbols in families().values()]
    return ceil(sizes.count(1) / 2) + sum(ceil(size / IN_A_ROW) for size in sizes if size > 1)


def draw_editor(size: tuple[int, int], editor: MapEditor, findings: Findings, look: Look) -> Canvas:
    """The picture, `size` pixels wide and high."""
    canvas, layout = Canvas(size, THEMES[look.theme]), Layout(size, look.keys)
    canvas.rect(layout.panel, canvas.theme.panel)
    _draw_title(canvas, layout, editor, look)
    draw_keys(canvas, layout.keys_at, layout.letters, layout.keys)
    if look.walk:
        _draw_walk(canvas, layout, findings, look.walk, look.values)
    else:
        _draw_cells(canvas, layout, editor, findings, look)
        _draw_palette(canvas, layout, look.brush)
        y = _draw_brush(canvas, layout, look.brush)
        _draw_findings(canvas, layout, y, findings)
    if look.help:
        draw_help(canvas, layout.unit, ALL_WALK_KEYS if look.walk else ALL_EDIT_KEYS)
    return canvas


def _draw_title(canvas: Canvas, layout: Layout, editor: MapEditor, look: Look) -> None:
    """The file's name and whether it is up to date, and a notice below."""
    theme, unit, box = canvas.theme, layout.unit, layout.map
    state = "walking" if look.walk else "not saved" if editor.changed else ""
    right = box.x + box.width
    used = canvas.text(state, (right, 30 * unit), 15 * unit, theme.muted, anchor="right")
    name = cut_end(look.name, 24 * unit, box.width - used - 20 * unit)
    canvas.text(name, (box.x, 30 * unit), 24 * unit, bold=True, anchor="left")
    notice = look.notice or "{} rows, {} columns".format(*editor.shape)
    color = theme.wrong if look.warns else theme.muted
    notice = cut_end(notice, 15 * unit, box.width)
    canvas.text(notice, (box.x, 60 * unit), 15 * unit, color, anchor="left")


def _draw_cells(
    canvas: Canvas, layout: Layout, editor: MapEditor, findings: Findings, look: Look
) -> None:
    """The map, with the values of its cells if there are any."""
    values, grid = None, findings.grid
    if look.values and grid is not None and findings.q_value is not None:
        values = scene_values(grid, findings.q_value, grid.start)
    draw_map(canvas, layout.map, editor.symbols, Map(editor.text), values)
    for row, col in np.argwhere(editor.symbols == START):
        _mark_start(canvas, layout.map.cell(row, col, *editor.shape))


def _mark_start(canvas: Canvas, cell: Box) -> None:
    """A frame, to be seen where a value stands in the cell."""
    frame = cell.inset(cell.width * 0.025)
    canvas.rect(frame, canvas.theme.agent, radius=cell.width * 0.08, width=cell.width * 0.06)


def _draw_palette(canvas: Canvas, layout: Layout, brush: str) -> None:
    """Every kind of cell: a picture, and the name of it or of its family."""
    unit, theme = layout.unit, canvas.theme
    at = layout.inner.x, layout.inner.y + 8 * unit
    canvas.text("Cells", at, 20 * unit, bold=True, anchor="left")
    for name, at in layout.labels.items():
        canvas.text(name, at, 14 * unit, theme.muted, anchor="left")
    for symbol in CELLS:
        _draw_entry(canvas, layout, symbol, symbol == brush)


def _draw_entry(canvas: Canvas, layout: Layout, symbol: str, selected: bool) -> None:
    unit, theme, box = layout.unit, canvas.theme, layout.swatches[symbol]
    side = min(box.width, box.height) - 5 * unit
    (x, y), name = box.center, CELLS[symbol].name
    own = name in families()
    if own:
        x = box.x + 3 * unit + side / 2
        words = x + side / 2 + 10 * unit
        canvas.text(name, (words, y), 15 * unit, bold=selected, anchor="left")
        key = box.x + layout.inner.width / 2 - 22 * unit
        canvas.text(symbol, (key, y), 14 * unit, theme.muted)
    tile = Box(x - side / 2, y - side / 2, side, side)
    if selected:
        canvas.rect(tile.inset(-3.5 * unit), theme.agent, radius=5 * unit)
        canvas.rect(tile.inset(-1 * unit), theme.panel, radius=3 * unit)
    _draw_swatch(canvas, tile, symbol)


def _draw_swatch(canvas: Canvas, tile: Box, symbol: str) -> None:
    edge: Color = blend(canvas.theme.track, canvas.theme.muted, 0.3)
    shown = FLOOR if symbol == START else symbol
    draw_map(canvas, tile, np.array([[shown]]), Map(""))
    canvas.rect(tile, edge, radius=tile.width * 0.08, width=max(0.5, tile.width * 0.03))
    if symbol == START:
        _mark_start(canvas, tile)


def _draw_brush(canvas: Canvas, layout: Layout, brush: str) -> float:
    """What the selected kind of cell is called and does, and its key; returns where it ends."""
    unit, (x, y) = layout.unit, (layout.inner.x, layout.bottom + 24 * layout.unit)
    size = 14 * unit
    right = x + layout.inner.width - cap_width(brush, size)
    canvas.text(CELLS[brush].name, (x, y), 17 * unit, bold=True, anchor="left")
    draw_cap(canvas, (right, y), size, brush)
    return _draw_lines(canvas, layout, y + 24 * unit, about(brush), canvas.theme.muted)


def _draw_findings(canvas: Canvas, layout: Layout, y: float, findings: Findings) -> None:
    """What the map is worth, or why it cannot be used."""
    unit, grid = layout.unit, findings.grid
    y += 22 * unit
    if grid is None:
        _draw_heading(canvas, layout, y, "Not a map yet")
        _draw_lines(canvas, layout, y + 26 * unit, findings.problem, canvas.theme.wrong)
        return
    _draw_heading(canvas, layout, y, "Best play")
    value = findings.start_value
    facts = {"states": f"{grid.states}, {len(grid.decision_states)} to decide in"}
    if value is not None:
        facts = {f"value of the start, discount {DISCOUNT}": number(value), **facts}
    else:
        facts["values"] = f"up to {SOLVED_STATES} states"
    _draw_facts(canvas, layout, y + 28 * unit, facts)


def _draw_walk(
    canvas: Canvas, layout: Layout, findings: Findings, walk: Walk, shows_values: bool
) -> None:
    """The map with someone on it, and how the walk goes."""
    unit, field = layout.unit, findings.q_value
    GridDrawer(walk).draw(canvas, layout.map, field=field if shows_values else None)
    y = layout.inner.y + 8 * unit
    _draw_heading(canvas, layout, y, "Test walk")
    facts = {
        "return so far": number(walk.total),
        "steps": f"{walk.steps}",
        "state": f"{walk.state} of {walk.grid.states}",
        "slips here": f"{walk.grid.slips[walk.state]:.0%}",
    }
    if field is not None:
        facts["value here"] = number(float(field[walk.state].max()))
    if findings.start_value is not None:
        facts["value of the start"] = number(findings.start_value)
    _draw_facts(canvas, layout, y + 34 * unit, facts)


def _draw_heading(canvas: Canvas, layout: Layout, y: float, text: str) -> None:
    canvas.text(text, (layout.inner.x, y), 20 * layout.unit, bold=True, anchor="left")


def _draw_facts(canvas: Canvas, layout: Layout, y: float, facts: dict[str, str]) -> None:
    unit, right = layout.unit, layout.inner.x + layout.inner.width
    for name, value in facts.items():
        canvas.text(name, (layout.inner.x, y), 14 * unit, canvas.theme.muted, anchor="left")
        canvas.text(value, (right, y), 14 * unit, bold=True, anchor="right")
        y += 24 * unit


def _draw_lines(canvas: Canvas, layout: Layout, y: float, text: str, color: Color) -> float:
    """Text in as many lines as it takes; returns where the next would be."""
    size = 14 * layout.unit
    for line in wrap(text, size, layout.inner.width):
        canvas.text(line, (layout.inner.x, y), size, color, anchor="left")
        y += 20 * layout.unit
    return y
