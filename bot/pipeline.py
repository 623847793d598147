"""The two paths: `open_index` (articles -> a built index) and `Bot.ask` (question -> reply)."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from typing import Protocol

from bot.candidates import USUAL_WEIGHTS, Weights
from bot.conversation import leans_on_previous
from bot.corpus import load_corpus
from bot.datatypes import Conversation, Encoding, Hit, Question, Reply, Routed
from bot.encoder import Encoder
from bot.errors import CorpusError, IndexNotFoundError, IndexStaleError, QuestionError
from bot.glossary import Glossary
from bot.guidance import load_guidance
from bot.index.generations import build_lock
from bot.index.index import Index, texts_to_encode
from bot.index.manifest import recipe_of
from bot.questions import check_question, visible_text
from bot.reader import MaxSimReader, Reader, Verdict
from bot.retriever import Retriever
from bot.router import Router
from bot.settings import Settings
from bot.understanding import Reading, Understanding

_log = logging.getLogger(__name__)


class BuildReport(Protocol):
    """What somebody who waits for a build wants to hear."""

    def starts(self, reason: str) -> None:
        """Hear that a build starts, and why."""
        ...

    def waits(self) -> None:
        """Hear that another build runs, which has to end first."""
        ...

    def progress(self, texts: int) -> AbstractContextManager[Callable[[int], None]]:
        """Show that `texts` will be encoded; the callable is told how many more are done."""
        ...


class SilentReport:
    """Says nothing."""

    def starts(self, reason: str) -> None:
        """Say nothing."""

    def waits(self) -> None:
        """Say nothing."""

    def progress(self, texts: int) -> AbstractContextManager[Callable[[int], None]]:  # noqa: ARG002
        """Show nothing."""
        return nullcontext(lambda _: None)


@dataclass(frozen=True, slots=True)
class Inspection:
    """One question from end to end; a message that was routed has its reply only."""

    reply: Reply
    question: Question | None = None
    hits: tuple[Hit, ...] = ()
    verdict: Verdict | None = None


class Bot:
    """Answers questions from one index. Asking changes nothing, so threads may share a bot."""

    def __init__(
        self,
        index: Index,
        encoder: Encoder,
        settings: Settings,
        *,
        weights: Weights = USUAL_WEIGHTS,
        glossary: bool = True,
    ) -> None:
        self.index = index
        self.settings = settings
        self._encoder = encoder
        self._retriever = Retriever(index, dense_share=settings.dense_share)
        self._router = Router(index)
        self._understanding = Understanding(index, glossary=glossary)
        reranker = encoder.reranker if weights.relevance else None
        self._reader: Reader = MaxSimReader(
            index, reranker, min_confidence=settings.min_confidence, weights=weights
        )

    def ask(self, text: str, previous: str | None = None) -> Reply:
        """Answer a question, or refuse; `previous` is the question asked before it.

        Raises:
            QuestionError: when one of the two texts cannot be asked.
        """
        return self.inspect(text, previous).reply

    def inspect(self, text: str, previous: str | None = None) -> Inspection:
        """Answer a question and keep every step on the way.

        Raises:
            QuestionError: when one of the two texts cannot be asked.
        """
        question = self._understand(text, previous)
        if isinstance(question, Routed):
            return Inspection(question)
        hits = self._retriever.retrieve(question, self.settings.top_passages)
        verdict = self._reader.read(question, hits)
        return Inspection(verdict.reply, question, tuple(hits), verdict)

    def is_distress(self, text: str) -> bool:
        """Say at once, by its words alone, whether a message is one of danger or despair."""
        return self._router.route_by_words(text) is not None

    @property
    def glossary(self) -> Glossary:
        """The words that are known to mean the same, and what abbreviations mean."""
        return self._understanding.glossary

    @property
    def threshold(self) -> float:
        """The chance of an answer below which the bot refuses."""
        return self._reader.min_confidence

    def unknown_terms(self, question: Question) -> list[str]:
        """Return the question's informative words that no sentence holds, as stems."""
        return self._reader.unknown_terms(question)

    def _understand(self, text: str, previous: str | None) -> Question | Routed:
        if routed := self._router.route_by_words(text):
            return routed  # also where the message is too long to be a question
        question = self._encode(text, previous)
        return self._route(text, question) or question

    def _route(self, text: str, question: Question) -> Routed | None:
        """Route a message as it was typed, and as it was understood where that differs."""
        if question.previous:
            return self._router.route(text, {})  # the question before had its own reply
        if any(note.how == "repaired" for note in question.understood):
            # A repair can go wrong: what somebody in despair typed must not be read away.
            typed = self._encoder.encode([text])[0]
            if routed := self._router.route(text, self._router.chances(typed.vector)):
                return routed
        return self._router.route(question.text, question.chances)

    def _check_previous(self, previous: str | None) -> str | None:
        if previous is None or not visible_text(previous):
            return None
        try:
            return check_question(previous, self.settings.max_question_characters)
        except QuestionError as error:
            raise QuestionError(f"The question before this one: {error}") from error

    def _encode(self, text: str, previous: str | None) -> Question:
        question = check_question(text, self.settings.max_question_characters)
        before = self._check_previous(previous) if leans_on_previous(question) else None
        if before is None:
            return self._read((question, None))[0]
        # Its own words alone, and what the question before found, tell which of all that
        # fits both is meant.
        joint, own, asked_before = self._read((question, before), (question, None), (before, None))
        return replace(joint, conversation=Conversation(own, asked_before))

    def _read(self, *asked: tuple[str, str | None]) -> list[Question]:
        """Read questions, each with the one before where it leans on that, in one encoding."""
        readings = [self._understanding.read(question, before) for question, before in asked]
        encodings = self._encoder.encode([reading.text for reading in readings])
        return list(map(self._question, readings, encodings))

    def _question(self, reading: Reading, encoding: Encoding) -> Question:
        return Question(
            text=reading.text,
            terms=reading.terms,
            encoding=encoding,
            chances={} if reading.previous else self._router.chances(encoding.vector),
            previous=reading.previous,
            alternatives=reading.alternatives,
            understood=reading.understood,
        )


