"""Train the matcher: `python -m training.train new_wiki.json.gz`, about half an hour on one core.

Contrastive late interaction: of all sentences of a few passages, the one that answers a question
must get the highest MaxSim. Only low-rank changes to the encoder's last layers, a projection and
a salience are learned. The layers below are run once, before, since they do not change. A run
makes the same weights again on the same machine.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import logging
import math
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from bot.corpus import load_corpus
from bot.datatypes import Span
from bot.encoder import SentenceTransformerEncoder
from bot.matcher import (
    DIMENSION,
    LAYERS,
    LORA_SCALE,
    MAX_LOG_SALIENCE,
    WEIGHTS,
    hash_file,
)
from bot.sentences import split_sentences
from bot.settings import PACKAGED_ENCODER

HERE = Path(__file__).parent
GROUPS = "[01]*"  # those that made the weights in use; README.md tells of the others
RANK = 16
STEPS = 1800
SEED = 1  # of 0 and 1 the better on the question sets of tests/, with half the groups
LEARNING_RATE = 5e-4
WARM_UP = 0.05  # share of the steps
ROUNDS_OF_NEWS = 3  # for each round through the encyclopaedia
QUESTIONS_A_STEP = 24
PASSAGES_A_STEP = 8
MAX_CHARACTERS = 1600  # of a passage of the encyclopaedia
PASSAGE_WORDS = 120
CLS, SEP = 101, 102

Encoded = tuple[torch.Tensor, torch.Tensor, "np.ndarray[Any, Any]"]  # hidden (t, d), ids, offsets


@dataclass(frozen=True)
class Passage:
    """A text with its sentences, run through the lower layers."""

    encoded: Encoded
    sentences: list[tuple[int, int]]


@dataclass(frozen=True)
class Step:
    """Passages, the questions asked of them, and for each the (passage, sentence) that answer."""

    passages: list[Passage]
    questions: list[Encoded]
    answers: list[list[tuple[int, int]]]
    rarity: torch.Tensor  # (vocabulary,), inverse document frequencies


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
        outside = ((1 - mask)[:, None, None, :] * -1e9).expand(-1, 1, longest, -1)
        for layer in self.layers:
            out = layer(hidden, outside)
            hidden = out[0] if isinstance(out, tuple) else out
        return nn.functional.normalize(hidden @ self.projection.T, dim=-1), hidden, ids

    def question_weights(
        self, hidden: torch.Tensor, ids: torch.Tensor, rarity: torch.Tensor
    ) -> torch.Tensor:
        """Return how much each question token counts (b, t), each row summing to 1."""
        salience = (hidden @ self.salience).clamp(-MAX_LOG_SALIENCE, MAX_LOG_SALIENCE).exp()
        weights = rarity[ids] * salience * (ids != CLS) * (ids != SEP)
        return weights / weights.sum(1, keepdim=True).clamp(min=1e-6)

    def trained(self) -> dict[str, np.ndarray[Any, Any]]:
        """Return what `bot.matcher` reads."""
        named = {n: p for n, p in self.named_parameters() if p.requires_grad and n != "scale"}
        return {
            name.removeprefix("layers."): p.detach().numpy().astype(np.float16)
            for name, p in named.items()
        }


class Lower:
    """Runs texts through the layers that do not change."""

    def __init__(self) -> None:
        encoder = SentenceTransformerEncoder(PACKAGED_ENCODER, threads=1)
        self._model = encoder._model
        bert: Any = self._model[0].auto_model
        self.bert = bert
        self.blocks: list[nn.Module] = list(bert.encoder.layer)

    @torch.no_grad()
    def __call__(self, texts: list[str]) -> list[Encoded]:
        """Return each text's hidden states before the last layers, its ids and offsets."""
        found: dict[int, Encoded] = {}
        order = sorted(range(len(texts)), key=lambda i: -len(texts[i]))
        for start in range(0, len(order), 32):
            batch = order[start : start + 32]
            tokens = self._model.tokenizer(
                [texts[i] for i in batch],
                truncation=True,
                max_length=384,
                padding=True,
                return_tensors="pt",
                return_offsets_mapping=True,
            )
            states = self.bert(
                input_ids=tokens["input_ids"],
                attention_mask=tokens["attention_mask"],
                output_hidden_states=True,
            ).hidden_states[len(self.blocks) - LAYERS]
            for row, i in enumerate(batch):
                size = int(tokens["attention_mask"][row].sum())
                found[i] = (
                    states[row, :size].half(),
                    tokens["input_ids"][row, :size].clone(),
                    tokens["offset_mapping"][row, :size].numpy(),
                )
        return [found[i] for i in range(len(texts))]

    @torch.no_grad()
    def principal_axes(self, texts: list[str]) -> torch.Tensor:
        """Return the (DIMENSION, d) main axes of the untrained token vectors."""
        rows = []
        for text in texts:
            tokens = self._model.tokenizer(
                text, truncation=True, max_length=384, return_tensors="pt"
            )
            rows.append(nn.functional.normalize(self.bert(**tokens).last_hidden_state[0], dim=-1))
        vectors = torch.cat(rows)
        axes: torch.Tensor = torch.linalg.eigh(vectors.T @ vectors)[1].flip(1)[:, :DIMENSION].T
        return axes


