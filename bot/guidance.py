"""The data files beside the articles: kinds of messages, cards and signposts, glossary.

messages.toml says what is no question for the articles, signposts.toml what is said then,
glossary.toml which words mean the same, shorthand.toml how people type them, judgement.toml
which ones praise or blame, calibration.toml when to refuse. A folder may hold its own; the
defaults serve where it does not, so that a message of despair gets a help card on any corpus.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from bot.confidence import CALIBRATION, parse_calibration
from bot.datatypes import Card, Contact, Status
from bot.errors import CorpusError
from bot.files import read_bytes
from bot.glossary import GLOSSARY, Glossary
from bot.judgement import JUDGEMENT, parse_judgement
from bot.shorthand import SHORTHAND, parse_shorthand
from bot.tables import parse_table

MESSAGES = "messages.toml"
SIGNPOSTS = "signposts.toml"

DATA_FILES = (MESSAGES, SIGNPOSTS, GLOSSARY, SHORTHAND, JUDGEMENT, CALIBRATION)

_DEFAULTS = Path(__file__).parent / "defaults"
_CHECK_AGAIN_DAYS = 180


def _compile(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return re.compile(value, re.IGNORECASE)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error}") from error


_Pattern = Annotated[re.Pattern[str], BeforeValidator(_compile)]
_Chance = Annotated[float, Field(gt=0, le=1)]


class Kind(BaseModel):
    """One kind of message; messages.toml says how its fields decide."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = Field(pattern=r"^[a-z_]+$")
    status: Status | None = None  # None: only there to be told apart from
    patterns: tuple[_Pattern, ...] = ()
    hints: tuple[_Pattern, ...] = ()
    hint_chance: _Chance = 1.0
    min_chance: _Chance = 1.0
    min_words: int = 1
    max_known: int = 1000
    unless_named: bool = False
    markers: frozenset[str] = frozenset()
    examples: tuple[str, ...] = Field(min_length=5)


class _Messages(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: tuple[Kind, ...] = Field(min_length=2)


class _Card(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    text: str = Field(min_length=1)
    title: str | None = None
    contact: tuple[Contact, ...] = ()

    def card(self) -> Card:
        return Card(self.text, self.title, self.contact)


class _Signposts(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    help: _Card
    greeting: _Card
    about: _Card
    not_found: _Card | None = None
    declined: dict[str, _Card]


@dataclass(frozen=True, slots=True, eq=False)
class Guidance:
    """All kinds of messages and all cards, with the files that they came from."""

    kinds: tuple[Kind, ...]
    help: Card
    greeting: Card
    about: Card
    not_found: Card | None  # where to turn when no article answers
    declined: dict[str, Card]  # by the name of a kind, and "language" and "unclear"
    files: dict[str, bytes]  # the DATA_FILES as they were read

    @property
    def contacts(self) -> tuple[Contact, ...]:
        """All contacts that a reply can name, each once."""
        further = (self.not_found,) if self.not_found else ()
        cards = (self.help, self.greeting, self.about, *further, *self.declined.values())
        return tuple(dict.fromkeys(contact for card in cards for contact in card.contacts))

    def contacts_to_check(self, today: dt.date) -> list[Contact]:
        """Return the contacts that nobody ever checked, or not for half a year."""
        return [contact for contact in self.contacts if not recently_checked(contact, today)]


def recently_checked(contact: Contact, today: dt.date) -> bool:
    """Say whether somebody checked a contact in the last half year."""
    limit = dt.timedelta(days=_CHECK_AGAIN_DAYS)
    return contact.checked_on is not None and today - contact.checked_on <= limit


def guidance_files(seeds: Path) -> dict[str, Path]:
    """Return where the files are read from: beside the articles, else the defaults."""
    return {
        name: own if (own := seeds / name).exists() else _DEFAULTS / name for name in DATA_FILES
    }


def default_guidance() -> Guidance:
    """Return what serves where a folder of articles has no data files of its own."""
    return load_guidance(_DEFAULTS)


def load_guidance(seeds: Path) -> Guidance:
    """Read the files for a folder of articles.

    Raises:
        CorpusError: naming file and line, for the first mistake.
    """
    paths = guidance_files(seeds)
    return parse_guidance({name: read_bytes(path) for name, path in paths.items()}, paths)


def parse_guidance(files: dict[str, bytes], paths: dict[str, Path]) -> Guidance:
    """Read the content of the files; `paths` are named in errors.

    Raises:
        CorpusError: naming file and line, for the first mistake.
    """
    Glossary.parse(files[GLOSSARY], paths[GLOSSARY], ())  # a mistake stops the build
    parse_shorthand(files[SHORTHAND], paths[SHORTHAND])
    parse_judgement(files[JUDGEMENT], paths[JUDGEMENT])
    parse_calibration(files[CALIBRATION], paths[CALIBRATION])
    messages = parse_table(paths[MESSAGES], files[MESSAGES], _Messages)
    signposts = parse_table(paths[SIGNPOSTS], files[SIGNPOSTS], _Signposts)
    needed = {kind.name for kind in messages.kind if kind.status is Status.DECLINED}
    if missing := sorted((needed | {"language", "unclear"}) - signposts.declined.keys()):
        raise CorpusError(
            paths[SIGNPOSTS], None, f"add a table [declined.{missing[0]}] with a text"
        )
    return Guidance(
        kinds=messages.kind,
        help=signposts.help.card(),
        greeting=signposts.greeting.card(),
        about=signposts.about.card(),
        not_found=signposts.not_found.card() if signposts.not_found else None,
        declined={name: card.card() for name, card in signposts.declined.items()},
        files=files,
    )
