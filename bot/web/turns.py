"""So many questions are answered at once, so many wait, and the next one is told to come back."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from bot.errors import BusyError


class Turns:
    """A queue with an end, shared by all threads that answer."""

    def __init__(self, at_once: int, waiting: int, seconds: float) -> None:
        """Let `at_once` questions be answered and `waiting` wait, each at most `seconds`."""
        self._running = threading.Semaphore(at_once)
        self._places = threading.Semaphore(at_once + waiting)
        self._seconds = seconds

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait for a turn, and hold it.

        Raises:
            BusyError: when too many wait already, or it takes too long.
        """
        if not self._places.acquire(blocking=False):
            raise BusyError
        try:
            if not self._running.acquire(timeout=self._seconds):
                raise BusyError
            try:
                yield
            finally:
                self._running.release()
        finally:
            self._places.release()
