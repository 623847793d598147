from __future__ import annotations

import pytest

from bot.errors import QuestionError
from bot.explanation import explain
from bot.pipeline import Bot


def test_an_answer_is_explained_step_by_step(bot: Bot) -> None:
    found = explain(bot, "What lack of coherence did Ofsted find at the zoo?")
    assert found.reply.status == "answered"
    assert found.decided_by == "chance at or above the threshold"
    assert found.unknown_words == ["zoo"]
    assert found.candidates[0].quote == found.reply.answers[0].quote
    assert [c.score for c in found.candidates] == sorted(
        (c.score for c in found.candidates), reverse=True
    )
    assert found.chance is not None
    assert found.threshold is not None
    assert found.chance >= found.threshold
    assert set(found.evidence) >= {"similarity", "coverage", "known"}
    assert sum(found.kinds.values()) == pytest.approx(1, abs=0.01)
    found.to_json()


def test_a_refusal_names_the_rule_and_the_words_that_are_nowhere(bot: Bot) -> None:
    found = explain(bot, "Who is the SENCO at Greenshaw?")
    assert found.reply.status == "not_found"
    assert found.decided_by == "chance below the threshold"
    assert found.unknown_words == ["senco", "greenshaw"]
    assert explain(bot, "How many kids were turned down by the zoo?").reply.status == "not_found"


def test_a_routed_message_has_no_more_than_its_rule(bot: Bot) -> None:
    found = explain(bot, "hello")
    assert found.reply.status == "greeting"
    assert "messages.toml" in found.decided_by
    assert found.candidates == []


def test_what_cannot_be_asked_cannot_be_explained(bot: Bot) -> None:
    with pytest.raises(QuestionError):
        explain(bot, "")
