"""Why a question got its reply, for an operator: every step in plain values."""

from __future__ import annotations

from dataclasses import asdict
from typing import Self

from pydantic import BaseModel, JsonValue

from bot.contract import ReplyObject, describe
from bot.datatypes import Sentence
from bot.pipeline import Bot

_CANDIDATES = 8


class Candidate(BaseModel):
    """One sentence that might have been quoted."""

    score: float
    source: str
    start: int
    end: int
    speaker: str | None
    quote: str

    @classmethod
    def of(cls, sentence: Sentence, score: float) -> Self:
        """Describe a ranked sentence."""
        article, speaker = sentence.article, sentence.speaker
        return cls(
            score=score,
            source=article.source,
            start=sentence.span.start,
            end=sentence.span.end,
            speaker=speaker.of(article.text) if speaker else None,
            quote=sentence.text,
        )


class Explanation(BaseModel):
    """The reply, and what it came from; a message that was routed away has only the reply."""

    reply: ReplyObject
    read_as: str | None = None
    words: list[str] = []  # stems of the informative words
    unknown_words: list[str] = []  # those that no sentence holds, nor what may stand for them
    kinds: dict[str, float] = {}  # the chance of each kind of messages.toml
    passages: list[tuple[str, int, float]] = []  # source, start, score; best first
    candidates: list[Candidate] = []
    evidence: dict[str, float] = {}
    chance: float | None = None
    threshold: float | None = None
    decided_by: str

    def to_json(self) -> dict[str, JsonValue]:
        """Return plain JSON values."""
        return self.model_dump(mode="json")


def explain(bot: Bot, text: str, previous: str | None = None) -> Explanation:
    """Ask a question and tell how its reply came about.

    Raises:
        QuestionError: when one of the two texts cannot be asked.
    """
    inspection = bot.inspect(text, previous)
    reply = describe(bot, text, inspection.reply)
    question, verdict = inspection.question, inspection.verdict
    if question is None or verdict is None:
        return Explanation(
            reply=reply, decided_by="messages.toml: it is no question for the articles"
        )
    answered = reply.status == "answered"
    return Explanation(
        reply=reply,
        read_as=question.text,
        words=list(question.terms),
        unknown_words=bot.unknown_terms(question),
        kinds={kind: round(chance, 3) for kind, chance in question.chances.items()},
        passages=[
            (hit.passage.article.source, hit.passage.span.start, round(hit.score, 3))
            for hit in inspection.hits
        ],
        candidates=[
            Candidate.of(bot.index.corpus.sentences[found.row], found.score)
            for found in verdict.ranked[:_CANDIDATES]
        ],
        evidence={
            name: round(value, 3)
            for name, value in (asdict(verdict.evidence) if verdict.evidence else {}).items()
        },
        chance=round(verdict.chance, 3),
        threshold=bot.threshold,
        decided_by=f"chance {'at or above' if answered else 'below'} the threshold",
    )
