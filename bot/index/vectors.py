"""Sentence vectors in FAISS: exact inner product. The only import of faiss."""

from __future__ import annotations

from typing import Any

import faiss
import numpy as np

from bot.datatypes import Floats, Integers


class SentenceVectors:
    """All sentence vectors, searched exactly.

    Exact search is quick enough for tens of thousands of sentences; an approximate index
    would pay for hundreds of thousands.
    """

    def __init__(self, index: Any) -> None:  # faiss ships no types
        self._index = index

    @classmethod
    def build(cls, vectors: Floats) -> SentenceVectors:
        """Index `vectors`, (n, d) unit rows."""
        index = faiss.IndexFlatIP(vectors.shape[1])
        index.add(np.ascontiguousarray(vectors, dtype=np.float32))
        return cls(index)

    @classmethod
    def from_bytes(cls, content: bytes) -> SentenceVectors:
        """Read what `to_bytes` wrote.

        Raises:
            RuntimeError: when it is anything else.
        """
        return cls(faiss.deserialize_index(np.frombuffer(content, dtype=np.uint8)))

    def to_bytes(self) -> bytes:
        """Return the index in FAISS's own file format."""
        return bytes(faiss.serialize_index(self._index).tobytes())

    def __len__(self) -> int:
        return int(self._index.ntotal)

    @property
    def dimension(self) -> int:
        """The length of each vector."""
        return int(self._index.d)

    def search(self, vector: Floats, k: int) -> tuple[Integers, Floats]:
        """Return the rows of the `k` most similar sentences and their cosines, best first.

        Fewer where fewer are indexed. `vector` is (d,), unit length.
        """
        scores, rows = self._index.search(vector[None, :], min(k, len(self)))
        return rows[0].astype(np.int64), scores[0]
