"""Question + hits -> quotes, or a refusal.

Choosing and refusing use different scores, because one score does both badly: the best
quote is the one that matches best, and whether there is an answer at all is decided by
how much of the question anything matches.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log
from typing import Protocol

import numpy as np

from bot.answer_types import nothing_of_the_type
from bot.candidates import USUAL_WEIGHTS, Candidates, Scorer, Weights
from bot.confidence import CALIBRATION, Evidence, parse_calibration
from bot.datatypes import Answer, Citation, Hit, Question, Reason, Refusal, Understood
from bot.index.index import Index
from bot.judgement import JUDGEMENT, parse_judgement
from bot.reranker import Reranker
from bot.selection import Ranked, choose
from bot.timeline import asks_how_things_stand, in_order_of_time
from bot.vocabulary import Vocabulary, asked_alone

# A chance that the classifier gives, where there is none: a follow-up counts as information.
_USUAL_CHANCES = {"information": 0.6, "advice": 0.02, "abuse": 0.02}
_LEAST_CHANCE = 0.01


@dataclass(frozen=True, slots=True)
class Verdict:
    """What reading came to, and all that it came from."""

    ranked: tuple[Ranked, ...]  # every sentence of the hits, best first
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


class MaxSimReader:
    """Quotes the sentences whose tokens match best (bot/candidates.py).

    Whether to answer is decided by how well the best one matches, by trained and untrained vectors,
    and by words: none of them tells well enough alone (docs/quality.md).
    """

    def __init__(
        self,
        index: Index,
        reranker: Reranker | None = None,
        *,
        min_confidence: float | None = None,
        weights: Weights = USUAL_WEIGHTS,
    ) -> None:
        """Prepare to read an index; below `min_confidence` (0..1) the reader refuses.

        Without it, the threshold is that of the calibration.
        """
        self._sentences = index.corpus.sentences
        self._by_time = weights.by_time
        self._calibration = parse_calibration(index.guidance.files[CALIBRATION], CALIBRATION)
        self._judgement = parse_judgement(index.guidance.files[JUDGEMENT], JUDGEMENT)
        self.min_confidence = (
            self._calibration.threshold if min_confidence is None else min_confidence
        )
        self._vocabulary = Vocabulary(index.corpus)
        self._scorer = Scorer(index, self._vocabulary, reranker, weights)

    def read(self, question: Question, hits: list[Hit]) -> Verdict:
        """Rank every sentence of the hits, and answer with the best or refuse."""
        if not hits:
            return Verdict((), None, 0.0, Refusal(Reason.NOTHING_RETRIEVED, ()))
        candidates = self._scorer.candidates(question, hits)
        order = np.argsort(-candidates.ranking, kind="stable")
        ranked = tuple(
            Ranked(int(candidates.rows[i]), round(float(candidates.ranking[i]), 4)) for i in order
        )
        unmentioned = self._vocabulary.unmentioned(question)
        quotes = choose(ranked, self._sentences, self._judgement)
        evidence = self._evidence(question, candidates, quotes, unmentioned)
        chance = self._calibration.chance(evidence)
        reply = self._reply(question, candidates.understood, quotes, chance, unmentioned)
        return Verdict(ranked, evidence, chance, reply)

    def unknown_terms(self, question: Question) -> list[str]:
        """Return the question's informative words that no sentence holds, as stems.

        A word that the glossary knows another word for is not one of them.
        """
        return self._vocabulary.unknown_terms(question)

    def _reply(
        self,
        question: Question,
        understood: tuple[Understood, ...],
        quotes: tuple[Citation, ...],
        chance: float,
        unmentioned: tuple[str, ...],
    ) -> Answer | Refusal:
        if chance < self.min_confidence:
            return Refusal(Reason.NOT_CONFIDENT, quotes, understood, unmentioned)
        differs = False
        if self._by_time:
            quotes, differs = in_order_of_time(quotes, question.text, self._judgement)
        current = asks_how_things_stand(asked_alone(question).text)
        return Answer(quotes, understood, unmentioned, differs, current)

    def _evidence(
        self,
        question: Question,
        candidates: Candidates,
        quotes: tuple[Citation, ...],
        unmentioned: tuple[str, ...],
    ) -> Evidence:
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
            known=self._vocabulary.known(question),
            strange=float(self._vocabulary.strange(question, unmentioned)),
            missing=float(
                nothing_of_the_type(
                    asked_alone(question).text,
                    [f"{quote.quote} {quote.speaker_name or ''}" for quote in quotes],
                )
            ),
            score=float(ranked[0]),
            lead=float(ranked[0] - ranked[min(3, len(ranked) - 1)]),
            relevance=candidates.relevance,
            **chances,
        )
