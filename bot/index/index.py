"""The built index: a corpus with its vectors, made once, saved whole, loaded checked."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import numpy as np
from pydantic import TypeAdapter

from bot.datatypes import Article, Corpus, Passage, Sentence, Span
from bot.encoder import Encoder
from bot.errors import CorpusError, IndexDamagedError
from bot.files import decode
from bot.guidance import DATA_FILES, Guidance, parse_guidance
from bot.index import generations
from bot.index.classifier import Classifier
from bot.index.manifest import FORMAT, Manifest, Recipe, check_usable, parse_manifest
from bot.index.tokens import TokenStore
from bot.index.vectors import SentenceVectors

_CORPUS = "corpus.json"
_VECTORS = "sentences.faiss"
_TOKENS = "tokens.npz"
_CLASSIFIER = "classifier.npz"


@dataclass(frozen=True, slots=True, eq=False)
class Index:
    """A corpus, searchable. Row i of `vectors` and `tokens` is `corpus.sentences[i]`."""

    manifest: Manifest
    corpus: Corpus
    vectors: SentenceVectors
    tokens: TokenStore
    guidance: Guidance
    classifier: Classifier
    opened: generations.OpenGeneration | None = None  # keeps the files while they are in use

    @classmethod
    def build(
        cls,
        corpus: Corpus,
        guidance: Guidance,
        encoder: Encoder,
        recipe: Recipe,
        progress: Callable[[int], None] = lambda _: None,
    ) -> Self:
        """Encode a corpus. `progress` is told how many more of `texts_to_encode` are done."""
        sentences = encoder.encode([s.text for s in corpus.sentences], progress)
        passages = encoder.encode([p.text for p in corpus.passages], progress)
        kinds = [(example, kind.name) for kind in guidance.kinds for example in kind.examples]
        examples = encoder.encode([example for example, _ in kinds], progress)
        classifier = Classifier.train(
            np.stack([encoding.vector for encoding in examples]), [name for _, name in kinds]
        )
        vectors = SentenceVectors.build(np.stack([encoding.vector for encoding in sentences]))
        tokens = TokenStore.build(corpus.passages, passages)
        manifest = Manifest(
            format=FORMAT,
            generation=generations.new_name(),
            encoder=encoder.name,
            encoder_sha256=encoder.fingerprint,
            dimension=encoder.dimension,
            recipe=recipe,
            files={},
        )
        return cls(manifest, corpus, vectors, tokens, guidance, classifier)

    def save(self, root: Path) -> None:
        """Make this the current generation of the index folder `root`.

        Call it under `generations.build_lock` only.
        """
        files = {
            _CORPUS: _STORED.dump_json(_Stored.of(self.corpus)),
            _VECTORS: self.vectors.to_bytes(),
            _TOKENS: self.tokens.to_bytes(),
            _CLASSIFIER: self.classifier.to_bytes(),
            **{_data(name): content for name, content in self.guidance.files.items()},
            **{_source(a): a.text.encode("utf-8") for a in self.corpus.articles},
        }
        hashes = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
        manifest = self.manifest.model_copy(update={"files": hashes})
        generations.publish(root, manifest.generation, files, manifest.to_bytes())

    @classmethod
    def load(cls, root: Path, recipe: Recipe | None, encoder: Encoder) -> Self:
        """Open the current generation, every file of it checked.

        Without a `recipe` it may have been built from other articles than today's.

        Raises:
            IndexUnusableError: one of its kinds for each thing that can be wrong.
        """
        opened = generations.open_current(root)
        try:
            content = opened.read(generations.MANIFEST)
            manifest = parse_manifest(content, expected_sha256=opened.manifest_sha256)
            check_usable(manifest, recipe, encoder)
            return cls._read(opened, manifest)
        except BaseException:
            opened.close()
            raise

    @classmethod
    def _read(cls, opened: generations.OpenGeneration, manifest: Manifest) -> Self:
        files = {name: opened.read_checked(name, sha256) for name, sha256 in manifest.files.items()}
        try:
            corpus = _STORED.validate_json(files[_CORPUS]).corpus(files)
            vectors = SentenceVectors.from_bytes(files[_VECTORS])
            tokens = TokenStore.from_bytes(files[_TOKENS])
            classifier = Classifier.from_bytes(files[_CLASSIFIER])
            data = {name: files[_data(name)] for name in DATA_FILES}
            guidance = parse_guidance(data, {name: Path(name) for name in data})
        except (KeyError, IndexError, ValueError, RuntimeError, OSError, CorpusError) as error:
            raise IndexDamagedError(
                f"The index {opened.name} cannot be read: {error}. Run `python -m bot build`."
            ) from error
        counts = {len(vectors), len(tokens), len(corpus.sentences)}
        if len(counts) > 1 or vectors.dimension != manifest.dimension:
            raise IndexDamagedError(
                f"The index {opened.name} has {len(corpus.sentences)} sentences but "
                f"{len(vectors)} vectors of length {vectors.dimension} and tokens of "
                f"{len(tokens)}. Run `python -m bot build`."
            )
        return cls(manifest, corpus, vectors, tokens, guidance, classifier, opened)

    def close(self) -> None:
        """Let a newer build remove this generation's files."""
        if self.opened is not None:
            self.opened.close()

    def article(self, id: str) -> Article | None:
        """Return the article with this id."""
        return next((article for article in self.corpus.articles if article.id == id), None)


