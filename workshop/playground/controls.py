"""What can be turned in each mode: by slider, drop-down or key, all from one table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from supervised.training import OPTIMIZERS
from workshop.playground.setting import (
    ACTIVATIONS,
    BATCHES,
    COUNTS,
    DATA,
    MOST_LAYERS,
    MOST_NEURONS,
    NATURAL_NOISE,
    NOISES,
    PENALTIES,
    RATES,
    REGULARISATIONS,
    SHARES,
    Setting,
    changed,
)
from workshop.playground.surfaces import SURFACES

Value = str | int | float
GAN_WIDTHS = (4, 8, 16, 32, 64)


class Control(NamedTuple):
    """One thing that can be turned.

    Attributes:
        name: the field of the setting, or `depth` and `width` of the layers.
        label: what it is called.
        key: the letter that turns it on; with shift, back.
        choices: its values, in order.
        is_list: a drop-down of names; else a slider.
    """

    name: str
    label: str
    key: str
    choices: tuple[Value, ...]
    is_list: bool = False


def _list(name: str, label: str, key: str, choices: Sequence[str]) -> Control:
    return Control(name, label, key, tuple(choices), True)


_NOISE = Control("noise", "noise", "z", NOISES)
_RATE = Control("learning_rate", "learning rate", "l", RATES)
_BATCH = Control("batch_size", "batch size", "b", BATCHES)
_DATA = _list("data", "data", "t", DATA)
_POINTS = Control("points", "points", "i", COUNTS)
_DEPTH = Control("depth", "layers", "k", tuple(range(MOST_LAYERS + 1)))
_ACTIVATION = _list("activation", "activation", "a", tuple(ACTIVATIONS))
CONTROLS: dict[str, tuple[Control, ...]] = {
    "network": (
        _DATA,
        _ACTIVATION,
        _list("optimizer", "optimiser", "o", tuple(OPTIMIZERS)),
        _list("regularisation", "regularise", "g", REGULARISATIONS),
        Control("penalty", "penalty", "p", PENALTIES),
        _RATE,
        _BATCH,
        _DEPTH,
        Control("width", "neurons", "u", tuple(range(1, MOST_NEURONS + 1))),
        _POINTS,
        _NOISE,
        Control("train_share", "train share", "h", SHARES),
    ),
    "gan": (
        _DATA,
        _ACTIVATION,
        Control("penalty", "penalty R1", "p", PENALTIES),
        _RATE,
        _BATCH,
        _DEPTH._replace(choices=tuple(range(1, MOST_LAYERS + 1))),
        Control("width", "neurons", "u", GAN_WIDTHS),
        _POINTS,
        _NOISE,
    ),
    "descent": (
        _list("surface", "landscape", "t", tuple(SURFACES)),
        _RATE,
        _NOISE._replace(label="noisy slope", choices=PENALTIES),
    ),
}
"""By mode, from top to bottom."""


def value_of(setting: Setting, control: Control, layer: int) -> Value:
    """The present value; of `width`, that of a hidden layer, counted from 0."""
    if control.name == "depth":
        return len(setting.layers)
    if control.name == "width":
        return setting.layers[min(layer, len(setting.layers) - 1)] if setting.layers else 1
    found: Value = getattr(setting, control.name)
    return found


def place_of(control: Control, value: Value) -> int:
    """The place of a value among the choices; of the nearest, where it is a number.

    A file of points is no choice: it has the place before the first.
    """
    if control.is_list:
        return control.choices.index(value) if value in control.choices else -1
    near: Callable[[int], float] = lambda place: abs(  # noqa: E731
        float(control.choices[place]) - float(value)
    )
    return min(range(len(control.choices)), key=near)


def turned(setting: Setting, control: Control, step: int, layer: int) -> Setting:
    """The setting with a control `step` places on: names go round, numbers end at the last."""
    place = place_of(control, value_of(setting, control, layer))
    place = (max(place, 0) if step < 0 else place) + step
    count = len(control.choices)
    place = place % count if control.is_list else min(max(place, 0), count - 1)
    return placed(setting, control, control.choices[place], layer)


def placed(setting: Setting, control: Control, value: Value, layer: int) -> Setting:
    """The setting with a control at a value; other data bring their own noise."""
    layers = setting.layers
    if control.name == "depth":
        more = (layers[-1:] or (4,)) * (int(value) - len(layers))
        return changed(setting, layers=(*layers, *more)[: int(value)])
    if control.name == "width":
        at = min(layer, len(layers) - 1)
        widths = tuple(int(value) if n == at else width for n, width in enumerate(layers))
        return changed(setting, layers=widths)
    changes: dict[str, Any] = {control.name: value}
    if control.name == "data":
        changes["noise"] = NATURAL_NOISE.get(str(value), 0.0)
    if control.name == "surface":
        changes["start"] = None
    return changed(setting, **changes)


def said(control: Control, value: Value) -> str:
    """A value as it stands beside its slider."""
    if control.name == "train_share":
        return f"{value:.0%}"
    if isinstance(value, float) and 0 < value < 0.001:
        return f"{value:.0e}".replace("e-0", "e-")
    return f"{value:g}" if isinstance(value, float) else str(value)
