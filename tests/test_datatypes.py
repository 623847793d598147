from __future__ import annotations

import dataclasses

import pytest

from bot.datatypes import Answer, Span
from bot.pipeline import Bot


@pytest.mark.parametrize(("start", "end"), [(3, 3), (4, 3), (-1, 2)])
def test_a_span_is_never_empty_or_negative(start: int, end: int) -> None:
    with pytest.raises(ValueError, match="start < end"):
        Span(start, end)


def test_overlap_counts_shared_characters() -> None:
    assert Span(0, 10).overlap(Span(5, 20)) == 5
    assert Span(0, 5).overlap(Span(5, 9)) == 0


def test_records_cannot_be_changed(small_bot: Bot) -> None:
    sentence = small_bot.index.corpus.sentences[0]
    with pytest.raises(dataclasses.FrozenInstanceError):
        sentence.span = Span(0, 1)  # type: ignore[misc]


def test_an_answer_without_a_quote_cannot_exist() -> None:
    with pytest.raises(ValueError, match="1 to 3 quotes"):
        Answer(())
