"""Question + hits -> quotes, or a refusal.

Choosing and refusing use different scores, because one score does both badly: the best
quote is the one that matches best, and whether there is an answer at all is decided by
how much of the question anything matches.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from math import exp, log
from typing import Protocol

import numpy as np

from bot.datatypes import (
    MAX_CITATIONS,
    Answer,
    Citation,
    Floats,
    Hit,
    Integers,
    Question,
    Reason,
    Refusal,
    Reply,
)
from bot.index.index import Index
from bot.words import terms


class Reader(Protocol):
    """Chooses quotes among the stored sentences of retrieved passages."""

    def read(self, question: Question, hits: list[Hit]) -> Reply:
        """Answer with 1 to 3 quotes, best first, or refuse."""
        ...


# Choosing: shares of the passage's score and of covered words beside MaxSim. Flat from
# .05 to .2 on the dev questions.
_PASSAGE_SHARE = 0.1
_COVERAGE_SHARE = 0.1

# A second or third quote is shown only if it is nearly as good as the first.
_MAX_GAP = 0.12

# Refusing: logistic regression on the dev questions, answerable or not (leave-one-out:
# AUROC 0.89). Both inputs lie between 0 and 1.
_CONFIDENCE_OF_SIMILARITY = 3.4
_CONFIDENCE_OF_COVERAGE = 5.6
_CONFIDENCE_BIAS = -3.9


@dataclass(frozen=True, slots=True, eq=False)
class _Candidates:
    """The sentences of the hits with their scores, all (n,), row i being one sentence."""

    rows: Integers  # in Index.corpus.sentences
    ranking: Floats
    similarity: Floats  # MaxSim with equal weights
    coverage: Floats  # share of the question's informative words that the sentence holds


class MaxSimReader:
    """Contextual MaxSim: each question token looks for its best match in a sentence.

    Token vectors are those of the sentence inside its passage, weighted by how rare the
    question's tokens are: right 77.7% of the time on the SQuAD benchmark where the cosine
    of whole sentences was 60.5% (docs/quality.md). Nothing here is trained for ranking.
    """

    def __init__(self, index: Index, *, min_confidence: float) -> None:
        """Prepare to read an index; below `min_confidence` (0..1) the reader refuses."""
        self._index = index
        self._min_confidence = min_confidence
        self._row = {(s.article.id, s.span): row for row, s in enumerate(index.corpus.sentences)}
        self._terms = [frozenset(terms(sentence.text)) for sentence in index.corpus.sentences]
        self._sentences_with = Counter(term for found in self._terms for term in found)
        self._token_weights = index.tokens.inverse_document_frequencies()

    def read(self, question: Question, hits: list[Hit]) -> Reply:
        """Answer with 1 to 3 quotes, best first, or refuse."""
        if not hits:
            return Refusal(Reason.NOTHING_RETRIEVED, ())
        candidates = self._candidates(question, hits)
        best = np.argsort(-candidates.ranking, kind="stable")[:MAX_CITATIONS]
        citations = tuple(self._citation(candidates, i) for i in best)
        if self._confidence(candidates) < self._min_confidence:
            return Refusal(Reason.NOT_CONFIDENT, citations)
        floor = citations[0].score - _MAX_GAP
        return Answer(tuple(c for c in citations if c.score >= floor), question.previous)

    def _candidates(self, question: Question, hits: list[Hit]) -> _Candidates:
        rows = np.array(
            [self._row[s.article.id, s.span] for hit in hits for s in hit.passage.sentences]
        )
        passage_scores = np.array(
            [hit.score for hit in hits for _ in hit.passage.sentences], dtype=np.float32
        )
        matches = self._index.tokens.max_similarities(question.encoding.tokens, rows)  # (n, q)
        weights = self._weights(question.encoding.token_ids)  # (q,), sum 1
        coverage = np.array([self._coverage(question, row) for row in rows], dtype=np.float32)
        ranking = matches @ weights + _PASSAGE_SHARE * passage_scores + _COVERAGE_SHARE * coverage
        similarity = matches.mean(axis=1) if matches.shape[1] else np.zeros_like(coverage)
        return _Candidates(rows, ranking, similarity, coverage)

    def _weights(self, token_ids: Integers) -> Floats:
        rarest = log(1 + len(self._index.tokens))  # of a token that no sentence has
        weights = np.array(
            [self._token_weights.get(token, rarest) for token in token_ids.tolist()],
            dtype=np.float32,
        )
        return weights / max(float(weights.sum()), 1e-9)

    def _coverage(self, question: Question, row: int) -> float:
        """Return the share of the question's informative words in a sentence, rare ones first."""
        weights = [
            log(1 + len(self._terms) / (1 + self._sentences_with[term])) for term in question.terms
        ]
        covered = sum(
            weight
            for term, weight in zip(question.terms, weights, strict=True)
            if term in self._terms[row]
        )
        return covered / sum(weights) if weights else 0.0

    def _confidence(self, candidates: _Candidates) -> float:
        """Return how sure it is that some candidate answers, 0 to 1."""
        logit = (
            _CONFIDENCE_OF_SIMILARITY * float(candidates.similarity.max())
            + _CONFIDENCE_OF_COVERAGE * float(candidates.coverage.max())
            + _CONFIDENCE_BIAS
        )
        return 1 / (1 + exp(-logit))

    def _citation(self, candidates: _Candidates, i: int) -> Citation:
        sentence = self._index.corpus.sentences[candidates.rows[i]]
        score = round(float(candidates.ranking[i]), 4)
        return Citation(
            sentence.article, sentence.span, sentence.paragraph, sentence.speaker, score
        )
