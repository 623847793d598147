"""The server's own routes, without a browser; the Gradio page is test_browser's business."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.datatypes import Span
from bot.pipeline import Bot
from bot.settings import ROOT, Settings
from bot.web.articles import blocks
from bot.web.cards import exchange
from bot.web.guard import Guard
from tests.conftest import RunningApp
from tests.test_contract import check_object
from tests.test_sentences import TEXTS


@pytest.fixture(name="client", scope="module")
def _client(server: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server, timeout=60) as client:
        yield client


def test_ask_returns_the_object(client: httpx.Client) -> None:
    response = client.post("/api/ask", json={"question": "Who runs school support services?"})
    assert response.status_code == 200
    check_object(response.json(), ROOT / "seeds")
    assert response.json()["status"] == "answered"


def test_a_question_before_of_which_nothing_can_be_seen_is_none(
    client: httpx.Client,
) -> None:
    body = {"question": "why not?", "previous": "\u0086\u200b"}
    assert client.post("/api/ask", json=body).status_code == 200


def test_ask_reads_a_follow_up_with_its_question_before(client: httpx.Client) -> None:
    body = {"question": "why not?", "previous": "Did Sharon Scott meet the campaign group?"}
    reply = client.post("/api/ask", json=body).json()
    assert "individually" in "".join(quote["quote"] for quote in reply["answers"])


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"x"',
        b"{}",
        b'{"question": 5}',
        b'{"question": null}',
        b'{"question": ["x"]}',
        b'{"question": ""}',
        b'{"question": "  "}',
        b'{"question": "x", "previous": 5}',
        b'{"question": "\\ud800"}',
        b'{"question": "\xff"}',
        b'{"question": "' + b"x" * 10_000 + b'"}',
        b"[" * 30_000,
    ],
)
def test_what_cannot_be_asked_is_422_with_a_reason(client: httpx.Client, body: bytes) -> None:
    response = client.post("/api/ask", content=body)
    assert response.status_code == 422
    assert isinstance(response.json()["detail"], str)
    assert response.json()["detail"]
    assert "Traceback" not in response.text


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(question=st.one_of(TEXTS, st.text(max_size=600)))
def test_any_text_gets_a_reply_or_a_reason(client: httpx.Client, question: str) -> None:
    response = client.post("/api/ask", json={"question": question})
    assert response.status_code in {200, 422}
    if response.status_code == 200:
        check_object(response.json(), ROOT / "seeds")


TOLD = {"question": None, "number": 1}
GOOD_EVENT = {"data": ["hello", TOLD], "fn_index": 0, "session_hash": "abc", "trigger_id": 1}
MARK = "quizzicalwombat"


@pytest.mark.parametrize(
    "change",
    [
        {"data": [MARK]},
        {"data": [MARK] * 3},
        {"data": MARK},
        {"data": None},
        {"data": [MARK, None]},
        {"data": [MARK, {**TOLD, "question": 1}]},
        {"data": [MARK, {**TOLD, "more": MARK}]},
        {"data": [{"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}}, TOLD]},
        {"data": [MARK, {"x": {"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}}}]},
        {"fn_index": 1},
        {"fn_index": 999},
        {"fn_index": "0"},
        {"fn_index": True},
        {"session_hash": None},
        {"session_hash": ""},
        {"session_hash": "x" * 65},
        {"session_hash": "../x"},
        {"event_data": {}},
        {"more": MARK},
        {"session_hash": [MARK]},
        {"trigger_id": MARK},
        {"event_data": MARK},
    ],
)
def test_a_malformed_gradio_event_is_422(client: httpx.Client, change: dict[str, object]) -> None:
    response = client.post("/gradio_api/queue/join", json={**GOOD_EVENT, **change})
    assert response.status_code == 422
    assert MARK not in response.text


def test_a_well_formed_gradio_event_is_taken_whatever_its_content_type(
    client: httpx.Client,
) -> None:
    assert client.post("/gradio_api/queue/join", json=GOOD_EVENT).status_code == 200
    body = json.dumps(GOOD_EVENT)
    assert client.post("/gradio_api/queue/join", content=body).status_code == 200
    assert client.post("/gradio_api/queue/join", content=body.encode("utf-16")).status_code == 422


@pytest.mark.parametrize(
    "path",
    [
        "/openapi.json",
        "/docs",
        "/login",
        "/logout",
        "/monitoring",
        "/config",
        "/robots.txt",
        "/x",
        "/file=/etc/passwd",
        "/gradio_api/file=/etc/passwd",
        "/gradio_api/app_id",
        "//api/ask",
    ],
)
def test_there_is_nothing_but_what_the_page_needs(client: httpx.Client, path: str) -> None:
    assert client.get(path).status_code == 404
    assert client.post(path, content=b"{}").status_code == 404


@pytest.mark.parametrize(
    "path",
    ["run/predict", "run/0", "call/ask", "upload", "component_server", "info", "openapi.json", "x"],
)
def test_gradio_routes_that_the_page_does_not_use_are_404(client: httpx.Client, path: str) -> None:
    response = client.post(f"/gradio_api/{path}", json={"data": [MARK], "fn_index": 0})
    assert response.status_code == 404
    assert response.json()["detail"]


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/api/ask", "POST"),
        ("POST", "/about", "GET, HEAD"),
        ("DELETE", "/plain", "GET, HEAD, POST"),
        ("TRACE", "/", "GET, HEAD"),
        ("PUT", "/gradio_api/queue/join", "POST"),
    ],
)
def test_a_method_that_a_path_does_not_have_is_405(
    client: httpx.Client, method: str, path: str, allowed: str
) -> None:
    response = client.request(method, path)
    assert (response.status_code, response.headers["allow"]) == (405, allowed)
    assert response.json()["detail"]


def test_addresses_and_headers_have_an_end(client: httpx.Client) -> None:
    long = client.get("/articles", params={"x": "y" * 3000})
    assert (long.status_code, bool(long.json()["detail"])) == (414, True)
    assert client.get(f"/static/fonts/{'a' * 300}").status_code == 404
    assert client.get("/about", headers={"X": "y" * 20_000}).status_code in {400, 431}


@pytest.mark.parametrize("query", ["", "session_hash=", "session_hash=a&session_hash=b", "x=1"])
def test_who_listens_names_one_session(client: httpx.Client, query: str) -> None:
    response = client.get(f"/gradio_api/queue/data?{query}")
    assert response.status_code == 422
    assert isinstance(response.json()["detail"], str)


def test_a_made_up_session_ends_at_once(client: httpx.Client) -> None:
    response = client.get("/gradio_api/queue/data?session_hash=madeup")
    assert "process_completed" not in response.text


def test_a_body_that_is_too_long_is_413_and_quick_to_refuse(client: httpx.Client) -> None:
    response = client.post("/api/ask", json={"question": "x" * 1_000_000})
    assert response.status_code == 413
    assert response.json()["detail"]


def test_an_exception_is_logged_without_its_message(caplog: pytest.LogCaptureFixture) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError(MARK)

    transport = httpx.ASGITransport(Guard(broken, []))

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
            return await client.post("/api/ask", content=b"{}")

    with ThreadPoolExecutor() as pool:  # Playwright keeps an event loop in this thread
        response = pool.submit(lambda: asyncio.run(ask())).result()
    assert response.status_code == 500
    assert response.json()["detail"]
    assert "RuntimeError in" in caplog.text
    assert MARK not in caplog.text


def test_healthz(client: httpx.Client) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}


def link(bot: Bot, question: str) -> str:
    return exchange(bot, question, None).quotes[0].origin.link.removesuffix("#quote")


def test_a_quote_s_page_marks_exactly_the_quote(client: httpx.Client, bot: Bot) -> None:
    address = link(bot, "Who runs school support services?")
    page = client.get(f"/{address}")
    assert page.status_code == 200
    assert page.headers["x-robots-tag"] == "noindex"
    marked = page.text.split('<mark id="quote">')[1].split("</mark>")[0]
    assert marked.startswith("The independent review is only looking at Cognus")
    assert page.text.count("<mark") == 1
    assert "after 10 September 2019, inferred" in page.text
    assert "<script" not in page.text


@pytest.mark.parametrize(
    "address",
    [
        "{article}/0-5?h=000000000000",
        "{article}/0-5",
        "{article}/5-5?h=000000000000",
        "{article}/9-5?h=000000000000",
        "{article}/0-999999?h=000000000000",
        "{article}/x-y?h=000000000000",
        "{article}/-1-5?h=000000000000",
        "{article}/٣-٥?h=000000000000",
        "{article}/1-99999999999999999999999999?h=000000000000",
    ],
)
def test_a_link_that_does_not_fit_says_so_and_marks_nothing(
    client: httpx.Client, address: str
) -> None:
    article = "send-progress-recognised-2020"
    page = client.get(f"/article/{address.format(article=article)}")
    assert page.status_code == 200
    assert "has changed" in page.text
    assert "<mark" not in page.text


def test_show_whole_shows_everything_and_show_passage_only_around_the_quote(
    client: httpx.Client, bot: Bot
) -> None:
    for article in bot.index.corpus.articles:
        first, last = article.paragraphs[0], article.paragraphs[-1]
        digest = hashlib.sha256(first.of(article.text).encode()).hexdigest()[:12]
        page = client.get(f"/article/{article.id}/{first.start}-{first.end}?h={digest}").text
        assert f'id="p{first.start}"' in page
        assert (f'id="p{last.start}"' in page) == (article.show == "whole")


def test_no_such_article_is_404_in_plain_words(client: httpx.Client) -> None:
    for address in ("/article/none", "/article/none/1-2?h=0", "/article/%3Cscript%3E"):
        page = client.get(address)
        assert page.status_code == 404
        assert "no article at this address" in page.text


def test_the_pieces_of_a_page_are_the_article_cut_at_the_quote(small_bot: Bot) -> None:
    for sentence in small_bot.index.corpus.sentences:
        whole = [b for b in blocks(sentence.article, sentence.span) if not b.boilerplate]
        marked = "".join(p.text for block in whole for p in block.pieces if p.marked)
        assert marked == sentence.text


def test_a_quote_over_two_paragraphs_is_marked_in_both(small_bot: Bot) -> None:
    article = small_bot.index.article("library-closure-2021")
    assert article
    first, second = article.paragraphs[1:3]
    marked = [
        piece.text
        for block in blocks(article, Span(first.start, second.end))
        for piece in block.pieces
        if piece.marked
    ]
    assert marked == [first.of(article.text), second.of(article.text)]


def test_no_question_is_left_in_a_file_or_a_log(built: Settings, tmp_path: Path) -> None:
    marker = "zanzibarxyzzy"
    app = RunningApp(INDEX_DIR=str(built.index_dir), HOME=str(tmp_path), TMPDIR=str(tmp_path))
    with app as server:
        for question in (f"Does {marker} work for Cognus?", f"{marker} " * 100):
            httpx.post(f"{server}/api/ask", json={"question": question}, timeout=60)
        httpx.post(f"{server}/api/ask", content=f'{{"question": "{marker}"', timeout=60)
        for data in ([f"Who is {marker}?", TOLD], [marker], [{"x": marker}, marker]):
            event = {"data": data, "fn_index": 0, "session_hash": "a", "trigger_id": 1}
            httpx.post(f"{server}/gradio_api/queue/join", json=event, timeout=60)
            httpx.post(f"{server}/gradio_api/run/predict", json=event, timeout=60)
        listen = f"{server}/gradio_api/queue/data?session_hash=a"
        with httpx.stream("GET", listen, timeout=60) as answers:
            assert any("process_completed" in line for line in answers.iter_lines())
    assert "Serving on" in app.output
    assert marker not in app.output
    files = [path for folder in (tmp_path, built.index_dir) for path in folder.rglob("*")]
    assert not [path for path in files if path.is_file() and marker.encode() in path.read_bytes()]


def test_an_exception_while_answering_leaves_no_question_in_the_log(
    built: Settings, tmp_path: Path
) -> None:
    marker = "zanzibarxyzzy"
    place = {"INDEX_DIR": str(built.index_dir), "TMPDIR": str(tmp_path), "HOME": str(tmp_path)}
    app = RunningApp("-m", "tests.failing_app", **place)
    with app as server:
        event = {**GOOD_EVENT, "data": [f"BOOM {marker}", TOLD]}
        httpx.post(f"{server}/gradio_api/queue/join", json=event, timeout=60)
        with httpx.stream(
            "GET", f"{server}/gradio_api/queue/data?session_hash=abc", timeout=60
        ) as answers:
            assert any('"success":false' in line for line in answers.iter_lines())
        api = httpx.post(f"{server}/api/ask", json={"question": f"BOOM {marker}"})
        assert (api.status_code, "did not work" in api.json()["detail"]) == (500, True)
        page = httpx.post(f"{server}/plain", data={"question": f"BOOM {marker}"})
        assert page.status_code == 500
        assert f"BOOM {marker}</textarea>" in page.text
    assert app.output.count("KeyError in") == 3
    assert marker not in app.output
    assert "Traceback" not in app.output
    assert [path for path in (tmp_path / "gradio").rglob("*") if path.is_file()] == []
