from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import pairwise

import pytest

from bot.datatypes import Basis, Citation, DatePrecision, PublishedDate, Sentence, Span
from bot.guidance import default_guidance
from bot.index.index import Index
from bot.judgement import JUDGEMENT, parse_judgement
from bot.selection import Ranked, choose, cite
from bot.timeline import in_order_of_time

SCALE = parse_judgement(default_guidance().files[JUDGEMENT], JUDGEMENT)


@pytest.fixture
def sentences(small_index: Index) -> tuple[Sentence, ...]:
    return small_index.corpus.sentences


def adjoining(sentences: tuple[Sentence, ...], *, same_paragraph: bool) -> int:
    """Return the first row whose successor goes with it, or does not."""
    return next(
        row
        for row in range(len(sentences) - 1)
        if sentences[row].article is sentences[row + 1].article
        and (sentences[row].paragraph == sentences[row + 1].paragraph) == same_paragraph
        and sentences[row].speaker == sentences[row + 1].speaker
        and not sentences[row].text.endswith(":")
    )


def test_neighbours_come_along_as_context(sentences: tuple[Sentence, ...]) -> None:
    quote = cite(sentences, 1, 1, 0.5)
    assert quote.before == sentences[0].span
    assert cite(sentences, 0, 0, 0.5).before is None
    last = next(
        row for row, s in enumerate(sentences) if s.article is not sentences[row + 1].article
    )
    assert cite(sentences, last, last, 0.5).after is None


def test_good_sentences_that_adjoin_become_one_quote(sentences: tuple[Sentence, ...]) -> None:
    row = adjoining(sentences, same_paragraph=True)
    quotes = choose([Ranked(row + 1, 0.8), Ranked(row, 0.75)], sentences, SCALE)
    assert len(quotes) == 1
    text = quotes[0].article.text
    assert quotes[0].quote == text[sentences[row].span.start : sentences[row + 1].span.end]


def test_sentences_of_two_paragraphs_join_only_where_it_is_a_toss_up(
    sentences: tuple[Sentence, ...],
) -> None:
    row = adjoining(sentences, same_paragraph=False)
    tied = choose([Ranked(row, 0.8), Ranked(row + 1, 0.75)], sentences, SCALE)
    assert [quote.span.end for quote in tied] == [sentences[row + 1].span.end]
    worse = choose([Ranked(row, 0.8), Ranked(row + 1, 0.7)], sentences, SCALE)
    assert [quote.span for quote in worse] == [s.span for s in sentences[row : row + 2]]


def test_what_a_link_stands_between_stays_apart(sentences: tuple[Sentence, ...]) -> None:
    row = adjoining(sentences, same_paragraph=False)
    one, other = sentences[row : row + 2]
    text = f"{one.text}\nREAD MORE: elsewhere\n{other.text}".ljust(500)
    article = replace(one.article, text=text)
    first = Span(0, len(one.text))
    second = Span(text.index(other.text), text.index(other.text) + len(other.text))
    linked = (
        replace(one, article=article, span=first, paragraph=first),
        replace(other, article=article, span=second, paragraph=second),
    )
    quotes = choose([Ranked(0, 0.8), Ranked(1, 0.8)], linked, SCALE)
    assert [quote.span for quote in quotes] == [first, second]


def test_two_speakers_never_share_a_quote(sentences: tuple[Sentence, ...]) -> None:
    row = next(
        row
        for row, (one, other) in enumerate(pairwise(sentences))
        if one.article is other.article
        and one.speaker != other.speaker
        and not one.text.endswith(":")
    )
    assert len(choose([Ranked(row, 0.8), Ranked(row + 1, 0.8)], sentences, SCALE)) == 2


def test_what_is_far_worse_is_not_shown(sentences: tuple[Sentence, ...]) -> None:
    quotes = choose([Ranked(0, 0.8), Ranked(3, 0.5)], sentences, SCALE)
    assert [quote.span for quote in quotes] == [sentences[0].span]


