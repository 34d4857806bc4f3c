"""The look of sliders, drop-downs and buttons: pygame_gui's theme, in our colours and our type."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pygame
from pygame_gui import UIManager
from pygame_gui.elements import UIDropDownMenu, UISelectionList, UITextBox

from envs.drawing.canvas import font_file
from envs.drawing.theme import Color, Theme, blend, ink_on

Skin = dict[str, Any]  # as pygame_gui reads it from JSON


def close_lists(lists: Iterable[UIDropDownMenu]) -> bool:
    """Closes whatever drop-down is open; whether one was."""
    opened = [one for one in lists if one.current_state is one.menu_states["expanded"]]
    for one in opened:
        one.menu_states["expanded"].should_transition = True
    return bool(opened)


def fresh_manager(
    old: UIManager | None, size: tuple[int, int], unit: float, theme: Theme
) -> UIManager:
    """pygame_gui's manager for a window and a theme, with nothing in it.

    The old one is used again: each new one would keep two megabytes of letters for good.
    """
    found = skin(theme, unit)
    if old is None:
        pygame.font.init()
        return UIManager(size, found, enable_live_theme_updates=False)
    old.set_window_resolution(size)
    old.clear_and_reset()
    old.get_theme().load_theme(found)
    return old


class NameList(UISelectionList):
    """pygame_gui's list of names, with a scroll bar as wide as the window asks for."""

    def __init__(self, bar: float, *arguments: Any, **options: Any) -> None:
        self._bar = round(bar)
        super().__init__(*arguments, **options)

    def rebuild_from_changed_theme_data(self) -> None:
        """As in pygame_gui, where the width is fixed."""
        self.scroll_bar_width = self._bar
        super().rebuild_from_changed_theme_data()

    def process_event(self, event: pygame.event.Event) -> bool:
        """As in pygame_gui, where a click on the chosen name leaves none chosen."""
        chosen = self.get_single_selection()
        used = super().process_event(event)
        if chosen is not None and self.get_single_selection() is None:
            for item in self.item_list:
                if item["text"] == chosen:
                    item["selected"] = True
                    if item["button_element"] is not None:
                        item["button_element"].select()
        return bool(used)

    def show_chosen(self) -> None:
        """Brings the chosen name of a long list into sight."""
        if self.scroll_bar is not None:
            start = self.get_single_selection_start_percentage()
            half = self.rect.height / self.total_height_of_list / 2
            self.scroll_bar.set_scroll_from_start_percentage(start - half)
            self.update(0.0)


class LongText(UITextBox):
    """The same of its box of text."""

    def __init__(self, bar: float, *arguments: Any, **options: Any) -> None:
        self._bar = round(bar)
        super().__init__(*arguments, **options)

    def rebuild(self) -> None:
        """As in pygame_gui, where the width is fixed."""
        self.scroll_bar_width = self._bar
        super().rebuild()


