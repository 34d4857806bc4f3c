"""The page of a model's run."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def write_page(folder: Path, config: Any, summary: dict[str, float], warned: list[str]) -> None:
    """Writes report.html."""
