"""The API's own description, and schemathesis asking a server whatever it allows and more."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck, settings

from bot.counts import Counts
from bot.encoder import SentenceTransformerEncoder
from bot.index.index import Index
from bot.serving import Serving
from bot.settings import Settings
from bot.web.server import own_routes
from bot.web.service import Service


@pytest.fixture(name="description", scope="module")
def _description(built: Settings, encoder: SentenceTransformerEncoder) -> Iterator[dict[str, Any]]:
    index = Index.load(built.index_dir, None, encoder)
    serving = Serving(index, encoder, built)
    yield own_routes(Service(serving, Counts(built.index_dir))).openapi()
    index.close()


def test_it_describes_what_programs_call(description: dict[str, Any]) -> None:
    assert set(description["paths"]) == {"/api/ask", "/healthz", "/readyz"}
    ask = description["paths"]["/api/ask"]["post"]
    assert set(ask["responses"]) == {"200", "413", "422", "429", "500", "503"}
    assert "question" in str(ask["requestBody"])


def test_whatever_it_allows_is_answered_as_it_says(
    server: str, description: dict[str, Any]
) -> None:
    api = schemathesis.openapi.from_dict(description)

    @settings(max_examples=100, suppress_health_check=list(HealthCheck))
    @hypothesis.given(case=api.as_strategy())
    def check(case: schemathesis.Case[Any]) -> None:
        case.call_and_validate(base_url=server)

    check()
