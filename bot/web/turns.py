"""So many questions are answered at once, so many wait, and the next one is told to come back."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from bot.errors import BusyError

_T = TypeVar("_T")
_TOO_LONG = 3  # times the seconds that an answer may take


class Turns:
    """A queue with an end, and a time within which each question has its answer."""

    def __init__(self, at_once: int, waiting: int, seconds: float) -> None:
        """Let `at_once` questions be answered and `waiting` wait, each at most `seconds` in all."""
        self.places = at_once + waiting
        self._workers = ThreadPoolExecutor(at_once, thread_name_prefix="answer")
        self._free = threading.Semaphore(self.places)
        self._at_once = at_once
        self._seconds = seconds
        self._begun: dict[int, float] = {}  # when each thread began what it does now

    @property
    def stuck(self) -> bool:
        """Whether all threads have been at one question each for much too long."""
        too_long = time.monotonic() - _TOO_LONG * self._seconds
        begun = list(self._begun.values())
        return len(begun) == self._at_once and max(begun) < too_long

    @property
    def idle(self) -> bool:
        """Whether nothing is being answered."""
        return not self._begun

    def run(self, work: Callable[[], _T]) -> _T:
        """Do something when it is its turn.

        Raises:
            BusyError: when too many wait already, or it takes too long.
        """
        if not self._free.acquire(blocking=False):
            raise BusyError
        try:
            doing = self._workers.submit(self._do, work)
        except BaseException:
            self._free.release()
            raise
        # What takes too long keeps its place until it ends: nothing can stop it half way.
        doing.add_done_callback(lambda _: self._free.release())
        try:
            return doing.result(self._seconds)
        except TimeoutError:
            if doing.cancel() or not doing.done():
                raise BusyError from None
            return doing.result()  # it came at the last moment, or the error is the work's own

    def _do(self, work: Callable[[], _T]) -> _T:
        thread = threading.get_ident()
        self._begun[thread] = time.monotonic()
        try:
            return work()
        finally:
            del self._begun[thread]
