from __future__ import annotations

import contextlib
import datetime as dt
import json
import signal
import sqlite3
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bot.counts import FILE, Counts
from bot.errors import CountsError
from bot.settings import ROOT, Settings
from tests.test_cli import run


def test_replies_are_counted_by_day_and_status(tmp_path: Path) -> None:
    counts = Counts(tmp_path / "index")
    for status in ("answered", "help", "answered"):
        counts.add(status)
    assert counts.by_day() == {dt.date.today(): {"answered": 2, "help": 1}}
    counts.close()
    again = Counts(tmp_path / "index")
    again.add("help")
    assert again.by_day() == {dt.date.today(): {"answered": 2, "help": 2}}
    again.close()


def test_none_is_lost_when_many_come_at_once(tmp_path: Path) -> None:
    both = Counts(tmp_path), Counts(tmp_path)  # two processes with one folder
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: both[number % 2].add("answered"), range(200)))
    # An answer waits for the file only a moment: what could not be written then is written later.
    for counts in both:
        counts.close()
    assert Counts(tmp_path).by_day() == {dt.date.today(): {"answered": 200}}


def test_a_killed_process_loses_nothing(tmp_path: Path) -> None:
    code = (
        "import os, signal; from pathlib import Path; from bot.counts import Counts; "
        f"c = Counts(Path({str(tmp_path)!r})); "
        "[c.add('answered') for _ in range(7)]; os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False)
    assert done.returncode == -signal.SIGKILL
    assert Counts(tmp_path).by_day() == {dt.date.today(): {"answered": 7}}


def test_a_locked_file_holds_up_no_answer_and_loses_nothing(tmp_path: Path) -> None:
    counts = Counts(tmp_path)
    counts.add("answered")
    with contextlib.closing(sqlite3.connect(tmp_path / FILE)) as other:
        other.execute("BEGIN IMMEDIATE")
        start = time.monotonic()
        for _ in range(20):
            counts.add("answered")
        assert time.monotonic() - start < 2  # one try, not twenty
        other.rollback()
    counts.close()
    assert Counts(tmp_path).by_day() == {dt.date.today(): {"answered": 21}}


def test_what_cannot_be_counted_is_reported_once_and_stops_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / FILE).write_bytes(b"not a database, though long enough to be one" * 50)
    counts = Counts(tmp_path)
    counts.add("answered")
    counts.add("answered")
    assert caplog.text.count("Replies cannot be counted") == 1
    with pytest.raises(CountsError, match="move the file away"):
        counts.by_day()


def test_the_command_prints_them(tmp_path: Path) -> None:
    counts = Counts(tmp_path)
    counts.add("not_found")
    counts.close()
    place, today = Settings(index_dir=tmp_path), dt.date.today().isoformat()
    assert run(place, "counts").stdout.decode() == f"{today} not_found 1\n"
    assert json.loads(run(place, "counts", "--json").stdout) == {today: {"not_found": 1}}
