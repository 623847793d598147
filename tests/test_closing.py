"""The switch that closes a running service: visitors read why, and lose nothing."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Page, expect

from bot.settings import Settings
from tests.chat import box, open_chat
from tests.conftest import RunningApp
from tests.test_cli import run
from tests.test_operating import QUESTION, ask, copy_of, variables


@pytest.fixture(name="place", scope="module")
def _place(built: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return copy_of(built, tmp_path_factory.mktemp("closing"))


@pytest.fixture(name="running", scope="module")
def _running(place: Settings) -> Iterator[str]:
    with RunningApp(**variables(place), EMBED_SITES="https://forum.example") as server:
        assert ask(server).status_code == 200
        yield server


@pytest.fixture(name="closed")
def _closed(place: Settings, running: str) -> Iterator[str]:
    assert run(place, "close", "Back on <b>Monday</b>.").returncode == 0
    yield running
    run(place, "open")


def test_every_way_to_ask_says_so_and_the_articles_stay(closed: str) -> None:
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


def test_it_opens_again_without_a_restart(closed: str, place: Settings) -> None:
    assert run(place, "open").stdout == b"Open again.\n"
    assert ask(closed).status_code == 200
    assert run(place, "open").stdout == b"It was open.\n"


def test_a_notice_of_the_program_s_own(closed: str, place: Settings) -> None:
    assert run(place, "close").returncode == 0
    assert "closed for a while" in ask(closed).json()["detail"]
    too_long = run(place, "close", "x" * 501)
    assert (too_long.returncode, b"500 are allowed" in too_long.stderr) == (1, True)


@pytest.mark.browser
def test_in_an_open_chat_the_typed_text_stays(page: Page, running: str, place: Settings) -> None:
    open_chat(page, running)
    run(place, "close", "Back on Monday.")
    box(page).fill(QUESTION)
    box(page).press("Enter")
    expect(page.locator("#status .problem")).to_contain_text("Back on Monday.")
    expect(box(page)).to_have_value(QUESTION)
    run(place, "open")
    box(page).press("Enter")
    expect(page.locator(".quote").first).to_be_visible()
