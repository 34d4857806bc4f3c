"""The index of topics in `tutorials/README.md`, made from the headers of the lessons."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from workshop.lessons.lesson import FOLDER, Lesson, all_lessons

BEGIN, END = "<!-- made by workshop lesson --notebooks -->", "<!-- end -->"


def index_of(lessons: Sequence[Lesson]) -> str:
    """Every topic in alphabetical order, with links to its lessons."""
    places: dict[str, list[Lesson]] = defaultdict(list)
    for lesson in lessons:
        for topic in lesson.topics:
            places[topic].append(lesson)
    return " ·\n".join(
        f"{topic} " + ", ".join(f"[{it.number}]({it.path.name})" for it in places[topic])
        for topic in sorted(places, key=str.casefold)
    )


def with_index(text: str, lessons: Sequence[Lesson]) -> str:
    """The text with the index between its two marks as it is now."""
    before, _, rest = text.partition(BEGIN)
    after = rest.partition(END)[2]
    return f"{before}{BEGIN}\n{index_of(lessons)}\n{END}{after}"


def write_index(folder: Path = FOLDER) -> Path:
    """Brings the index up to date."""
    path = folder / "README.md"
    text = with_index(path.read_text(encoding="utf-8"), all_lessons(folder))
    path.write_text(text, encoding="utf-8", newline="\n")
    return path
