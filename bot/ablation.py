"""The bot with parts taken out, and the pipeline of the tutorials: what each part is worth."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bot.contract import ReplyObject, describe, reply_object
from bot.datatypes import MAX_CITATIONS, Answer, Reason, Refusal
from bot.encoder import Encoder
from bot.pipeline import Bot
from bot.selection import cite
from bot.settings import Settings

Ask = Callable[[str, str | None], ReplyObject]

# Where the notes' measurement of the tutorials' pipeline cut, too.
_TUTORIAL_THRESHOLD = 0.45


def variants(bot: Bot, encoder: Encoder, settings: Settings) -> Iterator[tuple[str, Ask]]:
    """Yield a name and a way to ask for each; all use the bot's index."""
    for name, changes in (
        ("never refuses", {"min_confidence": 0.0}),
        ("vectors only", {"dense_share": 1.0}),
        ("BM25 only", {"dense_share": 0.0}),
        ("two passages", {"top_passages": 2}),
    ):
        changed = Bot(bot.index, encoder, settings.model_copy(update=changes))
        yield name, _asking(changed)
    yield "alone, no follow-up", lambda question, _: reply_object(bot, question)
    yield "tutorial (cosine)", lambda question, _: _tutorial(bot, encoder, question)


def _asking(bot: Bot) -> Ask:
    return lambda question, previous: reply_object(bot, question, previous)


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
