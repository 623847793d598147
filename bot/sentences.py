"""An article's text -> paragraph, boilerplate and sentence spans.

This is the only place where text is cut, and it happens once, at build time. Every
later step picks among these spans. Who speaks in a sentence is `speakers.py`'s business.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

from nupunkt import PunktSentenceTokenizer, load_default_model

from bot.datatypes import Span

# British titles that the splitter's American model does not know.
_ABBREVIATIONS = ["cllr", "cllrs", "rt", "hon", "approx", "dept", "tel"]

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
    tokenizer = load_default_model()
    tokenizer.add_abbreviations(_ABBREVIATIONS)
    return tokenizer


def _is_wrapped(line: str) -> bool:
    line = line.rstrip(_BLANK)
    return len(line) >= _WRAPPED_LINE_CHARACTERS and not _ENDS_SENTENCE.search(line)


def _join_fragments(text: str, spans: tuple[Span, ...]) -> tuple[Span, ...]:
    """Give a stretch without a letter or digit (a stray closing quote) to its neighbour."""
    joined: list[Span] = []
    for span in spans:
        if joined and not any(character.isalnum() for character in span.of(text)):
            joined[-1] = Span(joined[-1].start, span.end)
        else:
            joined.append(span)
    return tuple(joined)
