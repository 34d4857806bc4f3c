"""What every complaint about data is."""

from __future__ import annotations


class BadData(ValueError):
    """Data that cannot be learned from: one line that says what is wrong, and in which row."""
