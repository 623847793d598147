"""Reads the question with each of the few best sentences together, as nothing before it does.

Everything else compares vectors that were made apart. A cross-encoder sees both texts at once,
and tells better whether one answers the other; it costs a forward pass for each sentence, so it
reads only those that are nearly the best. The published model (bot/cross_encoder.py) asks
whether a passage is about a question; small trained changes make it ask whether a sentence
answers it, with "none of these" as one more answer: a score above 0 speaks for the sentence.

`training/rerank.py` made weights/reranker.npz; docs/quality.md says what it gains.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np

from bot.cross_encoder import load_cross_encoder, packaged_file
from bot.datatypes import Floats, Sentence
from bot.errors import EncoderError
from bot.trained import FOLDER, add_changes, read_weights

if TYPE_CHECKING:
    from tokenizers import Tokenizer

WEIGHTS = FOLDER / "reranker.npz"
_MAX_TOKENS = 112  # of both texts together; a longer sentence is cut, which few are


class Reranker(Protocol):
    """Says how well sentences answer a question."""

    def scores(self, question: str, sentences: Sequence[Sentence]) -> Floats:
        """Return one score for each sentence (n,): log odds that it answers the question."""
        ...


class CrossEncoder:
    """The published cross-encoder with the trained changes that come with this program."""

    def __init__(self) -> None:
        """Load the model.

        Raises:
            EncoderError: when a file of it is missing or not the expected one.
        """
        self._tokenizer = pair_tokenizer()
        self._model = load_cross_encoder(packaged_file("model.onnx"))
        try:
            changes, _ = read_weights(WEIGHTS)
            add_changes(self._model, changes)
        except (OSError, ValueError, LookupError, AttributeError, RuntimeError) as error:
            raise EncoderError(
                f"The trained reranker cannot be read: {error}. It is part of this program: "
                "get bot/weights/reranker.npz again."
            ) from error

    def scores(self, question: str, sentences: Sequence[Sentence]) -> Floats:
        """Return one score for each sentence (n,): log odds that it answers the question."""
        import torch

        if not sentences:
            return np.zeros(0, dtype=np.float32)
        pairs = self._tokenizer.encode_batch([(question, quotable(s)) for s in sentences])
        with torch.inference_mode():
            found = self._model(
                input_ids=torch.tensor([pair.ids for pair in pairs]),
                attention_mask=torch.tensor([pair.attention_mask for pair in pairs]),
                token_type_ids=torch.tensor([pair.type_ids for pair in pairs]),
            )
        scores: Floats = found.logits[:, 0].numpy()
        return scores


def pair_tokenizer() -> Tokenizer:
    """Return what makes tokens of a question and a sentence, padded to the longest of a batch."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(packaged_file("tokenizer.json")))
    tokenizer.enable_truncation(_MAX_TOKENS)
    tokenizer.enable_padding()
    return tokenizer


def quotable(sentence: Sentence) -> str:
    """Return a sentence as it is judged: who says it, where the text tells, and its words.

    That is only read by the model; what is shown is always a slice of the article.
    """
    if sentence.speaker is None:
        return sentence.text
    return f"{sentence.speaker.of(sentence.article.text)}: {sentence.text}"
