"""/article/…: an article's own page, plain HTML from the built index, no JavaScript needed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse

from bot import texts
from bot.datatypes import Article, Span
from bot.index.index import Index
from bot.web.cards import quote_digest
from bot.web.templates import template

# Where only passages may be shown, this many paragraphs on either side of the quote are.
_NEIGHBOURS = 1


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


def article_routes(index: Index) -> APIRouter:
    """Make the routes that show the articles of one index."""
    router = APIRouter()

    @router.get("/article/{article_id}")
    def article_page(article_id: str) -> HTMLResponse:
        article = index.article(article_id)
        return _page(article, None, changed=False) if article else _missing()

    @router.get("/article/{article_id}/{start}-{end}")
    def quote_page(
        article_id: str, start: str, end: str, h: Annotated[str, Query()] = ""
    ) -> HTMLResponse:
        article = index.article(article_id)
        if article is None:
            return _missing()
        quote = _quote(article, start, end, h)
        return _page(article, quote, changed=quote is None)

    return router


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


def _quote(article: Article, start: str, end: str, digest: str) -> Span | None:
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
    html = template("article.html").render(
        article=article,
        source=texts.source_in_words(article.publisher, article.kind),
        published=texts.date_in_words(article.published),
        blocks=blocks(article, quote),
        quote=quote,
        changed=changed,
        words=texts.INTERFACE,
        root="../" * (2 if quote or changed else 1),
    )
    return _response(html, 200)


def _missing() -> HTMLResponse:
    return _response(template("missing.html").render(words=texts.INTERFACE, root="../"), 404)


def _response(html: str, status: int) -> HTMLResponse:
    return HTMLResponse(html.encode("utf-8", "replace"), status, {"X-Robots-Tag": "noindex"})
