"""Question files -> measures, as `tests/questions/README.md` defines them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from bot.contract import ReplyObject
from bot.datatypes import Citation, Corpus, Span
from bot.errors import QuestionFileError
from bot.pipeline import Bot

# With more gold quotes than an answer can show, one of them is enough.
_MAX_GOLD_TO_SHOW = 3


class GoldQuote(BaseModel):
    """A quote that answers a question: an exact substring of its file."""

    model_config = ConfigDict(frozen=True)

    file: str
    quote: str


class TestQuestion(BaseModel):
    """One line of a question file."""

    model_config = ConfigDict(frozen=True)
    __test__ = False  # not a pytest class

    id: str
    kind: str
    question: str
    reworded: str | None = None  # the same, as somebody else might put it
    previous: str | None = None
    answerable: bool
    need: Literal["any", "all"] = "any"
    gold: tuple[GoldQuote, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the bot did on one question; shares of an unanswerable one are None."""

    question: TestQuestion
    answered: bool
    right_first: bool
    shown: bool
    verbatim: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class Measures:
    """Shares from 0 to 1; None where there is no question to take a share of."""

    questions: int
    answerable: int
    right_at_1: float | None
    shown: float | None
    coverage: float | None
    false_answer_rate: float | None
    verbatim: float | None
    two_sided: int  # answerable questions of which every gold quote should show
    both_sides: float | None  # share of those where every one did

    def interval(self, measure: str) -> tuple[float, float]:
        """Return the 95% interval (Wilson) of one of the shares over questions.

        Raises:
            ValueError: where there is no such share.
        """
        from scipy.stats import binomtest

        share: float | None = getattr(self, measure)
        sizes = {
            "false_answer_rate": self.questions - self.answerable,
            "both_sides": self.two_sided,
        }
        size = sizes.get(measure, self.answerable)
        if share is None:
            raise ValueError(f"there is no question to take {measure} of")
        found = binomtest(round(share * size), size).proportion_ci(method="wilson")
        return float(found.low), float(found.high)


def load_questions(path: Path) -> list[TestQuestion]:
    """Read a question file, one JSON object a line.

    Raises:
        QuestionFileError: naming the line that is not one.
    """
    try:
        lines = path.read_bytes().decode("utf-8").split("\n")
    except OSError as error:
        raise QuestionFileError(path, None, f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise QuestionFileError(path, None, "not UTF-8; save the file as UTF-8") from error
    questions = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            questions.append(TestQuestion.model_validate_json(line))
        except ValidationError as error:
            problem = error.errors()[0]
            field = ".".join(str(part) for part in problem["loc"])
            raise QuestionFileError(path, number, f"{field} {problem['msg']}".strip()) from error
    if not questions:
        raise QuestionFileError(path, None, "no question in it")
    return questions


def evaluate(
    questions: Sequence[TestQuestion],
    ask: Callable[[str, str | None], ReplyObject],
    corpus: Corpus,
    path: Path,
) -> list[Outcome]:
    """Ask every question and compare with its gold quotes; `path` is for error messages.

    Raises:
        QuestionFileError: when a gold quote is not in the article it names.
    """
    files = {article.source: article.text for article in corpus.articles}
    outcomes = []
    for question in questions:
        gold = [_gold_span(files, place, path, question.id) for place in question.gold]
        reply = ask(question.question, question.previous)
        hits = [
            {
                i
                for i, place in enumerate(gold)
                if _is_right(quote.source, Span(quote.start, quote.end), *place)
            }
            for quote in reply.answers
        ]
        outcomes.append(
            Outcome(
                question=question,
                answered=reply.status == "answered",
                right_first=bool(hits and hits[0]),
                shown=_is_shown(question, len(gold), set().union(*hits)),
                verbatim=tuple(
                    files.get(quote.source, "")[quote.start : quote.end] == quote.quote
                    for quote in reply.answers + reply.nearest
                ),
            )
        )
    return outcomes


def measure(outcomes: Sequence[Outcome]) -> Measures:
    """Sum up outcomes."""
    answerable = [outcome for outcome in outcomes if outcome.question.answerable]
    others = [outcome for outcome in outcomes if not outcome.question.answerable]
    two_sided = [outcome for outcome in answerable if outcome.question.need == "all"]
    return Measures(
        questions=len(outcomes),
        answerable=len(answerable),
        right_at_1=_share([outcome.right_first for outcome in answerable]),
        shown=_share([outcome.shown for outcome in answerable]),
        coverage=_share([outcome.answered for outcome in answerable]),
        false_answer_rate=_share([outcome.answered for outcome in others]),
        verbatim=_share([same for outcome in outcomes for same in outcome.verbatim]),
        two_sided=len(two_sided),
        both_sides=_share([outcome.shown for outcome in two_sided]),
    )


def measure_kinds(outcomes: Sequence[Outcome]) -> dict[str, Measures]:
    """Sum up outcomes by the questions' kinds, in the order of the file."""
    kinds = dict.fromkeys(outcome.question.kind for outcome in outcomes)
    return {
        kind: measure([outcome for outcome in outcomes if outcome.question.kind == kind])
        for kind in kinds
    }


def is_right(bot: Bot, quote: Citation, question: TestQuestion, path: Path) -> bool:
    """Say whether a quote is one of a question's gold quotes.

    Raises:
        QuestionFileError: when a gold quote is not in the article it names.
    """
    files = {article.source: article.text for article in bot.index.corpus.articles}
    gold = [_gold_span(files, place, path, question.id) for place in question.gold]
    return any(_is_right(quote.article.source, quote.span, *place) for place in gold)


def _gold_span(files: dict[str, str], gold: GoldQuote, path: Path, id: str) -> tuple[str, Span]:
    start = files.get(gold.file, "").find(gold.quote)
    if start < 0 or not gold.quote:
        reason = f"question {id}: its gold quote is not in {gold.file}: {gold.quote[:60]!r}"
        raise QuestionFileError(path, None, reason)
    return gold.file, Span(start, start + len(gold.quote))


def _is_right(source: str, span: Span, file: str, gold: Span) -> bool:
    """Say whether a quote shares at least half of the shorter of the two with a gold quote."""
    return source == file and 2 * span.overlap(gold) >= min(len(span), len(gold))


def _is_shown(question: TestQuestion, gold: int, found: set[int]) -> bool:
    if question.need == "all" and gold <= _MAX_GOLD_TO_SHOW:
        return gold > 0 and len(found) == gold
    return bool(found)


def _share(values: Sequence[bool]) -> float | None:
    return fmean(values) if values else None
