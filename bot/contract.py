"""The reply as one JSON object, the same on the command line, over HTTP and in tests.

Field names and their meaning are a contract with programs outside this repository:
README.md describes them. Offsets count characters of the source file decoded as UTF-8,
so `text[start:end] == quote`.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal, Self, assert_never

from pydantic import BaseModel, ConfigDict, JsonValue

from bot import texts
from bot.datatypes import (
    Answer,
    Basis,
    Citation,
    Corpus,
    DatePrecision,
    PublishedDate,
    Refusal,
    Reply,
    Routed,
    Understood,
)
from bot.errors import QuestionError
from bot.pipeline import Bot


class SourceObject(BaseModel):
    """A stretch of an article with all that one needs to judge and to check it."""

    model_config = ConfigDict(frozen=True)

    quote: str
    source: str  # file name in seeds/
    start: int
    end: int
    sha256: str  # of the file's bytes
    article: str  # id
    title: str
    publisher: str | None
    kind: str | None
    published: dt.date | None
    date_precision: DatePrecision | None
    date_basis: Basis | None
    speaker: str | None
    url: str | None
    score: float
    before: str | None  # the sentence before it, for context
    after: str | None

    @property
    def date(self) -> PublishedDate | None:
        """The three date fields as one record."""
        if self.published is None or self.date_precision is None or self.date_basis is None:
            return None
        return PublishedDate(self.published, self.date_precision, self.date_basis)

    @classmethod
    def of(cls, citation: Citation, **more: Any) -> Self:
        """Describe a citation."""
        article, date = citation.article, citation.article.published
        return cls(
            quote=citation.quote,
            source=article.source,
            start=citation.span.start,
            end=citation.span.end,
            sha256=article.sha256,
            article=article.id,
            title=article.title,
            publisher=article.publisher,
            kind=article.kind,
            published=date.day if date else None,
            date_precision=date.precision if date else None,
            date_basis=date.basis if date else None,
            speaker=citation.speaker_name,
            url=article.url,
            score=citation.score,
            before=citation.before.of(article.text) if citation.before else None,
            after=citation.after.of(article.text) if citation.after else None,
            **more,
        )


class QuoteObject(SourceObject):
    """One quote, and where else much the same is said."""

    also: list[SourceObject] = []

    @classmethod
    def of(cls, citation: Citation, **more: Any) -> Self:
        """Describe a citation with those that say the same."""
        return super().of(citation, also=[SourceObject.of(c) for c in citation.also], **more)


class UnderstoodObject(BaseModel):
    """How something in the question was read."""

    model_config = ConfigDict(frozen=True)

    asked: str
    read_as: str
    how: Literal["repaired", "expanded", "carried over", "answered by"]

    @property
    def in_words(self) -> str:
        """The same for people."""
        return texts.understood_in_words(Understood(self.asked, self.read_as, self.how))


class ReplyObject(BaseModel):
    """The reply to one question."""

    model_config = ConfigDict(frozen=True)

    question: str
    status: Literal["answered", "not_found", "invalid", "help", "declined", "about", "greeting"]
    answers: list[QuoteObject] = []  # empty unless answered; at most 3, best first
    notice: str | None = None
    nearest: list[QuoteObject] = []  # at most 3, related but no answer
    understood: list[UnderstoodObject] = []
    differs: bool = False  # the answers say different things, over time or by speaker

    def to_json(self, **extra: JsonValue) -> dict[str, JsonValue]:
        """Return plain JSON values, `extra` fields (an id) first."""
        return {**extra, **self.model_dump(mode="json")}


def _understood(notes: tuple[Understood, ...]) -> list[UnderstoodObject]:
    return [UnderstoodObject(asked=n.asked, read_as=n.read_as, how=n.how) for n in notes]


def _notice(answer: Answer, corpus: Corpus) -> str | None:
    newest = texts.newest_in_words(corpus.articles) if answer.current else None
    parts = [
        texts.INTERFACE["newest_here"].format(newest=newest) if newest else None,
        texts.INTERFACE["differs"] if answer.differs else None,
        texts.not_mentioned(answer.unmentioned),
    ]
    return " ".join(part for part in parts if part) or None


def _refusal(bot: Bot, refusal: Refusal) -> str:
    corpus, signpost = bot.index.corpus, bot.index.guidance.not_found
    lines = [texts.not_found(corpus.articles, refusal.unmentioned)]
    return "\n".join([*lines, *([texts.card_in_words(signpost, corpus)] if signpost else [])])


def reply_object(bot: Bot, question: str, previous: str | None = None) -> ReplyObject:
    """Ask the bot and describe its reply; a question that cannot be asked is `invalid`."""
    try:
        reply = bot.ask(question, previous)
    except QuestionError as error:
        return invalid(question, str(error))
    return describe(bot, question, reply)


def invalid(question: str, reason: str) -> ReplyObject:
    """Describe a question that could not be asked."""
    return ReplyObject(question=question, status="invalid", notice=reason)


def describe(bot: Bot, question: str, reply: Reply) -> ReplyObject:
    """Describe a reply that the bot gave."""
    corpus = bot.index.corpus
    match reply:
        case Answer():
            return ReplyObject(
                question=question,
                status="answered",
                answers=[QuoteObject.of(citation) for citation in reply.citations],
                notice=_notice(reply, corpus),
                understood=_understood(reply.understood),
                differs=reply.differs,
            )
        case Refusal():
            return ReplyObject(
                question=question,
                status="not_found",
                notice=_refusal(bot, reply),
                nearest=[QuoteObject.of(citation) for citation in reply.nearest],
                understood=_understood(reply.understood),
            )
        case Routed():
            return ReplyObject(
                question=question,
                status=reply.status.value,
                notice=texts.card_in_words(reply.card, corpus),
            )
        case _:
            assert_never(reply)
