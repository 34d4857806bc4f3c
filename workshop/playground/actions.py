"""What keys, clicks and strokes of the mouse do."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pygame
import torch

from workshop.playground.experiment import Experiment
from workshop.playground.gan import Gan
from workshop.playground.network_stage import toggled
from workshop.playground.points import table
from workshop.playground.race import Race
from workshop.playground.race_stage import raced, start_at
from workshop.playground.script import is_empty, script
from workshop.playground.setting import DEFAULTS, FEATURES, MODES, RACERS, Setting, changed
from workshop.playground.stage import to_place

if TYPE_CHECKING:
    from workshop.playground.window import PlaygroundWindow

STRIDE = 9
"""Units between two points of a stroke."""


class Actions:
    """The hand on a window."""

    def __init__(self, window: PlaygroundWindow) -> None:
        self.window = window
        self._stroke: tuple[int, float, float] | None = None
        """The button that is down, and where the last point was painted."""
        self._keys = {
            pygame.K_SPACE: self.pause,
            pygame.K_s: self.step,
            pygame.K_r: self.reset,
            pygame.K_n: self.new_seed,
            pygame.K_m: self.next_mode,
            pygame.K_c: self.code,
            pygame.K_y: self.copy_command,
            pygame.K_v: self.save_picture,
            pygame.K_w: self.write_points,
            pygame.K_x: self.clear,
            pygame.K_e: self.animate,
            pygame.K_d: self.switch_theme,
            pygame.K_TAB: self.hide_panel,
            pygame.K_LEFT: lambda: self.select(self.window.look.layer - 1),
            pygame.K_RIGHT: lambda: self.select(self.window.look.layer + 1),
            pygame.K_q: self.quit,
            pygame.K_ESCAPE: self.quit,
        }

    def key(self, event: pygame.event.Event) -> None:
        """A key went down."""
        window = self.window
        if event.unicode == "?":
            self.help()
        elif event.unicode in ("+", "=", "-", "_") and event.unicode:
            self.speed(1 if event.unicode in "+=" else -1)
        elif window.help and event.key == pygame.K_ESCAPE:
            self.help()
        elif event.key == pygame.K_ESCAPE and window.close_lists():
            pass
        elif event.unicode.isdecimal():
            self.toggle(int(event.unicode) - 1)
        elif event.key in self._keys:
            self._keys[event.key]()
        else:
            back = bool(event.mod & pygame.KMOD_SHIFT)
            window.turn(pygame.key.name(event.key), -1 if back else 1)

    def press(self, name: str) -> None:
        """A button of the panel."""
        if name.startswith("mode:"):
            self.set_mode(name.removeprefix("mode:"))
            return
        if name.startswith("racer:"):
            self.toggle(RACERS.index(name.removeprefix("racer:")))
            return
        {
            "pause": self.pause,
            "step": self.step,
            "reset": self.reset,
            "seed": self.new_seed,
            "code": self.code,
            "help": self.help,
        }[name]()

    def pause(self) -> None:
        """Waits, or goes on."""
        self.window.paused = not self.window.paused
        self.window.rearrange()

    def step(self) -> None:
        """One step, then waits."""
        window = self.window
        if not window.paused:
            self.pause()
        window.learner.step()
        window.refresh()

    def reset(self) -> None:
        """Begins again with the same seed."""
        self.window.learner.reset()
        self.window.refresh()

    def new_seed(self) -> None:
        """Begins again with the next seed."""
        setting = self.window.setting
        self.window.change(changed(setting, seed=setting.seed + 1))
        self.window.say(f"seed {setting.seed + 1}")

    def set_mode(self, mode: str) -> None:
        """Another mode, as it was left, or as it begins."""
        if mode != self.window.setting.mode:
            self.window.change(self.window.left.get(mode, DEFAULTS[mode]))

    def next_mode(self) -> None:
        """The next mode."""
        modes = list(MODES)
        self.set_mode(modes[(modes.index(self.window.setting.mode) + 1) % len(modes)])

    def code(self) -> None:
        """Prints the PyTorch code, if there is any, and shows it; a second time closes it."""
        window = self.window
        if window.shows_code:
            window.show_code("")
            return
        experiment = window.learner
        own = experiment.own if isinstance(experiment, (Experiment, Gan)) else None
        if is_empty(window.setting, own):
            window.say("there is no code yet: paint some points first")
            return
        text = script(window.setting, own, max(experiment.epoch, 1))
        print(text, flush=True)
        window.show_code(text)
        self._copy(text)
        window.say("the code is in the terminal and on the clipboard; c closes it")

    def copy_command(self) -> None:
        """Puts the command line on the clipboard."""
        command = self.window.setting.command()
        self._copy(command)
        print(command, flush=True)
        self.window.say("the command line is in the terminal and on the clipboard")

    @staticmethod
    def _copy(text: str) -> None:
        with contextlib.suppress(pygame.error, AttributeError):  # where there is no clipboard
            pygame.scrap.put_text(text)

    def save_picture(self) -> None:
        """Writes what is seen beside the other pictures."""
        path = free_name("playground", ".png")
        if self._written(path, lambda: self.window.save_picture(path)):
            self.window.say(f"saved {path}")

    def _written(self, path: Path, write: Callable[[], object]) -> bool:
        """Writes a file; whether that was possible, else the window says why not."""
        try:
            write()
        except (OSError, pygame.error) as error:
            why = getattr(error, "strerror", None) or error
            self.window.say(f"{path} was not saved here: {why}")
            return False
        return True

    def write_points(self) -> None:
        """Writes the points to a table that --data reads."""
        learner = self.window.learner
        if not isinstance(learner, (Experiment, Gan)) or not learner.has_points:
            self.window.say("there are no points to write")
            return
        path = free_name("points", ".csv")
        text = table((learner.data.places, learner.data.labels.long()))
        if self._written(path, lambda: path.write_text(text, encoding="utf-8")):
            self.window.say(f"saved {path}; read it with --data {path}")

    def clear(self) -> None:
        """No points: paint some."""
        learner = self.window.learner
        if isinstance(learner, (Experiment, Gan)):
            learner.clear()
            self.window.rearrange()

    def animate(self) -> None:
        """Fields glide, or do not."""
        animated = not self.window.look.animated
        self.window.restyle(animated=animated)
        self.window.say(f"animation {'on' if animated else 'off'}")

    def switch_theme(self) -> None:
        """Light or dark."""
        dark = self.window.look.theme_name == "light"
        self.window.restyle(theme_name="dark" if dark else "light")

    def hide_panel(self) -> None:
        """More room for the picture, or the controls again."""
        self.window.with_panel = not self.window.with_panel
        self.window.rearrange()

    def help(self) -> None:
        """The page of keys."""
        self.window.help = not self.window.help
        self.window.refresh()

    def quit(self) -> None:
        """Ends; what lies on top goes first."""
        if self.window.shows_code:
            self.window.show_code("")
        else:
            self.window.open = False

    def speed(self, step: int) -> None:
        """More steps a frame, or fewer."""
        self.window.say(self.window.faster(step))

    def toggle(self, number: int) -> None:
        """An input on or off; in a race, an optimiser."""
        setting = self.window.setting
        if setting.mode == "descent" and 0 <= number < len(RACERS):
            self.window.change(raced(setting, RACERS[number]), anew=True)
        elif setting.mode == "network" and 0 <= number < len(FEATURES):
            self.window.change(toggled(setting, list(FEATURES)[number]))

    def select(self, layer: int) -> None:
        """Another hidden layer for the slider."""
        last = max(len(self.window.setting.layers) - 1, 0)
        self.window.restyle(layer=min(max(layer, 0), last))

    def mouse(self, event: pygame.event.Event) -> None:
        """The mouse moved, or a button went down or up."""
        if event.type == pygame.MOUSEBUTTONDOWN and event.button in (1, 3):
            self._press(event.button, *event.pos)
        elif event.type == pygame.MOUSEBUTTONUP:
            self._stroke = None
        elif event.type == pygame.MOUSEMOTION:
            if self._stroke is not None and any(event.buttons):
                self._drag(*event.pos)
            self.window.point(event.pos)

    def _press(self, button: int, x: int, y: int) -> None:
        window = self.window
        if window.help:
            self.help()
        elif window.layout.field.holds(x, y):
            if isinstance(window.learner, Race):
                start = start_at(window.learner, window.layout, x, y)
                window.change(changed(window.setting, start=start))
            else:
                self._paint(button, x, y)
        elif window.layout.left.holds(x, y):
            found = window.stage.click(window.layout, x, y)
            if isinstance(found, Setting):
                window.change(found)
            elif found is not None:
                self.select(found)

    def _drag(self, x: int, y: int) -> None:
        assert self._stroke is not None
        button, last_x, last_y = self._stroke
        away = ((x - last_x) ** 2 + (y - last_y) ** 2) ** 0.5
        if away >= STRIDE * self.window.layout.unit and self.window.layout.field.holds(x, y):
            self._paint(button, x, y)

    def _paint(self, button: int, x: int, y: int) -> None:
        """One point: of class 1 with the left button, of class 0 with the right one."""
        learner = self.window.learner
        assert isinstance(learner, (Experiment, Gan))
        was = learner.setting.data
        place = torch.tensor([to_place(self.window.layout, x, y)])
        learner.paint(place, 1 if button == 1 else 0)
        self._stroke = button, x, y
        if was == learner.setting.data:
            self.window.refresh()
        else:
            self.window.rearrange()


def free_name(stem: str, suffix: str) -> Path:
    """A file that is not there yet: `stem.png`, `stem-2.png`, ..."""
    number = 1
    while (path := Path(f"{stem}-{number}{suffix}" if number > 1 else stem + suffix)).exists():
        number += 1
    return path
