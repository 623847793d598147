"""Replies -> what the page shows: the same words, cut for display, with links.

Plain data only. The page puts every string into the document as text, never as markup.
"""

from __future__ import annotations

import hashlib

from pydantic import BaseModel, ConfigDict

from bot import texts
from bot.contract import QuoteObject, ReplyObject
from bot.datatypes import Article, Span
from bot.index.index import Index


class Card(BaseModel):
    """One quote with its source, as shown in the chat and in the source panel."""

    model_config = ConfigDict(frozen=True)

    quote: str
    before: str  # the rest of the paragraph around the quote
    after: str
    speaker: str | None
    source: str  # publisher and kind
    published: str  # in words, with its basis
    title: str
    link: str  # to the quote inside the article's page


class Exchange(BaseModel):
    """One question with its reply."""

    model_config = ConfigDict(frozen=True)

    question: str
    status: str
    notice: str | None
    answers: list[Card]
    nearest: list[Card]


def exchange(index: Index, reply: ReplyObject) -> Exchange:
    """Make a reply ready to be shown."""
    return Exchange(
        question=reply.question,
        status=reply.status,
        notice=reply.notice,
        answers=[_card(index, quote) for quote in reply.answers],
        nearest=[_card(index, quote) for quote in reply.nearest],
    )


def quote_digest(quote: str) -> str:
    """Return the 12 hex digits with which a link says which quote it was made for."""
    return hashlib.sha256(quote.encode("utf-8")).hexdigest()[:12]


def paragraph_around(article: Article, quote: Span) -> Span:
    """Return the stretch from the first to the last paragraph that a quote touches."""
    touched = [paragraph for paragraph in article.paragraphs if paragraph.overlap(quote)]
    return Span(touched[0].start, touched[-1].end) if touched else quote


def _card(index: Index, quote: QuoteObject) -> Card:
    article = index.article(quote.article)
    if article is None:
        raise ValueError(f"the index has no article {quote.article!r}, but a quote of it")
    span = Span(quote.start, quote.end)
    paragraph = paragraph_around(article, span)
    return Card(
        quote=quote.quote,
        before=article.text[paragraph.start : span.start],
        after=article.text[span.end : paragraph.end],
        speaker=quote.speaker,
        source=texts.source_in_words(quote.publisher, quote.kind),
        published=texts.date_in_words(quote.date),
        title=quote.title,
        link=f"article/{quote.article}/{span.start}-{span.end}?h={quote_digest(quote.quote)}#quote",
    )
