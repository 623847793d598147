"""Who speaks: finds quoted speech in an article and the words that name its speaker.

The rules are those of English news writing, and know no article:
- an attribution stands before the speech ("Ms Ash wrote to parents, thanking them: “…")
  or after it ("“…,” said Ms Ash");
- speech over several paragraphs opens each with a quotation mark and closes only the last;
- a paragraph that ends with a colon introduces the speech of the next one;
- "she" or "he" in an attribution is the last person named before, if titles (Ms, Mr) agree.

A speaker is a span of the article's text. Where these rules find none, it stays unknown:
a wrong name under a quote is worse than none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from bot.attribution import PRONOUN, ROLES, is_interruption, subject_after, subject_before
from bot.datatypes import Span

_TITLE = r"(?:Ms|Mrs|Miss|Lady|Dame|Mr|Sir|Lord)"
_FEMALE = {"Ms", "Mrs", "Miss", "Lady", "Dame"}
_SURNAME_WITH_TITLE = re.compile(
    rf"\b({_TITLE})\.? (?:[A-Z][\w’'-]+ )*?([A-Z][\w-]+)(?=[^\w-]|$)(?! [A-Z])"
)
# Somebody with a name: a title or office before it, or two or three capitals.
_PERSON = re.compile(
    rf"\b(?P<office>{_TITLE}|Cllr|Councillor|councillor|Dr|Prof|Professor|Judge|Justice|Rev)\.?"
    r" [A-Z][\w-]+(?: [A-Z][\w-]+)?"
    r"|\b[A-Z][a-z-]+ (?:(?:de|van|von|al|bin|le|la) )?[A-Z][\w-]*[a-z](?: [A-Z][\w-]*[a-z])?"
)
# Two capitals may be a body or a place. What stands around a person's name tells them apart.
_ROLE_BEFORE = re.compile(rf"\b(?:{ROLES}),? $", re.IGNORECASE)
_PERSON_AFTER = re.compile(
    r",? who(?:se)?\b|, (?:aged )?\d|, (?:the|a|an|his|her) |, [\w’' ]*\b(?:" + ROLES + r")\b"
)
# How many sentences of the reporter's own may stand between a name and "she".
_SENTENCES_BACK = 3

_SENTENCE_STOP = re.compile(r"(?<!\bMr)(?<!\bMs)(?<!\bDr)(?<!\bMrs)(?<!\b[A-Z])[.!?][”\"’]?\s+")


@dataclass(frozen=True, slots=True)
class _Speech:
    """A stretch of text between quotation marks; `closed` says whether a mark ends it."""

    span: Span
    closed: bool


def find_speakers(
    text: str, paragraphs: tuple[Span, ...], sentences: tuple[tuple[Span, ...], ...]
) -> tuple[tuple[Span | None, ...], ...]:
    """Return, for each sentence of each paragraph, the span that names who speaks it.

    None for the reporter's own prose, for prose that only holds a quoted phrase of somebody's,
    and wherever the rules find no name.
    """
    article = _Reading(text, _sexes_of_surnames(text))
    return tuple(
        article.read_paragraph(paragraph, in_paragraph)
        for paragraph, in_paragraph in zip(paragraphs, sentences, strict=True)
    )


def find_people(text: str) -> tuple[Span, ...]:
    """Return where an article names people, as far as titles, offices and roles tell."""
    sexes = _sexes_of_surnames(text)
    return tuple(
        Span(*match.span()) for match in _PERSON.finditer(text) if _is_person(text, match, sexes)
    )


class _Reading:
    """An article read from its beginning: what the rules must remember on the way."""

    def __init__(self, text: str, sexes: dict[str, set[bool]]) -> None:
        self._text = text
        self._sexes = sexes
        self._carried: Span | None = None  # speaker of the paragraph before, speech still open
        self._prose: list[Span] = []  # the reporter's stretches so far, speech taken out
        self._named: dict[Span, Span] = {}  # such a stretch -> whom it names as speaking

    def read_paragraph(
        self, paragraph: Span, sentences: tuple[Span, ...]
    ) -> tuple[Span | None, ...]:
        """Return the speaker of each sentence of the next paragraph."""
        speeches = tuple(_speeches(self._text, paragraph))
        speakers: list[Span | None] = []
        read = paragraph.start
        for speech in speeches:
            self._read_prose(read, speech.span.start)
            speakers.append(self._speaker(paragraph, speeches, speakers))
            read = speech.span.end
        self._carried = None
        if speeches and not speeches[-1].closed:
            self._carried = speakers[-1]
        elif self._text[paragraph.end - 1] == ":":
            start = _clause_start(self._text, paragraph.start, paragraph.end)
            self._carried = self._resolve(subject_before(self._text, start, paragraph.end))
        self._read_prose(read, paragraph.end)
        return tuple(_speaker_of(self._text, s, speeches, speakers) for s in sentences)

    def _speaker(
        self, paragraph: Span, speeches: tuple[_Speech, ...], before: list[Span | None]
    ) -> Span | None:
        """Name the speaker of the next speech of a paragraph, as far as the text does."""
        text, number = self._text, len(before)
        speech = speeches[number].span
        start = _clause_start(text, paragraph.start, speech.start)
        named = subject_before(text, start, speech.start)
        if named is None and speech.start == paragraph.start and self._carried:
            return self._carried
        if named is None:
            named = subject_after(text, speech.end, paragraph.end)
        if named is None and number:
            between = text[speeches[number - 1].span.end : speech.start]
            return before[-1] if is_interruption(between) else None  # “…,” said Ms Ash. “…”
        speaker = self._resolve(named)
        if speaker and named:
            self._named[named] = speaker
        return speaker

    def _read_prose(self, start: int, end: int) -> None:
        """Remember the reporter's sentences between two speeches."""
        cuts = [start, *(m.end() for m in _SENTENCE_STOP.finditer(self._text, start, end)), end]
        self._prose += [
            Span(a, b) for a, b in pairwise(cuts) if self._text[a:b].strip(" \n\r\t\u00a0,.")
        ]

    def _resolve(self, named: Span | None) -> Span | None:
        """Replace "she" and "he" by whom they mean, or by None where that is not clear.

        They mean the one person named in the reporter's last sentence that names anybody, if
        that person's title, where the article tells one, agrees.
        """
        if named is None or not PRONOUN.match(named.of(self._text)):
            return named
        female = named.of(self._text).lower() == "she"
        earlier = [prose for prose in self._prose if prose.start < named.start]
        for prose in reversed(earlier[-_SENTENCES_BACK:]):
            said_by = [name for at, name in self._named.items() if prose.contains(at)]
            if said_by:
                return said_by[-1] if self._may_be(said_by[-1], female=female) else None
            end = min(prose.end, named.start)
            people = [
                m
                for m in _PERSON.finditer(self._text, prose.start, end)
                if _is_person(self._text, m, self._sexes)
            ]
            fitting = [m for m in people if self._may_be(Span(*m.span()), female=female)]
            if len(fitting) == 1 and not _owns(self._text, fitting[0]):
                return Span(*fitting[0].span())
            if people:
                return None
        return None

    def _may_be(self, name: Span, *, female: bool) -> bool:
        """Say whether the article's titles for any word of a name allow "she" or "he"."""
        told = {
            sex
            for word in re.findall(r"[\w-]+", name.of(self._text))
            for sex in self._sexes.get(word, ())
        }
        return not told or told == {female}


