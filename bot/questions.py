"""What somebody typed -> a question that can be asked, or an error that says why not."""

from __future__ import annotations

import unicodedata

from bot.errors import QuestionError
from bot.words import FUNCTION_WORDS, stem, words

# Categories of characters that nobody sees: control, format, separators.
INVISIBLE = ("Cc", "Cf", "Zs", "Zl", "Zp")


def check_question(text: str, max_characters: int) -> str:
    """Return the question without control characters and outer white space.

    Invisible characters (control, bidirectional marks, zero width) are dropped: they come
    along with copied text, and a reader would not know that they are there.

    Raises:
        QuestionError: with words for the person who asked, when nothing can be asked.
    """
    length = len(text.strip())
    if length > max_characters:
        raise QuestionError(
            f"Your question has {length:,} characters; the most is {max_characters:,}. "
            "Please make it shorter."
        )
    if any(unicodedata.category(character) == "Cs" for character in text):
        raise QuestionError("Your question has characters that are not text. Please type it again.")
    question = visible_text(text)
    if not question:
        raise QuestionError("Please type a question.")
    return question


def visible_text(text: str) -> str:
    """Return a text without what nobody sees, and with single spaces between its words.

    >>> visible_text("  two" + chr(0x200B) + "fold   words ")
    'twofold words'
    """
    visible = "".join(
        character if unicodedata.category(character) not in ("Cc", "Cf") else _substitute(character)
        for character in text
    )
    return " ".join(visible.split())


def question_terms(question: str) -> tuple[str, ...]:
    """Return the stems of the informative words of a question, in order, no repeats.

    >>> question_terms("What did the report say about fines?")
    ('report', 'fine')
    """
    return tuple(
        dict.fromkeys(
            stem(word)
            for word in words(question)
            if word not in FUNCTION_WORDS and word not in _ASKING_WORDS
        )
    )


# Words with which one asks; they say nothing of what is asked about. 2 and 4 are "to" and "for".
_ASKING_WORDS = frozenset(
    """
    say says said tell tells told know mean means meant happen happens happened think find explain
    describe talk talks talking ask asked like want wants wanted need needs get gets got stand
    stands 2 4
    """.split()
)


def _substitute(character: str) -> str:
    """Control characters separate words; invisible format characters do not."""
    return " " if unicodedata.category(character) == "Cc" else ""
