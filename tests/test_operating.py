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
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from bot.counts import FILE
from bot.settings import ROOT, Settings
from tests.chat import box, open_chat
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


class TestClosing:
    @pytest.fixture(name="place", scope="class")
    def _place(self, built: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
        return copy_of(built, tmp_path_factory.mktemp("closing"))

    @pytest.fixture(name="running", scope="class")
    def _running(self, place: Settings) -> Iterator[str]:
        with RunningApp(**variables(place), EMBED_SITES="https://forum.example") as server:
            assert ask(server).status_code == 200
            yield server

    @pytest.fixture(name="closed")
    def _closed(self, place: Settings, running: str) -> Iterator[str]:
        assert run(place, "close", "Back on <b>Monday</b>.").returncode == 0
        yield running
        run(place, "open")

    def test_every_way_to_ask_says_so_and_the_articles_stay(self, closed: str) -> None:
        refused = ask(closed)
        assert (refused.status_code, refused.json()) == (503, {"detail": "Back on <b>Monday</b>."})
        assert refused.headers["retry-after"]
        for path in ("/", "/embed", "/plain"):
            page = httpx.get(closed + path)
            assert page.status_code == 503
            assert "Back on &lt;b&gt;Monday&lt;/b&gt;." in page.text
            assert 'href="tel:116123"' in page.text
        typed = httpx.post(f"{closed}/plain", data={"question": QUESTION})
        assert typed.status_code == 503
        assert f"{QUESTION}</textarea>" in typed.text
        assert httpx.get(f"{closed}/articles").status_code == 200
        assert httpx.get(f"{closed}/readyz").json()["status"] == "closed"

    def test_it_opens_again_without_a_restart(self, closed: str, place: Settings) -> None:
        assert run(place, "open").stdout == b"Open again.\n"
        assert ask(closed).status_code == 200
        assert run(place, "open").stdout == b"It was open.\n"

    def test_a_notice_of_the_program_s_own(self, closed: str, place: Settings) -> None:
        assert run(place, "close").returncode == 0
        assert "closed for a while" in ask(closed).json()["detail"]
        too_long = run(place, "close", "x" * 501)
        assert (too_long.returncode, b"500 are allowed" in too_long.stderr) == (1, True)

    @pytest.mark.browser
    def test_in_an_open_chat_the_typed_text_stays(
        self, page: Page, running: str, place: Settings
    ) -> None:
        open_chat(page, running)
        run(place, "close", "Back on Monday.")
        box(page).fill(QUESTION)
        box(page).press("Enter")
        expect(page.locator("#status .problem")).to_contain_text("Back on Monday.")
        expect(box(page)).to_have_value(QUESTION)
        run(place, "open")
        box(page).press("Enter")
        expect(page.locator(".quote").first).to_be_visible()


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
