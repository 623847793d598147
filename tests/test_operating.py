"""What an operator does with a running server: look at it, close it, renew its index, stop it."""

from __future__ import annotations

import contextlib
import datetime as dt
import shutil
import signal
import socket
import sqlite3
import threading
import time
from pathlib import Path

import httpx
import pytest

from bot.counts import FILE
from bot.settings import ROOT, Settings
from tests.conftest import RunningApp, free_port
from tests.test_cli import run

QUESTION = "Who runs school support services?"


def ask(server: str, question: str = QUESTION) -> httpx.Response:
    return httpx.post(f"{server}/api/ask", json={"question": question}, timeout=60)


@pytest.fixture(name="own")
def _own(built: Settings, tmp_path: Path) -> Settings:
    """An index and articles of one's own."""
    return copy_of(built, tmp_path)


def copy_of(built: Settings, folder: Path) -> Settings:
    return Settings(
        seeds_dir=shutil.copytree(ROOT / "seeds", folder / "seeds"),
        index_dir=shutil.copytree(
            built.index_dir, folder / "index", ignore=shutil.ignore_patterns("*.sqlite3*")
        ),
    )


def variables(settings: Settings) -> dict[str, str]:
    return {"SEEDS_DIR": str(settings.seeds_dir), "INDEX_DIR": str(settings.index_dir)}


def test_readyz_tells_what_is_served(server: str) -> None:
    ready = httpx.get(f"{server}/readyz").json()
    assert ready.pop("generation")
    assert ready == {
        "status": "ready",
        "outdated": False,
        "encoder": "all-MiniLM-L6-v2",
        "articles": 5,
    }


def test_a_new_index_is_taken_up_by_the_api_the_pages_and_the_chat(own: Settings) -> None:
    with RunningApp(**variables(own)) as server:
        before = httpx.get(f"{server}/readyz").json()
        assert "five articles" in httpx.get(server).text
        text = "Zebras may use the crossing in Wexcombe Lane from Monday, the mayor said.\n"
        (own.seeds_dir / "zebras.txt").write_text(text, encoding="utf-8")
        assert run(own, "build", environment=variables(own)).returncode == 0
        deadline = time.monotonic() + 60
        while httpx.get(f"{server}/readyz").json()["generation"] == before["generation"]:
            assert time.monotonic() < deadline
            time.sleep(0.2)
        reply = ask(server, "When may zebras use the crossing in Wexcombe Lane?").json()
        assert reply["answers"][0]["source"] == "zebras.txt"
        for path in ("/", "/plain", "/about"):
            assert "six articles" in httpx.get(server + path).text
        assert httpx.get(f"{server}/article/zebras").status_code == 200


def test_a_start_whose_rebuild_fails_says_so_everywhere(own: Settings) -> None:
    (own.seeds_dir / "broken.txt").write_bytes(b"\xff")
    app = RunningApp(**variables(own))
    with app as server:
        assert httpx.get(f"{server}/readyz").json()["outdated"] is True
        assert "an older set is searched" in httpx.get(f"{server}/about").text
        assert ask(server).json()["status"] == "answered"
    assert "the last good generation" in app.output
    assert "broken.txt:1: not UTF-8" in app.output
    assert run(own, "ask", QUESTION, environment=variables(own)).returncode == 1


def test_measures_are_on_a_port_of_their_own(built: Settings) -> None:
    port = str(free_port())
    with RunningApp(INDEX_DIR=str(built.index_dir), METRICS_PORT=port) as server:
        ask(server)
        ask(server, "What will the weather be on Mars?")
        ask(server, "")
        assert httpx.get(f"{server}/metrics").status_code == 404
        measures = httpx.get(f"http://127.0.0.1:{port}/metrics").text
    assert 'bot_replies_total{status="answered"} 1.0' in measures
    assert 'bot_replies_total{status="not_found"} 1.0' in measures
    assert 'bot_replies_total{status="invalid"} 1.0' in measures
    assert "bot_reply_seconds_count 3.0" in measures
    assert "bot_articles 5.0" in measures


