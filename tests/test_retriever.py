from __future__ import annotations

import numpy as np
import pytest

from bot.datatypes import Encoding, Question
from bot.index.index import Index
from bot.lexical import Lexical
from bot.questions import question_terms
from bot.retriever import Retriever
from tests.fake_encoder import FakeEncoder


def ask(text: str) -> Question:
    encoding: Encoding = FakeEncoder().encode([text])[0]
    return Question(text, question_terms(text), encoding)


def test_bm25_prefers_the_text_that_holds_the_rare_word() -> None:
    scores = Lexical(["the roof leaks", "the pool leaks", "the park"]).scores(["roof", "leak"])
    assert np.argmax(scores) == 0
    assert scores[1] > scores[2] == 0


@pytest.mark.parametrize("question", [[], ["unheard"]])
def test_bm25_without_a_shared_word_is_0(question: list[str]) -> None:
    assert not Lexical(["the roof leaks", "…"]).scores(question).any()


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_words_of_a_passage_find_it_whatever_the_mixture(small_index: Index, share: float) -> None:
    hits = Retriever(small_index, dense_share=share).retrieve(ask("swimming pool prices"), 3)
    assert hits[0].passage.article.id == "letter"
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_no_more_hits_than_passages_and_none_twice(small_index: Index) -> None:
    hits = Retriever(small_index, dense_share=0.5).retrieve(ask("roof"), 100)
    spans = [(hit.passage.article.id, hit.passage.span) for hit in hits]
    assert len(spans) == len(set(spans)) == len(small_index.corpus.passages)
