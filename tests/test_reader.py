from __future__ import annotations

import numpy as np
import pytest

from bot.candidates import USUAL_WEIGHTS, Scorer
from bot.datatypes import MAX_CITATIONS, Answer, Reason, Refusal, Routed
from bot.index.index import Index
from bot.pipeline import Bot
from bot.reader import MaxSimReader
from bot.settings import Settings
from bot.vocabulary import Vocabulary
from tests.fake_encoder import FakeEncoder
from tests.test_retriever import ask


def test_the_sentence_that_holds_the_words_is_quoted_first(small_bot: Bot) -> None:
    reply = small_bot.ask("What will the repairs cost?")
    assert isinstance(reply, Answer)
    first = reply.citations[0]
    assert "£1.2m" in first.quote
    assert first.speaker_name == "Councillor Idris Vale"
    assert first.quote == first.article.text[first.span.start : first.span.end]


def test_quotes_are_few_best_first_and_close_to_the_best(small_bot: Bot) -> None:
    reply = small_bot.ask("Will the library in Brackwater close?")
    assert isinstance(reply, Answer)
    scores = [citation.score for citation in reply.citations]
    assert len(scores) <= MAX_CITATIONS
    assert scores == sorted(scores, reverse=True)
    assert scores[-1] >= scores[0] - 0.2


def test_what_no_article_mentions_is_refused_with_the_nearest(small_bot: Bot) -> None:
    reply = small_bot.ask("Can giraffes dance under quantum moonlight?")
    assert isinstance(reply, Refusal)
    assert reply.reason is Reason.NOT_CONFIDENT
    assert 0 < len(reply.nearest) <= MAX_CITATIONS


def test_nothing_retrieved_is_a_refusal(small_index: Index) -> None:
    reply = MaxSimReader(small_index, min_confidence=0.5).read(ask("roof"), [])
    assert reply.reply == Refusal(Reason.NOTHING_RETRIEVED, ())


@pytest.mark.parametrize("question", ["the", "???", "roof " * 99, "а б в", "的", "7"])
def test_odd_questions_get_a_reply(small_bot: Bot, question: str) -> None:
    assert isinstance(small_bot.ask(question), Answer | Refusal | Routed)


def test_the_threshold_decides(
    small_index: Index, fake_encoder: FakeEncoder, small_settings: Settings
) -> None:
    shy = small_settings.model_copy(update={"min_confidence": 1.0})
    assert isinstance(Bot(small_index, fake_encoder, shy).ask("repairs cost"), Refusal)
    bold = small_settings.model_copy(update={"min_confidence": 0.0})
    assert isinstance(Bot(small_index, fake_encoder, bold).ask("giraffes"), Answer)


def test_a_question_that_leans_on_the_one_before_is_read_with_it(small_bot: Bot) -> None:
    reply = small_bot.ask("And what will that cost?", previous="Will there be repairs?")
    assert isinstance(reply, Answer)
    note, leaned_on = reply.understood
    assert (note.read_as, note.how) == ("Will there be repairs?", "carried over")
    assert (leaned_on.asked, leaned_on.how) == ("Will there be repairs?", "answered by")
    alone = small_bot.inspect("Will there be repairs?").verdict
    assert alone is not None
    best = small_bot.index.corpus.sentences[alone.ranked[0].row]
    assert leaned_on.read_as == best.text
    assert "£1.2m" in reply.citations[0].quote


def test_a_question_that_stands_alone_is_not_mixed_with_the_one_before(small_bot: Bot) -> None:
    alone = small_bot.ask("Who is Orla Finch?")
    assert small_bot.ask("Who is Orla Finch?", previous="Why did pool prices rise?") == alone


def test_a_follow_up_looks_near_what_answered_the_question_before(small_index: Index) -> None:
    scorer = Scorer(small_index, Vocabulary(small_index.corpus), None, USUAL_WEIGHTS)
    sentences = small_index.corpus.sentences
    rows = np.arange(len(sentences))
    gains = scorer.near(rows, np.array([1]))
    assert int(gains.argmax()) == 1
    assert gains[2] > gains[0] > 0  # what comes next is likelier meant than what came before
    other = next(i for i, s in enumerate(sentences) if s.article is not sentences[1].article)
    assert gains[other] == 0


def test_a_follow_up_weighs_its_own_words(second_bot: Bot) -> None:
    before = "How many people signed the petition about the evening bus?"
    inspection = second_bot.inspect("and who organised it?", before)
    assert inspection.question is not None
    assert inspection.question.conversation is not None
    assert inspection.verdict is not None
    best = inspection.verdict.ranked[0]
    assert "organiser" in second_bot.index.corpus.sentences[best.row].text


@pytest.mark.parametrize(
    ("question", "strange"),
    [
        ("When was Wexcombe inspected?", 1),
        ("What did the 2041 report on Wexcombe say?", 2),
        ("Will the library in Brackwater close?", 0),  # the articles name it
        ("Giraffes?", 0),  # any word has a capital at the beginning
        ("Will the library close within 77 days?", 1),
        ("How long is the ZQKW list in Brackwater?", 1),
        ("WHERE IS THE ZQKW LIST", 0),  # all in capitals
        ("Did the library close in 21?", 0),  # 2021
        ("What did Oral Finch say?", 0),  # Orla is meant
    ],
)
def test_names_and_numbers_of_elsewhere_speak_against_an_answer(
    small_bot: Bot, question: str, strange: int
) -> None:
    evidence = small_bot.inspect(question).verdict
    assert evidence is not None
    assert evidence.evidence is not None
    assert evidence.evidence.strange == strange


def test_another_place_is_refused_and_named(bot: Bot) -> None:
    reply = bot.ask("When was Croydon inspected?")
    assert isinstance(reply, Refusal)
    assert reply.unmentioned == ("croydon",)
