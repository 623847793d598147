from __future__ import annotations

import contextlib
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bot.errors import VotesError
from bot.votes import FILE, Quoted, Vote, Votes

HERE = Quoted("letter", 0, 10, "0" * 12)
THERE = Quoted("closure", 5, 10, "1" * 12)


def test_votes_are_counted_by_quote_the_worst_first(tmp_path: Path) -> None:
    votes = Votes(tmp_path / "index")
    votes.add(HERE, Vote.HELPFUL)
    votes.add(HERE, Vote.HELPFUL)
    votes.add(THERE, Vote.WRONG)
    assert list(Votes(tmp_path / "index").counts().items()) == [
        (THERE, {Vote.HELPFUL: 0, Vote.WRONG: 1}),
        (HERE, {Vote.HELPFUL: 2, Vote.WRONG: 0}),
    ]


def test_no_vote_is_lost_when_many_come_at_once(tmp_path: Path) -> None:
    votes = Votes(tmp_path)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: votes.add(HERE, Vote.WRONG), range(80)))
    assert votes.counts() == {HERE: {Vote.HELPFUL: 0, Vote.WRONG: 80}}


def test_a_broken_file_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"not a database, though long enough to be one" * 50)
    with pytest.raises(VotesError, match="Move the file away"):
        Votes(tmp_path).counts()


def test_a_row_that_is_no_vote_says_what_to_do(tmp_path: Path) -> None:
    Votes(tmp_path).add(HERE, Vote.WRONG)
    with contextlib.closing(sqlite3.connect(tmp_path / FILE)) as database, database:
        database.execute("INSERT INTO votes VALUES ('a', 1, 2, 'x', 'odd', 1)")
    with pytest.raises(VotesError, match="odd"):
        Votes(tmp_path).counts()
