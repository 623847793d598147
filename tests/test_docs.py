"""The README tells the truth about names that exist: commands, settings, make targets, fields."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.main import get_group

from bot.__main__ import app
from bot.contract import QuoteObject, ReplyObject
from bot.settings import ROOT, Settings

README = (ROOT / "README.md").read_text(encoding="utf-8")
DOCS = [ROOT / "README.md", ROOT / "index/README.md", *ROOT.glob("docs/**/*.md")]


def commands() -> list[str]:
    return sorted(get_group(app).commands)


@pytest.mark.parametrize("name", commands())
def test_every_command_has_help_and_is_in_the_readme(name: str) -> None:
    assert f"python -m bot {name}" in README
    assert get_group(app).commands[name].help


def test_every_setting_is_in_the_readme_with_its_default() -> None:
    for name, field in Settings.model_fields.items():
        row = next(line for line in README.splitlines() if f"`{name.upper()}`" in line)
        default = field.default
        assert (f"`{default.name}/`" if isinstance(default, Path) else str(default)) in row


def test_every_field_of_the_reply_is_in_the_readme() -> None:
    for field in ReplyObject.model_fields | QuoteObject.model_fields:
        assert f'"{field}"' in README


def test_make_targets_that_the_docs_name_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    named = {n for doc in DOCS for n in re.findall(r"`make ([a-z-]+)`", doc.read_text("utf-8"))}
    assert named >= {"chat", "test"}
    assert all(re.search(rf"^{name}:", makefile, re.MULTILINE) for name in named)


@pytest.mark.parametrize("doc", DOCS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_lead_to_files(doc: Path) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", doc.read_text(encoding="utf-8")):
        assert (doc.parent / target).exists(), target


def test_the_readme_s_percentages_are_those_of_the_quality_page() -> None:
    page = (ROOT / "docs/quality.md").read_text("utf-8")
    rows = re.findall(r"^\| [a-z_]+ \| \d+ \(\d+\) \| (.+) \|$", page, re.MULTILINE)
    assert len(rows) == 9
    columns = list(zip(*(map(float, row.split(" | ")) for row in rows), strict=True))
    for column in (columns[0], columns[1], columns[3]):  # right at 1, shown, false answers
        assert f"{min(column):.0%} to {max(column):.0%}" in " ".join(README.split())
