"""A real forum engine, from its own install to a parent's answer inside a topic page."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, expect

from bot.settings import ROOT, Settings
from bot.snippet import snippets
from tests.chat import ask_inside, open_frame
from tests.conftest import RunningApp, free_port, missing

pytestmark = pytest.mark.browser

PYTHON = ROOT / ".venv-forum" / "bin" / "python"
LABEL = "Ask about SEND services in Sutton"
SHOTS = os.environ.get("SHOTS")  # a folder for pictures, where somebody wants to look


@contextmanager
def running_forum(folder: Path, port: int, snippet: str) -> Iterator[str]:
    """Run django-machina; gives the address of its one topic."""
    if not PYTHON.exists():
        missing("a forum to embed into (.venv-forum)")
    (folder / "snippet.html").write_text(snippet, encoding="utf-8")
    log = folder / "log"
    with (
        log.open("wb") as errors,
        subprocess.Popen(
            [PYTHON, ROOT / "tests/forum/run.py", str(port), folder / "snippet.html"],
            env={**os.environ, "FORUM_DIR": str(folder)},
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        ) as process,
    ):
        try:
            topic = process.stdout.readline().strip() if process.stdout else ""
            assert topic, log.read_text()
            yield answering(f"http://localhost:{port}{topic}")
        finally:
            process.terminate()


def answering(address: str) -> str:
    """Wait until a server answers."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            httpx.get(address)
        except httpx.TransportError:
            time.sleep(0.2)
        else:
            return address
    pytest.fail(f"{address} does not answer")


@pytest.mark.parametrize("way", ["button in the corner", "in place", "frame"])
def test_a_parent_asks_in_a_topic_of_django_machina(
    page: Page, built: Settings, tmp_path: Path, way: str
) -> None:
    port = free_port()
    sites = f"http://localhost:{port}"
    with RunningApp(INDEX_DIR=str(built.index_dir), EMBED_SITES=sites) as chat:
        snippet = snippets(chat, LABEL)[way]
        with running_forum(tmp_path, port, snippet) as topic:
            page.set_viewport_size({"width": 1280, "height": 900})
            page.goto(topic)
            expect(page.locator("body")).to_contain_text("Turned down, who can help?")
            post = page.locator(".post-content").first
            expect(post).to_contain_text("Try:")
            assert post.locator("iframe, script, [data-parent-question-bot]").count() == 0
            frame = open_frame(page, way, LABEL)
            ask_inside(frame, "Who runs school support services?")
            expect(frame.locator(".quote").first).to_contain_text("only looking at Cognus")
            frame.get_by_role("button", name="Show source [1]").click()
            expect(frame.locator("#source mark")).to_be_in_viewport()
            if SHOTS:
                page.screenshot(path=Path(SHOTS) / f"machina-{way.replace(' ', '-')}.png")
