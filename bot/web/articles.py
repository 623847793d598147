"""/articles and /article/…: plain HTML from the built index, no JavaScript needed."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from bot import texts
from bot.datatypes import Article, Span
from bot.web.cards import quote_digest
from bot.web.service import Service
from bot.web.templates import page

# Where only passages may be shown, this many paragraphs on either side of the quote are.
_NEIGHBOURS = 1
# What can be read with GET can be asked about with HEAD.
READ = ["GET", "HEAD"]


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a paragraph that is wholly inside or wholly outside the quote."""

    text: str
    marked: bool


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph or boilerplate line of the page."""

    id: str
    pieces: tuple[Piece, ...]
    boilerplate: bool
    holds_quote_start: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """One article in the list of all."""

    id: str
    title: str
    source: str
    published: str


def article_routes(service: Service) -> APIRouter:
    """Make the routes that show the articles of the bot of the moment."""
    router = APIRouter()

    @router.api_route("/articles", methods=READ)
    def articles_page() -> HTMLResponse:
        return page("articles.html", entries=timeline(service.bot.index.corpus.articles))

    @router.api_route("/article/{article_id}", methods=READ)
    def article_page(article_id: str) -> HTMLResponse:
        article = service.bot.index.article(article_id)
        return _page(article, None, changed=False) if article else _missing("../")

    @router.api_route("/article/{article_id}/{start}-{end}", methods=READ)
    def quote_page(
        article_id: str, start: str, end: str, h: Annotated[str, Query()] = ""
    ) -> HTMLResponse:
        article = service.bot.index.article(article_id)
        if article is None:
            return _missing("../../")
        quote = quote_at(article, start, end, h)
        return _page(article, quote, changed=quote is None)

    return router


def timeline(articles: tuple[Article, ...]) -> list[Entry]:
    """List articles, the newest first; those of no known date last."""

    def day(article: Article) -> dt.date:
        return article.published.day if article.published else dt.date.min

    return [
        Entry(
            article.id,
            article.title,
            texts.source_in_words(article.publisher, article.kind),
            texts.date_in_words(article.published),
        )
        for article in sorted(articles, key=day, reverse=True)
    ]


def blocks(article: Article, quote: Span | None) -> list[Block]:
    """Cut an article into what its page shows: all of it, or what stands around the quote."""
    furniture = set(article.boilerplate)
    spans = sorted(article.paragraphs + article.boilerplate)
    shown = spans if article.show == "whole" else _around(article.paragraphs, quote)
    return [
        Block(
            id=f"p{span.start}",
            pieces=_pieces(article.text, span, quote),
            boilerplate=span in furniture,
            holds_quote_start=quote is not None and span.start <= quote.start < span.end,
        )
        for span in shown
    ]


def quote_at(article: Article, start: str, end: str, digest: str) -> Span | None:
    """Return the quote that a link means; None when the article no longer has it there."""
    if not (start.isascii() and start.isdecimal() and end.isascii() and end.isdecimal()):
        return None
    if len(start) > 9 or len(end) > 9 or not int(start) < int(end) <= len(article.text):
        return None
    quote = Span(int(start), int(end))
    return quote if quote_digest(quote.of(article.text)) == digest else None


def _around(paragraphs: tuple[Span, ...], quote: Span | None) -> tuple[Span, ...]:
    if quote is None:
        return ()
    touched = [i for i, paragraph in enumerate(paragraphs) if paragraph.overlap(quote)]
    if not touched:
        return ()
    return paragraphs[max(0, touched[0] - _NEIGHBOURS) : touched[-1] + 1 + _NEIGHBOURS]


def _pieces(text: str, block: Span, quote: Span | None) -> tuple[Piece, ...]:
    if quote is None or not block.overlap(quote):
        return (Piece(block.of(text), marked=False),)
    start, end = max(block.start, quote.start), min(block.end, quote.end)
    cuts = ((block.start, start, False), (start, end, True), (end, block.end, False))
    return tuple(Piece(text[a:b], marked) for a, b, marked in cuts if a < b)


def _page(article: Article, quote: Span | None, *, changed: bool) -> HTMLResponse:
    return page(
        "article.html",
        root="../" * (2 if quote or changed else 1),
        article=article,
        source=texts.source_in_words(article.publisher, article.kind),
        published=texts.date_in_words(article.published),
        blocks=blocks(article, quote),
        quote=quote,
        changed=changed,
    )


def _missing(root: str) -> HTMLResponse:
    return page("missing.html", status=404, root=root)
