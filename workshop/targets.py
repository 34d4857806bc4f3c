"""Which of two measures is better, when one is good enough, and how people read it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from envs.names import BadInput, nearest

SCORES = {
    "unbeatable": 1,
    "exploitability": -1,
    "optimal_action_rate": 1,
    "relative_regret": -1,
    "regret": -1,
    "greedy_return": 1,
    "kept_value_rate": 1,
    "evaluation_return": 1,
    "episode_return": 1,
    "validation_accuracy": 1,
    "validation_mae": -1,
    "validation_cost": -1,
    "cost": -1,
}
"""What tells how good an agent or model is, the most telling first; -1: less is better."""
SHARES = (
    "accuracy", "precision", "recall", "f1", "calibration_error", "coverage", "exact", "_rate"
)  # fmt: skip
"""How the names of measures end that are a share of all."""


def is_share(name: str) -> bool:
    """Whether a measure is a share of all; `accuracy_after_10` is one as well."""
    return name.partition("_after_")[0].endswith(SHARES)


def told(name: str, value: float) -> str:
    """A measure as people read it."""
    return f"{100 * value:.2f} %" if is_share(name) else f"{value:,.4g}"


def score_of(measured: Mapping[str, Any]) -> tuple[float, ...]:
    """A measure as numbers to compare, the first most important: more is better.

    The return while exploring counts only where nothing else is known.
    """
    known = [name for name in SCORES if name in measured and name != "episode_return"]
    return tuple(SCORES[name] * float(measured[name]) for name in known or ["episode_return"])


def headline(columns: Mapping[str, Any] | list[str]) -> str | None:
    """The one measure to draw: it tells most and is more than yes or no."""
    return next((name for name in SCORES if name in columns and name != "unbeatable"), None)


def check_target(text: str, measures: Collection[str]) -> None:
    """Raises BadInput if `text`, which `parse_target` reads, is of none of the `measures`."""
    name = text.partition("=")[0]
    if name and name not in measures:
        known = [measure for measure in SCORES if measure in measures]
        raise BadInput(f"--stop-at: {name} is not measured in this world; {nearest(name, known)}")


def parse_target(text: str) -> Callable[[Mapping[str, Any]], bool]:
    """Whether a measure is good enough: `unbeatable`, `regret=0.01`, `evaluation_return=475`.

    An empty text is never satisfied.

    Raises:
        BadInput: no such measure, or no number behind it.
    """
    if not text:
        return lambda measured: False
    name, _, number = text.partition("=")
    if name not in SCORES:
        raise BadInput(f"--stop-at: no measure {name!r}; {nearest(name, SCORES)}")
    try:
        bound = float(number) if number else 1.0
    except ValueError:
        raise BadInput(f"--stop-at {name} takes a number, not {number!r}") from None
    if not number and name != "unbeatable":
        raise BadInput(f"--stop-at {name} takes a number: --stop-at {name}=...")
    sign = SCORES[name]
    return lambda measured: name in measured and sign * float(measured[name]) >= sign * bound
