"""Who speaks: finds quoted speech in an article and the words that name its speaker.

The rules are those of English news writing, and know no article:
- an attribution stands before the speech ("Ms Ash wrote to parents, thanking them: “…")
  or after it ("“…,” said Ms Ash");
- speech over several paragraphs opens each with a quotation mark and closes only the last;
- a paragraph that ends with a colon introduces the speech of the next one;
- "she" or "he" in an attribution is the last person named before, if the honorifics agree.

A speaker is a span of the article's text. Where these rules find none, it stays unknown:
a wrong name under a quote is worse than none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from bot.datatypes import Span

_VERB = (
    r"(?:said|says|say|added|adds|wrote|writes|told|tells|explained|explains|commented|comments"
    r"|continued|continues|warned|warns|insisted|insists|claimed|claims|admitted|admits"
    r"|concluded|concludes|replied|replies|argued|argues|stressed|stresses|stated|states"
    r"|responded|responds|announced|announces|confirmed|confirms|tweeted|posted|asked|asks"
    r"|urged|urges|noted|notes|recalled|recalls|remarked|remarks|agreed|agrees)"
)
_ATTRIBUTION_VERB = re.compile(rf"\b{_VERB}\b")
_PRONOUN = re.compile(r"(?:she|he)$", re.IGNORECASE)
_NO_NAME = re.compile(r"(?:it|they|we|i|you|who|which|that|this|there|one|what)$", re.IGNORECASE)

# A phrase that begins so says when or how something was said, not who said it.
_ADVERBIAL = re.compile(
    r"(?:in|at|on|after|before|during|following|speaking|responding|commenting|asked|when|while"
    r"|as|for|since|with|by|from|writing|addressing|reacting|referring|earlier|later|yesterday"
    r"|today|tonight|meanwhile|however|but|and|also|then|afterwards|last|this|despite|although"
    r"|though|because|if|to|of|about|according|under|through|over|separately|finally|recently"
    r"|announcing|welcoming|describing|summing|concluding|introducing|opening)\b",
    re.IGNORECASE,
)
# A subject begins with a capital or with a determiner; anything else is not a noun phrase.
_SUBJECT = re.compile(
    r"(?:[A-Z]|(?:a|an|the|one|another|both|councillors?|campaigners?|parents?|residents?"
    r"|inspectors?|officials?|ministers?|staff|teachers?|leaders?|her|his|their|its|our)\b)"
)
_MAX_SUBJECT_WORDS = 22

_ANTECEDENT_CHARACTERS = 600  # about two paragraphs of news

_HONORIFIC = re.compile(
    r"\b(Ms|Mrs|Miss|Lady|Dame|Mr|Sir|Lord)\.? ((?:[A-Z][\w’'-]+ )*[A-Z][\w’'-]+)"
)
_FEMALE = {"Ms", "Mrs", "Miss", "Lady", "Dame"}
_NAME = re.compile(
    r"\b[A-Z][a-z’'-]+(?: (?:(?:de|van|von|al|bin|le|la|O’|Mc)\s?)?[A-Z][\w’'-]*[a-z]){1,2}\b"
)


@dataclass(frozen=True, slots=True)
class _Speech:
    """A stretch of text between quotation marks; `closed` says whether a mark ends it."""

    span: Span
    closed: bool


def find_speakers(
    text: str, paragraphs: tuple[Span, ...], sentences: tuple[tuple[Span, ...], ...]
) -> tuple[tuple[Span | None, ...], ...]:
    """Return, for each sentence of each paragraph, the span that names who speaks it.

    None for the reporter's own prose, for prose that only holds a quoted phrase of somebody's
    without saying whose, and wherever the rules find no name.
    """
    found: list[tuple[Span | None, ...]] = []
    previous: Span | None = None  # speaker of the paragraph before, while its speech is open
    for number, paragraph in enumerate(paragraphs):
        speeches = tuple(_speeches(text, paragraph))
        opens_with_speech = bool(speeches) and speeches[0].span.start <= paragraph.start
        carried = previous if opens_with_speech else None
        speakers = _paragraph_speakers(text, paragraph, speeches, carried)
        found.append(
            tuple(_speaker_of(text, sentence, speeches, speakers) for sentence in sentences[number])
        )
        if speeches and not speeches[-1].closed:
            previous = speakers[-1]
        elif text[paragraph.end - 1] == ":":
            previous = _speaker_before(text, paragraph, paragraph.end)
        else:
            previous = None
    return tuple(found)


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

    Single marks count only where they open the paragraph: elsewhere they are apostrophes
    or phrases.
    """
    single = text[paragraph.start] in "‘'"
    opening, closing = ("‘'", "’'") if single else ('“"', '”"')
    start: int | None = None
    for place in range(paragraph.start, paragraph.end):
        character = text[place]
        before = text[place - 1] if place > paragraph.start else " "
        if start is None and character in opening and not before.isalnum():
            start = place
        elif start is not None and character in closing and _closes(text, place, paragraph, single):
            yield _Speech(Span(start, place + 1), closed=True)
            start = None
    if start is not None:
        yield _Speech(Span(start, paragraph.end), closed=False)


def _closes(text: str, place: int, paragraph: Span, single: bool) -> bool:
    after = text[place + 1] if place + 1 < paragraph.end else " "
    return not after.isalnum() and (not single or text[place - 1] in ".,!?…")


