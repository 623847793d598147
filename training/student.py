"""What is trained: low-rank changes to the encoder's last layers, a projection, a salience."""

from __future__ import annotations

import math

import torch
from torch import nn

from bot.matcher import MAX_LOG_SALIENCE, run_layers
from bot.trained import LORA_SCALE
from training.texts import Encoded

RANK = 16
DROPOUT = 0.1
CLS, SEP = 101, 102


class LowRank(nn.Module):
    """A frozen linear map with a trained change of low rank."""

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__()
        self.linear = linear.requires_grad_(requires_grad=False)
        self.A = nn.Parameter(torch.randn(RANK, linear.in_features) / math.sqrt(linear.in_features))
        self.B = nn.Parameter(torch.zeros(linear.out_features, RANK))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Map x by the changed weights."""
        changed: torch.Tensor = self.linear(x) + LORA_SCALE * (x @ self.A.T) @ self.B.T
        return changed


class Student(nn.Module):
    """The encoder's last layers with everything that is trained."""

    def __init__(self, layers: list[nn.Module], projection: torch.Tensor) -> None:
        super().__init__()
        self.layers = nn.ModuleList(layers)
        self.requires_grad_(requires_grad=False)
        for layer in self.layers:
            for name, module in list(layer.named_modules()):
                if isinstance(module, nn.Dropout):  # on attention's weights it costs a third more
                    module.p = 0.0 if name.endswith("self.dropout") else DROPOUT
                if isinstance(module, nn.Linear):
                    parent, _, last = name.rpartition(".")
                    setattr(layer.get_submodule(parent), last, LowRank(module))
        self.projection = nn.Parameter(projection.clone())
        self.salience = nn.Parameter(torch.zeros(projection.shape[1]))
        self.scale = nn.Parameter(torch.tensor(20.0))

    def forward(self, texts: list[Encoded]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return unit vectors (b, t, DIMENSION), hidden states (b, t, d) and token ids (b, t)."""
        longest = max(len(hidden) for hidden, _, _ in texts)
        width = texts[0][0].shape[1]
        hidden = torch.zeros(len(texts), longest, width)
        mask = torch.zeros(len(texts), longest)
        ids = torch.full((len(texts), longest), CLS)
        for i, (states, tokens, _) in enumerate(texts):
            hidden[i, : len(states)] = states.float()
            mask[i, : len(states)] = 1
            ids[i, : len(states)] = tokens
        hidden = run_layers(self.layers, hidden, mask)
        return nn.functional.normalize(hidden @ self.projection.T, dim=-1), hidden, ids

    def question_weights(
        self, hidden: torch.Tensor, ids: torch.Tensor, rarity: torch.Tensor
    ) -> torch.Tensor:
        """Return how much each question token counts (b, t), each row summing to 1."""
        salience = (hidden @ self.salience).clamp(-MAX_LOG_SALIENCE, MAX_LOG_SALIENCE).exp()
        weights = rarity[ids] * salience * (ids != CLS) * (ids != SEP)
        return weights / weights.sum(1, keepdim=True).clamp(min=1e-6)

    def trained(self) -> dict[str, torch.Tensor]:
        """Return what was learned and `bot.matcher` reads, by its name there."""
        named = {n: p for n, p in self.named_parameters() if p.requires_grad and n != "scale"}
        return {name.removeprefix("layers."): p.detach().clone() for name, p in named.items()}


def average(runs: list[dict[str, torch.Tensor]]) -> dict[str, torch.Tensor]:
    """Average what runs from the same start have learned.

    Of low-rank changes the products are averaged: their factors side by side.
    """
    found = {}
    for name in runs[0]:
        each = [run[name] for run in runs]
        if name.endswith(".A"):
            found[name] = torch.cat(each, dim=0)
        elif name.endswith(".B"):
            found[name] = torch.cat(each, dim=1) / len(runs)
        else:
            found[name] = torch.stack(each).mean(0)
    return found
