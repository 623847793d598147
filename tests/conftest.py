"""Fixtures: small invented articles with a fake encoder, the real ones with the real model."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import httpx
import hypothesis
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from bot.encoder import SentenceTransformerEncoder
from bot.index.index import Index
from bot.pipeline import Bot, SilentReport, open_index
from bot.settings import PACKAGED_ENCODER, ROOT, Settings
from tests.fake_encoder import FakeEncoder

# No deadline: machines are shared, and time is `make bench`'s business. In CI the same examples
# every time: a landing must not hang on chance.
hypothesis.settings.register_profile("here", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True)
hypothesis.settings.load_profile("ci" if os.environ.get("CI") == "true" else "here")

# How long a browser may take on a busy machine. Playwright has two clocks, one for actions and
# one for expectations (5 seconds, if not told); both wait no longer than they have to.
_PATIENCE_MS = 60_000
expect.set_options(timeout=_PATIENCE_MS)

SMALL_CORPUS = Path(__file__).parent / "small_corpus"


@pytest.fixture(name="small_seeds")
def _small_seeds(tmp_path: Path) -> Path:
    """A copy of three invented articles with their catalogue, free to be broken."""
    return shutil.copytree(SMALL_CORPUS, tmp_path / "seeds")


@pytest.fixture(name="small_settings")
def _small_settings(small_seeds: Path, tmp_path: Path) -> Settings:
    return Settings(seeds_dir=small_seeds, index_dir=tmp_path / "index", passage_words=60)


@pytest.fixture(name="fake_encoder")
def _fake_encoder() -> FakeEncoder:
    return FakeEncoder()


@pytest.fixture(name="small_index")
def _small_index(small_settings: Settings, fake_encoder: FakeEncoder) -> Iterator[Index]:
    index = open_index(small_settings, fake_encoder, SilentReport())
    yield index
    index.close()


@pytest.fixture(name="small_bot")
def _small_bot(small_index: Index, fake_encoder: FakeEncoder, small_settings: Settings) -> Bot:
    return Bot(small_index, fake_encoder, small_settings)


@pytest.fixture(name="encoder", scope="session")
def _encoder() -> SentenceTransformerEncoder:
    """The real model."""
    return SentenceTransformerEncoder(PACKAGED_ENCODER, threads=1)


@pytest.fixture(name="built", scope="session")
def _built(
    encoder: SentenceTransformerEncoder, tmp_path_factory: pytest.TempPathFactory
) -> Settings:
    """Settings under which the real articles are built with the real model."""
    settings = Settings(index_dir=tmp_path_factory.mktemp("built") / "index")
    open_index(settings, encoder, SilentReport()).close()
    return settings


@pytest.fixture(name="bot", scope="session")
def _bot(built: Settings, encoder: SentenceTransformerEncoder) -> Iterator[Bot]:
    """The real articles, the real model."""
    index = open_index(built, encoder, SilentReport())
    yield Bot(index, encoder, built)
    index.close()


@pytest.fixture(name="second_bot", scope="session")
def _second_bot(
    encoder: SentenceTransformerEncoder, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Bot]:
    """The invented articles about another place and subject, with the default guidance."""
    folder = tmp_path_factory.mktemp("second")
    settings = Settings(seeds_dir=ROOT / "tests/second_corpus", index_dir=folder / "index")
    index = open_index(settings, encoder, SilentReport())
    yield Bot(index, encoder, settings)
    index.close()


@pytest.fixture(name="server", scope="session")
def _server(built: Settings) -> Iterator[str]:
    """The address of a running `python app.py`."""
    with RunningApp(INDEX_DIR=str(built.index_dir)) as address:
        yield address


@pytest.fixture(name="browser", scope="session")
def _browser() -> Iterator[Browser]:
    executable = find_chromium()
    if executable is None:
        pytest.fail("no chromium on this machine; `make browser` installs Debian's")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=executable,
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-background-networking",
                "--no-first-run",
                "--disable-sync",
            ],
        )
        yield browser
        browser.close()


@pytest.fixture(name="page")
def _page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(_PATIENCE_MS)
    yield context.new_page()
    context.close()


def find_chromium() -> str | None:
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((path for name in names if (path := shutil.which(name))), None)


class RunningApp:
    """Starts `python app.py` (or another program) with some environment; stops it at the end."""

    def __init__(self, *program: str, **environment: str) -> None:
        self._program = program or (str(ROOT / "app.py"),)
        self._port = free_port()
        # Tests ask more than one visitor would; what limits that has tests of its own.
        unlimited = {"QUESTIONS_PER_MINUTE": "0"}
        self._environment = {**os.environ, **unlimited, **environment, "PORT": str(self._port)}

    def __enter__(self) -> str:
        self.process = subprocess.Popen(
            [sys.executable, *self._program],
            env=self._environment,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        address = f"http://127.0.0.1:{self._port}"
        deadline = time.monotonic() + 180
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                output = self.process.stdout.read().decode() if self.process.stdout else ""
                raise RuntimeError(f"app.py ended with {self.process.returncode}: {output}")
            try:
                if httpx.get(f"{address}/healthz").status_code == 200:
                    return address
            except httpx.TransportError:
                time.sleep(0.2)
        self.process.kill()
        raise RuntimeError("app.py did not answer within 180 seconds")

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.output = self.process.communicate(timeout=60)[0].decode()


def missing(program: str) -> NoReturn:
    """Leave a test out where a program is not there; in CI it must be."""
    reason = f"{program} is not there; `make test` installs it"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without a browser, leave its tests out where a person runs them; CI must have one."""
    if find_chromium() is not None or os.environ.get("CI") == "true":
        return
    skip = pytest.mark.skip(reason="no browser")
    for item in items:
        if "browser" in item.keywords:
            item.add_marker(skip)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if find_chromium() is None:
        terminalreporter.write_line(
            "!!! NO BROWSER: the browser tests did NOT run; `make browser` installs one", red=True
        )
