"""Question + hits -> every sentence of the hits with its scores.

Contextual MaxSim: each question token looks for its best match in a sentence. Token vectors are
those of the sentence inside its passage, weighted by how rare the question's tokens are. The
order of quotes comes from the trained vectors (bot/matcher.py) mixed with the encoder's own, and
the reranker (bot/reranker.py) reads the few best once more.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import log

import numpy as np

from bot.datatypes import (
    MAX_CITATIONS,
    Conversation,
    Floats,
    Hit,
    Integers,
    Question,
    Understood,
)
from bot.index.index import Index
from bot.reranker import Reranker
from bot.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each part counts in choosing (docs/quality.md has what else was tried)."""

    trained: float = 0.9  # MaxSim of the trained matcher's vectors
    maxsim: float = 0.1  # MaxSim of the encoder's own
    passage: float = 0.06  # how well the whole passage was found
    coverage: float = 0.12  # share of the question's informative words
    relevance: float = 0.015  # cost of a point below the reranker's favourite; 0: no reranker
    by_time: bool = True  # whether quotes that differ are put newest first


USUAL_WEIGHTS = Weights()

# A follow-up: how much the question itself counts beside it and the one before read as one, and
# what it is worth for a sentence to stand near the quotes that answered the one before, to come
# right after the best of them, or to be that one, which was read already. Chosen on 570
# follow-ups of training/ that took no part in training.
_OWN_SHARE = 0.6
_NEAR_SHARE = 0.12
_NEXT_SHARE = 0.04
_SAME_LOSS = 0.02

# What the reranker reads: sentences that score nearly as high as the best, and few.
_NEAR_BEST = 0.1
_MOST_RERANKED = 6


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """The sentences of the hits with their scores, all (n,), row i being one sentence."""

    rows: Integers  # in Index.corpus.sentences
    ranking: Floats
    similarity: Floats  # MaxSim with equal weights
    coverage: Floats  # share of the question's informative words that the sentence holds
    relevance: float  # the reranker's highest score; 0 where it read nothing
    understood: tuple[Understood, ...]  # how the question was read to get them


class Scorer:
    """Scores the sentences of one index."""

    def __init__(
        self, index: Index, vocabulary: Vocabulary, reranker: Reranker | None, weights: Weights
    ) -> None:
        self._index = index
        self._reranker = reranker
        self._vocabulary = vocabulary
        self._weights = weights
        self._row = {(s.article.id, s.span): row for row, s in enumerate(index.corpus.sentences)}
        self._rarities = index.tokens.inverse_document_frequencies()

    def candidates(self, question: Question, hits: list[Hit]) -> Candidates:
        """Score every sentence of the hits."""
        rows = np.array(
            [self._row[s.article.id, s.span] for hit in hits for s in hit.passage.sentences]
        )
        passage_scores = np.array(
            [hit.score for hit in hits for _ in hit.passage.sentences], dtype=np.float32
        )
        scored = self._scored(question, rows, passage_scores)
        if question.conversation is None:
            return self._reranked(question, scored)
        own = self._scored(question.conversation.own, rows, passage_scores)
        before = self._scored(question.conversation.before, rows, passage_scores)
        continued = self._continued(scored, own, before, question.conversation)
        return self._reranked(question, continued)

    def _reranked(self, question: Question, found: Candidates) -> Candidates:
        """Let the reranker read the best sentences, of which all but its favourite lose by it.

        Nothing is added, so that scores keep their scale beside those of sentences not read.
        """
        if self._reranker is None:
            return found
        best = np.argsort(-found.ranking, kind="stable")[:_MOST_RERANKED]
        near = best[found.ranking[best] >= found.ranking[best[0]] - _NEAR_BEST]
        sentences = [self._index.corpus.sentences[row] for row in found.rows[near]]
        scores = self._reranker.scores(question.text, sentences)
        if question.conversation:  # as in the order: it counts more than both read as one
            own = self._reranker.scores(question.conversation.own.text, sentences)
            scores = (1 - _OWN_SHARE) * scores + _OWN_SHARE * own
        ranking = found.ranking.copy()
        ranking[near] -= self._weights.relevance * (scores.max() - scores)
        return replace(found, ranking=ranking, relevance=float(scores.max()))

    def _continued(
        self, joint: Candidates, own: Candidates, before: Candidates, asked: Conversation
    ) -> Candidates:
        """Score for a follow-up, from both questions read as one and each by itself."""
        answers = joint.rows[np.argsort(-before.ranking, kind="stable")[:MAX_CITATIONS]]
        ranking = (
            (1 - _OWN_SHARE) * joint.ranking
            + _OWN_SHARE * own.ranking
            + self.near(joint.rows, answers)
        )
        # What the question before adds cannot make up for what this one asks.
        coverage = own.coverage if asked.own.terms else joint.coverage
        answer = self._index.corpus.sentences[answers[0]].text
        note = Understood(asked.before.text, answer, "answered by")
        return replace(
            joint,
            ranking=ranking,
            coverage=np.minimum(coverage, joint.coverage),
            understood=(*joint.understood, note),
        )

    def near(self, rows: Integers, answers: Integers) -> Floats:
        """Return what each of `rows` gains by standing near the rows `answers`, best first."""
        sentences = self._index.corpus.sentences
        gains = np.zeros(len(rows), dtype=np.float32)
        best = int(answers[0])
        for i, row in enumerate(rows):
            article = sentences[row].article
            apart = [
                abs(int(row) - int(answer))
                for answer in answers
                if sentences[answer].article is article
            ]
            gains[i] = _NEAR_SHARE / (1 + min(apart)) if apart else 0.0
            if row == best:
                gains[i] -= _SAME_LOSS
            elif row == best + 1 and sentences[best].article is article:
                gains[i] += _NEXT_SHARE
        return gains

    def _scored(self, question: Question, rows: Integers, passage_scores: Floats) -> Candidates:
        tokens, encoding, weights = self._index.tokens, question.encoding, self._weights
        similarities = tokens.max_similarities(encoding.tokens, rows)  # (n, q)
        rarity = self._rarity(encoding.token_ids)  # (q,)
        coverage = np.array(self._vocabulary.coverage(question, rows.tolist()), dtype=np.float32)
        trained = _weighted(tokens.matches(encoding.matching, rows), rarity * encoding.salience)
        ranking = (
            weights.trained * trained
            + weights.maxsim * _weighted(similarities, rarity)
            + weights.passage * passage_scores
            + weights.coverage * coverage
        )
        similarity = similarities.mean(axis=1) if len(rarity) else np.zeros_like(coverage)
        return Candidates(rows, ranking, similarity, coverage, 0.0, question.understood)

    def _rarity(self, token_ids: Integers) -> Floats:
        rarest = log(1 + len(self._index.tokens))  # of a token that no sentence has
        return np.array(
            [self._rarities.get(token, rarest) for token in token_ids.tolist()],
            dtype=np.float32,
        )


def _weighted(similarities: Floats, weights: Floats) -> Floats:
    """Return each row's weighted mean (n,); 0 where there is no question token at all.

    Not `@`: on a busy machine OpenBLAS now and then warns of an "invalid value" that is none.
    """
    total = max(float(weights.sum()), 1e-9)
    means: Floats = np.einsum("nq,q->n", similarities, weights) / np.float32(total)
    return means
