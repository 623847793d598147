"""BM25 over passages: the words that a question and a passage share. The only import of bm25s."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import bm25s
import numpy as np

from bot.datatypes import Floats
from bot.words import terms

logging.getLogger("bm25s").setLevel(logging.WARNING)  # it asks for DEBUG when imported

# The usual values; on the SQuAD benchmark others changed nothing.
_K1, _B = 1.2, 0.75


class Lexical:
    """A BM25 index of some texts, made in memory (10,000 sentences take about a second)."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._texts = len(texts)
        stems = [terms(text) or ["\0"] for text in texts]  # bm25s wants a word in each
        self._vocabulary = {stem for text in stems for stem in text}
        self._bm25 = bm25s.BM25(k1=_K1, b=_B)
        self._bm25.index(stems, show_progress=False)

    def scores(self, question_terms: Sequence[str]) -> Floats:
        """Return the BM25 score of each text, (n,); all 0 when they share no word."""
        known = [term for term in question_terms if term in self._vocabulary]
        if not known:
            return np.zeros(self._texts, dtype=np.float32)
        return np.asarray(self._bm25.get_scores(known), dtype=np.float32)
