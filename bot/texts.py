"""Every sentence of ours that a person may see beside a quote, and dates in words.

Quotes are never made here, and nothing here is ever shown as a quote.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from bot.datatypes import Article, Basis, Card, Contact, Corpus, DatePrecision, PublishedDate

# The words of the page, by name; templates and scripts get them from here.
INTERFACE = {
    "title": "Ask about {subject}",
    "about": "You ask, and you get the exact words of news articles. Each quote shows who said it"
    " and when.",
    "not_us": "This is automated. It is not the council. It gives quotes only, no advice.",
    "searched": "It searches {articles}. The newest is from {newest}.",
    "searched_undated": "It searches {articles}.",
    "nothing_kept": "Nothing you type is kept.",
    "question_label": "Your question",
    "question_hint": "Please leave out names and details of your child.",
    "ask": "Ask",
    "conversation": "Conversation",
    "you_asked": "You asked:",
    "answer": "Answer:",
    "related": "Related, may not answer",
    "said_by": "Said by",
    "show_source": "Show source",
    "source": "Source",
    "source_empty": "Press a number like [1] under a quote to see where it comes from.",
    "open_article": "See it in the article",
    "new_tab": "(opens in a new tab)",
    "ask_a_question": "Ask a question",
    "at_publisher": "Read it at the publisher’s page",
    "changed": "This article has changed since the link was made, so nothing is marked.",
    "passages_only": "Only the parts around a quote are shown here. The whole article is on its"
    " publisher’s page.",
    "part": "This is the part around the quote. The whole article is on its publisher’s page.",
    "no_article": "No such article",
    "no_article_here": "There is no article at this address. It may have been taken out.",
}

_MOST_NAMED = 3  # words that no article mentions
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_BASES = {Basis.STATED: "", Basis.INFERRED: ", inferred", Basis.LOOKED_UP: ", looked up"}


def date_in_words(date: PublishedDate | None) -> str:
    """Say when an article was published, how exactly that is known, and how.

    >>> date_in_words(PublishedDate(dt.date(2021, 2, 3), DatePrecision.DAY, Basis.STATED))
    '3 February 2021'
    >>> date_in_words(PublishedDate(dt.date(2021, 2, 3), DatePrecision.AFTER, Basis.INFERRED))
    'after 3 February 2021, inferred'
    """
    if date is None:
        return "date not known"
    words = {
        DatePrecision.DAY: _day(date.day),
        DatePrecision.MONTH: _month(date.day),
        DatePrecision.AFTER: f"after {_day(date.day)}",
    }[date.precision]
    return words + _BASES[date.basis]


def source_in_words(publisher: str | None, kind: str | None) -> str:
    """Say who published something and what kind of source that is.

    >>> source_in_words("Brackwater Herald", "newspaper")
    'Brackwater Herald, newspaper'
    """
    return ", ".join(part for part in (publisher, kind) if part) or "publisher not known"


def count(number: int, noun: str) -> str:
    """Count things: "1 span", "1,200 spans"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


DIFFERS = "The articles say different things at different times, or people differ."


def not_found(articles: Sequence[Article], unmentioned: Sequence[str] = ()) -> str:
    """Say that no quote answers, what was searched, and what stands nowhere in it."""
    searched = f"I could not find this in the {articles_in_words(articles)} that I can search."
    parts = [searched, not_mentioned(unmentioned), _newest_sentence(articles)]
    return " ".join(part for part in parts if part)


def not_mentioned(unmentioned: Sequence[str]) -> str | None:
    """Name what no article mentions; None where there is nothing to name.

    >>> not_mentioned(["giraffes", "zebras"])
    'No article mentions “giraffes” or “zebras”.'
    """
    named = [f"“{word}”" for word in unmentioned[:_MOST_NAMED]]
    return f"No article mentions {' or '.join(named)}." if named else None


def articles_in_words(articles: Sequence[Article]) -> str:
    """Count the articles and name their range: "two articles (March 2020 to May 2021)"."""
    count = len(articles)
    number = _NUMBERS[count] if count < len(_NUMBERS) else f"{count:,}"
    noun = "article" if count == 1 else "articles"
    days = [article.published.day for article in articles if article.published]
    if not days:
        return f"{number} {noun}"
    first, last = _month(min(days)), _month(max(days))
    return f"{number} {noun} ({first if first == last else f'{first} to {last}'})"


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
    filled = card.text.format(
        subject=corpus.subject,
        articles=articles_in_words(corpus.articles),
        newest=newest_in_words(corpus.articles) or "a day that is not known",
    )
    contacts = (
        f"{contact.name}: {contact.what}{_how_to_reach(contact)}" for contact in card.contacts
    )
    return "\n".join([*([card.title] if card.title else []), filled, *contacts])


def _how_to_reach(contact: Contact) -> str:
    ways = (
        f"ring {contact.phone}" if contact.phone else None,
        f"text {contact.text}" if contact.text else None,
        contact.url,
    )
    return "".join(f", {way}" for way in ways if way)


def read_together(previous: str) -> str:
    """Say that a question was read together with the one before."""
    return f"I read this together with your question before: {previous}"


def _newest_sentence(articles: Sequence[Article]) -> str:
    newest = newest_in_words(articles)
    return f"The newest is from {newest}." if newest else ""


def _day(day: dt.date) -> str:
    return f"{day.day} {_month(day)}"


def _month(day: dt.date) -> str:
    return f"{_MONTHS[day.month - 1]} {day.year}"  # strftime would follow the server's locale


_MONTHS = (
    "January February March April May June July August September October November December"
).split()
