"""A small deterministic encoder: every word has a direction of its own, drawn from its hash.

Texts that share words are similar, others are not; nothing is learned. It makes the same
records as the real one, in microseconds.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence

import numpy as np

from bot.datatypes import Encoding, Floats

_WORD = re.compile(r"\w+")


class FakeEncoder:
    """Satisfies `bot.encoder.Encoder`."""

    reranker = None

    def __init__(
        self, name: str = "fake", fingerprint: str = "f" * 64, dimension: int = 64
    ) -> None:
        self.name = name
        self.fingerprint = fingerprint
        self.dimension = dimension

    def encode(
        self, texts: Sequence[str], progress: Callable[[int], None] = lambda _: None
    ) -> list[Encoding]:
        encodings = [self._encode(text) for text in texts]
        progress(len(texts))
        return encodings

    def _encode(self, text: str) -> Encoding:
        matches = list(_WORD.finditer(text))
        words = [match[0].lower() for match in matches]
        tokens = np.array([self._direction(word) for word in words], dtype=np.float32)
        tokens = tokens.reshape(-1, self.dimension)
        whole = tokens.sum(axis=0) if words else self._direction("")
        return Encoding(
            vector=whole / (np.linalg.norm(whole) + 1e-9),
            tokens=tokens,
            token_ids=np.array([_number(word) % 30_000 for word in words], dtype=np.int64),
            token_spans=np.array([m.span() for m in matches], dtype=np.int64).reshape(-1, 2),
            matching=tokens,
            salience=np.ones(len(words), dtype=np.float32),
        )

    def _direction(self, word: str) -> Floats:
        direction = np.random.default_rng(_number(word)).standard_normal(self.dimension)
        unit: Floats = (direction / np.linalg.norm(direction)).astype(np.float32)
        return unit


def _number(word: str) -> int:
    return int.from_bytes(hashlib.sha256(word.encode("utf-8", "replace")).digest()[:8], "big")
