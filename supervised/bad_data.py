"""What every complaint about data is, and how it ends."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class BadData(ValueError):
    """Data that cannot be learned from: one line that says what is wrong, and in which row."""


def nearest(wrong: str, choices: Iterable[str]) -> str:
    """The end of a complaint: the choice that `wrong` was perhaps meant to be, and all."""
    choices = list(choices)
    close = difflib.get_close_matches(wrong, choices, n=1, cutoff=0.5)
    known = f"there are: {', '.join(choices)}"
    return f"did you mean {close[0]!r}? ({known})" if close else known