def skin(theme: Theme, unit: float) -> Skin:
    """pygame_gui's theme for a theme of ours, in a window of so many pixels a unit."""
    shape = {
        "shape": "rounded_rectangle",
        "shape_corner_radius": str(max(2, round(6 * unit))),
        "border_width": "0",
        "shadow_width": "0",
        "text_horiz_alignment_padding": str(round(9 * unit)),
    }
    square = {**shape, "shape": "rectangle", "shape_corner_radius": "0"}
    plain = {"misc": shape, "font": _font(13 * unit)}
    knob = blend(theme.ink, theme.background, 0.1)
    return {
        "defaults": {"colours": _colours(theme), "font": _font(13 * unit)},
        "#default_shape_style": {"misc": shape},
        "#no_frills_button": {"misc": square},
        "button": plain,
        "#chosen": {"colours": _chosen(theme), "misc": shape, "font": _font(13 * unit)},
        "#play": {"colours": _chosen(theme), "misc": shape, "font": _font(20 * unit)},
        "horizontal_slider": {
            "colours": {"dark_bg": _hex(theme.track), "disabled_dark_bg": _hex(theme.track)},
            "misc": {
                **shape,
                "enable_arrow_buttons": "0",
                "sliding_button_width": str(max(8, round(14 * unit))),
            },
        },
        "horizontal_slider.#sliding_button": {
            "colours": {
                "normal_bg": _hex(knob),
                "hovered_bg": _hex(theme.best),
                "active_bg": _hex(theme.best),
                "selected_bg": _hex(knob),
            },
            "misc": shape,
        },
        "drop_down_menu": {
            "misc": {
                **shape,
                "expand_direction": "down",
                "open_button_width": str(round(20 * unit)),
            }
        },
        "drop_down_menu.button": {"misc": shape, "font": _font(13 * unit)},
        "drop_down_menu.#selected_option": {
            "misc": {**shape, "text_horiz_alignment": "left"},
            "font": _font(13 * unit),
        },
        "drop_down_menu.#expand_button": {"misc": shape, "font": _font(9 * unit)},
        "drop_down_menu.selection_list": {
            "misc": {**square, "list_item_height": str(round(26 * unit))},
            "colours": {"dark_bg": _hex(theme.panel)},
        },
        "drop_down_menu.selection_list.button": {
            "misc": {**square, "text_horiz_alignment": "left"},
            "font": _font(13 * unit),
        },
        "selection_list": {
            "misc": {**square, "list_item_height": str(round(34 * unit))},
            "colours": {"dark_bg": _hex(theme.panel)},
        },
        "selection_list.button": {
            "misc": {**square, "text_horiz_alignment": "left"},
            "font": _font(15 * unit),
        },
        "vertical_scroll_bar": {"misc": {**square, "enable_arrow_buttons": "0"}},
        "vertical_scroll_bar.#sliding_button": {
            "colours": {
                "normal_bg": _hex(blend(theme.track, theme.muted, 0.4)),
                "hovered_bg": _hex(theme.best),
                "active_bg": _hex(theme.best),
            },
            "misc": square,
        },
        "window": {
            "misc": {
                "shadow_width": "0",
                "border_width": "1",
                "title_bar_height": str(round(28 * unit)),
            },
            "colours": {"dark_bg": _hex(theme.panel), "normal_border": _hex(theme.wall)},
        },
        "window.#title_bar": {
            "misc": {**square, "text_horiz_alignment": "left"},
            "font": _font(13 * unit),
        },
        "window.#close_button": {"misc": square, "font": _font(13 * unit)},
        "text_box": {
            "misc": {**square, "padding": f"{round(14 * unit)},{round(12 * unit)}"},
            "colours": {"dark_bg": _hex(theme.background)},
            "font": _font(13 * unit, mono=True),
        },
    }


def _colours(theme: Theme) -> dict[str, str]:
    """What every element begins with."""
    ink, face = theme.ink, blend(theme.panel, theme.track, 0.75)
    over = blend(face, theme.ink, 0.12)
    found = {"dark_bg": theme.panel, "disabled_dark_bg": theme.panel, "text_cursor": ink}
    for state, ground, text in (
        ("normal", face, ink),
        ("hovered", over, ink),
        ("active", theme.best, ink_on(theme.best)),
        ("selected", blend(face, theme.best, 0.35), ink),
        ("disabled", theme.panel, theme.muted),
    ):
        found |= {
            f"{state}_bg": ground,
            f"{state}_text": text,
            f"{state}_border": ground,
            f"{state}_text_shadow": ground,
        }
    return {name: _hex(color) for name, color in found.items()}


def _chosen(theme: Theme) -> dict[str, str]:
    """A button that is on."""
    color, text = _hex(theme.best), _hex(ink_on(theme.best))
    states = ("normal", "hovered", "active", "selected")
    return {f"{state}_bg": color for state in states} | {
        f"{state}_{what}": text for state in states for what in ("text", "text_shadow")
    }


def _font(size: float, mono: bool = False) -> dict[str, str]:
    """The letters of the rest of the window, or letters of one width for code."""
    name = "dejavu_mono" if mono else "dejavu"
    return {
        "name": name,
        "size": str(max(7, round(size))),
        "regular_path": str(font_file(bold=False, mono=mono)),
        "bold_path": str(font_file(bold=True, mono=mono)),
    }


def _hex(color: Color) -> str:
    return "#{:02x}{:02x}{:02x}".format(*color)
