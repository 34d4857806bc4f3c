"""The panel's sliders, drop-downs and buttons, and where they are."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pygame
import pygame_gui
from pygame_gui import UIManager
from pygame_gui.elements import UIButton, UIDropDownMenu, UIHorizontalSlider

from envs.drawing.canvas import Box, Canvas
from workshop.fitting import cut_middle
from workshop.keys import draw_cap
from workshop.playground.controls import CONTROLS, Control, place_of, said, value_of
from workshop.playground.layout import Layout
from workshop.playground.setting import MODES, RACERS, Setting
from workshop.skin import close_lists

BUTTONS = (
    ("pause", "pause"),
    ("step", "step"),
    ("reset", "reset"),
    ("seed", "new seed"),
    ("code", "PyTorch code"),
    ("help", "help"),
)
"""Their names, and what stands on them."""
ROWS = 1 + max(map(len, CONTROLS.values())) + 2


class Turned(NamedTuple):
    """A control was moved to a value."""

    control: Control
    value: str | int | float


class Pressed(NamedTuple):
    """A button was pressed: its name, or `mode:` and a mode, or `racer:` and an optimiser."""

    name: str


class Widgets:
    """The controls of one setting in one window; made anew when either changes its shape.

    Args:
        manager: pygame_gui's, with nothing in it.
        layout: of the window.
        setting: what the controls show.
        layer: the hidden layer whose width is shown.
        paused: what stands on the first button.
    """

    def __init__(
        self, manager: UIManager, layout: Layout, setting: Setting, layer: int, paused: bool
    ) -> None:
        self.layout = layout
        self.controls = CONTROLS[setting.mode]
        self.manager = manager
        self._sliders: dict[UIHorizontalSlider, Control] = {}
        self._lists: dict[UIDropDownMenu, Control] = {}
        self._buttons: dict[UIButton, str] = {}
        self._shown: dict[Control, int] = {}
        self._files: dict[str, str] = {}
        """Paths, by how they stand in a list."""
        self._add_modes(setting.mode)
        for number, control in enumerate(self.controls):
            self._add(number, control, value_of(setting, control, layer))
        if setting.mode == "descent":
            self._add_racers(setting)
        self._add_buttons(paused)

    def _row(self, number: float) -> Box:
        """One row of the panel."""
        unit, panel = self.layout.unit, self.layout.panel
        pad = 16 * unit
        high = min(51 * unit, (panel.height - 2 * pad) / ROWS)
        return Box(panel.x + pad, pad + number * high, panel.width - 2 * pad, high)

    def _cell(self, row: Box, left: float, right: float) -> pygame.Rect:
        """A part of a row, between two shares of its width, with air above and below."""
        air = max(2.0, row.height * 0.14)
        return pygame.Rect(
            round(row.x + left * row.width), round(row.y + air),
            round((right - left) * row.width), round(row.height - 2 * air),
        )  # fmt: skip

    def _add_modes(self, mode: str) -> None:
        row = self._row(0)
        for number, (name, title) in enumerate(MODES.items()):
            cell = self._cell(row, number / 3, (number + 0.96) / 3)
            chosen = "#chosen" if name == mode else None
            button = UIButton(cell, title, self.manager, object_id=chosen)
            self._buttons[button] = f"mode:{name}"

    def _add(self, number: int, control: Control, value: str | int | float) -> None:
        row = self._row(1 + number)
        place = place_of(control, value)
        self._shown[control] = place
        if control.is_list:
            self._add_list(row, control, str(value))
            return
        cell = self._cell(row, 0.46, 0.83)
        thin = cell.inflate(0, -round(cell.height * 0.4))
        last = float(len(control.choices) - 1)  # of whole numbers it would show the lower one
        slider = UIHorizontalSlider(thin, float(place), (0.0, last), self.manager)
        self._sliders[slider] = control

    def _add_list(self, row: Box, control: Control, value: str) -> None:
        """A drop-down; a file that is no choice of its own stands before the others."""
        cell, letters = self._cell(row, 0.46, 1), self.layout.letters
        options: list[str | tuple[str, str]] = [str(choice) for choice in control.choices]
        if value not in options:
            short = cut_middle(Path(value).name, letters, cell.width - 44 * self.layout.unit)
            self._files[short], value = value, short
            options.insert(0, short)
        self._lists[UIDropDownMenu(options, value, cell, self.manager)] = control

    def close_lists(self) -> bool:
        """Closes whatever drop-down is open; whether one was."""
        return close_lists(self._lists)

    def _add_racers(self, setting: Setting) -> None:
        """A switch for each optimiser."""
        for number, name in enumerate(RACERS):
            on = name in setting.racers
            cell = self._cell(self._racer_row(number), 0.46, 1)
            chosen = "#chosen" if on else None
            button = UIButton(cell, "on" if on else "off", self.manager, object_id=chosen)
            self._buttons[button] = f"racer:{name}"

    def _racer_row(self, number: int) -> Box:
        return self._row(1 + len(self.controls) + number)

    def _add_buttons(self, paused: bool) -> None:
        first = ROWS - 2
        for number, (name, title) in enumerate(BUTTONS):
            row = self._row(first + number // 3)
            words = "go on" if name == "pause" and paused else title
            cell = self._cell(row, number % 3 / 3, (number % 3 + 0.96) / 3)
            self._buttons[UIButton(cell, words, self.manager)] = name

    def draw_labels(self, canvas: Canvas, setting: Setting, layer: int) -> None:
        """The name of each control with its key, and the value of each slider."""
        theme, letters = canvas.theme, self.layout.letters
        canvas.rect(self.layout.panel, theme.panel)
        for number, control in enumerate(self.controls):
            row = self._row(1 + number)
            y = row.center[1]
            label = control.label
            if control.name == "width" and setting.mode == "network" and setting.layers:
                label = f"neurons in {min(layer, len(setting.layers) - 1) + 1}"
            self._draw_label(canvas, row, control.key, label)
            if not control.is_list:
                value = said(control, value_of(setting, control, layer))
                right = row.x + row.width
                size = canvas.fitted(value, letters, row.width * 0.15)
                canvas.text(value, (right, y), size, theme.ink, bold=True, anchor="right")

        if setting.mode == "descent":
            for number, name in enumerate(RACERS):
                self._draw_label(canvas, self._racer_row(number), str(number + 1), name)

    def _draw_label(self, canvas: Canvas, row: Box, key: str, label: str) -> None:
        unit, letters, y = self.layout.unit, self.layout.letters, row.center[1]
        draw_cap(canvas, (row.x, y), letters * 0.82, key)
        size = canvas.fitted(label, letters, row.width * 0.45 - 30 * unit)
        canvas.text(label, (row.x + 26 * unit, y), size, anchor="left")

    def show(self, setting: Setting, layer: int) -> None:
        """Brings the sliders to the present values; drop-downs are made anew by their owner."""
        for slider, control in self._sliders.items():
            place = place_of(control, value_of(setting, control, layer))
            if place != self._shown[control]:
                self._shown[control] = place
                slider.set_current_value(place, warn=False)

    def answer(self, event: pygame.event.Event) -> Turned | Pressed | bool:
        """What an event does to the panel; whether it was used up otherwise."""
        used = self.manager.process_events(event)
        if event.type == pygame.MOUSEBUTTONDOWN and event.button == 1 and not used:
            return self._track(*event.pos) or False
        if event.type == pygame_gui.UI_BUTTON_PRESSED and event.ui_element in self._buttons:
            return Pressed(self._buttons[event.ui_element])
        if event.type == pygame_gui.UI_DROP_DOWN_MENU_CHANGED and event.ui_element in self._lists:
            value = self._files.get(event.text, event.text)
            return Turned(self._lists[event.ui_element], value)
        if event.type == pygame_gui.UI_HORIZONTAL_SLIDER_MOVED:
            control = self._sliders.get(event.ui_element)
            if control is not None:
                place = round(event.value)
                if place != self._shown[control]:
                    self._shown[control] = place
                    return Turned(control, control.choices[place])
        return bool(used)

    def _track(self, x: int, y: int) -> Turned | None:
        """A press on the track of a slider brings its knob there, and takes hold of it."""
        for slider, control in self._sliders.items():
            assert slider.sliding_button is not None
            track, knob = slider.rect, slider.sliding_button.rect
            if track.collidepoint(x, y) and not knob.collidepoint(x, y):
                share = (x - track.x - knob.width / 2) / (track.width - knob.width)
                place = round(min(max(share, 0.0), 1.0) * (len(control.choices) - 1))
                self._shown[control] = place
                slider.set_current_value(place, warn=False)
                down = {"button": 1, "pos": knob.center}
                slider.sliding_button.process_event(
                    pygame.event.Event(pygame.MOUSEBUTTONDOWN, down)
                )
                return Turned(control, control.choices[place])
        return None

    def tip(self, x: float, y: float) -> Control | None:
        """The control whose row a point lies in."""
        for number, control in enumerate(self.controls):
            if self._row(1 + number).holds(x, y):
                return control
        return None
