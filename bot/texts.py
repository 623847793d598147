"""Every sentence of ours that a person may see beside a quote, and dates in words.

The words stand in interface.toml; quotes are never made here, and nothing here is ever shown
as a quote.
"""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Sequence
from pathlib import Path

from bot.datatypes import (
    Article,
    Basis,
    Card,
    Contact,
    Corpus,
    DatePrecision,
    PublishedDate,
    Understood,
)

# The words of the page, by name; templates and scripts get them from here.
INTERFACE: dict[str, str] = tomllib.loads(
    (Path(__file__).parent / "interface.toml").read_text(encoding="utf-8")
)

_MOST_NAMED = 3  # words that no article mentions
_MOST_FORMS = 3  # that a word was also looked for as
_NUMBERS = INTERFACE["numbers"].split()
_MONTHS = INTERFACE["months"].split()
_BASES = {
    Basis.STATED: "",
    Basis.INFERRED: f", {INTERFACE['inferred']}",
    Basis.LOOKED_UP: f", {INTERFACE['looked_up']}",
}


def date_in_words(date: PublishedDate | None) -> str:
    """Say when an article was published, how exactly that is known, and how.

    >>> date_in_words(PublishedDate(dt.date(2021, 2, 3), DatePrecision.DAY, Basis.STATED))
    '3 February 2021'
    >>> date_in_words(PublishedDate(dt.date(2021, 2, 3), DatePrecision.AFTER, Basis.INFERRED))
    'after 3 February 2021, inferred'
    """
    if date is None:
        return INTERFACE["date_unknown"]
    words = {
        DatePrecision.DAY: day_in_words(date.day),
        DatePrecision.MONTH: _month(date.day),
        DatePrecision.AFTER: INTERFACE["after"].format(day=day_in_words(date.day)),
    }[date.precision]
    return words + _BASES[date.basis]


def day_in_words(day: dt.date) -> str:
    """Write out a day: "3 February 2021"."""
    return f"{day.day} {_month(day)}"


def source_in_words(publisher: str | None, kind: str | None) -> str:
    """Say who published something and what kind of source that is.

    >>> source_in_words("Brackwater Herald", "newspaper")
    'Brackwater Herald, newspaper'
    """
    known = ", ".join(part for part in (publisher, kind) if part)
    return known or INTERFACE["publisher_unknown"]


def count(number: int, noun: str) -> str:
    """Count things: "1 span", "1,200 spans"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def not_found(articles: Sequence[Article], unmentioned: Sequence[str] = ()) -> str:
    """Say that no quote answers, what was searched, and what stands nowhere in it."""
    newest = newest_in_words(articles)
    parts = [
        INTERFACE["not_found"].format(articles=articles_in_words(articles)),
        not_mentioned(unmentioned),
        INTERFACE["newest"].format(newest=newest) if newest else None,
    ]
    return " ".join(part for part in parts if part)


def not_mentioned(unmentioned: Sequence[str]) -> str | None:
    """Name what no article mentions; None where there is nothing to name.

    >>> not_mentioned(["giraffes", "zebras"])
    'No article mentions “giraffes” or “zebras”.'
    """
    named = [f"“{word}”" for word in unmentioned[:_MOST_NAMED]]
    words = f" {INTERFACE['or']} ".join(named)
    return INTERFACE["not_mentioned"].format(words=words) if named else None


def understood_in_words(note: Understood) -> str:
    """Say how something in a question was read.

    >>> understood_in_words(Understood("comittee", "committee", "repaired"))
    '“comittee” read as “committee”.'
    """
    match note.how:
        case "repaired":
            return INTERFACE["read_as"].format(asked=note.asked, read_as=note.read_as)
        case "expanded":
            forms = ", ".join(note.read_as.split(", ")[:_MOST_FORMS])
            return INTERFACE["looked_for"].format(asked=note.asked, read_as=forms)
        case "carried over":
            return INTERFACE["read_together"].format(read_as=note.read_as)
        case "answered by":
            return INTERFACE["read_near"].format(read_as=note.read_as)


def articles_in_words(articles: Sequence[Article]) -> str:
    """Count the articles and name their range: "two articles (March 2020 to May 2021)"."""
    count = len(articles)
    number = _NUMBERS[count] if count < len(_NUMBERS) else f"{count:,}"
    noun = INTERFACE["article" if count == 1 else "articles"]
    days = [article.published.day for article in articles if article.published]
    if not days:
        return f"{number} {noun}"
    first, last = _month(min(days)), _month(max(days))
    span = first if first == last else INTERFACE["range"].format(first=first, last=last)
    return f"{number} {noun} ({span})"


def newest_in_words(articles: Sequence[Article]) -> str | None:
    """Say when the newest article was published; None where no date is known."""
    dates = [article.published for article in articles if article.published]
    return date_in_words(max(dates, key=lambda date: date.day)) if dates else None


def searched(articles: Sequence[Article]) -> str:
    """Say which articles are searched and how new the newest is."""
    newest = newest_in_words(articles)
    words = INTERFACE["searched" if newest else "searched_undated"]
    return words.format(articles=articles_in_words(articles), newest=newest)


def card_in_words(card: Card, corpus: Corpus) -> str:
    """Write out a card, one contact a line, with what is searched filled in."""
    contacts = (contact_in_words(contact) for contact in card.contacts)
    title = [card.title] if card.title else []
    return "\n".join([*title, card_text(card, corpus), *contacts])


def card_text(card: Card, corpus: Corpus) -> str:
    """Return a card's text with what is searched filled in."""
    return card.text.format(
        subject=corpus.subject,
        articles=articles_in_words(corpus.articles),
        newest=newest_in_words(corpus.articles) or INTERFACE["day_unknown"],
    )


def contact_in_words(contact: Contact) -> str:
    """Say who somebody is and how to reach them: "Samaritans: to talk, ring 116 123"."""
    ways = (
        INTERFACE["ring"].format(phone=contact.phone) if contact.phone else None,
        INTERFACE["text_to"].format(text=contact.text) if contact.text else None,
        contact.url,
    )
    reached = "".join(f", {way}" for way in ways if way)
    return f"{contact.name}: {contact.what}{reached}"


def _month(day: dt.date) -> str:
    return f"{_MONTHS[day.month - 1]} {day.year}"  # strftime would follow the server's locale
