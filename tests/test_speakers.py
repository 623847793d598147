from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from bot.sentences import split_paragraphs, split_sentences
from bot.speakers import find_speakers
from tests.test_sentences import TEXTS

HERE = Path(__file__).parent
CASES = tomllib.loads((HERE / "speakers.toml").read_text(encoding="utf-8"))["case"]


@pytest.mark.parametrize("case", CASES, ids=[case["rule"] for case in CASES])
def test_speakers_are_found_by_rules_of_news_writing(case: dict[str, Any]) -> None:
    assert speakers("\n\n".join(case["text"])) == case["speakers"]


@given(TEXTS)
def test_a_speaker_is_a_trimmed_stretch_of_any_text(text: str) -> None:
    assert all(name == name.strip() for name in speakers(text))


def speakers(text: str) -> list[str]:
    """Return the speaker of each sentence of a text, "" for nobody."""
    paragraphs, _ = split_paragraphs(text)
    sentences = tuple(split_sentences(text, paragraph) for paragraph in paragraphs)
    found = find_speakers(text, paragraphs, sentences)
    assert [len(row) for row in found] == [len(row) for row in sentences]
    return [speaker.of(text) if speaker else "" for row in found for speaker in row]
