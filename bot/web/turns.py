"""So many questions are answered at once, so many wait, and the next one is told to come back."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from bot.errors import BusyError

_T = TypeVar("_T")


class Turns:
    """A queue with an end, and a time within which each question has its answer."""

    def __init__(self, at_once: int, waiting: int, seconds: float) -> None:
        """Let `at_once` questions be answered and `waiting` wait, each at most `seconds` in all."""
        self._workers = ThreadPoolExecutor(at_once, thread_name_prefix="answer")
        self._places = threading.Semaphore(at_once + waiting)
        self._seconds = seconds

    def run(self, work: Callable[[], _T]) -> _T:
        """Do something when it is its turn.

        Raises:
            BusyError: when too many wait already, or it takes too long.
        """
        if not self._places.acquire(blocking=False):
            raise BusyError
        # What takes too long keeps its place until it ends: nothing can stop it half way.
        doing = self._workers.submit(work)
        doing.add_done_callback(lambda _: self._places.release())
        try:
            return doing.result(self._seconds)
        except TimeoutError:
            if doing.done() and not doing.cancelled():
                raise  # the work's own
            doing.cancel()
            raise BusyError from None
