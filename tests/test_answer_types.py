from __future__ import annotations

import pytest

from bot.answer_types import nothing_of_the_type
from bot.pipeline import Bot


@pytest.mark.parametrize(
    ("question", "held", "lacking"),
    [
        ("how much did it cost", "It cost £3m.", "It cost 26 councillors their seats."),
        ("How much do they get paid", "They are paid nine pounds.", "They are paid on day 3."),
        ("What year did it open?", "It opened in 1998.", "It opened on 26 May."),
        ("What percentage of buses are late?", "A third are late.", "The buses are late."),
        ("When was that?", "It opened in March.", "It opened to cheers."),
        ("whens it open", "It opens on Monday.", "It opens to cheers."),
        ("How long did it take?", "It took three weeks.", "It took ages."),
        ("Who runs it?", "It is run by Anna Bell.", "It is run by volunteers."),
        ("and who’s in charge?", "The DfE is in charge.", "Nobody is in charge."),
        ("what's the phone number of the trust", "Ring 01632 960123.", "Ring the trust."),
        ("is there an email for complaints", "Write to a@b.example.", "Write to the trust."),
    ],
)
def test_a_quote_holds_what_is_asked_for_or_lacks_it(
    question: str, held: str, lacking: str
) -> None:
    assert nothing_of_the_type(question, [lacking])
    assert not nothing_of_the_type(question, [held])
    assert not nothing_of_the_type(question, [lacking, held])


@pytest.mark.parametrize(
    "question",
    [
        "What did she say when she resigned?",  # a clause, not what is asked for
        "Why did people who live there complain?",
        "What is a written statement of action?",
        "What did campaigners say about the cost?",
    ],
)
def test_other_questions_ask_for_nothing_in_particular(question: str) -> None:
    assert not nothing_of_the_type(question, ["They were not pleased."])


def test_a_quote_without_a_number_speaks_against_an_answer(small_bot: Bot) -> None:
    asked = small_bot.inspect("What is the phone number of the library?").verdict
    told = small_bot.inspect("What happened to the library?").verdict
    assert asked is not None
    assert asked.evidence is not None
    assert asked.evidence.missing == 1
    assert told is not None
    assert told.evidence is not None
    assert told.evidence.missing == 0
