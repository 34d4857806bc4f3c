"""The grammar by which worlds and agents are named: `minimax:depth=4`, `gridworld:map=cliff`."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import NamedTuple

Option = bool | int | float | str


class BadInput(ValueError):
    """A user's mistake: one line that says what is wrong, where, and the nearest valid choice."""


class Name(NamedTuple):
    """A parsed name: what comes before the colon, and the options after it."""

    base: str
    options: dict[str, Option]

    def __str__(self) -> str:
        if not self.options:
            return self.base
        return self.base + ":" + ",".join(f"{k}={v}" for k, v in self.options.items())


def parse_name(text: str) -> Name:
    """Reads `base` or `base:option=value,option=value`.

    A value is an int, a float, `true` or `false` if it reads like one, else text.

    Raises:
        BadInput: an option without `=` or a name without a base.
    """
    base, colon, rest = text.partition(":")
    if not base:
        raise BadInput(f"{text!r} names nothing; write NAME or NAME:option=value")
    options: dict[str, Option] = {}
    for part in rest.split(",") if colon else []:
        key, equals, value = part.partition("=")
        if not (key.strip() and equals):
            raise BadInput(f"{text!r}: {part!r} is no option; write {base}:option=value")
        if key.strip().replace("-", "_") in options:
            raise BadInput(f"{text!r} gives {key.strip()} twice")
        options[key.strip().replace("-", "_")] = _read_value(value.strip())
    return Name(base, options)


def _read_value(text: str) -> Option:
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def nearest(wrong: str, choices: Iterable[str]) -> str:
    """The end of an error message: the choice that `wrong` was perhaps meant to be, and all."""
    choices = list(choices)
    if not choices:
        return "there are none"
    meant, known = perhaps(wrong, choices), f"there are: {', '.join(choices)}"
    return f"{meant} ({known})" if meant else known


def perhaps(wrong: str, choices: Iterable[str]) -> str:
    """The question whether the nearest choice was meant; empty if none is near."""
    close = difflib.get_close_matches(wrong, list(choices), n=1, cutoff=0.5)
    return f"did you mean {close[0]!r}?" if close else ""
