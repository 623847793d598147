"""seeds/catalogue.toml: what is known of each article that its text does not say.

Reading and checking only; which files exist is `corpus.py`'s business.
"""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from bot.datatypes import Basis, DatePrecision, PublishedDate
from bot.errors import CorpusError
from bot.files import decode, read_bytes
from bot.tables import Place, line_of, read_table

CATALOGUE = "catalogue.toml"

# Lines that news sites in general put between paragraphs. A catalogue adds its own. They end
# no sentence, so that "Picture: this is what a parent sees." is read as what it is.
COMMON_BOILERPLATE = re.compile(
    r"(?:read more|read also|also read|see also|related|published|last updated|image|image credit"
    r"|picture|pictures|photo|photos|photograph|credit|caption)\s*:.*(?<![.!?])"
    r"|advertisement|advertising|share this|share this article|share",
    re.IGNORECASE,
)


class Entry(BaseModel):
    """One `[[article]]` of the catalogue."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: str = Field(pattern=r"^[^/\\]+\.txt$")
    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=80)
    title: str = Field(pattern=r"\S")
    title_basis: Basis = Basis.STATED
    publisher: str | None = None
    kind: str | None = None
    url: str | None = Field(None, pattern=r"^https?://\S+$")
    published: dt.date | None = None
    date_precision: DatePrecision | None = None
    date_basis: Basis | None = None
    show: Literal["whole", "passage"] = "passage"  # the careful choice for others' texts
    boilerplate: tuple[str, ...] = ()  # exact lines

    @model_validator(mode="after")
    def _date_is_whole(self) -> Self:
        parts = (self.published, self.date_precision, self.date_basis)
        if any(part is None for part in parts) and any(part is not None for part in parts):
            raise ValueError(
                "published, date_precision and date_basis belong together: give all three or none"
            )
        return self

    @property
    def date(self) -> PublishedDate | None:
        """The three date fields as one record."""
        if self.published is None or self.date_precision is None or self.date_basis is None:
            return None
        return PublishedDate(self.published, self.date_precision, self.date_basis)


class _Boilerplate(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    prefixes: tuple[Annotated[str, Field(pattern=r"\S")], ...] = ()


class Catalogue(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    subject: str = Field("local services", min_length=1, max_length=80)  # "Ask about …"
    examples: tuple[str, ...] = ()  # questions to offer to somebody new
    boilerplate: _Boilerplate = _Boilerplate()
    article: tuple[Entry, ...] = ()

    def entry(self, file: str) -> Entry | None:
        """Return the entry of the article in `file`, if there is one."""
        return next((entry for entry in self.article if entry.file == file), None)

    def boilerplate_rule(self, file: str) -> Callable[[str], bool]:
        """Return the test for lines of `file` that are not article content."""
        entry = self.entry(file)
        exact = {line.strip() for line in entry.boilerplate} if entry else set()
        own = tuple(prefix.casefold() for prefix in self.boilerplate.prefixes)
        return lambda line: bool(
            line.strip() in exact
            or line.strip().casefold().startswith(own)
            or COMMON_BOILERPLATE.fullmatch(line.strip())
        )


def load_catalogue(seeds: Path) -> Catalogue:
    """Read the catalogue of a folder of articles; without the file, an empty one.

    Raises:
        CorpusError: naming file and line, for anything that is not a valid catalogue.
    """
    path = seeds / CATALOGUE
    if not path.exists():
        return Catalogue()
    catalogue = read_table(path, Catalogue, _advice)
    text = decode(path, read_bytes(path))
    _check_unique(path, text, catalogue)
    return catalogue


def _advice(problem: str, place: Place) -> str:
    """Say what to do about a kind of mistake, in the words of the file."""
    key = str(place[-1]) if place else ""
    if problem == "extra_forbidden":
        known = Entry.model_fields if place[0] == "article" else Catalogue.model_fields
        return f"Check the spelling; known are {', '.join(known)}"
    advice = {
        "file": "Give the bare name of a .txt file in this folder",
        "id": 'Use small letters, digits and hyphens, like "library-closure-2021"',
        "title": "Give the article's headline, or some words that name it",
        "url": "Give the full address, beginning with https://",
        "published": "Give a day without quotes, like 2021-02-03",
        "article": "Begin each article with [[article]], in two pairs of brackets",
        "prefixes": "Leave out the empty ones",
    }
    return advice.get(key, "See the comment at the top of the example catalogue")


def line_of_entry(seeds: Path, file: str) -> int | None:
    """Return the line of the catalogue on which `file`'s entry begins."""
    text = (seeds / CATALOGUE).read_text(encoding="utf-8-sig")
    entries = tomllib.loads(text).get("article", [])
    number = next((n for n, entry in enumerate(entries) if entry.get("file") == file), None)
    return None if number is None else line_of(text, ("article", number, "file"))


def _check_unique(path: Path, text: str, catalogue: Catalogue) -> None:
    for field in ("id", "file"):
        first: dict[str, int] = {}
        for number, entry in enumerate(catalogue.article):
            value = getattr(entry, field)
            where = line_of(text, ("article", number, field))
            if value in first:
                reason = f"{field} {value!r} was given to another article on line {first[value]}"
                raise CorpusError(path, where, reason)
            first[value] = where or 0
