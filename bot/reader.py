"""Question + hits -> quotes, or a refusal.

Choosing and refusing use different scores, because one score does both badly: the best
quote is the one that matches best, and whether there is an answer at all is decided by
how much of the question anything matches.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from typing import Protocol

import numpy as np

from bot.confidence import CALIBRATION, Evidence, parse_calibration
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
)
from bot.index.index import Index
from bot.words import terms


@dataclass(frozen=True, slots=True)
class Verdict:
    """What reading came to, and all that it came from."""

    ranked: tuple[Citation, ...]  # every sentence of the hits, best first
    evidence: Evidence | None  # None where nothing was retrieved
    chance: float  # that the articles answer, 0 to 1
    reply: Answer | Refusal


class Reader(Protocol):
    """Chooses quotes among the stored sentences of retrieved passages."""

    min_confidence: float  # the chance of an answer below which it refuses

    def read(self, question: Question, hits: list[Hit]) -> Verdict:
        """Rank every sentence of the hits, and answer with the best or refuse."""
        ...

    def unknown_terms(self, question: Question) -> list[str]:
        """Return the question's informative words that no sentence holds, as stems."""
        ...


# Choosing: shares of the passage's score and of covered words beside MaxSim. Of the mixtures
# that were tried on the dev questions (either alone at .1, both at .1, coverage at .2) none was
# better, and none worse by more than a question or two.
_PASSAGE_SHARE = 0.1
_COVERAGE_SHARE = 0.1

# A word of the glossary in place of the one that was asked.
_ALTERNATIVE_SHARE = 0.8

# A second or third quote is shown only if it is nearly as good as the first.
_MAX_GAP = 0.2

# A chance that the classifier gives, where there is none: a follow-up counts as information.
_USUAL_CHANCES = {"information": 0.6, "advice": 0.02, "abuse": 0.02}
_LEAST_CHANCE = 0.01


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

    def __init__(self, index: Index, *, min_confidence: float | None = None) -> None:
        """Prepare to read an index; below `min_confidence` (0..1) the reader refuses.

        Without it, the threshold is that of the calibration.
        """
        self._index = index
        self._calibration = parse_calibration(index.guidance.files[CALIBRATION], CALIBRATION)
        self.min_confidence = (
            self._calibration.threshold if min_confidence is None else min_confidence
        )
        self._row = {(s.article.id, s.span): row for row, s in enumerate(index.corpus.sentences)}
        self._terms = [frozenset(terms(sentence.text)) for sentence in index.corpus.sentences]
        self._sentences_with = Counter(term for found in self._terms for term in found)
        self._token_weights = index.tokens.inverse_document_frequencies()

    def read(self, question: Question, hits: list[Hit]) -> Verdict:
        """Rank every sentence of the hits, and answer with the best or refuse."""
        if not hits:
            return Verdict((), None, 0.0, Refusal(Reason.NOTHING_RETRIEVED, ()))
        candidates = self._candidates(question, hits)
        order = np.argsort(-candidates.ranking, kind="stable")
        ranked = tuple(self._citation(candidates, i) for i in order)
        evidence = self._evidence(question, candidates)
        chance = self._calibration.chance(evidence)
        return Verdict(ranked, evidence, chance, self._reply(question, ranked, chance))

    def _reply(
        self, question: Question, ranked: tuple[Citation, ...], chance: float
    ) -> Answer | Refusal:
        best = ranked[:MAX_CITATIONS]
        if chance < self.min_confidence:
            return Refusal(Reason.NOT_CONFIDENT, best, question.understood)
        shown = tuple(c for c in best if c.score >= best[0].score - _MAX_GAP)
        return Answer(shown, question.understood)

    def _candidates(self, question: Question, hits: list[Hit]) -> _Candidates:
        rows = np.array(
            [self._row[s.article.id, s.span] for hit in hits for s in hit.passage.sentences]
        )
        passage_scores = np.array(
            [hit.score for hit in hits for _ in hit.passage.sentences], dtype=np.float32
        )
        matches = self._index.tokens.max_similarities(question.encoding.tokens, rows)  # (n, q)
        weights = self._weights(question.encoding.token_ids)  # (q,), sum 1
        term_weights = self._term_weights(question.terms)
        coverage = np.array(
            [self._coverage(question, term_weights, row) for row in rows], dtype=np.float32
        )
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

    def _coverage(self, question: Question, weights: dict[str, float], row: int) -> float:
        """Return the share of the question's informative words in a sentence, by rarity."""
        covered = sum(weight * self._holds(question, term, row) for term, weight in weights.items())
        return covered / sum(weights.values()) if weights else 0.0

    def _holds(self, question: Question, term: str, row: int) -> float:
        """Return 1 if a sentence holds a term, a little less if it holds what may stand for it."""
        held = self._terms[row]
        if term in held:
            return 1.0
        others = question.alternatives.get(term, frozenset())
        return _ALTERNATIVE_SHARE if any(other <= held for other in others) else 0.0

    def _evidence(self, question: Question, candidates: _Candidates) -> Evidence:
        ranked = np.sort(candidates.ranking)[::-1]
        first = int(np.argmax(candidates.ranking))
        chances = {
            kind: log(question.chances.get(kind, usual) + _LEAST_CHANCE)
            for kind, usual in _USUAL_CHANCES.items()
        }
        return Evidence(
            similarity=float(candidates.similarity.max()),
            coverage=float(candidates.coverage.max()),
            coverage_of_first=float(candidates.coverage[first]),
            known=self._known(question),
            lead=float(ranked[0] - ranked[min(3, len(ranked) - 1)]),
            **chances,
        )

    def _known(self, question: Question) -> float:
        """Return the share of a question's informative words that the articles use, by rarity."""
        weights = self._term_weights(question.terms)
        unknown = sum(weights[term] for term in self.unknown_terms(question))
        return 1 - unknown / sum(weights.values()) if weights else 0.0

    def unknown_terms(self, question: Question) -> list[str]:
        """Return the question's informative words that no sentence holds, as stems.

        A word that the glossary knows another word for is not one of them.
        """
        return [
            term
            for term in question.terms
            if not self._sentences_with[term] and not question.alternatives.get(term)
        ]

    def _term_weights(self, stems: Sequence[str]) -> dict[str, float]:
        """Return the inverse document frequency of each stem, a sentence being a document."""
        sentences = len(self._terms)
        return {stem: log(1 + sentences / (1 + self._sentences_with[stem])) for stem in stems}

    def _citation(self, candidates: _Candidates, i: int) -> Citation:
        sentence = self._index.corpus.sentences[candidates.rows[i]]
        score = round(float(candidates.ranking[i]), 4)
        return Citation(
            sentence.article, sentence.span, sentence.paragraph, sentence.speaker, score
        )
