"""The JSON object that programs outside this repository read."""

from __future__ import annotations

import hashlib
import json
from datetime import date
from pathlib import Path
from typing import Any

from bot.batch import reply_to_line
from bot.contract import reply_object
from bot.pipeline import Bot

FIELDS = {"question", "status", "answers", "notice", "nearest", "understood", "differs"}
STATUSES = {"answered", "not_found", "invalid", "help", "declined", "about", "greeting"}
QUOTE_FIELDS = {
    "quote",
    "source",
    "start",
    "end",
    "sha256",
    "article",
    "title",
    "publisher",
    "kind",
    "published",
    "date_precision",
    "date_basis",
    "speaker",
    "url",
    "score",
    "before",
    "after",
}


def check_object(reply: dict[str, Any], seeds: Path) -> None:
    """Check one reply against the contract, with nothing but the files."""
    assert FIELDS <= set(reply) <= FIELDS | {"id"}
    assert reply["status"] in STATUSES
    if reply["status"] not in {"answered", "not_found"}:
        assert reply["notice"]
        assert reply["nearest"] == []
    assert bool(reply["answers"]) == (reply["status"] == "answered")
    assert len(reply["answers"]) <= 3
    assert len(reply["nearest"]) <= 3
    assert reply["notice"] is None or reply["notice"]
    shown = reply["answers"] + reply["nearest"]
    for quote in shown:
        assert set(quote) == QUOTE_FIELDS | {"also"}
    others = [other for quote in shown for other in quote["also"]]
    for quote in shown + others:
        assert set(quote) - {"also"} == QUOTE_FIELDS
        content = (seeds / quote["source"]).read_bytes()
        text = content.decode("utf-8")
        assert text[quote["start"] : quote["end"]] == quote["quote"]
        assert hashlib.sha256(content).hexdigest() == quote["sha256"]
        for near in ("before", "after"):
            assert quote[near] is None or quote[near] in text
        assert quote["speaker"] is None or quote["speaker"] in text
        assert isinstance(quote["score"], float)
        if quote["published"] is None:
            assert quote["date_precision"] is quote["date_basis"] is None
        else:
            date.fromisoformat(quote["published"])
            assert quote["date_precision"] in {"day", "month", "after"}
            assert quote["date_basis"] in {"stated", "inferred", "looked-up"}
    scores = [quote["score"] for quote in reply["answers"]]
    assert scores == sorted(scores, reverse=True)


def test_answers_and_refusals_keep_the_contract(small_bot: Bot, small_seeds: Path) -> None:
    questions = ["What will the repairs cost?", "Where is my cat?", "", "Who wrote the letter?"]
    replies = [reply_object(small_bot, question).to_json() for question in questions]
    for reply in replies:
        check_object(reply, small_seeds)
    assert {reply["status"] for reply in replies} == {"answered", "not_found", "invalid"}


def test_a_refusal_says_what_was_searched_and_the_newest_date(small_bot: Bot) -> None:
    notice = reply_object(small_bot, "Where is my cat?").notice
    assert notice == (
        "I could not find this in the three articles (February 2021 to June 2022) that I can "
        "search. No article mentions “cat”. The newest is from June 2022, inferred.\n"
        "Your council's own pages may have it."
    )


def test_a_reading_with_the_question_before_is_said(small_bot: Bot) -> None:
    reply = reply_object(small_bot, "And what will that cost?", "Will there be repairs?")
    assert reply.status == "answered"
    assert [note.in_words for note in reply.understood if note.how == "carried over"] == [
        "Read with your question before: “Will there be repairs?”"
    ]


def line(value: object) -> bytes:
    return json.dumps(value).encode()


def test_a_line_gives_its_id_back_first(small_bot: Bot) -> None:
    for id_ in (7, "a", None, ["x"], {"y": 1}):
        reply = reply_to_line(small_bot, line({"id": id_, "question": "repairs cost"}))
        assert next(iter(reply)) == "id"
        assert reply["id"] == id_
    assert "id" not in reply_to_line(small_bot, line({"question": "repairs cost"}))


def test_bad_lines_are_invalid_with_a_reason(small_bot: Bot, small_seeds: Path) -> None:
    bad = [
        b"{",
        b"\xff",
        b"[" * 100_000,
        line([1]),
        line("text"),
        b'{"id": 1e999, "question": "x"}',
        b'{"id": NaN, "question": "x"}',
        line({"id": 1}),
        line({"id": 1, "question": 5}),
        line({"id": 1, "question": None}),
        line({"id": 1, "question": "x" * 10_000}),
        line({"id": 1, "question": "ok?", "previous": 5}),
        line({"id": 1, "question": "and?", "previous": "x" * 10_000}),
        line({"id": 1, "question": "lone \ud800"}),
    ]
    for content in bad:
        reply: dict[str, Any] = reply_to_line(small_bot, content)
        assert reply["status"] == "invalid", content[:50]
        assert reply["notice"]
        check_object(reply, small_seeds)
        json.dumps(reply).encode("ascii")
