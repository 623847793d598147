"""The data files beside the articles: read, checked, and contacts said to be checked again."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

from bot.errors import CorpusError
from bot.guidance import MESSAGES, SIGNPOSTS, guidance_files, load_guidance
from bot.judgement import JUDGEMENT
from bot.settings import ROOT
from bot.shorthand import SHORTHAND

SEEDS = ROOT / "seeds"


def test_a_folder_without_guidance_gets_the_defaults(small_seeds: Path) -> None:
    guidance = load_guidance(small_seeds)
    assert guidance.help.title
    assert any(contact.phone == "116 123" for contact in guidance.help.contacts)


def test_a_folder_s_own_guidance_comes_before_the_defaults(small_seeds: Path) -> None:
    text = guidance_files(small_seeds)[SIGNPOSTS].read_text(encoding="utf-8")
    own = small_seeds / SIGNPOSTS
    own.write_text(text.replace("Hello.", "Good day."), encoding="utf-8")
    assert load_guidance(small_seeds).greeting.text.startswith("Good day.")


def copy(small_seeds: Path, name: str, old: str, new: str) -> Path:
    """Give a folder a copy of a default file with one mistake in it."""
    text = guidance_files(small_seeds)[name].read_text(encoding="utf-8")
    assert old in text
    path = small_seeds / name
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "old", "new", "reason"),
    [
        (SIGNPOSTS, "[greeting]", "[greeting", "not valid TOML"),
        (SIGNPOSTS, 'phone = "116 123"', "phone = 116", "phone"),
        (SIGNPOSTS, 'phone = "116 123"', 'telephone = "116 123"', "telephone"),
        (SIGNPOSTS, 'phone = "116 123"', 'checked_on = "soon"', "checked_on"),
        (SIGNPOSTS, "[declined.language]", "[declined.tongue]", "language"),
        (MESSAGES, "status = 'help'", "status = 'save'", "status"),
        (MESSAGES, r"'\bsuic\w*'", "'('", "not a regular expression"),
        (MESSAGES, "min_chance = 0.45", "min_chance = 45", "min_chance"),
        (MESSAGES, "min_words = 4", "min_word = 4", "min_word"),
        (SHORTHAND, 'cos = "because"', "cos = 7", "cos"),
        (JUDGEMENT, '"insufficient", ', "7, ", "bad"),
        (JUDGEMENT, '"no", ', "4, ", "turning"),
    ],
)
def test_a_mistake_is_named_with_file_line_and_reason(
    small_seeds: Path, name: str, old: str, new: str, reason: str
) -> None:
    path = copy(small_seeds, name, old, new)
    with pytest.raises(CorpusError, match=reason) as caught:
        load_guidance(small_seeds)
    assert caught.value.path == path
    if "declined" not in old:
        lines = path.read_text(encoding="utf-8").splitlines()
        written = next(n for n, line in enumerate(lines, start=1) if new in line)
        assert caught.value.line is not None
        assert abs(caught.value.line - written) <= 8  # a list's entry gives the list's line


def test_contacts_are_to_be_checked_until_they_are_and_again_after_180_days(
    small_seeds: Path,
) -> None:
    day = dt.date(2026, 1, 1)
    copy(small_seeds, SIGNPOSTS, 'phone = "116 123"', f'phone = "116 123"\nchecked_on = {day}')
    guidance = load_guidance(small_seeds)
    names = {c.name for c in guidance.contacts_to_check(day + dt.timedelta(days=180))}
    assert "Samaritans" not in names
    assert "Childline" in names
    late = {c.name for c in guidance.contacts_to_check(day + dt.timedelta(days=181))}
    assert "Samaritans" in late


def test_only_numbers_that_the_research_found_are_given() -> None:
    found = {"116 123", "111", "0800 1111", "0808 800 5000"}
    guidance = load_guidance(SEEDS)
    cards = (guidance.help, guidance.greeting, guidance.about, *guidance.declined.values())
    assert {c.phone for card in cards for c in card.contacts if c.phone} <= found


def test_no_example_is_a_question_of_the_test_sets() -> None:
    examples = {e.lower() for kind in load_guidance(SEEDS).kinds for e in kind.examples}
    for name in ("dev", "own", "second"):
        lines = (ROOT / f"tests/questions/{name}.jsonl").read_text(encoding="utf-8").splitlines()
        asked = {line.split('"question": "')[1].split('", "')[0].lower() for line in lines}
        shared = {text for text in examples & asked if len(text.split()) > 2}
        assert not shared
