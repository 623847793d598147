"""`make test-wordpress`: an administrator's snippet works, an author's is taken out."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from bot.settings import ROOT, Settings
from bot.snippet import snippets
from tests.chat import ask_inside, open_frame
from tests.conftest import RunningApp, free_port
from tests.test_forum import answering

LABEL = "Ask about SEND services in Sutton"
SHOTS = os.environ.get("SHOTS")


@pytest.mark.parametrize("way", ["frame", "in place", "button in the corner"])
def test_a_parent_asks_in_a_page_of_wordpress(page: Page, built: Settings, way: str) -> None:
    folder = Path(tempfile.mkdtemp())  # not pytest's: the database may not look into that
    port = free_port()
    with RunningApp(INDEX_DIR=str(built.index_dir), EMBED_SITES=f"http://localhost:{port}") as chat:
        snippet = folder / "snippet.html"
        snippet.write_text(snippets(chat, LABEL)[way], encoding="utf-8")
        command = [str(ROOT / "tests/wordpress/run.sh"), str(port), str(snippet), str(folder)]
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, start_new_session=True
        ) as process:
            try:
                line = process.stdout.readline() if process.stdout else ""
                asks, tries = line.split()
                page.goto(answering(asks))
                frame = open_frame(page, way, LABEL)
                ask_inside(frame, "Who runs school support services?")
                expect(frame.locator(".quote").first).to_contain_text("only looking at Cognus")
                if SHOTS:
                    page.screenshot(path=Path(SHOTS) / f"wordpress-{way.replace(' ', '-')}.png")
                page.goto(tries)
                expect(page.locator("body")).to_contain_text("Try")
                assert page.locator("iframe").count() == 0
                assert page.locator(f'script[src^="{chat}"]').count() == 0
            finally:
                os.killpg(process.pid, signal.SIGTERM)
