"""The records that everything else passes around: frozen, typed, with offsets.

A quote is never a string that somebody made: it is a `Span` of an article's text,
so `article.text[span.start:span.end]` is the quote, always. Nothing here reads a
file, knows a model or draws a page.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open, never empty stretch of characters of one article's text."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise ValueError(f"a span needs 0 <= start < end, got {self.start}-{self.end}")

    def __len__(self) -> int:
        return self.end - self.start

    def of(self, text: str) -> str:
        """Return the characters that this span covers in `text`.

        >>> Span(0, 5).of("hello parents")
        'hello'
        """
        return text[self.start : self.end]

    def overlap(self, other: Span) -> int:
        """Return how many characters both spans cover (0 when they are apart)."""
        return max(0, min(self.end, other.end) - max(self.start, other.start))

    def contains(self, other: Span) -> bool:
        """Say whether `other` lies wholly inside this span."""
        return self.start <= other.start and other.end <= self.end


class DatePrecision(StrEnum):
    """How exactly a publishing date is known; `AFTER` means "on some later day"."""

    DAY = "day"
    MONTH = "month"
    AFTER = "after"


class Basis(StrEnum):
    """Where a catalogue fact comes from."""

    STATED = "stated"
    INFERRED = "inferred"
    LOOKED_UP = "looked-up"


@dataclass(frozen=True, slots=True)
class PublishedDate:
    """A publishing date that says how exact it is and how it is known."""

    day: dt.date
    precision: DatePrecision
    basis: Basis


@dataclass(frozen=True, slots=True)
class Article:
    """One published article: the file's exact text and what the catalogue says of it.

    `paragraphs` and `boilerplate` are ordered, disjoint spans of `text`; together they
    hold every character that is not white space. Boilerplate (headlines, link captions,
    image credits) can be shown but is never searched and never quoted.
    """

    id: str
    source: str  # the file's name inside seeds/
    sha256: str  # of the file's bytes
    text: str = field(repr=False)
    title: str
    title_basis: Basis
    publisher: str | None
    kind: str | None
    url: str | None
    published: PublishedDate | None
    show: Literal["whole", "passage"]
    paragraphs: tuple[Span, ...] = field(repr=False)
    boilerplate: tuple[Span, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Sentence:
    """One quotable sentence. `speaker` is who says its quoted speech, where the text tells."""

    article: Article = field(repr=False)
    span: Span
    paragraph: Span
    speaker: Span | None

    @property
    def text(self) -> str:
        """The sentence's exact words."""
        return self.span.of(self.article.text)


@dataclass(frozen=True, slots=True)
class Passage:
    """A run of adjoining whole sentences of one article: the unit of retrieval."""

    article: Article = field(repr=False)
    sentences: tuple[Sentence, ...]

    @property
    def span(self) -> Span:
        """From the first sentence's start to the last one's end."""
        return Span(self.sentences[0].span.start, self.sentences[-1].span.end)

    @property
    def text(self) -> str:
        """The passage's exact words, gaps between its sentences included."""
        return self.span.of(self.article.text)


@dataclass(frozen=True, slots=True)
class Corpus:
    """All articles with their sentences and passages, in file order."""

    articles: tuple[Article, ...]
    sentences: tuple[Sentence, ...]
    passages: tuple[Passage, ...]
    subject: str  # what the articles are about, in a few words
    examples: tuple[str, ...]  # questions that the articles answer, for somebody new


@dataclass(frozen=True, slots=True, eq=False)
class Encoding:
    """What the encoder makes of one text."""

    vector: Floats  # (d,), unit length: the whole text
    tokens: Floats  # (t, d), unit rows: each token in its context, no CLS or SEP
    token_ids: Integers  # (t,), the tokeniser's vocabulary
    token_spans: Integers  # (t, 2), half-open characters of the text
    matching: Floats  # (t, m), unit rows: each token, for finding answers
    salience: Floats  # (t,), above 0: how much each token matters where the text is a question


