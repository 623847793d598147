"""A question that leans on the one before it -> one question that can be read alone."""

from __future__ import annotations

from bot.questions import question_terms
from bot.words import words

# Words that point back at something said before.
_POINTING = frozenset(
    "that this those these it its she he they them her his their him one ones else there".split()
)
_CONTINUING = frozenset("and but so also why then".split())

# A longer question says itself what it is about, whatever its pronouns.
_MAX_TERMS = 3


def leans_on_previous(question: str) -> bool:
    """Say whether a question cannot be understood without the one before it.

    >>> leans_on_previous("When was that?")
    True
    >>> leans_on_previous("Who mends roofs?")
    False
    """
    own = words(question)
    terms = question_terms(question)
    if not terms:
        return True
    return len(terms) <= _MAX_TERMS and bool(_POINTING.intersection(own) or own[0] in _CONTINUING)
