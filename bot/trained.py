"""Trained parts: small changes to a model's weights, kept as an .npz file beside its sha256."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import torch
    from torch import nn

FOLDER = Path(__file__).parent / "weights"
LORA_SCALE = 2.0  # of every change, as in training


def hash_file(weights: Path) -> Path:
    """Return where the sha256 of weights is kept, in the form of `sha256sum`."""
    return weights.with_suffix(".sha256")


def read_weights(path: Path) -> tuple[dict[str, torch.Tensor], str]:
    """Read the weights of a trained part, and their sha256.

    Raises:
        OSError, ValueError, LookupError: when the file is missing or anything else.
    """
    import torch

    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    if digest != hash_file(path).read_text(encoding="ascii").split()[0]:
        raise ValueError("its sha256 is not the one that training wrote beside it")
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        return {n: torch.from_numpy(arrays[n].astype(np.float32)) for n in arrays.files}, digest


def write_weights(path: Path, weights: dict[str, torch.Tensor]) -> None:
    """Write the weights of a trained part with half the digits, and their sha256 beside them."""
    path.parent.mkdir(exist_ok=True)
    halves = {name: tensor.numpy().astype(np.float16) for name, tensor in weights.items()}
    np.savez_compressed(path, **halves)  # type: ignore[arg-type]
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    hash_file(path).write_text(f"{digest}  {path.name}\n", encoding="ascii")


def add_changes(model: nn.Module, weights: dict[str, torch.Tensor]) -> None:
    """Change a model's linear maps by low-rank products (LoRA: Hu et al., 2021).

    `weights` holds for each changed map, by its place in the model, `A` (r, in) and `B` (out, r).
    """
    for name, tensor in weights.items():
        place, _, part = name.rpartition(".")
        if part == "A":
            linear: Any = model.get_submodule(place)
            change = weights[f"{place}.B"] @ tensor
            linear.weight.data = linear.weight.data + LORA_SCALE * change
