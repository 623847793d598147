"""An article's text -> paragraph, boilerplate and sentence spans.

This is the only place where text is cut, and it happens once, at build time. Every
later step picks among these spans. Who speaks in a sentence is `speakers.py`'s business.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

from nupunkt import PunktParameters, PunktSentenceTokenizer, load_default_model

from bot.datatypes import Span

# Abbreviations that British news uses. The splitter's own list was learned from legal texts
# and holds words such as "met", "week" and "tax", after which it would not end a sentence.
_ABBREVIATIONS = frozenset(
    """
    mr mrs ms messrs dr prof rev revd fr sr jr st mt lt col gen sgt capt cmdr hon rt cllr cllrs
    ald insp supt det e.g i.e eg ie cf etc vs v viz approx dept est inc ltd plc co corp bros assn
    gov govt jan feb mar apr jun jul aug sept sep oct nov dec tel ext ed eds al ave rd u.s u.k
    u.n e.u p.m a.m ph.d b.a m.a m.p
    """.split()
)
# These stand before a number only: "No. 10", but "She said no. 10 people left." is two.
_BEFORE_NUMBER = re.compile(r"(?:\bNo|\bNos|\bpp?|\bpara|\bparas|\bvol|\bfig|\bch)\.$")

# A byte order mark at a file's start is not white space to Python, but it is to a reader.
_BLANK = " \t\r\n\f\v\u00a0\u2007\u202f\u200b\ufeff"

# Shorter lines are headings or list items; longer ones that end no sentence are wrapped.
_WRAPPED_LINE_CHARACTERS = 50

_LINE = re.compile(r"[^\r\n]+")
_LINE_END = re.compile(r"\r\n|\n|\r")
_ENDS_SENTENCE = re.compile(r"[.!?:;…][\"'”’)\]]*$")


def split_paragraphs(
    text: str, is_boilerplate: Callable[[str], bool] = lambda _: False
) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    r"""Cut a text at its line ends into paragraphs and boilerplate lines, both trimmed.

    A line is a paragraph, unless it is one of a block of wrapped lines, which are joined.

    >>> split_paragraphs("One. Two.\n\nREAD MORE: x\n", lambda line: line.startswith("READ"))
    ((Span(start=0, end=9),), (Span(start=11, end=23),))
    """
    paragraphs: list[Span] = []
    boilerplate: list[Span] = []
    open_line: Span | None = None  # the paragraph so far, where its last line may be wrapped
    for match in _LINE.finditer(text):
        line = trim(text, match.start(), match.end())
        if line is None:
            open_line = None
            continue
        if is_boilerplate(line.of(text)):
            boilerplate.append(line)
            open_line = None
            continue
        if open_line is not None and len(_LINE_END.findall(text, open_line.end, line.start)) == 1:
            line = Span(open_line.start, line.end)
            paragraphs[-1] = line
        else:
            paragraphs.append(line)
        open_line = line if _is_wrapped(match[0]) else None
    return tuple(paragraphs), tuple(boilerplate)


def split_sentences(text: str, paragraph: Span) -> tuple[Span, ...]:
    """Cut one paragraph into sentences: ordered, disjoint, only white space between.

    >>> split_sentences("Cllr. Ash agreed. He left.", Span(0, 26))
    (Span(start=0, end=17), Span(start=18, end=26))
    """
    tokenizer = _tokenizer()
    spans = (
        trim(text, paragraph.start + start, paragraph.start + end)
        for _, (start, end) in tokenizer.tokenize_with_spans(paragraph.of(text))
    )
    return _join_fragments(text, tuple(span for span in spans if span))


def trim(text: str, start: int, end: int) -> Span | None:
    """Shrink a stretch until no white space is left at its ends; None if nothing is left."""
    while start < end and text[start] in _BLANK:
        start += 1
    while start < end and text[end - 1] in _BLANK:
        end -= 1
    return Span(start, end) if start < end else None


@cache
def _tokenizer() -> PunktSentenceTokenizer:
    learned = load_default_model().parameters
    parameters = PunktParameters(
        abbrev_types=set(_ABBREVIATIONS),
        collocations=learned.collocations,
        sent_starters=learned.sent_starters,
    )
    return PunktSentenceTokenizer(parameters, include_common_abbrevs=False)


def _is_wrapped(line: str) -> bool:
    line = line.rstrip(_BLANK)
    return len(line) >= _WRAPPED_LINE_CHARACTERS and not _ENDS_SENTENCE.search(line)


def _join_fragments(text: str, spans: tuple[Span, ...]) -> tuple[Span, ...]:
    """Undo cuts before a stray closing quotation mark and between "No." and its number."""
    joined: list[Span] = []
    for span in spans:
        words = span.of(text)
        stray = not any(character.isalnum() for character in words)
        if joined and (
            stray or (words[0].isdigit() and _BEFORE_NUMBER.search(joined[-1].of(text)))
        ):
            joined[-1] = Span(joined[-1].start, span.end)
        else:
            joined.append(span)
    return tuple(joined)
