"""Question -> hits: the passages worth reading, by meaning and by words."""

from __future__ import annotations

import numpy as np

from bot.datatypes import Floats, Hit, Question
from bot.index.index import Index
from bot.lexical import Lexical

# Sentences asked of the vector search: enough that the best passages' sentences are in it.
_DENSE_SENTENCES = 400


class Retriever:
    """Hybrid retrieval over one index.

    A passage's dense score is that of its best sentence: indexing sentences and pooling
    beat whole passages by 9 points (docs/quality.md). Dense and BM25 scores, each scaled
    to 0..1 for the question, are mixed by `dense_share`.
    """

    def __init__(self, index: Index, *, dense_share: float) -> None:
        self._index = index
        self._dense_share = dense_share
        passages = index.corpus.passages
        self._lexical = Lexical([passage.text for passage in passages])
        self._passage_of = np.repeat(
            np.arange(len(passages)), [len(passage.sentences) for passage in passages]
        )  # (sentences,): the number of each sentence's passage

    def retrieve(self, question: Question, k: int) -> list[Hit]:
        """Return the best `k` passages (fewer where there are fewer), best first."""
        scores = self._dense_share * _scale(self._dense(question.encoding.vector)) + (
            1 - self._dense_share
        ) * _scale(self._lexical.scores(_words_to_look_for(question)))
        best = np.argsort(-scores, kind="stable")[:k]
        return [Hit(self._index.corpus.passages[i], float(scores[i])) for i in best]

    def _dense(self, vector: Floats) -> Floats:
        """Return each passage's best sentence cosine; the lowest found for one not found."""
        rows, cosines = self._index.vectors.search(vector, _DENSE_SENTENCES)
        scores = np.full(len(self._index.corpus.passages), cosines.min(), dtype=np.float32)
        np.maximum.at(scores, self._passage_of[rows], cosines)
        return scores


def _words_to_look_for(question: Question) -> list[str]:
    """Return the question's terms and whatever may stand for them."""
    others = {stem for sets in question.alternatives.values() for stems in sets for stem in stems}
    return [*question.terms, *sorted(others.difference(question.terms))]


def _scale(scores: Floats) -> Floats:
    """Scale to 0..1; all 0 when they do not differ, since they then tell nothing."""
    low, high = float(scores.min()), float(scores.max())
    return (scores - low) / (high - low) if high > low else np.zeros_like(scores)
