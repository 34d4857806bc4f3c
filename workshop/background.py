"""Slow questions, answered one after the other in a thread, while a window goes on.

The thread ends with the process, whatever it is doing: nobody who closes a window waits for it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from concurrent.futures import Future
from queue import SimpleQueue
from threading import Thread
from typing import Any, TypeVar

T = TypeVar("T")


class Background:
    """A thread, and what it is asked."""

    def __init__(self) -> None:
        self.answered = 0
        """How many questions have been answered so far."""
        self._questions: SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = SimpleQueue()
        Thread(target=self._run, name="background", daemon=True).start()

    def ask(self, find: Callable[[], T]) -> Future[T]:
        """The answer that `find` will have come to; cancelled before its turn, it is left out."""
        answer: Future[T] = Future()
        self._questions.put((answer, find))
        return answer

    def close(self) -> None:
        """Answers nothing more after the question it is at."""
        self._questions.put(None)

    def _run(self) -> None:
        while question := self._questions.get():
            answer, find = question
            if not answer.set_running_or_notify_cancel():
                continue
            try:
                found = find()
            except Exception as error:  # it belongs to whoever has asked
                answer.set_exception(error)
            else:
                answer.set_result(found)
            self.answered += 1


def at_once(find: Callable[[], T]) -> Future[T]:
    """The answer, found here and now."""
    answer: Future[T] = Future()
    answer.set_result(find())
    return answer


class Answers:
    """What is known about one thing at a time, each question asked once; aside if so wished."""

    def __init__(self) -> None:
        self._background: Background | None = None
        self._about: Hashable = None
        self.known: dict[str, Future[Any]] = {}
        """What was asked about it, by its kind."""

    def aside(self) -> None:
        """From now on nobody waits for answers: a thread finds them."""
        self._background = self._background or Background()

    @property
    def answered(self) -> int:
        """A number that rises when there is something new to show."""
        return self._background.answered if self._background else 0

    @property
    def busy(self) -> bool:
        """Whether something that was asked has no answer yet."""
        return not all(answer.done() for answer in self.known.values())

    def is_about(self, thing: Hashable) -> bool:
        """Whether it is this that is asked about."""
        return self._about == thing

    def turn_to(self, thing: Hashable) -> None:
        """Asks about this from now on; what was asked before and is not begun is left out."""
        for answer in self.known.values():
            answer.cancel()
        self._about, self.known = thing, {}

    def once(self, kind: str, find: Callable[[], T]) -> Future[T]:
        """The answer to a question, which is asked if it was not yet."""
        if kind not in self.known:
            self.known[kind] = (self._background.ask if self._background else at_once)(find)
        return self.known[kind]

    def close(self) -> None:
        """Asks nothing more."""
        if self._background:
            self._background.close()