@dataclass(frozen=True, slots=True)
class Understood:
    """How something in a question was read.

    "answered by": the question before, and the sentence near which the answer was looked for.
    """

    asked: str
    read_as: str
    how: Literal["repaired", "expanded", "carried over", "answered by"]


@dataclass(frozen=True, slots=True, eq=False)
class Conversation:
    """A follow-up's two questions, each read alone."""

    own: Question
    before: Question


@dataclass(frozen=True, slots=True, eq=False)
class Question:
    """A checked question, with what retrieving and reading need to know of it."""

    text: str  # with the question before in front, where this one leans on it
    terms: tuple[str, ...]  # stems of its informative words, in order, no repeats
    encoding: Encoding
    previous: str | None = None  # the question before, where this one leans on it
    # For a stem of `terms`, sets of stems that may stand for it in an article.
    alternatives: Mapping[str, frozenset[frozenset[str]]] = field(default_factory=dict)
    understood: tuple[Understood, ...] = ()
    # How likely the message is of each kind of messages.toml; empty for a follow-up.
    chances: Mapping[str, float] = field(default_factory=dict)
    conversation: Conversation | None = None  # where it leans on the question before


@dataclass(frozen=True, slots=True)
class Hit:
    """A retrieved passage. A higher score is better, here and everywhere."""

    passage: Passage
    score: float


@dataclass(frozen=True, slots=True)
class Citation:
    """A quote with all that a reader needs to judge and to check it."""

    article: Article
    span: Span
    paragraph: Span
    speaker: Span | None
    score: float
    before: Span | None = None  # the sentence before the quote, for context
    after: Span | None = None
    also: tuple[Citation, ...] = ()  # where much the same is said

    @property
    def quote(self) -> str:
        """The exact words: a slice of the article, hence verbatim by construction."""
        return self.span.of(self.article.text)

    @property
    def speaker_name(self) -> str | None:
        """The speaker in the article's own words, or None where the text does not tell."""
        return self.speaker.of(self.article.text) if self.speaker else None


@dataclass(frozen=True, slots=True)
class Answer:
    """One to three quotes, best first."""

    citations: tuple[Citation, ...]
    understood: tuple[Understood, ...] = ()
    unmentioned: tuple[str, ...] = ()  # words of the question that no article holds, as typed
    differs: bool = False  # the quotes say different things, over time or by speaker
    current: bool = False  # the question asks how things stand now

    def __post_init__(self) -> None:
        if not 1 <= len(self.citations) <= MAX_CITATIONS:
            raise ValueError(f"an answer has 1 to {MAX_CITATIONS} quotes")


class Reason(StrEnum):
    """Why there is no answer."""

    NOTHING_RETRIEVED = "nothing-retrieved"
    NOT_CONFIDENT = "not-confident"


@dataclass(frozen=True, slots=True)
class Refusal:
    """No quote answers the question. `nearest` is for showing as "related", never as an answer."""

    reason: Reason
    nearest: tuple[Citation, ...]
    understood: tuple[Understood, ...] = ()
    unmentioned: tuple[str, ...] = ()


class Status(StrEnum):
    """What a message is that is no question for the articles."""

    HELP = "help"
    GREETING = "greeting"
    ABOUT = "about"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class Contact:
    """Where somebody can turn to. A number stands here only if somebody found it published."""

    name: str
    what: str
    phone: str | None = None
    text: str | None = None
    url: str | None = None
    checked_on: dt.date | None = None  # the day on which a person checked it


@dataclass(frozen=True, slots=True)
class Card:
    """A fixed text of ours, with where to turn to."""

    text: str
    title: str | None = None
    contacts: tuple[Contact, ...] = ()


@dataclass(frozen=True, slots=True)
class Routed:
    """A message that was not looked up: it gets a fixed text. Never beside a quote."""

    status: Status
    card: Card


Reply = Answer | Refusal | Routed

# Few good quotes beat many; beyond three a reader stops checking them.
MAX_CITATIONS = 3