def rarity_of(lower: Lower, texts: list[str]) -> torch.Tensor:
    """Return the inverse document frequency of each token id, a sentence being a document."""
    seen = np.zeros(lower.bert.config.vocab_size)
    for ids in lower._model.tokenizer(texts)["input_ids"]:
        seen[list(set(ids))] += 1
    return torch.tensor(np.log(1 + len(texts) / (1 + seen)), dtype=torch.float32)


def encyclopaedia(
    lower: Lower, data: list[Any]
) -> list[list[tuple[Passage, list[tuple[Encoded, list[int]]]]]]:
    """Read articles in SQuAD's form: their passages, each with its questions."""
    articles = []
    for article in data:
        read = []
        for paragraph in article["paragraphs"]:
            text = paragraph["context"]
            if len(text) > MAX_CHARACTERS:
                continue
            spans = [(s.start, s.end) for s in split_sentences(text, Span(0, len(text)))]
            asked = []
            for question in paragraph["qas"]:
                start = question["answers"][0]["answer_start"]
                end = start + len(question["answers"][0]["text"])
                holding = [i for i, (a, b) in enumerate(spans) if start < b and end > a]
                if holding:
                    asked.append((question["question"].strip(), holding))
            if asked:
                read.append((text, spans, asked))
        passages = lower([text for text, _, _ in read])
        questions = iter(lower([q for _, _, asked in read for q, _ in asked]))
        articles.append(
            [
                (Passage(encoded, spans), [(next(questions), held) for _, held in asked])
                for encoded, (_, spans, asked) in zip(passages, read, strict=True)
            ]
        )
    return articles


