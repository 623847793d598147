"""Whether a text seems to hold personal data: so that somebody can be asked to leave it out."""

from __future__ import annotations

import re

_EMAIL = re.compile(r"\b[\w.+-]+@[\w-]+\.[\w.-]*\w")
_PHONE = re.compile(r"(?<![\d.])(?:\+44[\s-]?|0)(?:\d[\s()-]{0,2}){9,10}(?!\d)")
_POSTCODE = re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]? ?\d[ABD-HJLNP-UW-Z]{2}\b", re.IGNORECASE)
_INSURANCE = re.compile(r"\b[A-Z]{2}(?: ?\d{2}){3} ?[A-D]\b", re.IGNORECASE)
_TEN_DIGITS = re.compile(r"(?<!\d)\d{3}[ -]?\d{3}[ -]?\d{4}(?!\d)")


def holds_personal_data(text: str) -> bool:
    """Say whether a text holds an e-mail address, a phone number, a postcode, an NI or NHS number.

    >>> holds_personal_data("Write to me@home.example"), holds_personal_data("What is SEND?")
    (True, False)
    """
    patterns = (_EMAIL, _PHONE, _POSTCODE, _INSURANCE)
    return any(pattern.search(text) for pattern in patterns) or any(
        _is_nhs_number(re.sub(r"\D", "", match[0])) for match in _TEN_DIGITS.finditer(text)
    )


def _is_nhs_number(digits: str) -> bool:
    """Say whether the last of ten digits is the check digit of an NHS number (modulus 11)."""
    rest = (
        11 - sum(int(d) * weight for d, weight in zip(digits, range(10, 1, -1), strict=False)) % 11
    )
    return rest % 11 == int(digits[9]) and rest != 10
