from __future__ import annotations

import numpy as np

from bot.datatypes import Floats
from bot.index.index import Index
from bot.index.tokens import TokenStore
from tests.fake_encoder import FakeEncoder


def brute_force(store: TokenStore, question: Floats, sentence: int) -> Floats:
    rows = store.vectors[store.starts[sentence] : store.starts[sentence + 1]].astype(np.float32)
    best: Floats = (rows @ question.T).max(axis=0) if len(rows) else np.full(len(question), -1.0)
    return best


def test_max_similarities_are_what_a_loop_finds(small_index: Index) -> None:
    question = FakeEncoder().encode(["who mends the roof"])[0].tokens
    sentences = np.array([3, 0, 7])
    found = small_index.tokens.max_similarities(question, sentences)
    for row, sentence in zip(found, sentences, strict=True):
        assert np.allclose(row, brute_force(small_index.tokens, question, sentence), atol=1e-3)


def test_a_sentence_without_tokens_matches_nothing() -> None:
    store = TokenStore(
        vectors=np.eye(2, 4, dtype=np.float16),
        matching=np.eye(2, 3, dtype=np.float16),
        ids=np.array([5, 6]),
        starts=np.array([0, 1, 1, 2]),
    )
    found = store.max_similarities(np.eye(1, 4, dtype=np.float32), np.array([0, 1, 2]))
    assert found.tolist() == [[1.0], [-1.0], [0.0]]


def test_a_question_without_tokens_has_no_columns(small_index: Index) -> None:
    none = np.empty((0, 64), dtype=np.float32)
    assert small_index.tokens.max_similarities(none, np.array([0, 1])).shape == (2, 0)


def test_each_sentence_holds_its_own_tokens(small_index: Index) -> None:
    for number, sentence in enumerate(small_index.corpus.sentences):
        start, end = small_index.tokens.starts[number : number + 2]
        expected = FakeEncoder().encode([sentence.text])[0].token_ids
        assert np.array_equal(small_index.tokens.ids[start:end], expected)


def test_rare_tokens_weigh_more(small_index: Index) -> None:
    weights = small_index.tokens.inverse_document_frequencies()
    the, buckets = FakeEncoder().encode(["the buckets"])[0].token_ids.tolist()
    assert weights[buckets] > weights[the] > 0
