"""Text -> words and stems: what BM25 and the reader's word checks count."""

from __future__ import annotations

import re
from functools import cache

import Stemmer

# The closed classes of English: they say how a sentence is built, not what it is about.
FUNCTION_WORDS = frozenset(
    """
    a an the this that these those some any each every either neither no none such same other
    another i me my mine myself we us our ours ourselves you your yours yourself yourselves he him
    his himself she her hers herself it its itself they them their theirs themselves one ones who
    whom whose which what when where why how whatever whoever and or but nor so if then than as
    because while although though unless until whether of in on at to for from by with without
    within about into onto over under after before during between among against through across
    along around near off out up down upon per via towards toward is am are was were be been being
    do does did done doing have has had having will would shall should can could may might must
    ought not n't never also too very just only even still yet again already ever here there now
    s t d ll m re ve don doesn didn isn aren wasn weren hasn haven hadn won wouldn shouldn couldn
    can't cannot dont doesnt didnt isnt arent wasnt wont cant couldnt wouldnt shouldnt im ive id
    whats whos wheres hows thats theres please ok okay yes oh well really actually anyone someone
    something anything everyone everything nothing much many more most less least lot lots few
    """.split()
)

_WORD = re.compile(r"[^\W_]+(?:[.,]\d+)*")


def words(text: str) -> list[str]:
    """Return the lower-case words of a text, possessive endings dropped.

    >>> words("Brackwater’s 1,200 library books")
    ['brackwater', '1,200', 'library', 'books']
    """
    folded = text.casefold().replace("’", "'").replace("'s ", " ")
    return _WORD.findall(folded.removesuffix("'s"))


def stem(word: str) -> str:
    """Return the Snowball stem of one lower-case word.

    >>> stem("inspections")
    'inspect'
    """
    return _stem(word)


def terms(text: str) -> list[str]:
    """Return the stems of a text's informative words, in order, repeats kept.

    >>> terms("What did the librarians say about fines?")
    ['librarian', 'say', 'fine']
    """
    return [stem(word) for word in words(text) if word not in FUNCTION_WORDS]


@cache
def _stemmer() -> Stemmer.Stemmer:
    return Stemmer.Stemmer("english")


@cache
def _stem(word: str) -> str:
    return str(_stemmer().stemWord(word))
