"""How a sentence judges what it tells of, as far as single words show it: judgement.toml."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict

from bot.tables import parse_table
from bot.words import words

JUDGEMENT = "judgement.toml"

_WORDS_BACK = 3  # how far before a word another turns it


class Judgement(BaseModel):
    """What judgement.toml holds: words of praise and of blame, and those that turn them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    good: frozenset[str]
    bad: frozenset[str]
    turning: frozenset[str]

    def of(self, text: str) -> int:
        """Return how far a text judges well of something (above 0) or ill (below 0).

        >>> scale = Judgement(good=["sufficient", "good"], bad=["poor"], turning=["not"])
        >>> scale.of("The poor start"), scale.of("It was not good"), scale.of("It was good")
        (-1, -1, 1)
        """
        found = words(text)
        score = 0
        for place, word in enumerate(found):
            sign = (word in self.good) - (word in self.bad)
            turned = self.turning.intersection(found[max(0, place - _WORDS_BACK) : place])
            score += -sign if turned else sign
        return score


def parse_judgement(content: bytes, path: Path | str) -> Judgement:
    """Read the content of judgement.toml.

    Raises:
        CorpusError: naming file and line, for the first mistake.
    """
    return parse_table(Path(path), content, Judgement)
