"""Texts, bytes and JSON values that hypothesis thinks of."""

from __future__ import annotations

from dataclasses import dataclass, field

import hypothesis
from hypothesis import HealthCheck, Phase, given
from hypothesis import strategies as st

# Not st.text() alone: it leaves surrogates out.
_CHARACTERS = st.characters(exclude_categories=())
_TEXTS = st.one_of(st.text(_CHARACTERS, max_size=80), st.text(max_size=600))
_VALUES: st.SearchStrategy[object] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(_CHARACTERS, max_size=40),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=20), inner),
    max_leaves=20,
)


@dataclass(frozen=True, slots=True)
class Generated:
    """What was drawn."""

    texts: list[str] = field(default_factory=list)
    binaries: list[bytes] = field(default_factory=list)
    values: list[object] = field(default_factory=list)


def generate(count: int) -> Generated:
    """Draw so many of each kind, the same ones every time."""
    found = Generated()

    @hypothesis.settings(
        max_examples=count,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(text=_TEXTS, binary=st.binary(max_size=300), value=_VALUES)
    def draw(text: str, binary: bytes, value: object) -> None:
        found.texts.append(text)
        found.binaries.append(binary)
        found.values.append(value)

    draw()
    return found
