"""An article's text -> paragraph, boilerplate and sentence spans.

This is the only place where text is cut, and it happens once, at build time. Every
later step picks among these spans. Who speaks in a sentence is `speakers.py`'s business.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from itertools import pairwise

from nupunkt import PunktParameters, PunktSentenceTokenizer, load_default_model

from bot.datatypes import Span

# Abbreviations that British news uses. The splitter's own list was learned from legal texts
# and holds words such as "met", "week" and "tax", after which it would not end a sentence.
_ABBREVIATIONS = frozenset(
    """
    mr mrs ms messrs dr prof rev revd fr sr jr st mt lt col gen sgt capt cmdr hon rt cllr cllrs
    ald insp supt det e.g i.e eg ie cf etc vs v viz approx dept est inc ltd plc co corp bros assn
    gov govt jan feb mar apr jun jul aug sept sep oct nov dec tel ext ed eds al ave rd u.s u.k
    u.n e.u p.m a.m ph.d b.a m.a m.p p.a
    """.split()
)
# After these a capital begins a sentence: nothing else follows a time or a month in capitals.
_ABBREVIATION_THEN_SENTENCE = re.compile(
    r"\b(?:[ap]\.m|Jan|Feb|Mar|Apr|Aug|Sept?|Oct|Nov|Dec)\.[”\"’]?\s+(?=[“\"‘]?[A-Z])"
)
# These stand before a number only: "No. 10", but "She said no. 10 people left." is two.
_BEFORE_NUMBER = re.compile(r"(?:\bNo|\bNos|\bpp?|\bpara|\bparas|\bvol|\bfig|\bch)\.$")

# What stands behind a motto: "Libraries matter." – Meera Ash
_SIGNATURE = re.compile(r"[–—-] ?[A-Z][\w’'-]*(?: [\w’'-]+){0,5}$")

# A byte order mark at a file's start is not white space to Python, but it is to a reader.
_BLANK = " \t\r\n\f\v\u00a0\u2007\u202f\u200b\ufeff"

# Shorter lines are headings or list items; longer ones that end no sentence are wrapped.
_WRAPPED_LINE_CHARACTERS = 50

_HEADING_WORDS = 20
_BULLETS = "•*-–—·"

_WORDY = re.compile(r"[^\W_]")
_LINE = re.compile(r"[^\r\n]+")
_LINE_END = re.compile(r"\r\n|\n|\r")
_ENDS_SENTENCE = re.compile(r"[.!?:;…][\"'”’)\]]*$")


def split_paragraphs(
    text: str, is_boilerplate: Callable[[str], bool] = lambda _: False
) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    r"""Cut a text at its line ends into paragraphs and boilerplate lines, both trimmed.

    A line is a paragraph. Only a line that goes on in small letters, or after a comma, is
    joined to a long one above it: those were wrapped by hand. Headings and list items stay
    apart from what follows them. A short line that ends no sentence is a heading and, like a
    line without a letter or digit, boilerplate.

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
        if is_boilerplate(line.of(text)) or not _WORDY.search(line.of(text)):
            boilerplate.append(line)
            open_line = None
            continue
        if open_line is not None and _goes_on(text, open_line, line):
            line = Span(open_line.start, line.end)
            paragraphs[-1] = line
        else:
            paragraphs.append(line)
        open_line = line if _is_wrapped(match[0]) else None
    headings = [paragraph for paragraph in paragraphs if _is_heading(paragraph.of(text))]
    if len(headings) < len(paragraphs):  # else it is all that there is
        paragraphs = [paragraph for paragraph in paragraphs if paragraph not in headings]
        boilerplate = sorted(boilerplate + headings)
    return tuple(paragraphs), tuple(boilerplate)


def split_sentences(text: str, paragraph: Span) -> tuple[Span, ...]:
    """Cut one paragraph into sentences: ordered, disjoint, only white space between.

    >>> split_sentences("Cllr. Ash agreed. He left.", Span(0, 26))
    (Span(start=0, end=17), Span(start=18, end=26))
    """
    cuts = {paragraph.start, paragraph.end}
    for _, (start, _) in _tokenizer().tokenize_with_spans(paragraph.of(text)):
        cuts.add(paragraph.start + start)
    for match in _ABBREVIATION_THEN_SENTENCE.finditer(text, paragraph.start, paragraph.end):
        cuts.add(match.end())
    spans = (trim(text, start, end) for start, end in pairwise(sorted(cuts)))
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


def _is_heading(line: str) -> bool:
    ends_nothing = not _ENDS_SENTENCE.search(line) and not line.endswith((",", "-", "–"))
    return ends_nothing and line[0] not in _BULLETS and len(line.split()) <= _HEADING_WORDS


def _goes_on(text: str, before: Span, line: Span) -> bool:
    """Say whether a line goes on where a wrapped one stopped, right below it."""
    adjoining = len(_LINE_END.findall(text, before.end, line.start)) == 1
    return adjoining and (text[line.start].islower() or text[before.end - 1] in ",-–")


def _is_wrapped(line: str) -> bool:
    line = line.rstrip(_BLANK)
    return len(line) >= _WRAPPED_LINE_CHARACTERS and not _ENDS_SENTENCE.search(line)


def _join_fragments(text: str, spans: tuple[Span, ...]) -> tuple[Span, ...]:
    """Undo cuts before a stray closing mark, a signature, and between "No." and its number."""
    joined: list[Span] = []
    for span in spans:
        words = span.of(text)
        stray = not _WORDY.search(words) or _SIGNATURE.match(words)
        if joined and (
            stray or (words[0].isdigit() and _BEFORE_NUMBER.search(joined[-1].of(text)))
        ):
            joined[-1] = Span(joined[-1].start, span.end)
        else:
            joined.append(span)
    return tuple(joined)
