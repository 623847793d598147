"""Token vectors of every sentence, each encoded inside its passage: what MaxSim reads."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from bot.datatypes import Encoding, Floats, Integers, Passage, Span

_ARRAYS = ("vectors", "matching", "ids", "starts")


@dataclass(frozen=True, slots=True, eq=False)
class TokenStore:
    """The token vectors of all sentences, one after the other."""

    vectors: npt.NDArray[np.float16]  # (t, d), unit rows; half precision loses nothing here
    matching: npt.NDArray[np.float16]  # (t, m), unit rows, for finding answers
    ids: Integers  # (t,), the tokeniser's vocabulary
    starts: Integers  # (n + 1,): sentence i has the rows starts[i]:starts[i + 1]

    @classmethod
    def build(cls, passages: Sequence[Passage], encodings: Sequence[Encoding]) -> TokenStore:
        """Take each sentence's tokens out of the encoding of its passage.

        A sentence behind the end of the encoder's window gets none, and is then found by
        its sentence vector and by BM25 only.
        """
        vectors = [_none_of(encodings[0].tokens)] if encodings else []
        matching = [_none_of(encodings[0].matching)] if encodings else []
        ids = [np.empty(0, dtype=np.int64)]
        lengths = [0]
        for passage, encoding in zip(passages, encodings, strict=True):
            for sentence in passage.sentences:
                rows = _rows_inside(encoding, sentence.span, passage.span.start)
                vectors.append(encoding.tokens[rows].astype(np.float16))
                matching.append(encoding.matching[rows].astype(np.float16))
                ids.append(encoding.token_ids[rows])
                lengths.append(len(rows))
        return cls(
            np.concatenate(vectors),
            np.concatenate(matching),
            np.concatenate(ids),
            np.cumsum(lengths),
        )

    @classmethod
    def from_bytes(cls, content: bytes) -> TokenStore:
        """Read what `to_bytes` wrote.

        Raises:
            ValueError, KeyError, OSError: when it is anything else.
        """
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            return cls(*(arrays[name] for name in _ARRAYS))

    def to_bytes(self) -> bytes:
        """Return the store as a NumPy .npz archive."""
        buffer = io.BytesIO()
        np.savez(
            buffer,
            vectors=self.vectors,
            matching=self.matching,
            ids=self.ids,
            starts=self.starts,
        )
        return buffer.getvalue()

    def __len__(self) -> int:
        """Return the number of sentences."""
        return len(self.starts) - 1

    def inverse_document_frequencies(self) -> dict[int, float]:
        """Return log(1 + n / (1 + df)) of each token id, a sentence being a document."""
        counts: dict[int, int] = {}
        for start, end in zip(self.starts[:-1], self.starts[1:], strict=True):
            for token in set(self.ids[start:end].tolist()):
                counts[token] = counts.get(token, 0) + 1
        return {token: float(np.log(1 + len(self) / (1 + df))) for token, df in counts.items()}

    def max_similarities(self, question: Floats, sentences: Integers) -> Floats:
        """For each sentence and question token, the best cosine to a token of the sentence.

        `question` is (q, d) unit rows, `sentences` (n,) row numbers; the result is (n, q).
        A sentence without tokens has -1 throughout.
        """
        return self._best(self.vectors, question, sentences)

    def matches(self, question: Floats, sentences: Integers) -> Floats:
        """Do the same with the vectors for finding answers, `question` being (q, m)."""
        return self._best(self.matching, question, sentences)

    def _best(
        self, vectors: npt.NDArray[np.float16], question: Floats, sentences: Integers
    ) -> Floats:
        best = np.full((len(sentences), len(question)), -1.0, dtype=np.float32)
        lengths = self.starts[sentences + 1] - self.starts[sentences]
        filled = np.flatnonzero(lengths)
        if not len(filled) or not len(question):
            return best
        rows = np.concatenate(
            [np.arange(self.starts[s], self.starts[s + 1]) for s in sentences[filled]]
        )
        similarities = vectors[rows].astype(np.float32) @ question.T  # (rows, q)
        offsets = np.concatenate([[0], np.cumsum(lengths[filled])[:-1]])
        best[filled] = np.maximum.reduceat(similarities, offsets, axis=0)
        return best


def _none_of(vectors: Floats) -> npt.NDArray[np.float16]:
    return np.empty((0, vectors.shape[1]), dtype=np.float16)


def _rows_inside(encoding: Encoding, span: Span, offset: int) -> Integers:
    """Return the rows of the tokens that lie in `span`, the passage starting at `offset`."""
    inside = (encoding.token_spans[:, 0] >= span.start - offset) & (
        encoding.token_spans[:, 1] <= span.end - offset
    )
    return np.flatnonzero(inside)