def _paragraph_speakers(
    text: str, paragraph: Span, speeches: tuple[_Speech, ...], carried: Span | None
) -> list[Span | None]:
    """Name the speaker of each speech of one paragraph, as far as the text does."""
    named = [
        _speaker_before(text, paragraph, speech.span.start)
        or _speaker_after(text, paragraph, speech.span.end)
        for speech in speeches
    ]
    if speeches and named[0] is None and speeches[0].span.start == paragraph.start:
        named[0] = carried
    for number, (first, second) in enumerate(pairwise(speeches)):
        # “…,” said Ms Ash. “…” - the second part goes on where the first stopped.
        if named[number + 1] is None and _is_interruption(text, first, second):
            named[number + 1] = named[number]
    return named


def _is_interruption(text: str, first: _Speech, second: _Speech) -> bool:
    between = text[first.span.end : second.span.start]
    return bool(_ATTRIBUTION_VERB.search(between)) and len(between.split()) <= _MAX_SUBJECT_WORDS


def _speaker_before(text: str, paragraph: Span, end: int) -> Span | None:
    """Read "NAME said:" or "NAME wrote to …, thanking them:" right before a speech."""
    start = _clause_start(text, paragraph.start, end)
    lead = text[start:end].rstrip(" \u00a0“‘\"'")
    verbs = list(_ATTRIBUTION_VERB.finditer(lead))
    if not verbs or not (lead.endswith((":", ",", verbs[-1][0]))):
        return None
    return _subject(text, start, start + verbs[0].start())


def _speaker_after(text: str, paragraph: Span, start: int) -> Span | None:
    """Read "said NAME" or "NAME said" right after a speech that ended with a comma or stop."""
    if text[start - 2] not in ",.!?…" and text[start - 1] != ",":
        return None
    end = _sentence_end(text, start, paragraph.end)
    tail = text[start:end]
    if match := re.match(rf"[\s,]*{_VERB}\s+(?=\S)", tail):
        return _subject(text, start + match.end(), end, stop_at_clause=True)
    if match := re.match(rf"[\s,]*(?P<who>[^,.:;“”\"]{{2,90}}?)\s+{_VERB}\b", tail):
        return _subject(text, start + match.start("who"), start + match.end("who"))
    return None


def _clause_start(text: str, start: int, end: int) -> int:
    """Return where the sentence that leads up to `end` begins."""
    lead = text[start:end]
    stops = [
        m.end() for m in re.finditer(r"(?<!\bMr)(?<!\bMs)(?<!\bDr)(?<!\bMrs)[.!?][”\"’]?\s+", lead)
    ]
    stops += [m.end() for m in re.finditer(r"[”\"]\s+(?=[A-Z])", lead)]
    stops = [stop for stop in stops if lead[stop:].strip(" “\"‘'")]
    return start + max(stops, default=0)


def _sentence_end(text: str, start: int, end: int) -> int:
    match = re.search(r"(?<!\bMr)(?<!\bMs)(?<!\bDr)(?<!\bMrs)[.!?:;“\"]", text[start:end])
    return start + match.start() if match else end


def _subject(text: str, start: int, end: int, *, stop_at_clause: bool = False) -> Span | None:
    """Find the noun phrase that names the speaker in `text[start:end]`, resolving she and he.

    Phrases of time and manner before it are dropped; a role after the name, between commas,
    stays: "In May, Councillor Ann Ash, chair of the committee," -> from "Councillor".
    """
    while match := re.match(r"[^,]*,\s*", text[start:end]):
        if not _ADVERBIAL.match(text[start:end]) and _SUBJECT.match(text[start:end]):
            break
        start += match.end()
    if stop_at_clause and (
        match := re.search(
            r",? (?:who|which|when|while|after|before|as|in|at|on|during|that)\b|, (?=[a-z]+ing\b)",
            text[start:end],
        )
    ):
        end = start + match.start()
    phrase = text[start:end].rstrip(" ,\u00a0")
    if phrase.startswith(("But ", "And ")):
        start += 4
        phrase = phrase[4:]
    phrase = re.sub(r"\s+(?:also|then|later|has|have|had|previously|further|now)$", "", phrase)
    if _PRONOUN.match(phrase):
        return _antecedent(text, start, female=phrase.lower() == "she")
    usable = (
        phrase
        and not _NO_NAME.match(phrase)
        and not _ADVERBIAL.match(phrase)
        and _SUBJECT.match(phrase)
        and len(phrase.split()) <= _MAX_SUBJECT_WORDS
        and not any(mark in phrase for mark in '“”"')
    )
    return Span(start, start + len(phrase)) if usable else None


def _antecedent(text: str, end: int, *, female: bool) -> Span | None:
    """Find whom "she" or "he" means: the last person named before whose honorific agrees.

    Without such a person close before, nobody is named.
    """
    surnames = _honorific_surnames(text)
    start = max(0, end - _ANTECEDENT_CHARACTERS)
    for match in reversed(list(_NAME.finditer(text, start, end))):
        if surnames.get(match[0].split()[-1]) == {female}:
            return Span(match.start(), match.end())
    for match in reversed(list(_HONORIFIC.finditer(text, start, end))):
        if (match[1] in _FEMALE) == female:
            return Span(match.start(), match.end())
    return None


def _honorific_surnames(text: str) -> dict[str, set[bool]]:
    """Map each surname that the article gives a title to the sexes those titles tell."""
    found: dict[str, set[bool]] = {}
    for match in _HONORIFIC.finditer(text):
        found.setdefault(match[2].split()[-1].removesuffix("’s").removesuffix("'s"), set()).add(
            match[1] in _FEMALE
        )
    return found