def _is_person(text: str, match: re.Match[str], sexes: dict[str, set[bool]]) -> bool:
    return bool(
        match["office"]
        or match[0].split()[-1] in sexes
        or _ROLE_BEFORE.search(text[max(0, match.start() - 40) : match.start()])
        or _PERSON_AFTER.match(text[match.end() : match.end() + 80])
    )


def _owns(text: str, match: re.Match[str]) -> bool:
    return text[match.end() : match.end() + 2] in {"’s", "'s"}


def _speaker_of(
    text: str, sentence: Span, speeches: tuple[_Speech, ...], speakers: list[Span | None]
) -> Span | None:
    """Return who speaks a sentence: what opens it or follows "said:" is speech, phrases are not."""
    for speech, speaker in zip(speeches, speakers, strict=True):
        spoken = speech.span.overlap(sentence)
        if speaker is None or not spoken:
            continue
        lead = text[sentence.start : max(sentence.start, speech.span.start)].rstrip()
        if not lead or lead.endswith((":", ",")) or 2 * spoken >= len(sentence):
            return speaker
    return None


def _speeches(text: str, paragraph: Span) -> Iterator[_Speech]:
    """Find quoted stretches; straight and curly marks may be mixed, the last left open.

    Single marks count only at a paragraph's start and after a colon or comma: elsewhere
    they are apostrophes or phrases.
    """
    start: int | None = None
    single = False  # whether the speech that is open, or was closed last, has single marks
    for place in range(paragraph.start, paragraph.end):
        character = text[place]
        after_blank = place == paragraph.start or text[place - 1].isspace()
        if start is None:
            lead = text[paragraph.start : place].rstrip()
            marks_speech = not lead or lead[-1] in ":," or single
            if character in "‘'" and after_blank and marks_speech:
                start, single = place, True
            elif character in '“"' and not text[place - 1 : place].isalnum():
                start, single = place, False
        elif character in ("’'" if single else '”"') and _closes(text, place, paragraph, single):
            yield _Speech(Span(start, place + 1), closed=True)
            start = None
    if start is not None:
        yield _Speech(Span(start, paragraph.end), closed=False)


def _closes(text: str, place: int, paragraph: Span, single: bool) -> bool:
    after = text[place + 1] if place + 1 < paragraph.end else " "
    return not after.isalnum() and (not single or text[place - 1] in ".,!?…")


def _clause_start(text: str, start: int, end: int) -> int:
    """Return where the sentence that leads up to `end` begins, behind any earlier speech."""
    lead = text[start:end]
    stops = [m.end() for m in _SENTENCE_STOP.finditer(lead)]
    stops += [m.end() for m in re.finditer(r"[”\"][,.]?\s+(?=[A-Z])", lead)]
    stops = [stop for stop in stops if lead[stop:].strip(" “\"‘'")]
    return start + max(stops, default=0)


def _sexes_of_surnames(text: str) -> dict[str, set[bool]]:
    """Map each surname that the article gives a title to what those titles tell: is it female?"""
    found: dict[str, set[bool]] = {}
    for match in _SURNAME_WITH_TITLE.finditer(text):
        found.setdefault(match[2], set()).add(match[1] in _FEMALE)
    return found
