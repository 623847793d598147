from __future__ import annotations

from pathlib import Path

import pytest

from bot.catalogue import load_catalogue
from bot.errors import CorpusError

ENTRY = """[[article]]
file = "{file}"
id = "{id}"
title = "T"
"""


def write(folder: Path, text: str) -> Path:
    (folder / "catalogue.toml").write_text(text, encoding="utf-8")
    return folder


def test_without_a_catalogue_there_is_an_empty_one(tmp_path: Path) -> None:
    assert load_catalogue(tmp_path).article == ()


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("subject = ", 1, "not valid TOML"),
        ("\n\nnonsense = 1", 3, "nonsense"),
        (ENTRY.format(file="a.txt", id="Not a slug"), 3, "id"),
        (ENTRY.format(file="../a.txt", id="a"), 2, "file"),
        (ENTRY.format(file="a.txt", id="a") + "published = 2020-13-01\n", 5, "not valid TOML"),
        (ENTRY.format(file="a.txt", id="a") + 'published = "soon"\n', 5, "published"),
        (ENTRY.format(file="a.txt", id="a") + "published = 2020-12-01\n", 1, "belong together"),
        (ENTRY.format(file="a.txt", id="a") + 'url = "javascript:x"\n', 5, "url"),
        (ENTRY.format(file="a.txt", id="a") + 'show = "all"\n', 5, "show"),
        (ENTRY.format(file="a.txt", id="a") + ENTRY.format(file="b.txt", id="a"), 7, "id 'a'"),
        (ENTRY.format(file="a.txt", id="a") + ENTRY.format(file="a.txt", id="b"), 6, "file"),
    ],
)
def test_an_error_names_file_line_and_reason(
    tmp_path: Path, text: str, line: int, reason: str
) -> None:
    with pytest.raises(CorpusError, match=reason) as caught:
        load_catalogue(write(tmp_path, text))
    assert caught.value.path == tmp_path / "catalogue.toml"
    assert caught.value.line == line


def test_a_catalogue_that_is_not_utf8_names_the_line(tmp_path: Path) -> None:
    (tmp_path / "catalogue.toml").write_bytes(b"# ok\n# caf\xe9\n")
    with pytest.raises(CorpusError, match="not UTF-8") as caught:
        load_catalogue(tmp_path)
    assert caught.value.line == 2


def test_boilerplate_is_told_by_beginning_or_by_exact_line(small_seeds: Path) -> None:
    is_boilerplate = load_catalogue(small_seeds).boilerplate_rule("closure.txt")
    assert is_boilerplate("More from Brackwater: a story")
    assert is_boilerplate("Read more: a story")
    assert is_boilerplate("  Library to close for repairs ")
    assert not is_boilerplate("Library to close for repairs today")
