"""TOML files that an operator writes: read, checked, and every mistake named with its line."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from bot.errors import CorpusError
from bot.files import decode, read_bytes

Place = tuple[int | str, ...]
_Model = TypeVar("_Model", bound=BaseModel)


def read_table(
    path: Path, model: type[_Model], advice: Callable[[str, Place], str] = lambda _kind, _place: ""
) -> _Model:
    """Read a TOML file into `model`; `advice` says what to do about a mistake at a place.

    Raises:
        CorpusError: naming file and line, for anything that does not fit.
    """
    return parse_table(path, read_bytes(path), model, advice)


def parse_table(
    path: Path,
    content: bytes,
    model: type[_Model],
    advice: Callable[[str, Place], str] = lambda _kind, _place: "",
) -> _Model:
    """Read the content of the TOML file `path` into `model`.

    Raises:
        CorpusError: naming file and line, for anything that does not fit.
    """
    text = decode(path, content).removeprefix("\ufeff")
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        match = re.search(r"at line (\d+)", str(error))
        line = int(match[1]) if match else text.rstrip().count("\n") + 1
        raise CorpusError(path, line, f"not valid TOML: {error}") from error
    try:
        return model.model_validate(table)
    except ValidationError as error:
        problem = error.errors()[0]
        place = problem["loc"]
        reason = f"{'.'.join(map(str, place))}: {problem['msg']}. {advice(problem['type'], place)}"
        raise CorpusError(path, line_of(text, place), reason.strip()) from error


def line_of(text: str, place: Place) -> int | None:
    r"""Find the line of a value that tomllib has already parsed, which keeps no positions.

    `place` is ("article", 2, "published"): the third [[article]], its key `published`. What
    cannot be found by headers at line starts gives the line of what holds it.

    >>> line_of('[[a]]\nx = 1\n[[a]]\nx = 2\n', ("a", 1, "x"))
    4
    """
    names: list[str] = []
    start, end = 0, len(text)
    found: int | None = None
    for part in place:
        if isinstance(part, str):
            names.append(part)
            table = rf"\[+[ \t]*{re.escape('.'.join(names))}[ \t]*\]+"
            pattern = rf"^[ \t]*(?:{table}|{re.escape(part)}[ \t]*=)"
            match = re.compile(pattern, re.MULTILINE).search(text, start, end)
            if match is None:
                break
            start = found = match.start()
        else:
            header = re.compile(
                rf"^[ \t]*\[\[[ \t]*{re.escape('.'.join(names))}[ \t]*\]\]", re.MULTILINE
            )
            headers = [match.start() for match in header.finditer(text, start, end)]
            if part >= len(headers):
                break
            start = found = headers[part]
            end = headers[part + 1] if part + 1 < len(headers) else end
    return None if found is None else text.count("\n", 0, found) + 1
