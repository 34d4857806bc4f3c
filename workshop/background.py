"""Slow questions, answered one after the other in a thread, while a window goes on.

The thread ends with the process, whatever it is doing: nobody who closes a window waits for it.
"""

from __future__ import annotations

from collections.abc import Callable
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
