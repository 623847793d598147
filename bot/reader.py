"""Question + hits -> quotes, or a refusal.

Choosing and refusing use different scores, because one score does both badly: the best
quote is the one that matches best, and whether there is an answer at all is decided by
how much of the question anything matches.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import log
from typing import Protocol

import numpy as np

from bot.confidence import CALIBRATION, Evidence, parse_calibration
from bot.datatypes import (
    MAX_CITATIONS,
    Answer,
    Floats,
    Hit,
    Integers,
    Question,
    Reason,
    Refusal,
    Understood,
)
from bot.index.index import Index
from bot.judgement import JUDGEMENT, parse_judgement
from bot.selection import Ranked, choose
from bot.spelling import is_one_slip_away
from bot.timeline import asks_how_things_stand, in_order_of_time
from bot.words import stem, terms, words


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


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each part counts in choosing (docs/quality.md has what else was tried)."""

    trained: float = 2 / 3  # of the trained matcher; what needs no training has the rest
    maxsim: float = 1.0
    passage: float = 0.1
    coverage: float = 0.1
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

# A word of the glossary in place of the one that was asked.
_ALTERNATIVE_SHARE = 0.8

# A chance that the classifier gives, where there is none: a follow-up counts as information.
_USUAL_CHANCES = {"information": 0.6, "advice": 0.02, "abuse": 0.02}
_LEAST_CHANCE = 0.01

# A capital inside a sentence, small letters after it; or a number of two digits and more.
_NAME_OR_NUMBER = re.compile(r"(?<=\S\s)[A-Z][a-z]{2,}\b|\b\d{2,}\b")
_MOST_STRANGE = 2

# Verbs and other words that say too little to be named as missing.
_TOO_LIGHT = frozenset(
    stem(word)
    for word in """
    get getting got go going gone went come came make made take took put let keep kept want wanted
    need needed know knew think thought tell told say said ask asked happen happened look looked
    find found give gave use used try tried help work thing stuff way people person kind sort bit
    time times day good bad big new old right wrong like please thanks hi hello whole different
    """.split()
)


@dataclass(frozen=True, slots=True, eq=False)
class _Candidates:
    """The sentences of the hits with their scores, all (n,), row i being one sentence."""

    rows: Integers  # in Index.corpus.sentences
    ranking: Floats
    similarity: Floats  # MaxSim with equal weights
    coverage: Floats  # share of the question's informative words that the sentence holds
    understood: tuple[Understood, ...]  # how the question was read to get them


