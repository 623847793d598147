"""What sort of thing a question asks for, and whether a quote holds one ("expected answer type").

A quote that holds one may still be no answer; where none that would be shown holds any, it is
less likely that the articles answer (docs/quality.md).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

_IS = r"(?:is|was|are|were|will|did|does|do|has|have|had|can|could|should|would|might|may)"


@dataclass(frozen=True, slots=True)
class _AnswerType:
    asked: re.Pattern[str]  # in a question, in any case
    held: re.Pattern[str]  # in a quote


def _type(asked: str, held: str, *, any_case: bool = True) -> _AnswerType:
    return _AnswerType(
        re.compile(asked, re.IGNORECASE), re.compile(held, re.IGNORECASE if any_case else 0)
    )


_TYPES = (
    _type(  # a sum of money
        r"\bhow much (?:money|funding)\b"
        r"|\b(?:what|how much)\b(?!.*\babout\b).*"  # not "what did they say about the cost"
        r"\b(?:cost|costs|pay|pays|paid|spend|spends|spent|spending|charge|charged|fine|fined|fee"
        r"|fees|price)\b",
        r"£|\bpounds?\b|\bpence\b|\b\d+p\b|\bmillions?\b|\bfree\b",
    ),
    _type(  # a year
        r"\b(?:what|which) year\b", r"\b(?:19|20)\d\d\b|\b(?:last|this|next) (?:year|month|week)\b"
    ),
    _type(  # a number
        r"\bhow (?:many|much)\b|\b(?:what|which) (?:number|percentage|proportion|share)\b",
        r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozens?|hundreds?"
        r"|thousands?|millions?|half|thirds?|quarters?|both|all|most|many|several|none|majority"
        r"|lot)\b",
    ),
    _type(  # a date, or how long
        rf"\bwhen(?:'?s| {_IS})\b|\bhow long\b"
        r"|\b(?:what|which) (?:date|day|week|month|year|time)\b",
        r"\d|\b(?:january|february|march|april|may|june|july|august|september|october|november"
        r"|december|(?:mon|tues|wednes|thurs|fri|satur|sun)day|spring|summer|autumn|winter"
        r"|christmas|easter|last|next|today|yesterday|tomorrow"
        r"|(?:minute|hour|week|fortnight|month|term|year|decade)s?)\b",
    ),
    _type(  # a person or a body: a capital inside a sentence, or an abbreviation
        r"^(?:\W|and |but |so )*who(?:'?s)?\b|\bwh(?:ich|at) (?:person|councillor)\b",
        r"(?<=[a-z0-9,;] )[A-Z]|\b[A-Z]{2,}",
        any_case=False,
    ),
    _type(  # how to reach somebody
        r"\be-?mail\b|\b(?:tele)?phone number\b|\bnumber (?:for|to (?:call|ring))\b"
        r"|\bcontact details\b|\bpostal address\b",
        r"@|\d{5}|\bwww\.|\.(?:uk|org|com)\b",
    ),
)


def nothing_of_the_type(question: str, quotes: Iterable[str]) -> bool:
    """Say whether a question asks for a sort of thing of which no quote holds one.

    >>> nothing_of_the_type("When did it open?", ["It opened late.", "People queued."])
    True
    >>> nothing_of_the_type("When did it open?", ["It opened in March."])
    False
    """
    read = list(quotes)
    text = question.replace("’", "'")
    return any(
        kind.asked.search(text) and not any(kind.held.search(quote) for quote in read)
        for kind in _TYPES
    )