def news(lower: Lower, folder: Path) -> Step:
    """Read one group of invented articles with the questions that they answer."""
    corpus = load_corpus(folder, passage_words=PASSAGE_WORDS)
    files = {article.source.removesuffix(".txt"): article.text for article in corpus.articles}
    places = [
        (sentence.article.source.removesuffix(".txt"), sentence.span, (p, s))
        for p, passage in enumerate(corpus.passages)
        for s, sentence in enumerate(passage.sentences)
    ]
    texts, answers = [], []
    for line in (folder / "questions.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        held = []
        for gold in row["gold"]:
            file, text = (
                (gold["article"], gold["text"])
                if isinstance(gold, dict)
                else (row["article"], gold)
            )
            start = files[file].index(text)
            span = Span(start, start + len(text))
            held += [
                place
                for name, sentence, place in places
                if name == file and 2 * sentence.overlap(span) >= min(len(sentence), len(span))
            ]
        if held:
            texts.append(f"{row['previous']} {row['q']}" if row.get("previous") else row["q"])
            answers.append(held)
    encoded = lower([passage.text for passage in corpus.passages])
    passages = [
        Passage(
            e,
            [(s.span.start - p.span.start, s.span.end - p.span.start) for s in p.sentences],
        )
        for e, p in zip(encoded, corpus.passages, strict=True)
    ]
    rarity = rarity_of(lower, [s.text for s in corpus.sentences])
    return Step(passages, lower(texts), answers, rarity)


def steps(
    articles: list[list[tuple[Passage, list[tuple[Encoded, list[int]]]]]],
    groups: list[Step],
    rarity: torch.Tensor,
) -> Iterator[Step]:
    """Yield training steps for ever, shuffled anew in each round."""
    while True:
        jobs: list[Step] = []
        for article in articles:
            mixed = random.sample(article, len(article))
            for k in range(0, len(mixed) - 2, PASSAGES_A_STEP):
                chosen = mixed[k : k + PASSAGES_A_STEP]
                picked = [
                    (question, [(p, s) for s in held])
                    for p, (_, asked) in enumerate(chosen)
                    for question, held in random.sample(asked, min(5, len(asked)))
                ]
                passages = [passage for passage, _ in chosen]
                questions = [question for question, _ in picked]
                jobs.append(Step(passages, questions, [held for _, held in picked], rarity))
        for group in groups * ROUNDS_OF_NEWS:
            order = random.sample(range(len(group.questions)), len(group.questions))
            for k in range(0, len(order), QUESTIONS_A_STEP):
                part = order[k : k + QUESTIONS_A_STEP]
                jobs.append(
                    Step(
                        group.passages,
                        [group.questions[i] for i in part],
                        [group.answers[i] for i in part],
                        group.rarity,
                    )
                )
        random.shuffle(jobs)
        yield from jobs


def loss_of(student: Student, step: Step) -> tuple[torch.Tensor, float]:
    """Return the cross-entropy of finding the answers, and the share found first."""
    vectors, _, _ = student([passage.encoded for passage in step.passages])
    longest = vectors.shape[1]
    place: dict[tuple[int, int], int] = {}
    rows: list[np.ndarray[Any, Any]] = []
    for p, passage in enumerate(step.passages):
        offsets = passage.encoded[2]
        for s, (start, end) in enumerate(passage.sentences):
            inside = (
                (offsets[:, 1] > offsets[:, 0]) & (offsets[:, 0] >= start) & (offsets[:, 1] <= end)
            )
            found = np.flatnonzero(inside)
            place[p, s] = len(rows)
            rows.append(p * longest + (found if len(found) else np.array([0])))
    index = torch.zeros(len(rows), max(map(len, rows)), dtype=torch.long)
    real = torch.zeros(index.shape, dtype=torch.bool)
    for i, row in enumerate(rows):
        index[i, : len(row)] = torch.from_numpy(row)
        real[i, : len(row)] = True
    questions, hidden, ids = student(step.questions)
    weights = student.question_weights(hidden, ids, step.rarity)
    tokens = vectors.reshape(-1, DIMENSION)[index]
    similar = (questions.reshape(-1, DIMENSION) @ tokens.reshape(-1, DIMENSION).T).reshape(
        *questions.shape[:2], *index.shape
    )
    best = similar.masked_fill(~real, -1).amax(-1)
    scores = (best * weights[:, :, None]).sum(1) * student.scale.clamp(5, 60)
    wrong = torch.full_like(scores, -1e4)
    for i, held in enumerate(step.answers):
        wrong[i, [place[answer] for answer in held]] = 0
    loss = (scores.logsumexp(1) - (scores + wrong).logsumexp(1)).mean()
    first = wrong[range(len(scores)), scores.argmax(1)] == 0
    return loss, float(first.float().mean())


def train(squad: Path, chosen: str, steps_to_do: int, seed: int, output: Path) -> None:
    """Train and write the weights."""
    logging.disable(logging.WARNING)  # the groups have no catalogue, and need none
    random.seed(seed)
    torch.manual_seed(seed)
    lower = Lower()
    folders = sorted((HERE / "groups").glob(chosen))
    groups = [news(lower, folder) for folder in folders]
    with gzip.open(squad, "rt", encoding="utf-8") as file:
        data = json.load(file)["data"]
    articles = encyclopaedia(lower, data)
    texts = [
        p.read_text(encoding="utf-8")[:MAX_CHARACTERS]
        for p in [folder / "a1.txt" for folder in folders]
    ]
    contexts = [p["context"] for a in data for p in a["paragraphs"]]
    rarity = rarity_of(
        lower, [s.of(c) for c in contexts for s in split_sentences(c, Span(0, len(c)))]
    )
    student = Student(lower.blocks[-LAYERS:], lower.principal_axes(texts))
    fast = [student.scale, student.salience]
    slow = [
        p for p in student.parameters() if p.requires_grad and not any(p is other for other in fast)
    ]
    rates = [LEARNING_RATE, 0.05, 0.01]
    optimiser = torch.optim.AdamW(
        [{"params": slow}, {"params": fast[:1]}, {"params": fast[1:]}], weight_decay=0.01
    )
    found = 0.0
    for number, step in enumerate(steps(articles, groups, rarity), start=1):
        done = number / steps_to_do
        for group, rate in zip(optimiser.param_groups, rates, strict=True):
            group["lr"] = rate * min(1.0, done / WARM_UP) * max(0.02, 1 - done)
        loss, share = loss_of(student, step)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(slow + fast, 1.0)
        optimiser.step()
        optimiser.zero_grad()
        found = share if number == 1 else 0.97 * found + 0.03 * share
        if number % 50 == 0:
            print(f"step {number} of {steps_to_do}: right first {found:.3f}", flush=True)
        if number == steps_to_do:
            break
    output.parent.mkdir(exist_ok=True)
    np.savez_compressed(output, **student.trained())  # type: ignore[arg-type]
    digest = hashlib.sha256(output.read_bytes()).hexdigest()
    hash_file(output).write_text(f"{digest}  {output.name}\n", encoding="ascii")
    print(f"wrote {output}, {output.stat().st_size:,} bytes")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Train the matcher.")
    parser.add_argument("squad", type=Path, help="SQuADShifts new_wiki, gzipped JSON")
    parser.add_argument("--groups", default=GROUPS, help="which folders of groups/ (a pattern)")
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--output", type=Path, default=WEIGHTS)
    arguments = parser.parse_args()
    train(arguments.squad, arguments.groups, arguments.steps, arguments.seed, arguments.output)
