"""Versions of the articles, and which of them an answer is from."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.corpus import data_files
from bot.settings import Settings
from bot.web.cards import quote_digest

_HIDDEN = re.compile(r'name="(article|start|end|h)" value="([^"]*)"')


@dataclass(frozen=True, slots=True)
class Version:
    """The articles as they were when one index was built of them."""

    texts: dict[str, str]  # by file name
    digests: dict[str, str]

    def holds(self, quote: dict[str, Any]) -> bool:
        """Tell whether a quote of an answer stands in these articles, where it says."""
        source = quote["source"]
        return bool(
            self.digests.get(source) == quote["sha256"]
            and self.texts[source][quote["start"] : quote["end"]] == quote["quote"]
        )

    def holds_place(self, place: tuple[str, str, str]) -> bool:
        """Tell whether these articles have, at a start and an end, words with this digest."""
        start, end, digest = place
        return any(
            quote_digest(text[int(start) : int(end)]) == digest for text in self.texts.values()
        )


class Articles:
    """Articles that change between builds."""

    def __init__(self, settings: Settings) -> None:
        """Take the articles of `settings` for the first version."""
        self._files = [p for p in data_files(settings.seeds_dir) if p.suffix == ".txt"]
        self._original = {path: path.read_bytes() for path in self._files}
        self.versions: list[Version] = []

    def write(self, number: int) -> None:
        """Write version `number`: each has a first sentence of its own, so that all moves."""
        first = b"This is version %d of a trial%b.\n\n" % (number, b" that goes on" * number)
        for path, content in self._original.items():
            path.write_bytes(first + content if number else content)
        texts = {path.name: path.read_bytes().decode() for path in self._files}
        digests = {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in self._files}
        self.versions.append(Version(texts, digests))

    def break_one(self) -> None:
        """Make an article one that cannot be read."""
        self._files[0].write_bytes(b"\xff\xfe broken")

    def of(self, reply: dict[str, Any]) -> list[int]:
        """Return the numbers of the versions in which all quotes of an answer stand."""
        shown = [*reply["answers"], *reply["nearest"]]
        quotes = shown + [other for quote in shown for other in quote["also"]]
        return self._fitting(lambda version: all(version.holds(quote) for quote in quotes))

    def of_page(self, html: str) -> list[int]:
        """Return the same for an answer as the chat shows it."""
        found = [value for name, value in _HIDDEN.findall(html) if name != "article"]
        places = list(zip(found[::3], found[1::3], found[2::3], strict=True))
        return self._fitting(lambda version: all(map(version.holds_place, places)))

    def _fitting(self, fits: Callable[[Version], bool]) -> list[int]:
        return [number for number, version in enumerate(self.versions) if fits(version)]
