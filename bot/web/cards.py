"""Replies -> what a page shows of them: the same words, cut for display, with links.

Plain data only; html/exchange.html draws it, for the chat and for the page without JavaScript.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

from bot import texts
from bot.contract import ReplyObject, describe
from bot.datatypes import Answer, Article, Card, Citation, Contact, Refusal, Routed, Span
from bot.glossary import Glossary
from bot.personal import holds_personal_data
from bot.pipeline import Bot
from bot.words import words


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a quote; `means` explains it where it is a known abbreviation."""

    text: str
    means: str | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a quote comes from, in words, with a link into the article's own page."""

    source: str  # publisher and kind
    published: str  # with its basis
    title: str
    link: str  # relative to the site's root


@dataclass(frozen=True, slots=True)
class QuoteCard:
    """One quote with its source."""

    pieces: tuple[Piece, ...]  # joined, the quote
    before: str  # the sentence before it and the gap between, or nothing
    after: str
    speaker: str | None
    origin: Origin
    also: tuple[Origin, ...]  # where much the same is said
    article: str
    start: int
    end: int
    digest: str

    @property
    def quote(self) -> str:
        """The exact words."""
        return "".join(piece.text for piece in self.pieces)


@dataclass(frozen=True, slots=True)
class Reach:
    """A contact with links that a phone can follow."""

    contact: Contact
    phone_link: str | None
    text_link: str | None


@dataclass(frozen=True, slots=True)
class FixedCard:
    """A fixed text of ours: a help card, a signpost, a greeting."""

    title: str | None
    text: str
    contacts: tuple[Reach, ...]


@dataclass(frozen=True, slots=True)
class Exchange:
    """One question with its reply."""

    question: str
    status: str
    read_as: tuple[str, ...] = ()  # how the question was understood, where that needs saying
    notice: str | None = None
    quotes: tuple[QuoteCard, ...] = ()
    related: tuple[QuoteCard, ...] = ()
    differs: bool = False
    personal: bool = False  # something like an e-mail address stands in the question
    card: FixedCard | None = None


def exchange(bot: Bot, question: str, previous: str | None) -> Exchange:
    """Ask the bot and make its reply ready to be shown.

    Raises:
        QuestionError: when the question cannot be asked.
    """
    reply = bot.ask(question, previous)
    described = describe(bot, question, reply)
    shown = Exchange(
        question,
        described.status,
        _read_as(described),
        personal=holds_personal_data(question),
    )
    corpus = bot.index.corpus
    match reply:
        case Answer():
            return replace(
                shown,
                notice=described.notice,
                quotes=tuple(quote_card(c, bot.glossary) for c in reply.citations),
                differs=reply.differs,
            )
        case Refusal():
            signpost = bot.index.guidance.not_found
            return replace(
                shown,
                notice=texts.not_found(corpus.articles, reply.unmentioned),
                related=tuple(quote_card(c, bot.glossary) for c in reply.nearest),
                card=_fixed(signpost, bot) if signpost else None,
            )
        case Routed():
            return replace(shown, card=_fixed(reply.card, bot))


def _read_as(reply: ReplyObject) -> tuple[str, ...]:
    """Say how a question was read; of glossary words, those that no quote has itself.

    The earlier answer that was leaned on stands above in the chat already.
    """
    quoted = " ".join(" ".join(words(quote.quote)) for quote in reply.answers)
    expanded = [note.asked for note in reply.understood if note.how == "expanded"]
    return tuple(
        note.in_words
        for note in reply.understood
        if note.how in ("repaired", "carried over")
        or (
            note.how == "expanded"
            and not (
                note.asked in quoted or any(note.asked in o for o in expanded if o != note.asked)
            )
        )
    )


def quote_card(citation: Citation, glossary: Glossary) -> QuoteCard:
    """Make one quote ready to be shown."""
    article, span = citation.article, citation.span
    before, after = citation.before, citation.after
    return QuoteCard(
        pieces=_pieces(citation.quote, glossary),
        before=article.text[before.start : span.start] if before else "",
        after=article.text[span.end : after.end] if after else "",
        speaker=citation.speaker_name,
        origin=_origin(article, span),
        also=tuple(_origin(other.article, other.span) for other in citation.also),
        article=article.id,
        start=span.start,
        end=span.end,
        digest=quote_digest(citation.quote),
    )


def quote_digest(quote: str) -> str:
    """Return the 12 hex digits with which a link says which quote it was made for."""
    return hashlib.sha256(quote.encode("utf-8")).hexdigest()[:12]


def reach(contact: Contact) -> Reach:
    """Add the links with which a phone rings or texts a contact."""
    return Reach(
        contact,
        f"tel:{_digits(contact.phone)}" if contact.phone else None,
        f"sms:{_digits(contact.text)}" if contact.text else None,
    )


def _fixed(card: Card, bot: Bot) -> FixedCard:
    text = texts.card_text(card, bot.index.corpus)
    return FixedCard(card.title, text, tuple(reach(contact) for contact in card.contacts))


def _pieces(quote: str, glossary: Glossary) -> tuple[Piece, ...]:
    pieces, end = [], 0
    for term in glossary.explained(quote):
        pieces += [Piece(quote[end : term.span.start]), Piece(term.span.of(quote), term.means)]
        end = term.span.end
    return tuple(piece for piece in [*pieces, Piece(quote[end:])] if piece.text)


def _origin(article: Article, span: Span) -> Origin:
    return Origin(
        source=texts.source_in_words(article.publisher, article.kind),
        published=texts.date_in_words(article.published),
        title=article.title,
        link=f"article/{article.id}/{span.start}-{span.end}"
        f"?h={quote_digest(span.of(article.text))}#quote",
    )


def _digits(number: str) -> str:
    return "".join(c for c in number if c.isdecimal())
