"""How many replies of which kind were given on which day. No question is part of it."""

from __future__ import annotations

import contextlib
import datetime as dt
import logging
import sqlite3
import threading
import time
from collections import Counter
from pathlib import Path

from bot.errors import CountsError

FILE = "counts.sqlite3"
_PATIENCE_SECONDS = 5.0  # while another process writes, for who wants to read
_MOMENT_SECONDS = 0.05  # the same for an answer
_PAUSE_SECONDS = 2.0  # after a failure
_log = logging.getLogger(__name__)


class Counts:
    """The counts of one index folder, shared by threads and by processes.

    What is counted is on its way to the disk at once, so that a killed process loses nothing. A
    disk that cannot be written to holds up no answer: what it did not take is kept in memory,
    reported, and tried again.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._lock = threading.Lock()
        self._database: sqlite3.Connection | None = None
        self._unwritten: Counter[tuple[str, str]] = Counter()  # by day and status
        self._next_try = 0.0
        self._reported = False

    def add(self, status: str) -> None:
        """Count one reply of today."""
        with self._lock:
            self._unwritten[dt.date.today().isoformat(), status] += 1
            if time.monotonic() >= self._next_try:
                self._write()

    def _write(self) -> None:
        try:
            database = self._database = self._database or self._open(_MOMENT_SECONDS)
            with database:
                database.executemany(
                    "INSERT INTO replies VALUES (?, ?, ?) "
                    "ON CONFLICT DO UPDATE SET count = count + excluded.count",
                    [(*place, count) for place, count in self._unwritten.items()],
                )
        except (sqlite3.Error, OSError) as error:
            self._next_try = time.monotonic() + _PAUSE_SECONDS
            if not self._reported:
                _log.error("Replies cannot be counted in %s for now: %s", self._path, error)
            self._reported = True
        else:
            self._unwritten.clear()
            self._reported = False

    def by_day(self) -> dict[dt.date, Counter[str]]:
        """Return the counts of each day by status, the newest day first.

        Raises:
            CountsError: when they cannot be read.
        """
        found: dict[dt.date, Counter[str]] = {}
        try:
            with contextlib.closing(self._open(_PATIENCE_SECONDS)) as database:
                rows = database.execute(
                    "SELECT day, status, count FROM replies ORDER BY day DESC, status"
                )
                for day, status, count in rows:
                    found.setdefault(dt.date.fromisoformat(day), Counter())[status] = count
        except (sqlite3.Error, OSError, ValueError, TypeError) as error:
            raise CountsError(
                f"The counts in {self._path} cannot be read: {error}. "
                "Stop the server and move the file away to start counting anew."
            ) from error
        return found

    def close(self) -> None:
        """Write what is left, and let the file go."""
        with self._lock:
            if self._unwritten:
                self._write()
            if self._database is not None:
                self._database.close()
                self._database = None

    def _open(self, patience: float) -> sqlite3.Connection:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        database = sqlite3.connect(self._path, timeout=patience, check_same_thread=False)
        try:
            # A count does not wait for the disk: only a power cut could lose the last ones.
            database.execute("PRAGMA journal_mode=WAL")
            database.execute("PRAGMA synchronous=NORMAL")
            database.execute(
                "CREATE TABLE IF NOT EXISTS replies (day TEXT, status TEXT, count INTEGER, "
                "PRIMARY KEY (day, status))"
            )
        except BaseException:
            database.close()
            raise
        return database
