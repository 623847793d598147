from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.datatypes import Corpus, Span
from bot.errors import CorpusError
from bot.pipeline import Bot
from bot.verification import verify


def test_a_built_index_is_proved(small_bot: Bot, small_seeds: Path) -> None:
    result = verify(small_bot.index.corpus, small_seeds)
    assert result.problems == ()
    assert result.articles == 3
    assert result.spans > 30


def test_a_changed_file_is_found(small_bot: Bot, small_seeds: Path) -> None:
    (small_seeds / "letter.txt").write_text("Dear Sir.")
    assert verify(small_bot.index.corpus, small_seeds).problems == (
        "letter.txt: the file's sha256 is not the stored one",
    )


def test_a_missing_file_is_an_error(small_bot: Bot, small_seeds: Path) -> None:
    (small_seeds / "letter.txt").unlink()
    with pytest.raises(CorpusError, match=r"letter\.txt"):
        verify(small_bot.index.corpus, small_seeds)


def with_first_sentence(corpus: Corpus, span: Span) -> Corpus:
    first = replace(corpus.sentences[0], span=span)
    return replace(corpus, sentences=(first, *corpus.sentences[1:]))


@pytest.mark.parametrize(
    ("span", "problem"),
    [
        (Span(0, 10), "is boilerplate"),
        (Span(200, 230), "out of place"),
        (Span(10, 99_999), "sentence 10-99999 differs"),
    ],
)
def test_a_span_that_moved_is_found(
    small_bot: Bot, small_seeds: Path, span: Span, problem: str
) -> None:
    moved = with_first_sentence(small_bot.index.corpus, span)
    assert any(problem in found for found in verify(moved, small_seeds).problems)