def test_the_same_statement_in_two_articles_is_one_quote(sentences: tuple[Sentence, ...]) -> None:
    other = next(s.article for s in sentences if s.article is not sentences[0].article)
    copied = replace(other, text=sentences[0].article.text)
    twin = replace(sentences[0], article=copied)
    quotes = choose([Ranked(0, 0.8), Ranked(1, 0.8)], (sentences[0], twin), SCALE)
    assert len(quotes) == 1
    assert [also.article.id for also in quotes[0].also] == [other.id]


def said(template: Citation, text: str, year: int, score: float = 0.5) -> Citation:
    published = PublishedDate(date(year, 3, 1), DatePrecision.DAY, Basis.STATED)
    article = replace(template.article, text=text.ljust(500), published=published)
    span = replace(template.span, start=0, end=len(text))
    return replace(template, article=article, span=span, speaker=None, score=score)


def test_quotes_that_differ_over_time_are_marked_and_stand_newest_first(
    sentences: tuple[Sentence, ...],
) -> None:
    template = cite(sentences, 0, 0, 0.5)
    older = said(template, "The buses were unacceptable and had failed.", 2019)
    newer = said(template, "The buses have made good progress.", 2022, 0.48)
    assert in_order_of_time((older, newer), "Are the buses any good?", SCALE) == (
        (newer, older),
        True,
    )
    # Neither a question with one answer nor quotes that agree are marked.
    assert in_order_of_time((older, newer), "Who runs the buses?", SCALE) == ((older, newer), False)
    again = said(template, "The buses are a failure and unacceptable.", 2022)
    assert not in_order_of_time((older, again), "Are the buses any good?", SCALE)[1]


def test_how_things_stand_is_told_by_the_newest_of_equals(sentences: tuple[Sentence, ...]) -> None:
    template = cite(sentences, 0, 0, 0.5)
    older = said(template, "The notice is in force.", 2019)
    newer = said(template, "The notice was withdrawn.", 2022, 0.47)
    worse = said(template, "The weather was mild.", 2023, 0.3)
    quotes, differs = in_order_of_time((older, newer, worse), "Is there still a notice?", SCALE)
    assert (quotes, differs) == ((newer, older, worse), False)


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("Progress on all seven buses was sufficient.", True),
        ("Progress on all seven buses was insufficient.", False),
        ("Progress on all 7 buses was sufficient.", False),
    ],
)
def test_what_judges_otherwise_or_counts_otherwise_is_not_the_same(
    sentences: tuple[Sentence, ...], text: str, *, same: bool
) -> None:
    first = "Progress on all seven buses was sufficient."

    def sentence(template: Sentence, words: str) -> Sentence:
        article = replace(template.article, text=words)
        return replace(template, article=article, span=Span(0, len(words)), speaker=None)

    other = next(s for s in sentences if s.article is not sentences[0].article)
    pair = (sentence(sentences[0], first), sentence(other, text))
    quotes = choose([Ranked(0, 0.8), Ranked(1, 0.8)], pair, SCALE)
    assert (len(quotes) == 1) == same


def test_an_introduction_brings_the_speech_and_its_speaker(
    sentences: tuple[Sentence, ...],
) -> None:
    text = "Ms Ash wrote to parents: “The school will open in May.”"
    article = replace(sentences[0].article, text=text)
    colon = text.index(":") + 1
    paragraph, name = Span(0, len(text)), Span(0, len("Ms Ash"))
    pair = (
        Sentence(article, Span(0, colon), paragraph, None),
        Sentence(article, Span(colon + 1, len(text)), paragraph, name),
    )
    (quote,) = choose([Ranked(0, 0.8)], pair, SCALE)
    assert (quote.quote, quote.speaker_name) == (text, "Ms Ash")
    # The speech alone is shown already: its introduction does not come again.
    assert len(choose([Ranked(1, 0.8), Ranked(0, 0.79)], pair, SCALE)) == 1
