"""What the truth says of the position, found once for each: the best actions, and a hint.

A search may take long. A window has it made aside (`aside`), by another thread than the agents
think in, and shows what is known meanwhile; everybody else waits for it.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING, TypeVar

from workshop.background import Answers
from workshop.hints import Hint, to_find_best, to_find_hint

if TYPE_CHECKING:
    from workshop.session import Session

T = TypeVar("T")


class Advice:
    """Asks about the position of a session."""

    def __init__(self, session: Session) -> None:
        self.session, self._answers = session, Answers()

    def aside(self) -> None:
        """From now on nobody waits for what may take long: the search of a board."""
        if self.session.world.rules is not None:
            self._answers.aside()

    @property
    def answered(self) -> int:
        """A number that rises when there is something new to show."""
        return self._answers.answered

    @property
    def busy(self) -> bool:
        """Whether something that was asked has no answer yet."""
        return self._answers.busy

    def best(self) -> frozenset[int] | None:
        """The actions that are best in truth; None where that is not known, or not yet."""
        answer = self._once("best", to_find_best)
        return answer.result() if answer.done() else None

    def hint(self) -> Future[Hint | None]:
        """A good action, and why; None where nobody knows."""
        return self._once("hint", to_find_hint)

    def close(self) -> None:
        """Asks nothing more."""
        self._answers.close()

    def _once(self, kind: str, question: Callable[[Session], Callable[[], T]]) -> Future[T]:
        """The answer to a question about the position, which is not asked anew for every frame."""
        session = self.session
        here = session.game, tuple(session.played), session.over
        if not self._answers.is_about(here):
            self._answers.turn_to(here)
        return self._answers.once(kind, question(session))
