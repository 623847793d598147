"""Who asks too much has to wait, and nobody else does."""

from __future__ import annotations

import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from limits.storage import MemoryStorage
from playwright.sync_api import Page, expect

from bot.errors import BusyError
from bot.personal import holds_personal_data
from bot.settings import Settings
from bot.web.turns import Turns
from bot.web.visitors import Visitors, household, storage_answers
from tests.chat import box, open_chat
from tests.conftest import RunningApp, free_port, missing

QUESTION = "Who runs school support services?"
FEW = {"QUESTIONS_PER_MINUTE": "6", "QUESTION_BURST": "3"}


@pytest.fixture(name="few", scope="module")
def _few(built: Settings) -> Iterator[str]:
    """A server that lets each visitor ask three questions in thirty seconds, behind a proxy."""
    with RunningApp(
        INDEX_DIR=str(built.index_dir), TRUSTED_PROXIES="127.0.0.1/32", **FEW
    ) as address:
        yield address


def post(server: str, path: str, visitor: str, **more: Any) -> httpx.Response:
    return httpx.post(server + path, headers={"X-Forwarded-For": visitor}, timeout=60, **more)


def test_one_question_too_many_is_429_and_says_how_long(few: str) -> None:
    codes = [
        post(few, "/api/ask", "192.0.2.1", json={"question": QUESTION}).status_code
        for _ in range(5)
    ]
    assert codes == [200, 200, 200, 429, 429]
    refused = post(few, "/api/ask", "192.0.2.1", json={"question": QUESTION})
    assert refused.headers["retry-after"] == "30"
    assert "wait up to 30 seconds" in refused.json()["detail"]
    other = post(few, "/api/ask", "192.0.2.2", json={"question": QUESTION})
    assert other.status_code == 200  # somebody else is not held up


def test_only_questions_are_counted(few: str) -> None:
    for _ in range(10):
        for path in ("/", "/about", "/articles", "/healthz", "/plain"):
            assert (
                httpx.get(few + path, headers={"X-Forwarded-For": "192.0.2.3"}).status_code == 200
            )
    assert post(few, "/api/ask", "192.0.2.3", json={"question": QUESTION}).status_code == 200


def test_the_plain_page_keeps_what_was_typed(few: str) -> None:
    for _ in range(4):
        reply = post(few, "/plain", "192.0.2.4", data={"question": QUESTION})
    assert reply.status_code == 429
    assert f"{QUESTION}</textarea>" in reply.text
    assert "wait up to 30 seconds" in reply.text


def test_the_households_of_ipv6_are_counted_as_one(few: str) -> None:
    codes = [
        post(few, "/api/ask", f"2001:db8::{n}", json={"question": QUESTION}).status_code
        for n in range(1, 5)
    ]
    assert codes == [200, 200, 200, 429]


def test_a_header_of_a_stranger_is_not_believed(built: Settings) -> None:
    with RunningApp(INDEX_DIR=str(built.index_dir), **FEW) as server:
        codes = [
            post(server, "/api/ask", f"192.0.2.{n}", json={"question": QUESTION}).status_code
            for n in range(1, 5)
        ]
    assert codes == [200, 200, 200, 429]


@pytest.mark.browser
def test_in_the_chat_the_typed_text_stays(page: Page, few: str) -> None:
    page.set_extra_http_headers({"X-Forwarded-For": "192.0.2.9"})
    open_chat(page, few)
    for number in range(4):
        box(page).fill(QUESTION)
        box(page).press("Enter")
        if number < 3:
            expect(page.locator("#transcript .reply")).to_have_count(number + 1)
    expect(page.locator("#status .problem")).to_contain_text("wait up to 30 seconds")
    expect(box(page)).to_have_value(QUESTION)


def test_addresses_are_kept_as_keyed_hashes_only() -> None:
    visitors, others = Visitors(3, 30, "memory://"), Visitors(3, 30, "memory://")
    assert visitors.may_ask("192.0.2.1")
    assert "192.0.2.1" not in str(vars(visitors._limiter.storage))
    assert visitors._hash("192.0.2.1") != others._hash("192.0.2.1")


@pytest.mark.parametrize(
    ("address", "counted_as"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:db8:0:1::5", "2001:db8:0:1::/64"),
        ("testclient", "unknown"),
        (None, "unknown"),
    ],
)
def test_a_household_is_an_address_or_a_network(address: str | None, counted_as: str) -> None:
    assert household(address) == counted_as


def test_no_limit_where_none_is_wanted() -> None:
    visitors = Visitors(1, 0, "memory://")
    assert all(visitors.may_ask("192.0.2.1") for _ in range(100))


@pytest.fixture(name="redis")
def _redis(tmp_path: Path) -> Iterator[str]:
    with running_redis(tmp_path) as (_, address):
        yield address


