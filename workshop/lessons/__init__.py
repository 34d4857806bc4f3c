"""What a lesson in `tutorials/` calls, and what is done with lessons.

A lesson imports from here; everything else in this package reads lessons as text and never imports
one.
"""

from workshop.lessons.lesson import Question
from workshop.lessons.running import (
    exercise,
    expect,
    is_fast,
    pick,
    quiz,
    show,
    source,
    trained,
    watched,
)

__all__ = [
    "Question",
    "exercise",
    "expect",
    "is_fast",
    "pick",
    "quiz",
    "show",
    "source",
    "trained",
    "watched",
]
