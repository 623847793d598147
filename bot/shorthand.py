"""How people type on a phone, as data: shorthand.toml."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict

from bot.tables import parse_table

SHORTHAND = "shorthand.toml"


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    words: dict[str, str]


def parse_shorthand(content: bytes, path: Path | str) -> dict[str, str]:
    """Read the content of shorthand.toml: lower-case words, each with what it means in full.

    Raises:
        CorpusError: naming file and line, for the first mistake.
    """
    return parse_table(Path(path), content, _File).words