@contextmanager
def running_redis(folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    executable = shutil.which("redis-server")
    if executable is None:
        missing("redis-server")
    port = free_port()
    command = [executable, "--port", str(port), "--save", "", "--dir", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        time.sleep(0.5)
        yield process, f"redis://127.0.0.1:{port}"
        process.terminate()


def test_without_its_redis_a_process_counts_for_itself(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with running_redis(tmp_path) as (process, address):
        assert storage_answers(address)
        visitors = Visitors(2, 30, address, "a secret of this test")
        assert visitors.may_ask("192.0.2.1")
        process.kill()
        process.wait()
        assert not storage_answers(address)
        assert [visitors.may_ask("192.0.2.1") for _ in range(4)] == [True, True, False, False]
    assert caplog.text.count("counted here alone") == 1


def test_hashed_addresses_go_when_they_are_no_longer_needed() -> None:
    visitors = Visitors(5, 1, "memory://")
    for number in range(50):
        visitors.may_ask(f"192.0.2.{number}")
    time.sleep(2.5)  # twice the time of the limit
    visitors.may_ask("198.51.100.1")
    time.sleep(0.5)
    storage = visitors._limiter.storage
    assert isinstance(storage, MemoryStorage)
    assert len(storage.storage) <= 2


def test_two_processes_share_one_count_in_redis(built: Settings, redis: str) -> None:
    shared = {"LIMITS_STORAGE": redis, "LIMITS_KEY": "a secret of this test"}
    place = {"INDEX_DIR": str(built.index_dir)}
    with RunningApp(**place, **FEW, **shared) as one, RunningApp(**place, **FEW, **shared) as two:
        codes = [
            httpx.post(f"{server}/api/ask", json={"question": QUESTION}, timeout=60).status_code
            for server in (one, two, one, two)
        ]
    assert codes == [200, 200, 200, 429]


def test_what_takes_too_long_or_finds_no_place_is_busy() -> None:
    turns = Turns(at_once=1, waiting=1, seconds=0.2)
    leave = threading.Event()
    begun: list[str] = []

    def work(name: str) -> None:
        begun.append(name)
        leave.wait(10)

    for name in ("takes too long", "waits too long"):
        with pytest.raises(BusyError):
            turns.run(partial(work, name))
    leave.set()
    time.sleep(0.1)  # the first ends, and gives its place back
    turns.run(partial(work, "later"))
    assert begun == ["takes too long", "later"]  # what gave up waiting is never begun


def test_an_answer_that_comes_at_the_last_moment_is_given() -> None:
    turns = Turns(at_once=1, waiting=0, seconds=0.02)
    given = 0
    for _ in range(200):
        try:
            given += turns.run(partial(wait_and_return, 0.0198))
        except BusyError:
            while not turns.idle:
                time.sleep(0.001)
    assert turns.idle


def wait_and_return(seconds: float) -> int:
    time.sleep(seconds)
    return 1


def test_who_hangs_for_ever_is_noticed() -> None:
    turns = Turns(at_once=1, waiting=3, seconds=0.05)
    leave = threading.Event()
    with pytest.raises(BusyError):
        turns.run(partial(leave.wait, 30))
    time.sleep(0.3)
    after = [turns.stuck]
    leave.set()
    while not turns.idle:
        time.sleep(0.01)
    assert [*after, turns.stuck] == [True, False]


@pytest.mark.parametrize("storage", ["redis://:a#b@localhost:1", "redis://localhost:x"])
def test_a_storage_that_is_no_address_does_not_answer(storage: str) -> None:
    assert not storage_answers(storage)


def test_the_queue_has_an_end() -> None:
    turns = Turns(at_once=1, waiting=0, seconds=10)
    inside, leave = threading.Event(), threading.Event()

    def hold() -> None:
        inside.set()
        leave.wait(10)

    holder = threading.Thread(target=turns.run, args=(hold,))
    holder.start()
    inside.wait(10)
    with pytest.raises(BusyError):
        turns.run(lambda: None)
    leave.set()
    holder.join()


def test_a_time_out_of_the_work_itself_is_not_taken_for_being_busy() -> None:
    def work() -> None:
        raise TimeoutError("its own")

    with pytest.raises(TimeoutError, match="its own"):
        Turns(at_once=1, waiting=0, seconds=10).run(work)


def test_too_many_at_once_are_told_to_come_back(built: Settings) -> None:
    limits = {"ANSWERS_AT_ONCE": "1", "WAITING_QUESTIONS": "0"}
    app = RunningApp("-m", "tests.failing_app", INDEX_DIR=str(built.index_dir), **limits)
    with app as server:
        slow = threading.Thread(
            target=httpx.post,
            args=(f"{server}/api/ask",),
            kwargs={"json": {"question": f"SLOW {QUESTION}"}, "timeout": 60},
        )
        slow.start()
        time.sleep(0.7)
        reply = httpx.post(f"{server}/api/ask", json={"question": QUESTION}, timeout=60)
        page = httpx.post(f"{server}/plain", data={"question": QUESTION}, timeout=60)
        slow.join()
    assert reply.status_code == 503
    assert reply.headers["retry-after"]
    assert "A lot of people are asking" in reply.json()["detail"]
    assert page.status_code == 503
    assert f"{QUESTION}</textarea>" in page.text


@pytest.mark.parametrize(
    "text",
    [
        "write to anna.b+x@mail.example.org please",
        "ring me on 020 8770 5000",
        "my number is 07700 900123",
        "+44 7700 900 123",
        "we live in SM1 1EA",
        "his nhs number 943 476 5919",
        "NI AB 12 34 56 C",
    ],
)
def test_personal_data_is_noticed(text: str) -> None:
    assert holds_personal_data(text)


@pytest.mark.parametrize(
    "text",
    [
        "When was the inspection in January 2018?",
        "How many of the 1,234 children have a plan?",
        "ring 116 123",
        "between November 2017 - March 2019",
        "943 476 5918",
        "Was it £2 million or £3 million?",
        "section 19 or 20",
    ],
)
def test_what_is_no_personal_data_is_not(text: str) -> None:
    assert not holds_personal_data(text)


@pytest.mark.browser
def test_somebody_who_types_an_address_is_asked_not_to(page: Page, server: str) -> None:
    open_chat(page, server)
    box(page).fill("Who runs school support services? I am anna@home.example")
    box(page).press("Enter")
    expect(page.locator("#transcript .read-as").first).to_contain_text("Please leave out e-mail")


def test_readyz_tells_the_generation(server: str, built: Settings) -> None:
    ready = httpx.get(f"{server}/readyz").json()
    assert ready["status"] == "ready"
    assert (built.index_dir / ready["generation"]).is_dir()
