"""A marked question, asked in every way and in every trouble, is afterwards found nowhere."""

from __future__ import annotations

import secrets
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
import pytest
from playwright.sync_api import Page, expect

from bot.settings import ROOT, Settings
from tests.chat import box, open_chat
from tests.conftest import RunningApp, free_port
from tests.host_page import host_site

NOT_OURS = {".git", ".venv", ".venv-forum", ".mypy_cache", ".ruff_cache", "node_modules"}
KEPT_IN_THE_BROWSER = """async () => JSON.stringify([
    document.cookie, {...localStorage}, {...sessionStorage}, window.name, location.href,
    history.state, await indexedDB.databases(), await caches.keys(),
    (await navigator.serviceWorker?.getRegistrations() ?? []).length,
])"""
NOTHING_KEPT = '["",{{}},{{}},"","{address}",null,[],[],0]'


@pytest.fixture(name="mark")
def _mark() -> str:
    """A word that stands in no file, not in this one either."""
    return f"zq{secrets.token_hex(8)}"


@contextmanager
def watched(pid: int) -> Iterator[set[str]]:
    """Collect the addresses that a process and its children are connected with meanwhile."""
    found: set[str] = set()
    stop = threading.Event()

    def watch() -> None:
        while not stop.wait(0.05):
            for process in tree(pid):
                found.update(c.raddr.ip for c in process.net_connections() if c.raddr)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield found
    finally:
        stop.set()
        watcher.join()


def tree(pid: int) -> list[psutil.Process]:
    process = psutil.Process(pid)
    return [process, *process.children(recursive=True)]


def ask_programs_ways(server: str, mark: str) -> None:
    """Ask over HTTP, well and badly, until the visitor has to wait."""
    question = f"Does {mark} work for Cognus?"
    visitor = {"X-Forwarded-For": "192.0.2.7", "User-Agent": mark}
    api, plain, join = "/api/ask", "/plain", "/gradio_api/queue/join"
    told = {"question": question, "number": 1}
    event = {"data": [question, told], "fn_index": 0, "session_hash": mark, "trigger_id": 1}
    with httpx.Client(base_url=server, timeout=60, headers=visitor) as client:
        client.post(api, json={"question": question, "previous": f"Who is {mark}?"})
        client.post(api, json={"question": f"BOOM {mark}"})
        client.post(api, json={"question": f"{mark} " * 100})
        client.post(api, content=f'{{"question": "{mark}"'.encode())
        client.post(api, content=mark.encode() * 5000)
        client.post(plain, data={"question": question, "previous": mark})
        client.post(plain, data={"question": f"BOOM {mark}"})
        client.post(join, json=event)
        client.post(join, json={**event, "data": [{"path": mark}, told]})
        client.post("/feedback", data={"article": mark, "vote": "helpful"})
        for path in (f"/{mark}", f"/article/{mark}", f"/gradio_api/file={mark}"):
            client.get(path, params={"q": mark})
        with client.stream("GET", f"/gradio_api/queue/data?session_hash={mark}") as answers:
            assert any("process_completed" in line for line in answers.iter_lines())
        refused = [client.post(way, json={"question": question}).status_code for way in [api] * 12]
        client.post(plain, data={"question": question})
        client.post(join, json=event)
    assert refused[-1] == 429


def ask_in_the_browser(page: Page, server: str, mark: str) -> None:
    """Ask in the chat and in the frame of another site; nothing is left in the browser."""
    question = f"Does {mark} run school support services?"
    requests = open_chat(page, server)
    for asked, seen in ((question, "#transcript .reply"), (f"BOOM {mark}", "#status .problem")):
        box(page).fill(asked)
        box(page).press("Enter")
        expect(page.locator(seen).last).to_be_visible()
    expect(box(page)).to_have_value(f"BOOM {mark}")
    kept = page.evaluate(KEPT_IN_THE_BROWSER)
    assert kept == NOTHING_KEPT.format(address=f"{server}/")
    assert page.context.cookies() == []
    assert [url for url in requests if mark in url or not url.startswith(server)] == []
    page.reload()
    expect(box(page)).to_have_value("")
    assert mark not in page.content()


def files_with(mark: str, *folders: Path) -> list[Path]:
    return [
        path
        for folder in folders
        for path in folder.rglob("*")
        if not NOT_OURS & set(path.parts) and path.is_file() and mark.encode() in path.read_bytes()
    ]


@pytest.mark.browser
def test_a_question_is_found_nowhere(
    page: Page, built: Settings, tmp_path: Path, mark: str
) -> None:
    index = shutil.copytree(built.index_dir, tmp_path / "index")
    measures = str(free_port())
    with host_site() as site:
        app = RunningApp(
            "-m",
            "tests.failing_app",
            INDEX_DIR=str(index),
            HOME=str(tmp_path),
            TMPDIR=str(tmp_path),
            METRICS_PORT=measures,
            QUESTIONS_PER_MINUTE="20",
            TRUSTED_PROXIES="127.0.0.1",
            EMBED_SITES=site.forum,
        )
        with app as server, watched(app.process.pid) as connected:
            ask_programs_ways(server, mark)
            ask_in_the_browser(page, server, mark)
            page.goto(site.add("/", f'<iframe src="{server}/embed" title="chat"></iframe>'))
            frame = page.frame_locator("iframe")
            frame.get_by_label("Your question").fill(f"Does {mark} run school support services?")
            frame.get_by_label("Your question").press("Enter")
            expect(frame.locator("#transcript .reply")).to_be_visible()
            assert mark not in page.evaluate(KEPT_IN_THE_BROWSER)
            assert page.context.cookies() == []
            for process in tree(app.process.pid):
                assert mark not in str(process.environ()) + str(process.cmdline())
                assert files_with(mark, *(Path(f.path).parent for f in process.open_files())) == []
            assert mark not in httpx.get(f"http://127.0.0.1:{measures}/metrics").text
    assert app.output.count("KeyError in") >= 3  # what failed is in the log
    assert mark not in app.output
    assert files_with(mark, tmp_path, ROOT) == []
    assert connected <= {"127.0.0.1", "::1"}


def test_the_search_finds_what_is_there(tmp_path: Path, mark: str) -> None:
    (tmp_path / "log").write_text(f"asked: {mark}")
    assert files_with(mark, tmp_path) == [tmp_path / "log"]
