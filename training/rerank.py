"""Train the reranker: `python -m training.rerank new_wiki.json.gz`, about an hour on two cores.

Of the few sentences that the bot would read for a question, the one that answers must score
highest, and above 0 ("none of these") only if one does. Only low-rank changes to the upper half
of the published cross-encoder are learned, with half precision where the processor has it.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from bot.cross_encoder import load_cross_encoder, packaged_file
from bot.matcher import run_layers
from bot.open_retrieval import auroc
from bot.reranker import WEIGHTS, pair_tokenizer
from bot.trained import write_weights
from training.judged import PROCESSES, Judged, judged
from training.student import LowRank
from training.train import GROUPS, HELD_OUT

FIRST_TRAINED = 6  # of the twelve layers: those below stay as published
TRAINED = (
    *(f"bert.encoder.layer.{i}." for i in range(FIRST_TRAINED, 12)),
    "bert.pooler",
    "classifier",
)
DROPOUT = 0.1
QUESTIONS_A_STEP = 16
SENTENCES_A_QUESTION = 4
SORTED_TOGETHER = 32  # steps whose questions are sorted by length, so that little is padding
LEARNING_RATE = 5e-4
WARM_UP = 0.05  # share of the steps
SEED = 1
HELD_OUT_QUESTIONS = 600


class Student(nn.Module):
    """The cross-encoder with everything that is trained."""

    def __init__(self) -> None:
        super().__init__()
        self.model: Any = load_cross_encoder(packaged_file("model.onnx"))
        for name, module in list(self.model.named_modules()):
            if name.startswith(TRAINED):
                if isinstance(module, nn.Dropout):
                    module.p = 0.0 if name.endswith("self.dropout") else DROPOUT
                if isinstance(module, nn.Linear):
                    parent, _, last = name.rpartition(".")
                    setattr(self.model.get_submodule(parent), last, LowRank(module))
        self.model.bert.encoder.layer[:FIRST_TRAINED].bfloat16()
        self.tokenizer = pair_tokenizer()

    def forward(self, pairs: Sequence[tuple[str, str]]) -> torch.Tensor:
        """Return the score of each pair of a question and a sentence (n,)."""
        encoded = self.tokenizer.encode_batch(list(pairs))
        mask = torch.tensor([e.attention_mask for e in encoded])
        ids, types = ([getattr(e, name) for e in encoded] for name in ("ids", "type_ids"))
        bert = self.model.bert
        with torch.no_grad():
            hidden = bert.embeddings(torch.tensor(ids), torch.tensor(types)).bfloat16()
            hidden = run_layers(bert.encoder.layer[:FIRST_TRAINED], hidden, mask).float()
        with torch.autocast("cpu", torch.bfloat16):
            hidden = run_layers(bert.encoder.layer[FIRST_TRAINED:], hidden, mask)
            scores: torch.Tensor = self.model.classifier(bert.pooler(hidden))[:, 0]
        return scores.float()

    def train(self, mode: bool = True) -> Student:
        """Turn dropout on, where something is trained, or off."""
        super().train(mode)
        for layer in [self.model.bert.embeddings, *self.model.bert.encoder.layer[:FIRST_TRAINED]]:
            layer.eval()
        return self

    def trained(self) -> dict[str, torch.Tensor]:
        """Return what was learned, as `bot.trained.add_changes` reads it."""
        return {n: p.detach() for n, p in self.model.named_parameters() if p.requires_grad}


def steps(examples: list[Judged]) -> Iterator[list[Judged]]:
    """Yield for ever what a step learns from: questions of like length, all before one again."""
    together = QUESTIONS_A_STEP * SORTED_TOGETHER
    while True:
        order = random.sample(examples, len(examples))
        batches = []
        for start in range(0, len(order), together):
            block = sorted(order[start : start + together], key=_length)
            batches += [
                block[i : i + QUESTIONS_A_STEP] for i in range(0, len(block), QUESTIONS_A_STEP)
            ]
        random.shuffle(batches)
        yield from batches


def _length(example: Judged) -> int:
    return len(example.question) + max(map(len, example.sentences[:SENTENCES_A_QUESTION]))


def picked(example: Judged) -> tuple[list[str], list[bool]]:
    """Pick an answer, if there is one, the nearest misses and one miss that is less near."""
    right = random.sample(example.right, min(1, len(example.right)))
    wrong = [i for i in range(len(example.sentences)) if i not in example.right]
    near = SENTENCES_A_QUESTION - len(right) - 1
    rest = wrong[near:]
    chosen = [*right, *wrong[:near], *random.sample(rest, min(1, len(rest)))]
    return [example.sentences[i] for i in chosen], [i in right for i in chosen]


def loss_of(student: Student, batch: list[Judged]) -> torch.Tensor:
    """Return the cross-entropy of choosing the answer, or "none of these"."""
    chosen = [picked(example) for example in batch]
    scores = student([(e.question, s) for e, c in zip(batch, chosen, strict=True) for s in c[0]])
    losses = []
    for part, (_, right) in zip(scores.split([len(c[0]) for c in chosen]), chosen, strict=True):
        choices = torch.cat([part, torch.zeros(1)])
        target = right.index(True) if any(right) else len(right)
        losses.append(-choices.log_softmax(0)[target])
    return torch.stack(losses).mean()


@torch.no_grad()
def report(student: Student, examples: list[Judged]) -> str:
    """Return how often the answer comes first, and how well none is told from some."""
    student.eval()
    first, best = [], {True: [0.0][:0], False: [0.0][:0]}
    for example in examples:
        scores = student([(example.question, s) for s in example.sentences])
        best[bool(example.right)].append(float(scores.max()))
        if example.right:
            first.append(int(scores.argmax()) in example.right)
    student.train()
    return f"right first {np.mean(first):.3f}, AUROC {auroc(best[True], best[False]):.3f}"


def learn(student: Student, examples: list[Judged], held_out: list[Judged], rounds: float) -> None:
    """Change a student step by step, the rate rising at first and then falling to nothing."""
    parameters = [p for p in student.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(parameters, weight_decay=0.01)
    total = round(rounds * len(examples) / QUESTIONS_A_STEP)
    began, smooth = time.monotonic(), 0.0
    student.train()
    for number, batch in enumerate(steps(examples), start=1):
        done = number / total
        for group in optimiser.param_groups:
            group["lr"] = LEARNING_RATE * min(1.0, done / WARM_UP) * max(0.01, 1 - done)
        loss = loss_of(student, batch)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()
        optimiser.zero_grad()
        smooth = loss.item() if number == 1 else 0.98 * smooth + 0.02 * loss.item()
        if number % 25 == 0:
            minutes = (time.monotonic() - began) / 60
            print(f"step {number} of {total}, {minutes:.1f} min: loss {smooth:.3f}", flush=True)
        if number == total:
            break
    print(f"held out: {report(student, held_out)}", flush=True)


def train(encyclopaedia: Path, chosen: str, rounds: float, output: Path) -> None:
    """Train and write the weights."""
    folders = sorted(GROUPS.glob(chosen))
    taken = [f for i, f in enumerate(folders) if i % 2 == 0 or f.name in HELD_OUT]
    found = judged(taken, encyclopaedia)
    learnt_from = [example for example in found if example.group not in HELD_OUT]
    held_out = [example for example in found if example.group in HELD_OUT]
    torch.manual_seed(SEED)
    torch.set_num_threads(PROCESSES)
    random.seed(SEED)
    student = Student()
    few = random.sample(held_out, min(HELD_OUT_QUESTIONS, len(held_out)))
    learn(student, learnt_from, few, rounds)
    write_weights(output, student.trained())
    print(f"wrote {output}, {output.stat().st_size:,} bytes")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Train the reranker.")
    parser.add_argument("squad", type=Path, help="SQuADShifts new_wiki, gzipped JSON")
    parser.add_argument("--groups", default="*", help="which folders of groups/ (a pattern)")
    parser.add_argument("--rounds", type=float, default=1.0, help="through all questions")
    parser.add_argument("--output", type=Path, default=WEIGHTS)
    arguments = parser.parse_args()
    train(arguments.squad, arguments.groups, arguments.rounds, arguments.output)
