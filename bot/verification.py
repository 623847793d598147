"""Proof that every stored span still is what its source file says."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from bot.datatypes import Article, Corpus, Span
from bot.files import decode, read_bytes


@dataclass(frozen=True, slots=True)
class Verification:
    """What was compared, and what differs."""

    articles: int
    spans: int
    problems: tuple[str, ...]


def verify(corpus: Corpus, seeds: Path) -> Verification:
    """Read every source file again and compare it with all that is stored of it.

    Raises:
        CorpusError: when a source file cannot be read.
    """
    problems: list[str] = []
    spans = 0
    for article in corpus.articles:
        content = read_bytes(seeds / article.source)
        if hashlib.sha256(content).hexdigest() != article.sha256:
            problems.append(f"{article.source}: the file's sha256 is not the stored one")
            continue
        text = decode(seeds / article.source, content)
        for name, span in _spans(corpus, article):
            spans += 1
            if span.end > len(text) or span.of(text) != span.of(article.text):
                problems.append(f"{article.source}: {name} {span.start}-{span.end} differs")
        problems += _structure_problems(corpus, article)
    return Verification(len(corpus.articles), spans, tuple(problems))


def _spans(corpus: Corpus, article: Article) -> list[tuple[str, Span]]:
    """List every stored span of an article with what it is."""
    sentences = [s for s in corpus.sentences if s.article is article]
    return [
        *(("paragraph", span) for span in article.paragraphs),
        *(("boilerplate", span) for span in article.boilerplate),
        *(("sentence", s.span) for s in sentences),
        *(("speaker", s.speaker) for s in sentences if s.speaker),
        *(("passage", p.span) for p in corpus.passages if p.article is article),
    ]


def _structure_problems(corpus: Corpus, article: Article) -> list[str]:
    """Sentences are in order and apart, outside boilerplate, each in exactly one passage."""
    sentences = [s for s in corpus.sentences if s.article is article]
    in_passages = [s for p in corpus.passages if p.article is article for s in p.sentences]
    problems = []
    if in_passages != sentences:
        problems.append(f"{article.source}: the passages do not hold each sentence once, in order")
    end = 0
    for sentence in sentences:
        if sentence.span.start < end or not sentence.paragraph.contains(sentence.span):
            problems.append(f"{article.source}: sentence at {sentence.span.start} is out of place")
        if any(sentence.span.overlap(span) for span in article.boilerplate):
            problems.append(f"{article.source}: sentence at {sentence.span.start} is boilerplate")
        end = sentence.span.end
    return problems