def texts_to_encode(corpus: Corpus, guidance: Guidance) -> int:
    """Return how many texts `Index.build` encodes, for a progress bar."""
    examples = sum(len(kind.examples) for kind in guidance.kinds)
    return len(corpus.sentences) + len(corpus.passages) + examples


@dataclass(frozen=True, slots=True)
class _StoredSentence:
    article: int
    span: Span
    paragraph: Span
    speaker: Span | None


@dataclass(frozen=True, slots=True)
class _Stored:
    """A corpus as corpus.json holds it: texts in files of their own, references as numbers."""

    articles: tuple[Article, ...]
    sentences: tuple[_StoredSentence, ...]
    passages: tuple[tuple[int, int], ...]  # first sentence, one past the last
    subject: str
    examples: tuple[str, ...]

    @classmethod
    def of(cls, corpus: Corpus) -> Self:
        number = {article.id: i for i, article in enumerate(corpus.articles)}
        ends = np.cumsum([len(passage.sentences) for passage in corpus.passages]).tolist()
        return cls(
            articles=tuple(replace(article, text="") for article in corpus.articles),
            sentences=tuple(
                _StoredSentence(number[s.article.id], s.span, s.paragraph, s.speaker)
                for s in corpus.sentences
            ),
            passages=tuple(zip([0, *ends[:-1]], ends, strict=True)),
            subject=corpus.subject,
            examples=corpus.examples,
        )

    def corpus(self, files: dict[str, bytes]) -> Corpus:
        articles = tuple(
            replace(a, text=decode(Path(a.source), files[_source(a)])) for a in self.articles
        )
        sentences = tuple(
            Sentence(articles[s.article], s.span, s.paragraph, s.speaker) for s in self.sentences
        )
        passages = _passages(sentences, self.passages)
        return Corpus(articles, sentences, passages, self.subject, self.examples)


def _passages(
    sentences: Sequence[Sentence], bounds: Sequence[tuple[int, int]]
) -> tuple[Passage, ...]:
    passages = tuple(
        Passage(sentences[start].article, tuple(sentences[start:end])) for start, end in bounds
    )
    if [s for passage in passages for s in passage.sentences] != list(sentences):
        raise ValueError("its passages do not hold each sentence once")
    return passages


def _data(name: str) -> str:
    return f"data/{name}"


def _source(article: Article) -> str:
    return f"sources/{article.source}"


_STORED = TypeAdapter(_Stored)
