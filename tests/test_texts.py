from __future__ import annotations

import datetime as dt

import pytest

from bot.datatypes import Basis, DatePrecision, PublishedDate
from bot.texts import date_in_words

DAY = dt.date(2018, 9, 27)


@pytest.mark.parametrize(
    ("precision", "basis", "words"),
    [
        (DatePrecision.DAY, Basis.STATED, "27 September 2018"),
        (DatePrecision.MONTH, Basis.LOOKED_UP, "September 2018, looked up"),
        (DatePrecision.AFTER, Basis.INFERRED, "after 27 September 2018, inferred"),
    ],
)
def test_a_date_says_how_exact_it_is_and_how_it_is_known(
    precision: DatePrecision, basis: Basis, words: str
) -> None:
    assert date_in_words(PublishedDate(DAY, precision, basis)) == words


def test_an_unknown_date_says_so() -> None:
    assert date_in_words(None) == "date not known"
