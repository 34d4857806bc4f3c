"""How far somebody has come: one JSON file, in the folder where they work."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from envs.names import BadInput

FILE = Path("results") / "lessons" / "progress.json"


@dataclass
class Done:
    """What was done of one lesson."""

    solved: list[str] = field(default_factory=list)
    """Exercises that passed their check once."""
    hints: dict[str, int] = field(default_factory=dict)
    """How many hints were read, by exercise."""
    quiz: int | None = None
    """Most questions answered right at one go; None: never tried."""

    def solve(self, names: Iterable[str]) -> None:
        """Adds exercises that passed."""
        self.solved = sorted({*self.solved, *names})


class Progress:
    """What was done of every lesson.

    Raises:
        BadInput: there is a file, but it is damaged.
    """

    def __init__(self, path: Path = FILE) -> None:
        self.path = path
        self._lessons: dict[str, Done] = {}
        if path.exists():
            try:
                saved: dict[str, dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
                self._lessons = {name: Done(**done) for name, done in saved.items()}
            except (OSError, ValueError, TypeError, AttributeError) as error:
                raise BadInput(
                    f"{path}: cannot be read ({error}); delete it to begin anew"
                ) from None

    def of(self, lesson: str) -> Done:
        """What was done of a lesson, by its name; to be changed, and saved."""
        return self._lessons.setdefault(lesson, Done())

    def save(self) -> None:
        """Writes the file: the old one or the new one, never half."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        partial = self.path.with_suffix(".partial")
        content = {name: done.__dict__ for name, done in self._lessons.items()}
        partial.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
        partial.replace(self.path)
