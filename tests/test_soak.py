"""The short form of `python -m tests.soak`: hostile input, crowds, crashes, a changing index."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bot.encoder import SentenceTransformerEncoder
from bot.settings import Settings
from tests.soak.__main__ import server_of
from tests.soak.abuse import abuse
from tests.soak.builds import kill_builds
from tests.soak.crashes import kill_servers
from tests.soak.crowd import crowd
from tests.soak.ground import Ground
from tests.soak.hostile import hostile
from tests.soak.remembering import Remembering
from tests.soak.report import Report
from tests.soak.server import Server
from tests.soak.stop import stop
from tests.soak.swap import swap


@pytest.fixture(name="memory", scope="module")
def _memory(encoder: SentenceTransformerEncoder) -> Remembering:
    return Remembering(encoder)


@pytest.fixture(name="ground")
def _ground(
    encoder: SentenceTransformerEncoder, memory: Remembering, built: Settings, tmp_path: Path
) -> Ground:
    return Ground(tmp_path, built.index_dir, encoder, memory)


@pytest.fixture(name="report")
def _report() -> Iterator[Report]:
    report = Report("short")
    yield report
    assert report.broken == []


def apart(section: Callable[..., None], *arguments: object) -> None:
    """Run in a thread of its own: Playwright keeps an event loop in this one."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(section, *arguments).result()


def test_a_server_stands_hostile_input_crowds_and_abuse_and_stops_in_good_order(
    ground: Ground, report: Report
) -> None:
    server: Server = server_of(ground)
    with server:
        apart(hostile, server, 0.04, report)
        apart(crowd, server, ground, 0.08, report)
        apart(abuse, server, 0.15, report)
        apart(stop, server, report)


def test_killed_builds_and_servers_lose_nothing(ground: Ground, report: Report) -> None:
    kill_builds(ground, 0.04, report)
    apart(kill_servers, ground, 0.1, report)


def test_the_index_changes_under_a_server_that_answers(ground: Ground, report: Report) -> None:
    apart(swap, ground, 0.15, report)
