"""Token vectors for finding answers: a small trained part on top of the encoder.

An encoder that was trained for "means the same" puts the sentence that repeats a question
before the one that answers it. So its layers run a second time with small trained changes to
their weights (LoRA: Hu et al., 2021) and a projection, which give each token a short vector for
late interaction (ColBERT: Khattab and Zaharia, 2020), and the question's tokens a salience.
Only the embeddings are shared, so a question costs two encodings.

`training/` holds the data and the program that made weights/matcher.npz, and says what it gains.
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from bot.trained import FOLDER, add_changes, read_weights

if TYPE_CHECKING:
    import torch

WEIGHTS = FOLDER / "matcher.npz"
LAYERS = 6  # of the encoder's last ones: all that MiniLM has
DIMENSION = 128
MAX_LOG_SALIENCE = 3.0


class Matcher:
    """The tuned layers, ready to run on what the layers below them gave out."""

    def __init__(self, layers: list[Any], weights: dict[str, torch.Tensor]) -> None:
        """Copy the encoder's last layers (d wide) and change the copies by `weights`.

        `weights` holds `projection` (DIMENSION, d), `salience` (d,), and for each changed
        linear map, by its place, `A` (r, in) and `B` (out, r).
        """
        from torch import nn

        self._layers = nn.ModuleList(deepcopy(layer) for layer in layers)
        add_changes(self._layers, weights)
        self._projection = weights["projection"]
        self._salience = weights["salience"]

    def __call__(
        self, hidden: torch.Tensor, mask: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return unit vectors (b, t, DIMENSION) and saliences (b, t), above 0, of tokens.

        `hidden` (b, t, d) is what goes into the encoder's last layers, `mask` (b, t) is 1
        where there is a token.
        """
        hidden = run_layers(self._layers, hidden, mask)
        vectors = hidden @ self._projection.T
        vectors = vectors / vectors.norm(dim=-1, keepdim=True).clamp(min=1e-9)
        salience = (hidden @ self._salience).clamp(-MAX_LOG_SALIENCE, MAX_LOG_SALIENCE).exp()
        return vectors, salience


def run_layers(layers: Iterable[Any], hidden: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
    """Run hidden states (b, t, d) through layers of a BERT; `mask` (b, t) is 1 for a token."""
    outside = (1.0 - mask[:, None, None, :].to(hidden.dtype)) * -1e9
    outside = outside.expand(-1, 1, hidden.shape[1], -1)
    for layer in layers:
        out = layer(hidden, outside)
        hidden = out[0] if isinstance(out, tuple) else out
    return hidden


def load_matcher(layers: list[Any]) -> tuple[Matcher, str]:
    """Read the weights that come with this program, and their sha256.

    Raises:
        OSError, ValueError, KeyError: when the file is missing or anything else.
    """
    weights, digest = read_weights(WEIGHTS)
    return Matcher(layers, weights), digest