class MaxSimReader:
    """Contextual MaxSim: each question token looks for its best match in a sentence.

    Token vectors are those of the sentence inside its passage, weighted by how rare the
    question's tokens are. The order of quotes comes from the trained vectors (bot/matcher.py)
    mixed with the encoder's own; whether to answer is decided by the encoder's own alone, which
    tell better how far off a question is (docs/quality.md).
    """

    def __init__(
        self,
        index: Index,
        *,
        min_confidence: float | None = None,
        weights: Weights = USUAL_WEIGHTS,
    ) -> None:
        """Prepare to read an index; below `min_confidence` (0..1) the reader refuses.

        Without it, the threshold is that of the calibration.
        """
        self._index = index
        self._weights = weights
        self._calibration = parse_calibration(index.guidance.files[CALIBRATION], CALIBRATION)
        self._judgement = parse_judgement(index.guidance.files[JUDGEMENT], JUDGEMENT)
        self.min_confidence = (
            self._calibration.threshold if min_confidence is None else min_confidence
        )
        self._row = {(s.article.id, s.span): row for row, s in enumerate(index.corpus.sentences)}
        self._terms = [frozenset(terms(sentence.text)) for sentence in index.corpus.sentences]
        self._sentences_with = Counter(term for found in self._terms for term in found)
        self._anywhere = {  # headlines, captions and credits too
            term
            for article in index.corpus.articles
            for term in terms(f"{article.title} {article.text}")
        }
        self._token_weights = index.tokens.inverse_document_frequencies()

    def read(self, question: Question, hits: list[Hit]) -> Verdict:
        """Rank every sentence of the hits, and answer with the best or refuse."""
        if not hits:
            return Verdict((), None, 0.0, Refusal(Reason.NOTHING_RETRIEVED, ()))
        candidates = self._candidates(question, hits)
        order = np.argsort(-candidates.ranking, kind="stable")
        ranked = [
            Ranked(int(candidates.rows[i]), round(float(candidates.ranking[i]), 4)) for i in order
        ]
        unmentioned = self._unmentioned(question)
        evidence = self._evidence(question, candidates, unmentioned)
        chance = self._calibration.chance(evidence)
        return Verdict(
            tuple(ranked),
            evidence,
            chance,
            self._reply(question, candidates.understood, ranked, chance, unmentioned),
        )

    def _reply(
        self,
        question: Question,
        understood: tuple[Understood, ...],
        ranked: list[Ranked],
        chance: float,
        unmentioned: tuple[str, ...],
    ) -> Answer | Refusal:
        quotes = choose(ranked, self._index.corpus.sentences, self._judgement)
        if chance < self.min_confidence:
            return Refusal(Reason.NOT_CONFIDENT, quotes, understood, unmentioned)
        differs = False
        if self._weights.by_time:
            quotes, differs = in_order_of_time(quotes, question.text, self._judgement)
        current = asks_how_things_stand(_asked(question).text)
        return Answer(quotes, understood, unmentioned, differs, current)

    def _candidates(self, question: Question, hits: list[Hit]) -> _Candidates:
        rows = np.array(
            [self._row[s.article.id, s.span] for hit in hits for s in hit.passage.sentences]
        )
        passage_scores = np.array(
            [hit.score for hit in hits for _ in hit.passage.sentences], dtype=np.float32
        )
        candidates = self._scored(question, rows, passage_scores)
        if question.conversation is None:
            return candidates
        own = self._scored(question.conversation.own, rows, passage_scores)
        before = self._scored(question.conversation.before, rows, passage_scores)
        answers = rows[np.argsort(-before.ranking, kind="stable")[:MAX_CITATIONS]]
        ranking = (
            (1 - _OWN_SHARE) * candidates.ranking
            + _OWN_SHARE * own.ranking
            + self._near(rows, answers)
        )
        # What the question before adds cannot make up for what this one asks.
        coverage = own.coverage if question.conversation.own.terms else candidates.coverage
        answer = self._index.corpus.sentences[answers[0]].text
        note = Understood(question.conversation.before.text, answer, "answered by")
        return replace(
            candidates,
            ranking=ranking,
            coverage=np.minimum(coverage, candidates.coverage),
            understood=(*question.understood, note),
        )

    def _scored(self, question: Question, rows: Integers, passage_scores: Floats) -> _Candidates:
        tokens, encoding, weights = self._index.tokens, question.encoding, self._weights
        similarities = tokens.max_similarities(encoding.tokens, rows)  # (n, q)
        rarity = self._rarity(encoding.token_ids)  # (q,)
        term_weights = self._term_weights(question.terms)
        coverage = np.array(
            [self._coverage(question, term_weights, row) for row in rows], dtype=np.float32
        )
        untrained = (
            weights.maxsim * (similarities @ _shares(rarity))
            + weights.passage * passage_scores
            + weights.coverage * coverage
        )
        trained = tokens.matches(encoding.matching, rows) @ _shares(rarity * encoding.salience)
        ranking = weights.trained * trained + (1 - weights.trained) * untrained
        similarity = similarities.mean(axis=1) if len(rarity) else np.zeros_like(coverage)
        return _Candidates(rows, ranking, similarity, coverage, question.understood)

    def _near(self, rows: Integers, answers: Integers) -> Floats:
        """Return what each row gains by standing near the rows `answers`, best first."""
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

    def _rarity(self, token_ids: Integers) -> Floats:
        rarest = log(1 + len(self._index.tokens))  # of a token that no sentence has
        return np.array(
            [self._token_weights.get(token, rarest) for token in token_ids.tolist()],
            dtype=np.float32,
        )

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

    def _evidence(
        self, question: Question, candidates: _Candidates, unmentioned: tuple[str, ...]
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
            known=self._known(question),
            strange=self._strange(question, unmentioned),
            lead=float(ranked[0] - ranked[min(3, len(ranked) - 1)]),
            **chances,
        )

    def _known(self, question: Question) -> float:
        """Return the share of a question's informative words that the articles use, by rarity.

        Of a follow-up, that of its own words if it is less.
        """
        own = _asked(question)
        return min(map(self._share_known, (question, own) if own.terms else (question,)))

    def _share_known(self, question: Question) -> float:
        weights = self._term_weights(question.terms)
        unknown = sum(weights[term] for term in self.unknown_terms(question))
        return 1 - unknown / sum(weights.values()) if weights else 0.0

    def _strange(self, question: Question, unmentioned: tuple[str, ...]) -> float:
        """Count the names and numbers of a question that stand nowhere in the articles.

        "18" may be 2018 there, and a name that is all but one of theirs may be meant for it.
        """
        named = {match.lower() for match in _NAME_OR_NUMBER.findall(_asked(question).text)}
        strange = [
            word
            for word in named.intersection(unmentioned)
            if f"20{word}" not in self._anywhere
            and (word.isdigit() or not is_one_slip_away(word, self._anywhere))
        ]
        return float(min(_MOST_STRANGE, len(strange)))

    def unknown_terms(self, question: Question) -> list[str]:
        """Return the question's informative words that no sentence holds, as stems.

        A word that the glossary knows another word for is not one of them.
        """
        return [
            term
            for term in question.terms
            if not self._sentences_with[term] and not question.alternatives.get(term)
        ]

    def _unmentioned(self, question: Question) -> tuple[str, ...]:
        """Return the question's words that stand nowhere in the articles, as typed."""
        asked = _asked(question)
        unknown = set(self.unknown_terms(asked)) - self._anywhere - _TOO_LIGHT
        typed = (word for word in words(asked.text) if stem(word) in unknown)
        return tuple(dict.fromkeys(typed))

    def _term_weights(self, stems: Sequence[str]) -> dict[str, float]:
        """Return the inverse document frequency of each stem, a sentence being a document."""
        sentences = len(self._terms)
        return {stem: log(1 + sentences / (1 + self._sentences_with[stem])) for stem in stems}


def _asked(question: Question) -> Question:
    """Return the question without the one before it."""
    return question.conversation.own if question.conversation else question


def _shares(weights: Floats) -> Floats:
    """Scale weights so that they sum to 1."""
    shares: Floats = weights / max(float(weights.sum()), 1e-9)
    return shares
