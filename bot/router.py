"""Tells messages that are no question for the articles, before anything is looked up."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

from bot.datatypes import Card, Floats, Routed, Status
from bot.guidance import Guidance, Kind
from bot.index.index import Index
from bot.questions import question_terms
from bot.speakers import find_people
from bot.words import FUNCTION_WORDS, terms

_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?")
_LETTER = re.compile(r"[^\W\d_]")
# From here on a message is long enough to say what language it is, or that it repeats itself.
_MIN_WORDS = 4


class Router:
    """Decides by patterns, and by how messages like it are meant (`index.classifier`)."""

    def __init__(self, index: Index) -> None:
        self._guidance: Guidance = index.guidance
        self._classifier = index.classifier
        self._known = {t for s in index.corpus.sentences for t in terms(s.text)}
        self._people = {
            word.lower()
            for article in index.corpus.articles
            for span in find_people(article.text)
            for word in re.findall(r"[A-Z][\w-]+", span.of(article.text))
        }

    def route_by_words(self, message: str) -> Routed | None:
        """Route a message of any length by patterns alone; only distress is told so early."""
        folded = _fold(message)
        for kind in self._guidance.kinds:
            if kind.status is Status.HELP and any(p.search(folded) for p in kind.patterns):
                return self._routed(kind)
        return None

    def chances(self, vector: Floats) -> dict[str, float]:
        """Return how likely a message with this sentence vector is of each kind."""
        return self._classifier.chances(vector)

    def route(self, message: str, chances: Mapping[str, float]) -> Routed | None:
        """Route a message by words and by `chances`, empty for one that says too little itself."""
        folded = _fold(message)
        for kind in self._guidance.kinds:
            if kind.status and self._fits(kind, folded, chances.get(kind.name, 0.0)):
                return self._routed(kind)
        if reason := self._unreadable(message, folded):
            return Routed(Status.DECLINED, self._guidance.declined[reason])
        return None

    def _fits(self, kind: Kind, message: str, chance: float) -> bool:
        if any(pattern.search(message) for pattern in kind.patterns):
            return True
        words = _WORD.findall(message)
        marked = not kind.markers or not kind.markers.isdisjoint(words)
        if not marked:
            return False
        if chance >= kind.hint_chance and any(hint.search(message) for hint in kind.hints):
            return True
        return (
            chance >= kind.min_chance
            and len(words) >= kind.min_words
            and len(self._known.intersection(question_terms(message))) <= kind.max_known
            and not (kind.unless_named and not self._people.isdisjoint(words))
        )

    def _unreadable(self, message: str, folded: str) -> str | None:
        """Say why a message cannot be read as a question: another language, or no sentence."""
        letters = _LETTER.findall(message)
        if sum(letter.lower() in "abcdefghijklmnopqrstuvwxyz" for letter in letters) * 2 < len(
            letters
        ):
            return "language"
        words = _WORD.findall(folded)
        if len(words) < _MIN_WORDS:
            return None
        if max(Counter(words).values()) * 2 >= len(words) and len(set(words)) * 2 <= len(words):
            return "unclear"
        if FUNCTION_WORDS.isdisjoint(words) and self._known.isdisjoint(question_terms(message)):
            return "unclear"
        return None

    def _routed(self, kind: Kind) -> Routed:
        cards: dict[Status, Card] = {
            Status.HELP: self._guidance.help,
            Status.GREETING: self._guidance.greeting,
            Status.ABOUT: self._guidance.about,
        }
        status = kind.status or Status.DECLINED
        return Routed(status, cards.get(status) or self._guidance.declined[kind.name])


def _fold(message: str) -> str:
    return " ".join(message.lower().replace("’", "'").split())
