"""Parents' words -> the articles' words: glossary.toml, and what the articles spell out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from bot.datatypes import Span
from bot.tables import parse_table
from bot.words import terms, words

GLOSSARY = "glossary.toml"

# The bracket in "Mobile Library Board (MLB)".
_BRACKETED = re.compile(r"\(([A-Z][A-Za-z]{1,9})\)")
_LONG_FORM_WORDS = 10
# A word with two capitals, as in "EHC plan".
_ABBREVIATED = re.compile(r"\b[A-Z]+[a-z]*[A-Z]")


class _Same(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    words: tuple[str, ...] = Field(min_length=2)  # each may stand for each other
    means: str | None = None  # in plain words, for a reader


class _Try(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    asked: tuple[str, ...] = Field(min_length=1)
    also: tuple[str, ...] = Field(min_length=1)  # looked for too where one of `asked` is asked


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    same: tuple[_Same, ...] = ()
    try_: tuple[_Try, ...] = Field((), alias="try")


@dataclass(frozen=True, slots=True)
class Entry:
    """When one of `asked` stands in a question, each of `also` may stand for it in an article."""

    asked: tuple[str, ...]  # as folded words joined by blanks
    also: tuple[str, ...]  # as written


@dataclass(frozen=True, slots=True)
class Term:
    """An abbreviation somewhere in a text, and what it means in plain words."""

    span: Span
    means: str


class Glossary:
    """All entries of one corpus, and what its abbreviations mean."""

    def __init__(self, entries: Iterable[Entry], meanings: Mapping[str, str] = {}) -> None:
        self._entries = tuple(entries)
        self._meanings = dict(meanings)
        longest_first = sorted(self._meanings, key=len, reverse=True)
        self._abbreviation = re.compile(
            rf"\b(?:{'|'.join(map(re.escape, longest_first))})\b" if longest_first else r"(?!)"
        )

    @classmethod
    def parse(cls, content: bytes, path: Path | str, texts: Iterable[str]) -> Glossary:
        """Read the content of glossary.toml (may be empty) and the texts' own abbreviations.

        Raises:
            CorpusError: naming file and line, for the first mistake.
        """
        file = parse_table(Path(path), content, _File)
        pairs = sorted({pair for text in texts for pair in spelled_out(text)})
        same = [group.words for group in file.same] + pairs
        meanings = dict(pairs) | {
            word: group.means
            for group in file.same
            for word in group.words
            if group.means and _ABBREVIATED.search(word)
        }
        entries = [Entry(tuple(map(_fold, group)), tuple(group)) for group in same]
        entries += [Entry(tuple(map(_fold, t.asked)), t.also) for t in file.try_]
        return cls(entries, meanings)

    def explained(self, text: str) -> list[Term]:
        """Find the abbreviations in a text whose meaning is known, each where it stands first."""
        found: dict[str, Term] = {}
        for match in self._abbreviation.finditer(text):
            found.setdefault(match[0], Term(Span(*match.span()), self._meanings[match[0]]))
        return list(found.values())

    def expand(self, question: str) -> dict[str, tuple[str, ...]]:
        """Map each glossary word of a question, as folded, to what may stand for it."""
        folded = f" {_fold(question)} "
        found: dict[str, tuple[str, ...]] = {}
        for entry in self._entries:
            for asked in entry.asked:
                if f" {asked} " in folded:
                    others = [word for word in entry.also if _fold(word) != asked]
                    found[asked] = tuple(dict.fromkeys([*found.get(asked, ()), *others]))
        return found


def alternatives(expanded: dict[str, tuple[str, ...]]) -> dict[str, frozenset[frozenset[str]]]:
    """Map each stem of an expanded word to the sets of stems that may stand for it.

    >>> alternatives({"quit": ("step down",)})
    {'quit': frozenset({frozenset({'step'})})}
    """
    found: dict[str, set[frozenset[str]]] = {}
    for asked, others in expanded.items():
        for stem in terms(asked):
            stems = (frozenset(terms(other)) for other in others)
            found.setdefault(stem, set()).update(other for other in stems if other)
    return {stem: frozenset(others) for stem, others in found.items()}


def spelled_out(text: str) -> list[tuple[str, str]]:
    """Find abbreviations that a text explains: pairs (short form, long form).

    The long form is the shortest run of words before the bracket in which the letters of the
    short form stand in order, the first one at its beginning (Schwartz and Hearst, 2003).

    >>> spelled_out("the Mobile Library Board (MLB) said")
    [('MLB', 'Mobile Library Board')]
    """
    pairs = []
    for match in _BRACKETED.finditer(text):
        before = re.split(r"[.!?:;“”\"()]", text[: match.start()])[-1].split()[-_LONG_FORM_WORDS:]
        for size in range(1, len(before) + 1):
            long_form = " ".join(before[-size:])
            if size > 1 and _stands_for(match[1].lower(), long_form.lower()):
                pairs.append((match[1], long_form))
                break
    return pairs


def _stands_for(short: str, long_form: str) -> bool:
    place = 0
    for number, letter in enumerate(short):
        place = long_form.find(letter, place)
        if place < 0 or (number == 0 and place > 0):
            return False
        place += 1
    return True


def _fold(text: str) -> str:
    return " ".join(words(text))