def test_about_tells_of_past_days_only(own: Settings) -> None:
    with RunningApp(**variables(own)) as server:
        ask(server)
        assert "Questions asked since" not in httpx.get(f"{server}/about").text
        with contextlib.closing(sqlite3.connect(own.index_dir / FILE)) as database, database:
            database.execute("UPDATE replies SET day = '2026-01-02'")
        ask(server)
        about = httpx.get(f"{server}/about").text
    assert "Questions asked since 2 January 2026: 1. Quotes shown: 1. Nothing found: 0." in about
    days = run(own, "counts", environment=variables(own)).stdout.decode().splitlines()
    assert [line.split()[0] for line in days] == [dt.date.today().isoformat(), "2026-01-02"]


def test_what_about_says_of_privacy_is_how_it_runs(built: Settings) -> None:
    where = {"INDEX_DIR": str(built.index_dir)}
    with RunningApp(**where) as server:
        unlimited = httpx.get(f"{server}/about").text
    assert "address is not kept" in unlimited
    assert "Another server" not in unlimited
    proxied = {"QUESTIONS_PER_MINUTE": "20", "TRUSTED_PROXIES": "127.0.0.1"}
    with RunningApp(**where, **proxied) as server:
        limited = httpx.get(f"{server}/about").text
    assert "a scrambled form of your network address is kept in memory" in limited
    assert "Another server passes your questions on" in limited


def test_stopping_finishes_what_is_being_answered(built: Settings) -> None:
    app = RunningApp("-m", "tests.failing_app", INDEX_DIR=str(built.index_dir))
    replies: list[httpx.Response] = []
    with app as server:
        slow = threading.Thread(
            target=lambda: replies.append(ask(server, f"SLOW {QUESTION}")), daemon=True
        )
        slow.start()
        time.sleep(0.7)
        app.process.send_signal(signal.SIGTERM)
        slow.join(60)
        assert app.process.wait(60) == 0
    assert replies[0].status_code == 200
    assert replies[0].json()["status"] == "answered"
    assert "Stopped." in app.output


def test_a_question_that_hangs_is_noticed_and_stops_no_stop(built: Settings) -> None:
    settings = {"ANSWERS_AT_ONCE": "1", "WAITING_SECONDS": "0.5"}
    app = RunningApp("-m", "tests.failing_app", INDEX_DIR=str(built.index_dir), **settings)
    with app as server:
        assert ask(server, "HANG for ever").status_code == 503
        assert ask(server).status_code == 503
        time.sleep(2)
        ready = httpx.get(f"{server}/readyz")
        assert (ready.status_code, ready.json()["status"]) == (503, "stuck")
        app.process.send_signal(signal.SIGTERM)
        assert app.process.wait(30) == 0
    assert "Stopped." in app.output


def test_a_log_for_programs_is_one_object_a_line(built: Settings) -> None:
    app = RunningApp(INDEX_DIR=str(built.index_dir), LOG_FORMAT="json")
    with app as server:
        ask(server)
    assert all(line.startswith('{"time": "') for line in app.output.splitlines())


@pytest.mark.parametrize(
    "begun",
    [
        b"POST /api/ask HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{",
        b"GET / HTTP/1.1\r\nHost: x\r\nX: ",
        b"",
    ],
)
def test_a_request_that_never_ends_is_ended(server: str, begun: bytes) -> None:
    address = httpx.URL(server)
    with socket.create_connection((address.host, address.port or 0), timeout=60) as drip:
        drip.sendall(begun)
        deadline = time.monotonic() + 50
        drip.settimeout(1)
        while time.monotonic() < deadline:
            try:
                if drip.recv(1000) == b"":
                    return
            except TimeoutError:
                with contextlib.suppress(OSError):
                    drip.sendall(b"x")  # always a little more
            except ConnectionError:
                return
    pytest.fail("the connection was still open")
