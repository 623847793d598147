from __future__ import annotations

import pytest

from bot.errors import QuestionError
from bot.questions import check_question, question_terms
from bot.words import terms


def test_possessives_and_inflections_share_a_stem() -> None:
    assert terms("Sutton’s inspections") == terms("Sutton inspection")


def test_in_is_not_stemmed_away() -> None:
    assert terms("insufficient progress") != terms("sufficient progress")


def test_words_that_only_ask_are_no_terms() -> None:
    assert question_terms("What did they say about what happened?") == ()


@pytest.mark.parametrize("text", ["", "   ", "\n\t", "\u200b\u202e\ufeff", "\x00\x07"])
def test_nothing_visible_is_no_question(text: str) -> None:
    with pytest.raises(QuestionError, match="type a question"):
        check_question(text, 500)


def test_a_long_question_says_how_long_it_is_and_may_be() -> None:
    with pytest.raises(QuestionError, match=r"10,000 characters; the most is 500"):
        check_question("x" * 10_000, 500)
    assert check_question("x" * 500, 500) == "x" * 500


def test_a_lone_surrogate_is_refused() -> None:
    with pytest.raises(QuestionError, match="not text"):
        check_question("hello \ud800", 500)


def test_invisible_characters_are_dropped_and_blanks_joined() -> None:
    assert check_question(" who\u200b is\u202e\x00she \n?", 500) == "who is she ?"
