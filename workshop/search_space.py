"""Which settings `workshop tune` tries, by the names that every algorithm's Config uses."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection
from typing import TYPE_CHECKING, Any, NamedTuple

from workshop.options import flag

if TYPE_CHECKING:
    from optuna import Trial


class Range(NamedTuple):
    """Every number between two ends."""

    low: float
    high: float
    log: bool = False
    """Whether 1 to 2 is as wide as 10 to 20."""


class Choices(NamedTuple):
    """Some values."""

    values: tuple[Any, ...]


GAMMA = Choices((0.9, 0.95, 0.98, 0.99, 0.995, 0.999, 1.0))
WIDTHS = Choices(((64,), (256,), (64, 64), (128, 128), (256, 256)))
SPACE: dict[str, Range | Choices] = {
    "activation": Choices(("relu", "gelu", "silu", "tanh")),
    "alpha": Range(0.01, 1.0),
    "augment": Choices((True, False)),
    "baseline": Choices((True, False)),
    "batch_size": Choices((32, 64, 128, 256, 512)),
    "clip": Range(0.1, 0.4),
    "clip_range": Range(0.1, 0.4),
    "clusters": Range(10, 200, log=True),
    "double": Choices((True, False)),
    "dropout": Range(0.0, 0.5),
    "dueling": Choices((True, False)),
    "ent_coef": Range(1e-8, 0.1, log=True),
    "entropy_weight": Range(1e-4, 0.1, log=True),
    "epochs": Range(1, 20, log=True),
    "epsilon_end": Range(0.005, 0.5, log=True),
    "epsilon_fraction": Range(0.05, 1.0),
    "exploration_final_eps": Range(0.005, 0.5, log=True),
    "exploration_fraction": Range(0.05, 1.0),
    "gae_lambda": Range(0.8, 1.0),
    "gamma": GAMMA,
    "gradient_steps": Choices((1, 2, 4, 8, 16, 32, 64, 128)),
    "hidden": WIDTHS,
    "learning_rate": Range(1e-4, 1e-2, log=True),
    "n_epochs": Range(1, 20, log=True),
    "n_step": Range(1, 5),
    "n_steps": Choices((8, 16, 32, 64, 128, 256, 512, 1024, 2048)),
    "neighbours": Range(1, 20, log=True),
    "num_envs": Choices((1, 4, 8, 16, 32, 64)),
    "optimizer": Choices(("momentum", "rmsprop", "adam")),
    "penalty": Range(0.1, 1000.0, log=True),
    "planning_steps": Choices((0, 5, 10, 20, 50)),
    "prioritised": Choices((True, False)),
    "rollout": Choices((8, 16, 32, 64, 128, 256)),
    "schedule": Choices(("constant", "linear", "cosine", "one-cycle")),
    "smoothing": Range(0.0, 0.2),
    "target_update_interval": Choices((1, 10, 100, 1_000, 10_000)),
    "svm.gamma": Choices((0.0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)),
    "tau": Range(1e-3, 0.1, log=True),
    "trace": Range(0.8, 1.0),
    "train_freq": Choices((1, 2, 4, 8, 16, 32, 64, 128, 256)),
    "trees": Range(20, 500, log=True),
    "updates": Choices((1, 2, 4, 8)),
    "weight_decay": Range(1e-4, 0.1, log=True),
    "widths": Choices(((8, 16, 32), (16, 32, 64), (32, 64, 128))),
}
"""Ends and values after the ones that rl-zoo searches; each is widened to hold the default."""


class SearchSpace:
    """The settings of a Config that are not fixed.

    Args:
        default: the Config to start from.
        fixed: names of fields to leave as they are.
    """

    def __init__(self, default: Any, fixed: Collection[str]) -> None:
        self.default = default
        self._fixed = [f.name for f in dataclasses.fields(default) if f.name in fixed]
        self._parts: dict[str, Range | Choices] = {}
        of = type(default).__module__.rpartition(".")[2]  # one word may mean two things
        for field in dataclasses.fields(default):
            part = SPACE.get(f"{of}.{field.name}", SPACE.get(field.name))
            value = getattr(default, field.name)
            if field.name in fixed or part is None:
                continue
            if isinstance(part, Choices):
                if value not in part.values:
                    part = Choices((*part.values, value))
            elif part.log and value <= 0:  # zero switches it off, and lies on no such scale
                continue
            else:
                part = Range(min(part.low, value), max(part.high, value), part.log)
            self._parts[field.name] = part

    @property
    def names(self) -> list[str]:
        """What is searched."""
        return list(self._parts)

    @property
    def start(self) -> dict[str, Any]:
        """The defaults, as a study notes them."""
        return {
            name: label(value) if isinstance(part, Choices) else value
            for name, part in self._parts.items()
            for value in (getattr(self.default, name),)
        }

    def suggest(self, trial: Trial) -> Any:
        """The Config that a trial is to try."""
        for name, part in self._parts.items():
            if isinstance(part, Choices):
                trial.suggest_categorical(name, [label(value) for value in part.values])
            elif isinstance(getattr(self.default, name), int):
                trial.suggest_int(name, int(part.low), int(part.high), log=part.log)
            else:
                trial.suggest_float(name, part.low, part.high, log=part.log)
        return dataclasses.replace(self.default, **self.settings(trial.params))

    def settings(self, params: dict[str, Any]) -> dict[str, Any]:
        """Values for the Config from what a study noted; decimals have three digits."""
        found: dict[str, Any] = {}
        for name, part in self._parts.items():
            value = params[name]
            if isinstance(part, Choices):
                value = next(one for one in part.values if label(one) == value)
            elif isinstance(value, float):
                value = float(f"{value:.3g}")
            found[name] = value
        return found

    def flags(self, params: dict[str, Any]) -> list[str]:
        """The options of `workshop train` for these and the fixed ones; defaults go unsaid."""
        settings = {name: getattr(self.default, name) for name in self._fixed}
        for name, value in self.settings(params).items():
            if value != getattr(self.default, name):
                settings[name] = value
        flags: list[str] = []
        for name, value in settings.items():
            flags += flag(name, value)
        return flags


def label(value: Any) -> str:
    """A choice as a study notes it: `64x64`, `True`, `0.99`."""
    return "x".join(map(str, value)) if isinstance(value, tuple) else str(value)
