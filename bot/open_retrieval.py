"""An open-retrieval benchmark in the form of SQuAD 2.0, to guard against fitting one corpus.

The file has a JSON object a line: `doc` (with its group), `par` (paragraphs of a doc) and `q`
(questions of a paragraph with answer spans, `imp` 1 where the paragraph only seems to answer).
Paragraphs of the groups A, B and D are searched. Measured are the questions of group B; those
of group R, whose paragraphs are not searched, have no answer here.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ValidationError

from bot.candidates import USUAL_WEIGHTS, Weights
from bot.datatypes import Article, Basis, Corpus, Sentence, Span
from bot.encoder import Encoder
from bot.errors import QuestionFileError
from bot.guidance import default_guidance
from bot.index.index import Index
from bot.index.manifest import Recipe
from bot.passages import make_passages
from bot.pipeline import Bot, Inspection
from bot.sentences import split_sentences
from bot.settings import Settings

_SEARCHED = frozenset("ABD")
_REPORTED, _OUTSIDE = "B", "R"
_WHOLE_PARAGRAPH = 100_000  # words: a passage is a paragraph, however long


class _Row(BaseModel):
    t: str
    doc: int = -1
    par: int = -1
    group: str = ""
    text: str = ""
    q: str = ""
    a: tuple[tuple[int, str], ...] = ()
    imp: int | None = None


@dataclass(frozen=True, slots=True)
class _Asked:
    """One question: its paragraph's number, and where in it the answers stand."""

    text: str
    paragraph: int
    gold: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Benchmark:
    """What a benchmark file holds, sorted by what it is for."""

    paragraphs: dict[int, str]  # those that are searched, by number
    answerable: tuple[_Asked, ...]
    adversarial: tuple[_Asked, ...]  # the paragraph is searched but does not answer
    outside: tuple[_Asked, ...]  # the paragraph is not searched


@dataclass(frozen=True, slots=True)
class OpenMeasures:
    """Shares from 0 to 1 over the answerable questions; areas under ROC curves."""

    questions: int
    hit_at_1: float  # the right paragraph is retrieved first
    hit_at_5: float
    hit_at_10: float
    sentence_at_1: float  # the first quote overlaps an answer in the right paragraph
    sentence_at_3: float
    auroc_out_of_corpus: float  # of the chance that decides refusing
    auroc_adversarial: float


def load_benchmark(path: Path) -> Benchmark:
    """Read a benchmark file, gzipped if its name ends in .gz.

    Raises:
        QuestionFileError: naming the line that does not fit.
    """
    try:
        content = path.read_bytes()
        lines = (gzip.decompress(content) if path.suffix == ".gz" else content).splitlines()
    except (OSError, EOFError) as error:
        raise QuestionFileError(path, None, f"cannot be read: {error}") from error
    rows = []
    for number, line in enumerate(lines, start=1):
        try:
            rows.append(_Row.model_validate(json.loads(line)))
        except (ValueError, ValidationError) as error:
            raise QuestionFileError(path, number, f"not a row of the benchmark: {error}") from error
    groups = {row.doc: row.group for row in rows if row.t == "doc"}
    paragraphs = {row.par: row for row in rows if row.t == "par"}

    def asked(group: str, keep: Callable[[_Row], bool]) -> tuple[_Asked, ...]:
        return tuple(
            _Asked(row.q, row.par, tuple(Span(at, at + len(text)) for at, text in row.a))
            for row in rows
            if row.t == "q" and groups[paragraphs[row.par].doc] == group and keep(row)
        )

    benchmark = Benchmark(
        {n: row.text for n, row in paragraphs.items() if groups[row.doc] in _SEARCHED},
        asked(_REPORTED, lambda row: row.imp == 0 and bool(row.a)),
        asked(_REPORTED, lambda row: row.imp == 1),
        asked(_OUTSIDE, lambda _: True),
    )
    if not (benchmark.answerable and benchmark.adversarial and benchmark.outside):
        raise QuestionFileError(path, None, "needs questions of every sort in groups B and R")
    return benchmark


