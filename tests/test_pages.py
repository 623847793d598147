"""Our own pages over HTTP: articles, plain, about, feedback, and what every response carries."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from bot.guidance import load_guidance, recently_checked
from bot.pipeline import Bot
from bot.settings import Settings
from bot.votes import Vote, Votes
from bot.web.cards import Piece, exchange, quote_digest
from bot.web.templates import checked, render_exchange
from tests.conftest import SMALL_CORPUS, RunningApp

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
QUESTION = "Who runs school support services?"


@pytest.fixture(name="client")
def _client(server: str) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server) as client:
        yield client


@pytest.mark.parametrize(
    "path", ["/plain", "/about", "/articles", "/article/none", "/site/page.css"]
)
def test_our_own_pages_allow_nothing_from_elsewhere_and_nothing_unsafe(
    client: httpx.Client, path: str
) -> None:
    policy = client.get(path).headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy


def test_the_chat_s_policy_names_no_other_host(client: httpx.Client) -> None:
    page = client.get("/")
    policy = page.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "http" not in policy
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["referrer-policy"] == "same-origin"
    assert "githubusercontent" not in page.text
    head = page.text.split("</head>")[0]
    assert '<noscript><meta http-equiv="refresh" content="0; url=plain"></noscript>' in head


@pytest.mark.parametrize("path", ["/plain", "/about", "/articles"])
def test_pages_answer_head_and_a_last_slash(client: httpx.Client, path: str) -> None:
    assert client.head(path).status_code == 200
    moved = client.get(f"{path}/", follow_redirects=True)
    assert moved.url.path == path
    assert moved.status_code == 200


def test_a_quote_s_address_with_a_last_slash_keeps_its_hash(client: httpx.Client) -> None:
    moved = client.get("/article/send-progress-recognised-2020/1-2/?h=00", follow_redirects=True)
    assert (moved.url.path, moved.url.query) == (
        "/article/send-progress-recognised-2020/1-2",
        b"h=00",
    )


def test_all_articles_stand_newest_first(client: httpx.Client, bot: Bot) -> None:
    page = client.get("/articles").text
    years = [int(y) for y in re.findall(r'class="published">[^<]*?(\d{4})', page)]
    assert years == sorted(years, reverse=True)
    for article in bot.index.corpus.articles:
        assert f'href="article/{article.id}"' in page
        assert client.get(f"/article/{article.id}").status_code == 200


def test_a_plain_question_goes_by_post_only(client: httpx.Client) -> None:
    assert "blockquote" not in client.get("/plain", params={"question": QUESTION}).text
    page = client.post("/plain", data={"question": QUESTION})
    assert page.status_code == 200
    assert page.headers["cache-control"] == "no-store"
    assert 'class="quote">The independent review is only looking at Cognus' in page.text
    assert f'name="previous" value="{QUESTION}"' in page.text


def test_a_plain_question_that_cannot_be_asked_keeps_what_was_typed(client: httpx.Client) -> None:
    long = "why & <b> " * 100
    page = client.post("/plain", data={"question": long})
    assert page.status_code == 422
    assert "the most is 500" in page.text
    assert "why &amp; &lt;b&gt; why" in page.text.split("<textarea")[1]


@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"question", b"a=1&" * 50, b'{"question": 1}'])
def test_a_form_that_is_none_is_an_empty_one(client: httpx.Client, body: bytes) -> None:
    page = client.post("/plain", content=body, headers=FORM)
    assert page.status_code == 422


def test_hostile_questions_show_as_text_on_the_plain_page(client: httpx.Client) -> None:
    asked = "<script>alert(1)</script>{{7*7}}${1} Cognus"
    page = client.post("/plain", data={"question": asked})
    assert "<script" not in page.text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;{{7*7}}${1} Cognus" in page.text


def test_a_carriage_return_in_a_quote_reaches_the_browser(bot: Bot) -> None:
    shown = exchange(bot, QUESTION, None)
    card = replace(shown.quotes[0], pieces=(Piece("one\r\ntwo"),))
    html = render_exchange(replace(shown, quotes=(card,)), id="a", script=True)
    assert '<blockquote class="quote">one&#13;\ntwo</blockquote>' in html


def vote(client: httpx.Client, place: dict[str, str], **headers: str) -> httpx.Response:
    return client.post("/feedback", data=place, headers=headers)


@pytest.fixture(name="place")
def _place(bot: Bot) -> dict[str, str]:
    card = exchange(bot, QUESTION, None).quotes[0]
    return {
        "article": card.article,
        "start": str(card.start),
        "end": str(card.end),
        "h": card.digest,
        "vote": "helpful",
    }


def test_a_vote_is_counted(client: httpx.Client, place: dict[str, str], built: Settings) -> None:
    before = Votes(built.index_dir).counts()
    assert "Thank you" in vote(client, place).text
    assert vote(client, place, Accept="application/json").json() == {
        "detail": "Thank you. It was counted."
    }
    after = Votes(built.index_dir).counts()
    (quoted,) = after.keys() - before.keys() or after.keys()
    gained = after[quoted][Vote.HELPFUL] - before.get(quoted, {}).get(Vote.HELPFUL, 0)
    assert gained == 2


@pytest.mark.parametrize(
    "change",
    [
        {"vote": "other"},
        {"article": "none"},
        {"h": "0" * 12},
        {"start": "-1"},
        {"start": "9" * 30},
        {"start": "x"},
    ],
)
def test_a_vote_for_nothing_is_not_counted(
    client: httpx.Client, place: dict[str, str], change: dict[str, str], built: Settings
) -> None:
    before = Votes(built.index_dir).counts()
    assert vote(client, place | change).status_code == 422
    assert Votes(built.index_dir).counts() == before


def test_only_whole_sentences_can_be_voted_for(
    client: httpx.Client, place: dict[str, str], bot: Bot
) -> None:
    article = bot.index.article(place["article"])
    assert article
    start, end = int(place["start"]) + 1, int(place["end"])
    cut = {"start": str(start), "h": quote_digest(article.text[start:end])}
    assert vote(client, place | cut).status_code == 422


def test_another_site_s_page_cannot_vote(client: httpx.Client, place: dict[str, str]) -> None:
    assert vote(client, place, **{"Sec-Fetch-Site": "cross-site"}).status_code == 403


def test_about_tells_the_running_configuration(tmp_path: Path) -> None:
    with RunningApp(
        SEEDS_DIR=str(SMALL_CORPUS),
        INDEX_DIR=str(tmp_path / "index"),
        OPERATOR="Brackwater Parents <b>Forum</b>",
        OPERATOR_CONTACT="help@brackwater.example",
        MIN_CONFIDENCE="0.55",
    ) as server:
        page = httpx.get(f"{server}/about").text
    assert "This page is run by Brackwater Parents &lt;b&gt;Forum&lt;/b&gt;." in page
    assert 'href="mailto:help@brackwater.example"' in page
    assert "0.55" in page
    assert "It was not measured" in page  # that threshold never was
    assert "not checked yet" in page
    assert "not stored, not logged and not sent" in page


def test_about_gives_the_measured_quality(client: httpx.Client) -> None:
    page = client.get("/about").text
    assert re.search(r"In a test of \d+ questions about SEND services in Sutton", page)
    assert "Nobody has put a name here yet" in page
    assert "Samaritans" in page


def test_a_contact_checked_long_ago_says_so(small_seeds: Path) -> None:
    path = small_seeds / "signposts.toml"
    default = Path("bot/defaults/signposts.toml").read_text(encoding="utf-8")
    path.write_text(
        default.replace('phone = "116 123"', 'phone = "116 123"\nchecked_on = 2026-01-05')
    )
    contact = load_guidance(small_seeds).contacts[0]
    assert recently_checked(contact, dt.date(2026, 6, 1))
    assert not recently_checked(contact, dt.date(2026, 8, 1))
    assert checked(contact, recently=False) == "checked on 5 January 2026, which is long ago"


def test_a_vote_that_cannot_be_written_is_said(place: dict[str, str], tmp_path: Path) -> None:
    app = RunningApp(INDEX_DIR=str(tmp_path / "index"))
    with app as server, httpx.Client(base_url=server) as client:
        (tmp_path / "index" / "votes.sqlite3").write_bytes(b"no database " * 200)
        reply = vote(client, place, Accept="application/json")
        assert (reply.status_code, reply.json()) == (503, {"detail": "This could not be counted."})
        assert "could not be counted" in vote(client, place).text
    assert "Move the file away" in app.output
