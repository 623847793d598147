"""Questions with the sentences that the bot would read for them: what the reranker learns from.

The bot itself, with the trained matcher, picks the sentences. So what is learned is to judge
near misses, and, from questions that were asked of other articles, what is no match at all.
"""

from __future__ import annotations

import gzip
import json
import logging
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from bot.candidates import Weights
from bot.corpus import load_corpus
from bot.datatypes import Encoding, Span
from bot.encoder import SentenceTransformerEncoder
from bot.guidance import default_guidance
from bot.index.index import Index
from bot.index.manifest import Recipe
from bot.open_retrieval import bot_of
from bot.pipeline import Bot
from bot.reranker import quotable
from bot.settings import PACKAGED_ENCODER, Settings
from training.texts import PASSAGE_WORDS, asked_in

PROCESSES = 2
READ = 8  # sentences kept of a question, the best first
ANSWERED = 130  # questions of a group that it answers; those that it does not are all taken
FROM_OTHERS, FROM_ENCYCLOPAEDIA = 15, 8  # questions asked of a group that belong elsewhere
_WEIGHTS = Weights(relevance=0.0)  # the reranker is what is made here
PARTS, PARAGRAPHS = 10, 40  # of the encyclopaedia: so many parts, each of so many paragraphs
PART_ANSWERED, PART_OTHERS = 200, 60  # questions of a part, and from elsewhere


@dataclass(frozen=True)
class Judged:
    """A question, the sentences read for it, and which of them answer: none, where none does."""

    question: str
    sentences: list[str]
    right: list[int]
    group: str


def judged(folders: Sequence[Path], encyclopaedia: Path) -> list[Judged]:
    """Ask each group its own questions and some of others, and the encyclopaedia likewise."""
    with gzip.open(encyclopaedia, "rt", encoding="utf-8") as file:
        paragraphs = [p for article in json.load(file)["data"] for p in article["paragraphs"]]
    chosen = random.Random(len(paragraphs)).sample(range(len(paragraphs)), PARTS * PARAGRAPHS)
    parts = [[paragraphs[i] for i in chosen[k::PARTS]] for k in range(PARTS)]
    strange = [q["question"].strip() for p in paragraphs for q in p["qas"]]
    news = [json.loads(line)["q"] for f in folders for line in _lines(f)]
    with get_context("spawn").Pool(PROCESSES) as pool:
        of_parts = pool.starmap_async(_of_part, [(p, news, strange) for p in parts], chunksize=1)
        of_news = pool.starmap(_of_group, [(f, news, strange) for f in folders], chunksize=1)
        return [one for part in (*of_news, *of_parts.get()) for one in part]


def _lines(folder: Path) -> list[str]:
    return (folder / "questions.jsonl").read_text(encoding="utf-8").splitlines()


class _Remembering(SentenceTransformerEncoder):
    """Encodes the messages of the default guidance once, not for each group anew."""

    def __init__(self) -> None:
        logging.disable(logging.WARNING)
        super().__init__(PACKAGED_ENCODER, threads=1)
        self._messages: dict[str, Encoding] = {}

    def encode(
        self, texts: Sequence[str], progress: Callable[[int], None] = lambda _: None
    ) -> list[Encoding]:
        """Encode each text alone; what one call of many texts held is not encoded again."""
        new = [text for text in texts if text not in self._messages]
        found = dict(zip(new, super().encode(new, progress), strict=True))
        if len(new) > 1:
            self._messages |= found
        return [found[t] if t in found else self._messages[t] for t in texts]


@cache
def _encoder() -> SentenceTransformerEncoder:
    """Return this process's encoder."""
    return _Remembering()


def _of_group(folder: Path, news: list[str], strange: list[str]) -> list[Judged]:
    """Judge what one group of invented articles is asked."""
    chosen = random.Random(folder.name)
    corpus = load_corpus(folder, passage_words=PASSAGE_WORDS)
    recipe = Recipe(passage_words=PASSAGE_WORDS, sentence_splitter="", sources={})
    index = Index.build(corpus, default_guidance(), _encoder(), recipe, lambda _: None)
    bot = Bot(index, _encoder(), Settings(), weights=_WEIGHTS)
    asked = asked_in(folder, corpus)
    answered = [a for a in asked if a.right]
    own = [
        *chosen.sample(answered, min(ANSWERED, len(answered))),
        *(a for a in asked if not a.right),
    ]
    texts = {a.question for a in asked}
    others = [q for q in chosen.sample(news, FROM_OTHERS) if q not in texts]
    others += chosen.sample(strange, FROM_ENCYCLOPAEDIA)
    return [
        *_ask(bot, folder.name, [(a.question, a.previous, a.right) for a in own]),
        *_ask(bot, folder.name, [(q, None, []) for q in others]),
    ]


def _of_part(inside: list[Any], news: list[str], strange: list[str]) -> list[Judged]:
    """Judge what one part of the encyclopaedia is asked, of its own, of the rest and of news."""
    chosen = random.Random(inside[0]["context"])
    contexts = dict(enumerate(p["context"] for p in inside))
    bot = bot_of(contexts, _encoder(), Settings(), weights=_WEIGHTS)
    sentences = bot.index.corpus.sentences
    rows: dict[str, list[int]] = {}
    for row, sentence in enumerate(sentences):
        rows.setdefault(sentence.article.id, []).append(row)
    asked: list[tuple[str, str | None, list[int]]] = []
    for number, paragraph in enumerate(inside):
        for question in paragraph["qas"]:
            spans = [
                Span(a["answer_start"], a["answer_start"] + len(a["text"]))
                for a in question["answers"]
            ]
            right = [
                row
                for row in rows[str(number)]
                if any(sentences[row].span.overlap(span) for span in spans)
            ]
            asked.append((question["question"].strip(), None, right))
    own = {question for question, _, _ in asked}
    others = [q for q in chosen.sample(strange, PART_OTHERS // 2) if q not in own]
    others += chosen.sample(news, PART_OTHERS // 2)
    return [
        *_ask(bot, "encyclopaedia", chosen.sample(asked, min(PART_ANSWERED, len(asked)))),
        *_ask(bot, "encyclopaedia", [(q, None, []) for q in others]),
    ]


def _ask(
    bot: Bot, group: str, asked: Sequence[tuple[str, str | None, list[int]]]
) -> Iterator[Judged]:
    _encoder().encode([question for question, _, _ in asked])  # at once, which is faster
    sentences = bot.index.corpus.sentences
    for question, previous, right in asked:
        inspection = bot.inspect(question, previous)
        if inspection.verdict is None or inspection.question is None:
            continue  # it was routed: no sentence is read for it
        found = [ranked.row for ranked in inspection.verdict.ranked[:READ]]
        if right and not set(right) & set(found):
            found[-1] = right[0]
        yield Judged(
            inspection.question.text,
            [quotable(sentences[row]) for row in found],
            [i for i, row in enumerate(found) if row in right],
            group,
        )
