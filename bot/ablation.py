"""The bot with parts taken out, with questions put otherwise, and the tutorials' pipeline.

What each part is worth, and how much is lost when a question is mistyped or worded otherwise.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Sequence

from bot.candidates import Weights
from bot.contract import ReplyObject, describe, reply_object
from bot.datatypes import MAX_CITATIONS, Answer, Reason, Refusal
from bot.encoder import Encoder
from bot.evaluation import TestQuestion
from bot.pipeline import Bot
from bot.selection import cite
from bot.settings import Settings

Ask = Callable[[str, str | None], ReplyObject]

# Where the notes' measurement of the tutorials' pipeline cut, too.
_TUTORIAL_THRESHOLD = 0.45
# A slip in every third word that is long enough to be recognised after one.
_MIN_LETTERS_TO_SLIP = 5
_WORDS_TO_A_SLIP = 3


def variants(bot: Bot, encoder: Encoder, settings: Settings) -> Iterator[tuple[str, Ask]]:
    """Yield a name and a way to ask for each; all use the bot's index."""

    def asking(*, weights: Weights | None = None, glossary: bool = True, **changes: float) -> Ask:
        changed = settings.model_copy(update=changes)
        other = Bot(bot.index, encoder, changed, weights=weights or Weights(), glossary=glossary)
        return lambda question, previous: reply_object(other, question, previous)

    yield "never refuses", asking(min_confidence=0.0)
    yield "retrieval: vectors only", asking(dense_share=1.0)
    yield "retrieval: BM25 only", asking(dense_share=0.0)
    yield "two passages", asking(top_passages=2)
    # What is taken out leaves its weight to the rest: how high a score is counts in refusing.
    yield "without the reranker", asking(weights=Weights(relevance=0.0))
    yield "without the matcher", asking(weights=Weights(trained=0.0, maxsim=1.0))
    words = Weights(trained=0.0, maxsim=0.0, passage=0.2, coverage=0.8)
    yield "without any MaxSim", asking(weights=words)
    yield "without time", asking(weights=Weights(by_time=False))
    yield "without glossary", asking(glossary=False)
    yield "alone, no follow-up", lambda question, _: reply_object(bot, question)
    yield "tutorial (cosine)", lambda question, _: _tutorial(bot, encoder, question)


def other_wordings(
    questions: Sequence[TestQuestion],
) -> Iterator[tuple[str, Sequence[TestQuestion]]]:
    """Yield a name and the same questions put otherwise, as far as they are."""
    yield (
        "with slips",
        [q.model_copy(update={"question": with_slips(q.question)}) for q in questions],
    )
    reworded = [q for q in questions if q.reworded]
    if reworded:
        yield "as asked, those reworded", reworded
        yield "reworded", [q.model_copy(update={"question": q.reworded}) for q in reworded]


def with_slips(question: str) -> str:
    """Swap two adjoining letters inside every third long word; the same for the same question.

    >>> with_slips("Which council refused the petition?")
    'Whcih council refused the peittion?'
    """
    pieces = question.split(" ")
    long = [i for i, word in enumerate(pieces) if len(word) >= _MIN_LETTERS_TO_SLIP]
    for i in long[::_WORDS_TO_A_SLIP]:
        word = pieces[i]
        at = 1 + zlib.crc32(word.encode()) % (len(word) - 3)
        pieces[i] = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return " ".join(pieces)


def _tutorial(bot: Bot, encoder: Encoder, question: str) -> ReplyObject:
    """Answer with the sentences that are most similar as a whole, above a fixed threshold."""
    rows, cosines = bot.index.vectors.search(encoder.encode([question])[0].vector, MAX_CITATIONS)
    sentences = bot.index.corpus.sentences
    quotes = tuple(
        cite(sentences, int(row), int(row), float(cosine))
        for row, cosine in zip(rows, cosines, strict=True)
    )
    if quotes[0].score < _TUTORIAL_THRESHOLD:
        return describe(bot, question, Refusal(Reason.NOT_CONFIDENT, quotes))
    return describe(bot, question, Answer(quotes))