def open_retrieval(
    benchmark: Benchmark,
    encoder: Encoder,
    settings: Settings,
    progress: Callable[[int], None] = lambda _: None,
) -> OpenMeasures:
    """Index the benchmark's paragraphs in memory and ask its questions, as `ask` would.

    The data files are those of an unknown corpus: no glossary, the default calibration.
    """
    bot = bot_of(benchmark.paragraphs, encoder, settings, progress)
    wide = settings.model_copy(update={"top_passages": max(10, settings.top_passages)})
    retrieving = Bot(bot.index, encoder, wide, weights=Weights(relevance=0.0))
    answered = [_inspect(bot, asked, progress) for asked in benchmark.answerable]
    adversarial = [_chance(_inspect(bot, asked, progress)) for asked in benchmark.adversarial]
    outside = [_chance(_inspect(bot, asked, progress)) for asked in benchmark.outside]
    chances = [_chance(inspection) for inspection in answered]
    ranks = [
        _paragraph_rank(_inspect(retrieving, asked, progress), asked)
        for asked in benchmark.answerable
    ]
    firsts = [
        _sentence_rank(i, asked, bot.index.corpus.sentences)
        for i, asked in zip(answered, benchmark.answerable, strict=True)
    ]
    return OpenMeasures(
        questions=len(benchmark.answerable),
        hit_at_1=_share(ranks, 1),
        hit_at_5=_share(ranks, 5),
        hit_at_10=_share(ranks, 10),
        sentence_at_1=_share(firsts, 1),
        sentence_at_3=_share(firsts, 3),
        auroc_out_of_corpus=auroc(chances, outside),
        auroc_adversarial=auroc(chances, adversarial),
    )


def auroc(positives: Sequence[float], negatives: Sequence[float]) -> float:
    """Return how often a positive scores above a negative, ties counting half.

    >>> auroc([0.9, 0.4], [0.1, 0.4])
    0.875
    """
    ordered = np.sort(np.asarray(negatives))
    below = np.searchsorted(ordered, positives, side="left")
    tied = np.searchsorted(ordered, positives, side="right") - below
    return float((below + tied / 2).mean() / len(ordered))


def texts_in(benchmark: Benchmark) -> int:
    """Return how many questions `open_retrieval` asks, for a progress bar."""
    return 2 * len(benchmark.answerable) + len(benchmark.adversarial) + len(benchmark.outside)


def bot_of(
    paragraphs: Mapping[int, str],
    encoder: Encoder,
    settings: Settings,
    progress: Callable[[int], None] = lambda _: None,
    weights: Weights = USUAL_WEIGHTS,
) -> Bot:
    """Index numbered paragraphs in memory, each an article whose id is its number."""
    articles = tuple(_article(number, text) for number, text in paragraphs.items())
    sentences = tuple(
        Sentence(article, span, article.paragraphs[0], None)
        for article in articles
        for span in split_sentences(article.text, article.paragraphs[0])
    )
    by_article: dict[str, list[Sentence]] = {}
    for sentence in sentences:
        by_article.setdefault(sentence.article.id, []).append(sentence)
    passages = tuple(
        passage
        for article in articles
        for passage in make_passages(article, tuple(by_article[article.id]), _WHOLE_PARAGRAPH)
    )
    corpus = Corpus(articles, sentences, passages, "a benchmark", ())
    recipe = Recipe(passage_words=_WHOLE_PARAGRAPH, sentence_splitter="", sources={})
    index = Index.build(corpus, default_guidance(), encoder, recipe, progress)
    return Bot(index, encoder, settings, weights=weights)


def _article(number: int, text: str) -> Article:
    return Article(
        id=str(number),
        source=f"{number}.txt",
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        text=text,
        title="",
        title_basis=Basis.INFERRED,
        publisher=None,
        kind=None,
        url=None,
        published=None,
        show="whole",
        paragraphs=(Span(0, len(text)),),
        boilerplate=(),
    )


def _inspect(bot: Bot, asked: _Asked, progress: Callable[[int], None]) -> Inspection:
    progress(1)
    return bot.inspect(asked.text)


def _chance(inspection: Inspection) -> float:
    """Return the score that decides refusing; a message that is routed away has none."""
    return inspection.verdict.chance if inspection.verdict else 0.0


def _paragraph_rank(inspection: Inspection, asked: _Asked) -> int | None:
    for rank, hit in enumerate(inspection.hits, start=1):
        if hit.passage.article.id == str(asked.paragraph):
            return rank
    return None


def _sentence_rank(
    inspection: Inspection, asked: _Asked, sentences: Sequence[Sentence]
) -> int | None:
    ranked = inspection.verdict.ranked if inspection.verdict else ()
    for rank, found in enumerate(ranked, start=1):
        sentence = sentences[found.row]
        right_paragraph = sentence.article.id == str(asked.paragraph)
        if right_paragraph and any(sentence.span.overlap(span) for span in asked.gold):
            return rank
    return None


def _share(ranks: Sequence[int | None], most: int) -> float:
    return sum(rank is not None and rank <= most for rank in ranks) / len(ranks)
