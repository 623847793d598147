from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.datatypes import Span
from bot.sentences import split_paragraphs, split_sentences, trim

CASES = [
    line
    for line in (Path(__file__).parent / "sentences.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]

# Text as hostile as articles get: line ends of every kind, quotes, blanks, controls, bidi marks.
TEXTS = st.text(
    alphabet=st.one_of(
        st.sampled_from("abc. !?“”\"'‘’\n\r\t\u00a0\u200b\ufeff\u202e\x00[]():;-—é漢🙂"),
        st.characters(blacklist_categories=["Cs"]),
    ),
    max_size=300,
)


def is_boilerplate(line: str) -> bool:
    return line.startswith("b")


@pytest.mark.parametrize("case", CASES)
def test_sentences_end_where_a_reader_would_end_them(case: str) -> None:
    text = case.replace("| ", "")
    found = " | ".join(span.of(text) for span in split_sentences(text, Span(0, len(text))))
    assert found == case


@given(TEXTS)
def test_paragraphs_and_boilerplate_are_ordered_disjoint_and_hold_everything(text: str) -> None:
    paragraphs, boilerplate = split_paragraphs(text, is_boilerplate)
    assert only_blanks_between(text, sorted(paragraphs + boilerplate))


@given(TEXTS)
def test_sentences_are_ordered_disjoint_and_leave_only_blanks_in_their_paragraph(text: str) -> None:
    paragraphs, boilerplate = split_paragraphs(text, is_boilerplate)
    sentences = [s for paragraph in paragraphs for s in split_sentences(text, paragraph)]
    assert only_blanks_between(text, sorted([*sentences, *boilerplate]))
    assert all(trim(text, span.start, span.end) == span for span in sentences)


@given(TEXTS)
def test_a_boilerplate_line_is_never_part_of_a_paragraph(text: str) -> None:
    paragraphs, _ = split_paragraphs(text, is_boilerplate)
    for paragraph in paragraphs:
        lines = paragraph.of(text).replace("\r", "\n").split("\n")
        stripped = [trimmed.of(line) for line in lines if (trimmed := trim(line, 0, len(line)))]
        assert not any(is_boilerplate(line) for line in stripped)


def test_wrapped_lines_are_one_paragraph() -> None:
    text = "This line was wrapped by its author because it was too\nlong for a letter.\n\nNext."
    paragraphs, _ = split_paragraphs(text)
    assert [p.of(text) for p in paragraphs] == [text[: text.index("\n\n")], "Next."]


@pytest.mark.parametrize(
    "text",
    [
        "Parents call for action after a damning report into services\nThe council met on Monday.",
        "• A new primary school with 210 places and a large nursery\n• 72 affordable homes",
        "What was said in the chamber at the long meeting by members\n“Shame!” shouted someone.",
    ],
)
def test_headings_and_list_items_stay_apart(text: str) -> None:
    paragraphs, headings = split_paragraphs(text)
    assert [span.of(text) for span in sorted(paragraphs + headings)] == text.split("\n")


def test_a_heading_is_boilerplate_unless_there_is_nothing_else() -> None:
    text = "Library to close\n\nIt will close in May."
    paragraphs, headings = split_paragraphs(text)
    assert [p.of(text) for p in paragraphs] == ["It will close in May."]
    assert [h.of(text) for h in headings] == ["Library to close"]
    assert split_paragraphs("Library to close") == ((Span(0, 16),), ())


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_that_end_sentences_are_paragraphs_with_any_line_end(end: str) -> None:
    text = f"One.{end}Two.{end}{end}Three."
    paragraphs, _ = split_paragraphs(text)
    assert [p.of(text) for p in paragraphs] == ["One.", "Two.", "Three."]


def only_blanks_between(text: str, spans: list[Span]) -> bool:
    ends = [0, *(span.end for span in spans)]
    starts = [*(span.start for span in spans), len(text)]
    return all(
        end <= start and (start == end or trim(text, end, start) is None)
        for end, start in zip(ends, starts, strict=True)
    )
