from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from bot import encoder as module
from bot.datatypes import Encoding
from bot.encoder import Encoder, SentenceTransformerEncoder
from bot.errors import EncoderError
from bot.matcher import DIMENSION, WEIGHTS
from bot.settings import PACKAGED_ENCODER
from tests.fake_encoder import FakeEncoder

TEXTS = ["Who inspects schools?", "A much longer sentence about EHC plans, written in Sutton."]


@pytest.mark.parametrize("kind", ["real", "fake"])
def test_vectors_are_unit_and_tokens_lie_in_the_text(
    kind: str, encoder: SentenceTransformerEncoder
) -> None:
    chosen: Encoder = encoder if kind == "real" else FakeEncoder()
    for text, encoding in zip(TEXTS, chosen.encode(TEXTS), strict=True):
        assert encoding.vector.shape == (chosen.dimension,)
        assert np.linalg.norm(encoding.vector) == pytest.approx(1, abs=1e-4)
        assert np.allclose(np.linalg.norm(encoding.tokens, axis=1), 1, atol=1e-4)
        assert len(encoding.tokens) == len(encoding.token_ids) == len(encoding.token_spans)
        joined = "".join(text[start:end] for start, end in encoding.token_spans)
        assert set(joined) <= set(text)
        assert len(joined) >= len(text.replace(" ", "").replace(",", "").replace(".", "")) - 2


def test_the_sentence_vector_is_sentence_transformers_own(
    encoder: SentenceTransformerEncoder,
) -> None:
    expected = encoder._model.encode(TEXTS, normalize_embeddings=True)
    found = np.stack([encoding.vector for encoding in encoder.encode(TEXTS)])
    assert np.allclose(found, expected, atol=1e-5)


def test_a_batch_is_as_good_as_one_by_one(encoder: SentenceTransformerEncoder) -> None:
    together = encoder.encode(TEXTS)
    for text, encoding in zip(TEXTS, together, strict=True):
        alone = encoder.encode([text])[0]
        assert np.allclose(alone.vector, encoding.vector, atol=1e-4)
        assert (alone.token_spans == encoding.token_spans).all()


def test_threads_may_share_an_encoder(encoder: SentenceTransformerEncoder) -> None:
    expected = encoder.encode(TEXTS)[1].vector
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: encoder.encode(TEXTS)[1].vector, range(32)))
    assert all(np.allclose(vector, expected, atol=1e-5) for vector in found)


def test_other_weights_under_the_packaged_name_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "PACKAGED_WEIGHTS_SHA256", "0" * 64)
    with pytest.raises(EncoderError, match="not those that this program was tested with"):
        SentenceTransformerEncoder(PACKAGED_ENCODER, threads=1)


def test_an_unknown_model_says_what_to_set(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="Set ENCODER"):
        SentenceTransformerEncoder(str(tmp_path / "nothing"), threads=1)


def test_a_directory_with_a_model_works(encoder: SentenceTransformerEncoder) -> None:
    directory = str(module._packaged_directory())
    other = SentenceTransformerEncoder(directory, threads=1)
    assert other.fingerprint == encoder.fingerprint
    assert np.allclose(other.encode(TEXTS)[0].vector, encoder.encode(TEXTS)[0].vector, atol=1e-5)


def test_the_fake_is_deterministic_and_shared_words_make_texts_similar() -> None:
    first, same = FakeEncoder().encode(["red boat"])[0], FakeEncoder().encode(["red boat"])[0]
    near, far = FakeEncoder().encode(["red cart", "green cart"])
    assert (first.vector == same.vector).all()
    assert first.vector @ near.vector > first.vector @ far.vector + 0.2


def test_the_matchers_vectors_do_not_depend_on_what_else_is_encoded(
    encoder: SentenceTransformerEncoder,
) -> None:
    together = encoder.encode(TEXTS)
    for text, encoding in zip(TEXTS, together, strict=True):
        alone = encoder.encode([text])[0]
        assert encoding.matching.shape == (len(encoding.tokens), DIMENSION)
        assert np.allclose(encoding.matching, alone.matching, atol=1e-4)
        assert np.allclose(encoding.salience, alone.salience, atol=1e-4)
        assert encoding.salience.min() > 0


def test_the_matcher_prefers_an_answer_to_an_echo(encoder: SentenceTransformerEncoder) -> None:
    question, echo, answer = encoder.encode(
        [
            "When will the new library open?",
            "The new library has been talked about for years.",
            "It will welcome its first readers in April 2031.",
        ]
    )

    def score(sentence: Encoding, field: str) -> float:
        best = (getattr(question, field) @ getattr(sentence, field).T).max(axis=1)
        return float((best * question.salience).sum() / question.salience.sum())

    assert score(echo, "tokens") > score(answer, "tokens")
    assert score(answer, "matching") - score(echo, "matching") > score(answer, "tokens") - score(
        echo, "tokens"
    )


@pytest.mark.parametrize(
    ("content", "digest"),
    [
        (b"PK nonsense", hashlib.sha256(b"PK nonsense").hexdigest()),
        (WEIGHTS.read_bytes(), "0" * 64),  # another one than training wrote
        (WEIGHTS.read_bytes(), ""),
    ],
)
def test_a_damaged_or_changed_matcher_is_a_clear_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: bytes, digest: str
) -> None:
    (tmp_path / "matcher.npz").write_bytes(content)
    (tmp_path / "matcher.sha256").write_text(digest)
    monkeypatch.setattr("bot.matcher.WEIGHTS", tmp_path / "matcher.npz")
    with pytest.raises(EncoderError, match=r"get bot/weights/matcher\.npz again"):
        SentenceTransformerEncoder(PACKAGED_ENCODER, threads=1)
