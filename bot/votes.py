"""What readers say of quotes: counts by quote, kept across restarts. No question is part of it."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from bot.errors import VotesError

FILE = "votes.sqlite3"
_PATIENCE_SECONDS = 5.0  # while another process writes


class Vote(StrEnum):
    """What somebody thinks of a quote."""

    HELPFUL = "helpful"
    WRONG = "wrong"  # or out of date


@dataclass(frozen=True, slots=True)
class Quoted:
    """A quote by its place; the digest tells whether the article still has it there."""

    article: str  # id
    start: int
    end: int
    digest: str


class Votes:
    """The counts of one index folder. Every call opens the file anew, so threads may share one."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE

    def add(self, quoted: Quoted, vote: Vote) -> None:
        """Count one vote.

        Raises:
            VotesError: when it cannot be written.
        """
        with self._open() as database, database:
            database.execute(
                "INSERT INTO votes VALUES (?, ?, ?, ?, ?, 1) "
                "ON CONFLICT DO UPDATE SET count = count + 1",
                (quoted.article, quoted.start, quoted.end, quoted.digest, vote.value),
            )

    def counts(self) -> dict[Quoted, dict[Vote, int]]:
        """Return all counts, the quotes most often called wrong first.

        Raises:
            VotesError: when they cannot be read.
        """
        found: dict[Quoted, dict[Vote, int]] = {}
        with self._open() as database:
            rows = database.execute(
                "SELECT article, start, end, digest, vote, count FROM votes ORDER BY start, end"
            ).fetchall()
            for *place, vote, count in rows:
                found.setdefault(Quoted(*place), dict.fromkeys(Vote, 0))[Vote(vote)] = count
        return dict(sorted(found.items(), key=lambda item: -item[1][Vote.WRONG]))

    @contextlib.contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with contextlib.closing(
                sqlite3.connect(self._path, timeout=_PATIENCE_SECONDS)
            ) as database:
                database.execute(
                    "CREATE TABLE IF NOT EXISTS votes (article TEXT, start INTEGER, end INTEGER, "
                    "digest TEXT, vote TEXT, count INTEGER, "
                    "PRIMARY KEY (article, start, end, digest, vote))"
                )
                yield database
        except (sqlite3.Error, OSError, ValueError) as error:
            raise VotesError(
                f"The votes in {self._path} cannot be read or written: {error}. "
                "Move the file away to start counting anew."
            ) from error
