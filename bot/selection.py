"""Ranked sentences -> the few quotes to show: joined where they adjoin, merged where they agree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.datatypes import MAX_CITATIONS, Citation, Sentence, Span
from bot.judgement import Judgement
from bot.words import terms

# A further quote is shown only if it is nearly as good as the first.
MAX_GAP = 0.25
# The next sentence of the paragraph joins a quote if it would be shown itself and the whole stays
# short. One that is as good to within _TIE joins from the next paragraph too, since which of the
# two answers is then a toss-up.
_MAX_JOINED_WORDS = 40
_TIE = 0.08
_MAX_TIED_WORDS = 60
# Two sentences say the same if they share this much of their informative words (Jaccard).
_SAME = 0.6


@dataclass(frozen=True, slots=True)
class Ranked:
    """A sentence by its row in `Corpus.sentences`."""

    row: int
    score: float


def cite(sentences: Sequence[Sentence], first: int, last: int, score: float) -> Citation:
    """Quote the sentences from row `first` to row `last`, with their neighbours as context."""
    start, end = sentences[first], sentences[last]
    speakers = (sentence.speaker for sentence in sentences[first : last + 1])
    return Citation(
        article=start.article,
        span=Span(start.span.start, end.span.end),
        paragraph=Span(start.paragraph.start, end.paragraph.end),
        speaker=next(filter(None, speakers), None),  # an introduction has none itself
        score=score,
        before=_neighbour(sentences, first, -1),
        after=_neighbour(sentences, last, 1),
    )


def choose(
    ranked: Sequence[Ranked], sentences: Sequence[Sentence], judgement: Judgement
) -> tuple[Citation, ...]:
    """Choose the quotes to show from sentences ranked best first."""
    scores = {found.row: found.score for found in ranked}
    least = ranked[0].score - MAX_GAP
    used: set[int] = set()
    quotes: list[Citation] = []
    for found in ranked:
        if found.score < least:
            break
        if found.row in used:
            continue
        first, last = _joined(found.row, scores, least, sentences, used)
        if used.intersection(range(first, last + 1)):
            continue  # it introduces what is shown already
        used.update(range(first, last + 1))
        quote = cite(sentences, first, last, found.score)
        twin = next(
            (i for i, other in enumerate(quotes) if _say_the_same(other, quote, judgement)),
            None,
        )
        if twin is not None:
            quotes[twin] = replace(quotes[twin], also=(*quotes[twin].also, quote))
        elif len(quotes) < MAX_CITATIONS:
            quotes.append(quote)
    return tuple(quotes)


def _joined(
    row: int,
    scores: dict[int, float],
    least: float,
    sentences: Sequence[Sentence],
    used: set[int],
) -> tuple[int, int]:
    """Return the first and the last row of the quote that a sentence belongs to."""
    first = last = row

    def joins(other: int) -> bool:
        score = scores.get(other, -1.0)
        if score < least or other in used or sentences[row].speaker != sentences[other].speaker:
            return False
        one, two = (other, first) if other < first else (last, other)
        if not _adjoin(sentences[one], sentences[two]):
            return False
        words = _words(sentences, min(first, other), max(last, other))
        if sentences[row].paragraph == sentences[other].paragraph and words <= _MAX_JOINED_WORDS:
            return True
        return score >= scores[row] - _TIE and words <= _MAX_TIED_WORDS

    while neighbours := [other for other in (first - 1, last + 1) if joins(other)]:
        best = max(neighbours, key=lambda other: scores[other])
        first, last = min(first, best), max(last, best)
    # "She wrote to parents:" says nothing without what comes after it.
    while (
        sentences[last].text.endswith(":")
        and last + 1 < len(sentences)
        and _adjoin(sentences[last], sentences[last + 1])
    ):
        last += 1
    return first, last


def _adjoin(one: Sentence, other: Sentence) -> bool:
    """Say whether nothing stands between two sentences: no link to another article, for one."""
    between = one.article.text[one.span.end : other.span.start]
    return one.article is other.article and not between.strip()


def _words(sentences: Sequence[Sentence], first: int, last: int) -> int:
    return sum(len(sentences[row].text.split()) for row in range(first, last + 1))


def _neighbour(sentences: Sequence[Sentence], row: int, step: int) -> Span | None:
    """Return the sentence before (-1) or after (1) a row in the same article."""
    other = row + step
    if not 0 <= other < len(sentences) or sentences[other].article is not sentences[row].article:
        return None
    return sentences[other].span


def _say_the_same(one: Citation, other: Citation, judgement: Judgement) -> bool:
    """Say whether two quotes share most words, every number and how they judge."""
    stems, others = set(terms(one.quote)), set(terms(other.quote))
    return (
        len(stems & others) >= _SAME * len(stems | others) > 0
        and not any(any(map(str.isdigit, stem)) for stem in stems ^ others)
        and judgement.of(one.quote) == judgement.of(other.quote)
    )
