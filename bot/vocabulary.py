"""Which of a question's words the articles use, and in which sentences."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from math import log

from bot.datatypes import Corpus, Question
from bot.spelling import is_one_slip_away
from bot.words import stem, terms, words

# A word of the glossary in place of the one that was asked.
_ALTERNATIVE_SHARE = 0.8

# A capital inside a sentence, small letters after it; an abbreviation; a number of two digits
# and more.
_NAME_OR_NUMBER = re.compile(r"(?<=\S[\s-])[A-Z][a-z]{2,}\b|\b[A-Z]{3,}\b|\b\d{2,}\b")
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


def asked_alone(question: Question) -> Question:
    """Return the question without the one before it."""
    return question.conversation.own if question.conversation else question


class Vocabulary:
    """The informative words of one corpus, sentence by sentence, as stems."""

    def __init__(self, corpus: Corpus) -> None:
        self._terms = [frozenset(terms(sentence.text)) for sentence in corpus.sentences]
        self._sentences_with = Counter(term for found in self._terms for term in found)
        self._anywhere = {  # headlines, captions and credits too
            term for article in corpus.articles for term in terms(f"{article.title} {article.text}")
        } | {str(article.published.day.year) for article in corpus.articles if article.published}

    def coverage(self, question: Question, rows: Sequence[int]) -> list[float]:
        """Return the share of the question's words that each sentence holds, by rarity."""
        weights = self._weights(question.terms)
        total = sum(weights.values())
        return [
            sum(weight * self._holds(question, term, row) for term, weight in weights.items())
            / total
            if total
            else 0.0
            for row in rows
        ]

    def _holds(self, question: Question, term: str, row: int) -> float:
        """Return 1 if a sentence holds a term, a little less if it holds what may stand for it."""
        held = self._terms[row]
        if term in held:
            return 1.0
        others = question.alternatives.get(term, frozenset())
        return _ALTERNATIVE_SHARE if any(other <= held for other in others) else 0.0

    def known(self, question: Question) -> float:
        """Return the share of a question's informative words that the articles use, by rarity.

        Of a follow-up, that of its own words if it is less.
        """
        own = asked_alone(question)
        return min(map(self._share_known, (question, own) if own.terms else (question,)))

    def _share_known(self, question: Question) -> float:
        weights = self._weights(question.terms)
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

    def unmentioned(self, question: Question) -> tuple[str, ...]:
        """Return the question's words that stand nowhere in the articles, as typed."""
        asked = asked_alone(question)
        unknown = set(self.unknown_terms(asked)) - self._anywhere - _TOO_LIGHT
        typed = (word for word in words(asked.text) if stem(word) in unknown)
        return tuple(dict.fromkeys(typed))

    def strange(self, question: Question, unmentioned: Sequence[str]) -> int:
        """Count the names and numbers of a question that stand nowhere in the articles.

        "18" may be 2018 there, and a name that is all but one of theirs may be meant for it.
        """
        text = asked_alone(question).text
        if text.isupper():
            return 0  # somebody's capitals are locked
        named = {match.lower() for match in _NAME_OR_NUMBER.findall(text)}
        strange = [
            word
            for word in named.intersection(unmentioned)
            if f"20{word}" not in self._anywhere
            and (word.isdigit() or not is_one_slip_away(word, self._anywhere))
        ]
        return min(_MOST_STRANGE, len(strange))

    def _weights(self, stems: Sequence[str]) -> dict[str, float]:
        """Return the inverse document frequency of each stem, a sentence being a document."""
        sentences = len(self._terms)
        return {stem: log(1 + sentences / (1 + self._sentences_with[stem])) for stem in stems}
