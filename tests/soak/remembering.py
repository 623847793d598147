"""An encoder that encodes each text once."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bot.datatypes import Encoding
from bot.encoder import Encoder


class Remembering:
    """Another encoder's vectors; those it gave before come out of memory.

    A build then is mostly the writing of files, which is where a kill may do harm: so many more
    of a hundred kills hit that.
    """

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._known: dict[str, Encoding] = {}
        self.name = encoder.name
        self.fingerprint = encoder.fingerprint
        self.dimension = encoder.dimension
        self.reranker = None  # these answer few questions, and build much

    def encode(
        self, texts: Sequence[str], progress: Callable[[int], None] = lambda _: None
    ) -> list[Encoding]:
        """Encode what is not known yet."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        self._known.update(zip(new, self._encoder.encode(new), strict=True))
        progress(len(texts))
        return [self._known[text] for text in texts]