def open_index(settings: Settings, encoder: Encoder, report: BuildReport) -> Index:
    """Load the index, building it first where there is none or it is out of date.

    Raises:
        CorpusError: when the articles or the catalogue are broken.
        IndexUnusableError: when the index is unusable for another reason.
    """
    try:
        return _load(settings, encoder)
    except (IndexNotFoundError, IndexStaleError) as reason:
        with build_lock(settings.index_dir, waiting=report.waits):
            try:
                return _load(settings, encoder)  # somebody else built it meanwhile
            except (IndexNotFoundError, IndexStaleError):
                _build(settings, encoder, report, str(reason))
    return _load(settings, encoder)


def build_index(settings: Settings, encoder: Encoder, report: BuildReport) -> Index:
    """Build the index anew, whatever is there, and load it.

    Raises:
        CorpusError: when the articles or the catalogue are broken; the old index stays.
    """
    with build_lock(settings.index_dir, waiting=report.waits):
        _build(settings, encoder, report, "A build was asked for.")
    return _load(settings, encoder)


def _load(settings: Settings, encoder: Encoder) -> Index:
    recipe = recipe_of(settings.seeds_dir, passage_words=settings.passage_words)
    return Index.load(settings.index_dir, recipe, encoder)


def _build(settings: Settings, encoder: Encoder, report: BuildReport, reason: str) -> None:
    report.starts(reason)
    seeds = settings.seeds_dir
    recipe = recipe_of(seeds, passage_words=settings.passage_words)
    corpus = load_corpus(seeds, passage_words=settings.passage_words)
    for article in corpus.articles:
        if recipe.sources.get(article.source) != article.sha256:
            raise CorpusError(seeds / article.source, None, "changed while it was read; try again")
    guidance = load_guidance(seeds)
    if unchecked := guidance.contacts_to_check(dt.date.today()):
        names = ", ".join(contact.name for contact in unchecked)
        _log.warning("nobody has checked these contacts in the last half year: %s", names)
    with report.progress(texts_to_encode(corpus, guidance)) as progress:
        index = Index.build(corpus, guidance, encoder, recipe, progress)
    index.save(settings.index_dir)
