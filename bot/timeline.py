"""Quotes that tell different things, over time or by speaker: found, and put newest first.

No verdict: what is shown is that they differ, with dates and speakers, never who is right.
"""

from __future__ import annotations

import datetime as dt
import re
from itertools import combinations

from bot.datatypes import Citation
from bot.judgement import Judgement

_STATUS = re.compile(
    r"\b(?:still|now|nowadays|currently|latest|today|yet|these days|at the moment|any ?more|"
    r"any (?:better|good|worse)|(?:got|getting|gotten) (?:better|worse)|improv\w+|changed)\b",
    re.IGNORECASE,
)
# A question with two possible answers, on which quotes can differ.
_TWO_SIDED = re.compile(
    r"^(?:and |but |so )?(?:is|are|was|were|do|does|did|has|have|had|can|could|will|would|should)\b"
    r"|\bor\b|\bagree\w*\b",
    re.IGNORECASE,
)
# Quotes that answer about equally well can differ; one that is much worse is about something else.
_SAME_MATTER_GAP = 0.05


def asks_how_things_stand(question: str) -> bool:
    """Say whether a question is about how things stand, rather than about what happened once.

    >>> asks_how_things_stand("Is the library still closed?")
    True
    """
    return bool(_STATUS.search(question))


def in_order_of_time(
    quotes: tuple[Citation, ...], question: str, judgement: Judgement
) -> tuple[tuple[Citation, ...], bool]:
    """Return the quotes as they should be shown, and whether they tell different things.

    Those that answer about equally well stand newest first where they differ, or where the
    question asks how things stand; best first otherwise. An unknown date counts as the oldest.
    """
    status = asks_how_things_stand(question)
    differs = bool(status or _TWO_SIDED.search(question)) and any(
        _disagree(one, other, judgement) for one, other in combinations(quotes, 2)
    )
    if not (status or differs):
        return quotes, False
    near = [quote for quote in quotes if quote.score >= quotes[0].score - _SAME_MATTER_GAP]
    newest_first = sorted(near, key=_day, reverse=True)
    return (*newest_first, *quotes[len(near) :]), differs


def _day(quote: Citation) -> dt.date:
    return quote.article.published.day if quote.article.published else dt.date.min


def _disagree(one: Citation, other: Citation, judgement: Judgement) -> bool:
    apart = _day(one) != _day(other) or one.speaker_name != other.speaker_name
    near = abs(one.score - other.score) <= _SAME_MATTER_GAP
    return apart and near and judgement.of(one.quote) * judgement.of(other.quote) < 0
