"""How likely a message is of each kind: logistic regression on its sentence vector.

Trained on the examples of messages.toml when the index is built; asking needs NumPy only.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bot.datatypes import Floats

# Of 3, 10 and 30, which hardly differ: in ten-fold cross-validation on the default examples the
# router finds 0.89, 0.89 and 0.88 of the messages of distress.
_INVERSE_REGULARISATION = 10.0


@dataclass(frozen=True, slots=True, eq=False)
class Classifier:
    """One linear score a kind, turned into chances that sum to 1."""

    kinds: tuple[str, ...]
    weights: Floats  # (kinds, d)
    biases: Floats  # (kinds,)

    @classmethod
    def train(cls, vectors: Floats, kinds: Sequence[str]) -> Classifier:
        """Learn from `vectors`, (n, d), and the kind of each; rare kinds weigh as much as others.

        Kinds that are only told apart from one another count as one.
        """
        from sklearn.linear_model import LogisticRegression

        model = LogisticRegression(
            C=_INVERSE_REGULARISATION, max_iter=3000, class_weight="balanced"
        ).fit(vectors, kinds)
        weights, biases = model.coef_, model.intercept_
        if len(model.classes_) == 2:  # scikit-learn keeps one row for two classes
            weights, biases = np.vstack([-weights, weights]), np.hstack([-biases, biases])
        return cls(
            tuple(str(kind) for kind in model.classes_),
            weights.astype(np.float32),
            biases.astype(np.float32),
        )

    def chances(self, vector: Floats) -> dict[str, float]:
        """Return the chance of each kind for a message's sentence vector, (d,)."""
        scores = self.weights @ vector + self.biases
        exponentials = np.exp(scores - scores.max())
        shares = exponentials / exponentials.sum()
        return dict(zip(self.kinds, shares.tolist(), strict=True))

    def to_bytes(self) -> bytes:
        """Return the classifier as a NumPy .npz archive."""
        buffer = io.BytesIO()
        np.savez(buffer, kinds=np.array(self.kinds), weights=self.weights, biases=self.biases)
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes) -> Classifier:
        """Read what `to_bytes` wrote.

        Raises:
            ValueError, KeyError, OSError: when it is anything else.
        """
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            kinds = tuple(str(kind) for kind in arrays["kinds"])
            return cls(kinds, arrays["weights"], arrays["biases"])
