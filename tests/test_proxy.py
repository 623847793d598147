"""Behind a real nginx, with the sample file of deploy/: at a path, and at the root."""

from __future__ import annotations

import os
import re
import shutil
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, expect

from bot.settings import ROOT, Settings
from bot.snippet import snippets
from tests.chat import ask_inside
from tests.conftest import RunningApp, free_port, missing
from tests.host_page import host_site

QUESTION = "Who runs school support services?"
LABEL = "Ask about SEND services in Sutton"


@pytest.fixture(name="certificate", scope="module")
def _certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
         "/CN=localhost", "-addext", "subjectAltName=DNS:localhost",
         "-keyout", folder / "key.pem", "-out", folder / "cert.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    return folder


@contextmanager
def nginx(
    folder: Path, certificate: Path, *, port: int, app: str, path: str, upstream: str = ""
) -> Iterator[None]:
    """Run nginx with the sample's server block, its names replaced by this machine's."""
    # Debian puts it where only root's PATH looks.
    executable = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    if executable is None:
        missing("nginx")
    server = (ROOT / "deploy/nginx.conf").read_text(encoding="utf-8")
    for named, here in {
        "listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
        "server_name forum.example": "server_name localhost",
        "/etc/ssl/forum.example.pem": str(certificate / "cert.pem"),
        "/etc/ssl/forum.example.key": str(certificate / "key.pem"),
        "http://127.0.0.1:7860/": f"{app}/",
    }.items():
        assert named in server
        server = server.replace(named, here)
    if not path:
        start = server.index("    location = /ask {")
        server = server[:start] + server[server.index("    location /ask/ {") :]
        server = server.replace("location /ask/ {", "location / {")
    scratch = " ".join(
        f"{kind}_temp_path {folder};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    config = folder / "nginx.conf"
    config.write_text(
        f"pid {folder}/pid; error_log {folder}/error.log; daemon off;\n"
        f"events {{}}\nhttp {{ {scratch}\n{upstream}\n{server} }}\n"
    )
    command = [executable, "-c", str(config), "-e", str(folder / "error.log")]
    with subprocess.Popen(command) as process:
        try:
            time.sleep(0.5)
            assert process.poll() is None, (folder / "error.log").read_text()
            yield
        finally:
            process.terminate()


@pytest.mark.browser
@pytest.mark.parametrize("path", ["/ask", ""])
def test_chat_and_embedding_work_behind_nginx(
    browser: Browser, built: Settings, certificate: Path, tmp_path: Path, path: str
) -> None:
    port = free_port()
    public = f"https://localhost:{port}{path}"
    with (
        host_site() as site,
        RunningApp(
            INDEX_DIR=str(built.index_dir),
            PUBLIC_URL=public,
            TRUSTED_PROXIES="127.0.0.1",
            EMBED_SITES=site.stranger,  # 127.0.0.1, which is not the chat's own name
        ) as app,
        nginx(tmp_path, certificate, port=port, app=app, path=path),
    ):
        trust = ssl.create_default_context(cafile=certificate / "cert.pem")
        with httpx.Client(verify=trust, base_url=public) as client:
            reply = client.post("/api/ask", json={"question": QUESTION})
            assert reply.json()["status"] == "answered"
            own = {"Origin": f"https://localhost:{port}"}
            assert client.post("/api/ask", json={"question": "x?"}, headers=own).status_code == 200
            plain_http = {"Origin": f"http://localhost:{port}"}
            refused = client.post("/api/ask", json={"question": "x?"}, headers=plain_http)
            assert refused.status_code == 403
            too_long = client.post("/api/ask", content=b"x" * 40_000)
            assert too_long.status_code == 413
        context = browser.new_context(
            ignore_https_errors=True, viewport={"width": 1280, "height": 900}
        )
        context.set_default_timeout(60_000)
        page = context.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{public}/")
        box = page.get_by_label("Your question")
        box.fill(QUESTION)
        box.press("Enter")
        expect(page.locator(".quote").first).to_contain_text("only looking at Cognus")
        page.get_by_role("button", name="Show source [1]").click()
        with context.expect_page() as opened:
            page.get_by_role("link", name="See it in the article").click()
        expect(opened.value.locator("mark#quote")).to_be_visible()
        assert [url for url in asked if not url.startswith(public)] == []

        page.goto(
            site.add("/", snippets(public, LABEL)["in place"]).replace("localhost", "127.0.0.1")
        )
        page.get_by_role("button", name=LABEL).click()
        frame = page.frame_locator("iframe")
        ask_inside(frame, QUESTION)
        expect(frame.locator(".quote").first).to_contain_text("only looking at Cognus")
        context.close()


def test_two_processes_share_visitors_and_each_stays_on_one(
    built: Settings, certificate: Path, tmp_path: Path
) -> None:
    port, measures = free_port(), [str(free_port()), str(free_port())]
    upstream = (ROOT / "docs/running.md").read_text(encoding="utf-8").split("```nginx\n")[1]
    upstream = upstream.split("```")[0]
    public = f"https://localhost:{port}"
    settings = {
        "INDEX_DIR": str(built.index_dir),
        "PUBLIC_URL": public,
        "TRUSTED_PROXIES": "127.0.0.1",
    }
    with (
        RunningApp(**settings, METRICS_PORT=measures[0]) as one,
        RunningApp(**settings, METRICS_PORT=measures[1]) as two,
        nginx(
            tmp_path,
            certificate,
            port=port,
            app="http://parent_question_bot",
            path="",
            upstream=upstream.replace("127.0.0.1:7860", one.removeprefix("http://")).replace(
                "127.0.0.1:7861", two.removeprefix("http://")
            ),
        ),
    ):
        trust = ssl.create_default_context(cafile=certificate / "cert.pem")
        for number in range(2, 14):
            transport = httpx.HTTPTransport(verify=trust, local_address=f"127.0.0.{number}")
            with httpx.Client(transport=transport, base_url=public, timeout=60) as visitor:
                assert "only looking at Cognus" in answer_in_the_chat(visitor, f"v{number}")
        replies = [httpx.get(f"http://127.0.0.1:{place}/metrics").text for place in measures]
    given = [float(re.findall(r'{status="answered"} (.*)', text)[0]) for text in replies]
    assert sum(given) == 12
    assert min(given) > 0  # both had some of them


def answer_in_the_chat(visitor: httpx.Client, session: str) -> str:
    """Ask as the chat's page does: what is asked in one request is answered in another."""
    told = {"question": None, "number": 1}
    event = {"data": [QUESTION, told], "fn_index": 0, "session_hash": session, "trigger_id": 1}
    assert visitor.post("/gradio_api/queue/join", json=event).status_code == 200
    listen = f"/gradio_api/queue/data?session_hash={session}"
    with visitor.stream("GET", listen) as answers:
        return next((line for line in answers.iter_lines() if "process_completed" in line), "")
