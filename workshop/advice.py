"""What the truth says of the position, found once for each: the best actions, and a hint.

A search may take long. A window has it made aside (`aside`), by another thread than the agents
think in, and shows what is known meanwhile; everybody else waits for it.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, TypeVar

from workshop.background import Background, at_once
from workshop.hints import Hint, to_find_best, to_find_hint

if TYPE_CHECKING:
    from workshop.session import Session

T = TypeVar("T")


class Advice:
    """Asks about the position of a session."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self._background: Background | None = None
        self._found_of: tuple[Any, ...] = ()
        self._found: dict[str, Future[Any]] = {}

    def aside(self) -> None:
        """From now on nobody waits for what may take long: the search of a board."""
        if self.session.world.rules is not None and self._background is None:
            self._background = Background()

    @property
    def answered(self) -> int:
        """A number that rises when there is something new to show."""
        return self._background.answered if self._background else 0

    @property
    def busy(self) -> bool:
        """Whether something that was asked has no answer yet."""
        return not all(answer.done() for answer in self._found.values())

    def best(self) -> frozenset[int] | None:
        """The actions that are best in truth; None where that is not known, or not yet."""
        answer = self._once("best", to_find_best)
        return answer.result() if answer.done() else None

    def hint(self) -> Future[Hint | None]:
        """A good action, and why; None where nobody knows."""
        return self._once("hint", to_find_hint)

    def close(self) -> None:
        """Asks nothing more."""
        if self._background:
            self._background.close()

    def _once(self, kind: str, question: Callable[[Session], Callable[[], T]]) -> Future[T]:
        """The answer to a question about the position, which is not asked anew for every frame."""
        session = self.session
        here = session.game, tuple(session.played), session.over
        if self._found_of != here:
            for answer in self._found.values():
                answer.cancel()
            self._found_of, self._found = here, {}
        if kind not in self._found:
            ask = self._background.ask if self._background else at_once
            self._found[kind] = ask(question(session))
        return self._found[kind]
