"""Misspelt and clipped words -> words of the articles, or of English; known words stay."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache

from rapidfuzz import process
from rapidfuzz.distance import OSA
from spellchecker import SpellChecker

from bot.words import FUNCTION_WORDS, words

_TYPED = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_MIN_LETTERS = 4
_MAX_LETTERS = 20  # what is longer is no word, and its near misses are too many to look up
_SHORT = 5  # up to here only letters swapped or mistaken, none left out: "carew" is not "care"
_LONG = 8  # from here on two slips are believed
_MIN_LETTERS_FOR_ENGLISH = 6
_INITIALS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
_MIN_ENGLISH_COUNT = 50  # in the word list: rarer ones are names and slips themselves


class Speller:
    """Repairs words by the vocabulary of some texts first, by an English word list second.

    What stands in `shorthand`, and in no text, is written out in full.
    """

    def __init__(self, texts: Iterable[str], shorthand: Mapping[str, str] = {}) -> None:
        counts = Counter(word for text in texts for word in words(text))
        self._known = frozenset(counts)
        self._shorthand = shorthand
        # Frequent words first: of two equally near ones the more frequent is meant.
        self._vocabulary = [
            word for word, _ in counts.most_common() if word.isalpha() and len(word) >= _MIN_LETTERS
        ]

    def repair(self, text: str) -> tuple[str, tuple[tuple[str, str], ...]]:
        """Return the text with misspelt words repaired, and the pairs (typed, meant).

        >>> Speller(["The committee met the inspectors."]).repair("wich commitee met?")
        ('wich committee met?', (('commitee', 'committee'),))
        """
        pieces: list[str] = []
        repaired: list[tuple[str, str]] = []
        end = 0
        for match in _TYPED.finditer(text):
            meant = self._meant(match[0])
            if meant is not None:
                pieces += [text[end : match.start()], meant]
                repaired.append((match[0], meant))
                end = match.end()
        return "".join([*pieces, text[end:]]), tuple(repaired)

    def _meant(self, typed: str) -> str | None:
        word = typed.lower().replace("’", "'").removesuffix("'s")
        if word in self._shorthand and word not in self._known and typed not in _INITIALS:
            return self._shorthand[word]
        if not _MIN_LETTERS <= len(word) <= _MAX_LETTERS or not word.isalpha():
            return None
        if word in self._known or word in FUNCTION_WORDS or word in _english():
            return None
        return self._of_the_texts(word) or (
            _of_english(word)
            if typed[0].islower() and len(word) >= _MIN_LETTERS_FOR_ENGLISH
            else None
        )

    def _of_the_texts(self, word: str) -> str | None:
        slips = 1 if len(word) < _LONG else 2
        left_out = 0 if len(word) <= _SHORT else slips
        candidates = [
            known
            for known in self._vocabulary
            if abs(len(known) - len(word)) <= left_out
            and (known[0] == word[0] or len(word) > _SHORT)
        ]
        found = process.extractOne(word, candidates, scorer=OSA.distance, score_cutoff=slips)
        return found[0] if found else None


def is_one_slip_away(word: str, words: Iterable[str]) -> bool:
    """Say whether one letter more, less, or mistaken makes a word one of some others.

    >>> is_one_slip_away("ruth", ["ruthy", "andrew"])
    True
    """
    return process.extractOne(word, words, scorer=OSA.distance, score_cutoff=1) is not None


@cache
def _english() -> SpellChecker:
    return SpellChecker(language="en", distance=1)


def _of_english(word: str) -> str | None:
    frequencies = _english().word_frequency
    known = [
        candidate
        for candidate in _english().edit_distance_1(word)
        if frequencies[candidate] >= _MIN_ENGLISH_COUNT
    ]
    return max(known, key=lambda candidate: frequencies[candidate], default=None)
