"""All that can be set in the playground, and how it is said on the command line."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Literal, TypeVar

from torch import nn

from envs.names import BadInput, nearest
from supervised.toys import PLANE
from supervised.training import OPTIMIZERS
from workshop.options import quoted
from workshop.playground.surfaces import SURFACES

Mode = Literal["network", "gan", "descent"]
MODES = {"network": "Network", "gan": "GAN", "descent": "Descent"}
PAINTED = "painted"
DATA = (*PLANE, PAINTED)
FEATURES = {
    "x": "x",
    "y": "y",
    "xx": "x²",
    "yy": "y²",
    "xy": "x y",
    "sinx": "sin 2x",
    "siny": "sin 2y",
}
"""What the network may be shown of a point, and how it is written."""
ACTIVATIONS: dict[str, type[nn.Module]] = {
    "tanh": nn.Tanh,
    "relu": nn.ReLU,
    "sigmoid": nn.Sigmoid,
    "gelu": nn.GELU,
    "linear": nn.Identity,
}
"""By name."""
REGULARISATIONS = ("none", "l1", "l2")
RATES = (0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
PENALTIES = (0.0, 0.00001, 0.00003, 0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
BATCHES = (1, 2, 4, 8, 16, 32, 64, 128, 256)
NOISES = tuple(round(0.02 * step, 2) for step in range(26))
SHARES = tuple(round(0.1 * step, 1) for step in range(1, 10))
COUNTS = (50, 100, 200, 300, 500, 800, 1200, 2000)
NATURAL_NOISE = {
    "moons": 0.14, "spirals": 0.02, "circles": 0.1, "xor": 0.04, "blobs": 0.2, "ring": 0.02,
}  # fmt: skip
"""What makes a set neither easy nor hopeless."""
MOST_LAYERS, MOST_NEURONS = 6, 16
RACERS = ("sgd", "momentum", "rmsprop", "adam")
NOTHING = "none"
"""How an empty list is written: no hidden layer."""


@dataclass(frozen=True)
class Setting:
    """What is learned, by what, and how.

    Raises:
        BadInput: a value is out of range, or no choice.
    """

    mode: Mode = "network"
    data: str = "moons"
    points: int = 500
    noise: float = math.nan
    """NaN: what suits the data."""
    train_share: float = 0.5
    features: tuple[str, ...] = ("x", "y")
    layers: tuple[int, ...] = (4, 4)
    activation: str = "tanh"
    optimizer: str = "adam"
    learning_rate: float = 0.01
    regularisation: str = "none"
    penalty: float = 0.001
    batch_size: int = 16
    surface: str = "valley"
    racers: tuple[str, ...] = RACERS
    start: tuple[float, float] | None = None
    """Where the race begins; None: where the surface proposes."""
    seed: int = 0

    def __post_init__(self) -> None:
        if math.isnan(self.noise):
            natural = 0.0 if self.mode == "descent" else NATURAL_NOISE.get(self.data, 0.0)
            object.__setattr__(self, "noise", natural)
        _check_choice("mode", self.mode, MODES)
        _check_choice("activation", self.activation, ACTIVATIONS)
        _check_choice("optimizer", self.optimizer, OPTIMIZERS)
        _check_choice("regularisation", self.regularisation, REGULARISATIONS)
        _check_choice("surface", self.surface, SURFACES)
        if not self.data.lower().endswith(".csv"):
            _check_choice("data", self.data, DATA, "; or name a table FILE.csv")
        for name, values, known in (
            ("features", self.features, FEATURES),
            ("racers", self.racers, RACERS),
        ):
            for value in values:
                _check_choice(name, value, known)
            if not values or len(set(values)) < len(values):
                raise BadInput(f"--{name} takes one or more of {', '.join(known)}, each once")
        self._check_numbers()

    def _check_numbers(self) -> None:
        _check_range("points", self.points, 10, 10_000)
        _check_range("noise", self.noise, 0, 2)
        _check_range("train-share", self.train_share, 0.05, 0.95)
        _check_range("learning-rate", self.learning_rate, 1e-6, 100)
        _check_range("penalty", self.penalty, 0, 100)
        _check_range("batch-size", self.batch_size, 1, 10_000)
        if len(self.layers) > MOST_LAYERS or (self.mode == "gan" and not self.layers):
            raise BadInput(f"--layers takes up to {MOST_LAYERS} layers, not {len(self.layers)}")
        for width in self.layers:
            _check_range("layers", width, 1, 64 if self.mode == "gan" else MOST_NEURONS)
        if self.start is not None and not all(math.isfinite(value) for value in self.start):
            raise BadInput(f"--start takes two numbers, not {self.start}")

    def command(self) -> str:
        """The command line that starts the playground here."""
        defaults = replace(DEFAULTS[self.mode], data=self.data, noise=math.nan)
        defaults = replace(defaults, data=DEFAULTS[self.mode].data)
        words = ["workshop playground"]
        if self.mode != "network":
            words.append(f"--mode {self.mode}")
        for name in SHOWN[self.mode]:
            value = getattr(self, name)
            if value != getattr(defaults, name):
                words.append(f"--{name.replace('_', '-')} {_written(value)}")
        return " ".join(words)


def _written(value: object) -> str:
    if value == ():
        return NOTHING
    if isinstance(value, tuple):
        return ",".join(f"{part:g}" if isinstance(part, float) else str(part) for part in value)
    return f"{value:g}" if isinstance(value, float) else quoted(value)


def _check_choice(name: str, value: str, choices: object, also: str = "") -> None:
    known = list(choices)  # type: ignore[call-overload]
    if value not in known:
        raise BadInput(f"--{name}: there is no {value!r}; {nearest(value, known)}{also}")


def _check_range(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise BadInput(f"--{name} must lie between {low:g} and {high:g}, not {value:g}")


DEFAULTS = {
    "network": Setting(),
    "gan": Setting(
        "gan", "ring", 1000, layers=(32, 32), activation="relu", learning_rate=0.001,
        penalty=0.1, batch_size=128,
    ),
    "descent": Setting("descent", learning_rate=0.003),
}  # fmt: skip
"""By mode."""
SHOWN = {
    "network": (
        "data", "points", "noise", "train_share", "features", "layers", "activation", "optimizer",
        "learning_rate", "regularisation", "penalty", "batch_size", "seed",
    ),
    "gan": (
        "data", "points", "noise", "layers", "activation", "learning_rate", "penalty",
        "batch_size", "seed",
    ),
    "descent": ("surface", "racers", "learning_rate", "noise", "start", "seed"),
}  # fmt: skip
"""Which settings a mode has, in the order in which they are named."""

T = TypeVar("T", int, float)


def numbers(name: str, text: str, kind: type[T]) -> tuple[T, ...]:
    """Reads `8,8`, or `none`.

    Raises:
        BadInput: a part is no number.
    """
    if text == NOTHING:
        return ()
    try:
        return tuple(kind(part) for part in text.split(",") if part.strip())
    except ValueError:
        raise BadInput(f"--{name} takes numbers with commas between, not {text!r}") from None


def next_of(choices: tuple[T, ...], value: T, step: int) -> T:
    """The choice `step` places on from the one that is nearest to `value`, at most the last."""
    at = min(range(len(choices)), key=lambda place: abs(choices[place] - value))
    return choices[min(max(at + step, 0), len(choices) - 1)]


def changed(setting: Setting, **changes: object) -> Setting:
    """The setting with some values replaced."""
    return replace(setting, **changes)  # type: ignore[arg-type]


def differing(one: Setting, other: Setting) -> set[str]:
    """The names of what differs."""
    return {
        field.name
        for field in fields(one)
        if getattr(one, field.name) != getattr(other, field.name)
    }


def is_file(setting: Setting) -> Path | None:
    """The table that the data lie in, if they do."""
    return Path(setting.data) if setting.data not in DATA else None
