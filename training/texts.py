"""Articles with questions -> what training reads: run through the layers that do not change."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from bot.corpus import load_corpus
from bot.datatypes import Corpus, Span
from bot.encoder import SentenceTransformerEncoder
from bot.matcher import DIMENSION, LAYERS
from bot.sentences import split_sentences
from bot.settings import PACKAGED_ENCODER

MAX_CHARACTERS = 1600  # of a passage of the encyclopaedia
PASSAGE_WORDS = 120

Encoded = tuple[torch.Tensor, torch.Tensor, "np.ndarray[Any, Any]"]  # hidden (t, d), ids, offsets
Article = list[tuple["Passage", list[tuple[Encoded, list[int]]]]]  # passages with their questions


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


def encyclopaedia(lower: Lower, data: list[Any]) -> list[Article]:
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


@dataclass(frozen=True)
class Asked:
    """A question of a group, and the rows of the corpus's sentences that answer it, if any."""

    question: str
    previous: str | None
    right: list[int]


def asked_in(folder: Path, corpus: Corpus) -> list[Asked]:
    """Read the questions of a group of invented articles."""
    files = {article.source.removesuffix(".txt"): article for article in corpus.articles}
    found = []
    for line in (folder / "questions.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        right = []
        for gold in row["gold"]:
            file, text = (
                (gold["article"], gold["text"])
                if isinstance(gold, dict)
                else (row["article"], gold)
            )
            start = files[file].text.index(text)
            span = Span(start, start + len(text))
            right += [
                i
                for i, sentence in enumerate(corpus.sentences)
                if sentence.article is files[file]
                and 2 * sentence.span.overlap(span) >= min(len(sentence.span), len(span))
            ]
        found.append(Asked(row["q"], row.get("previous"), right))
    return found


def news(lower: Lower, folder: Path) -> Step:
    """Read one group of invented articles with the questions that they answer."""
    corpus = load_corpus(folder, passage_words=PASSAGE_WORDS)
    place = {
        (sentence.article.id, sentence.span): (p, s)
        for p, passage in enumerate(corpus.passages)
        for s, sentence in enumerate(passage.sentences)
    }
    asked = [a for a in asked_in(folder, corpus) if a.right]
    texts = [f"{a.previous} {a.question}" if a.previous else a.question for a in asked]
    sentences = corpus.sentences
    answers = [[place[sentences[i].article.id, sentences[i].span] for i in a.right] for a in asked]
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
