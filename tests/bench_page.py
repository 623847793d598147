"""The page's part of `make bench`: what a first visit costs, and how soon an answer shows.

In a real browser against a real server on this machine; medians of several visits, each with an
empty cache. Times are this machine's; the bytes are everybody's.
"""

from __future__ import annotations

import time
from statistics import median

from playwright.sync_api import Browser, Page, sync_playwright

from bot.evaluation import load_questions
from bot.settings import ROOT
from bot.snippet import snippets
from tests.conftest import RunningApp, find_chromium
from tests.host_page import host_site

_VISITS = 5
_QUESTIONS = 8


def main() -> None:
    """Print the medians."""
    executable = find_chromium()
    if executable is None:
        print("the page: not measured, there is no chromium here")
        return
    path = ROOT / "tests/questions/dev.jsonl"
    questions = [q.question for q in load_questions(path) if q.answerable][:_QUESTIONS]
    with RunningApp() as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        visits = [_visit(browser, server, questions) for _ in range(_VISITS)]
        hosts = [_host_cost(browser, server) for _ in range(_VISITS)]
        browser.close()
    answers = sorted(taken for _, _, all_taken in visits for taken in all_taken)
    print(
        f"first visit            median {median(v[0] for v in visits) / 1000:6.0f} kB on the wire"
    )
    usable = median(v[1] for v in visits)
    print(f"box usable             median {usable * 1000:6.0f} ms after going there")
    print(
        f"a forum's page         median {median(h[0] for h in hosts):6.0f} bytes and"
        f" {median(h[1] for h in hosts) * 1000:.1f} ms of script before use"
    )
    print(
        f"answer shown           median {median(answers) * 1000:6.0f} ms after Enter"
        f"   95% {answers[len(answers) * 95 // 100] * 1000:6.0f} ms"
    )


def _host_cost(browser: Browser, server: str) -> tuple[int, float]:
    """Return the bytes and the script seconds that the corner button costs a forum's page."""
    seconds, received = [], 0
    with host_site() as site:
        script = snippets(server, "Ask")["button in the corner"]
        for address in (site.add("/without", ""), site.add("/with", script)):
            context = browser.new_context()
            page = context.new_page()
            session = context.new_cdp_session(page)
            session.send("Network.enable")
            session.send("Performance.enable")
            sizes: list[int] = []
            session.on(
                "Network.loadingFinished", lambda e, s=sizes: s.append(e["encodedDataLength"])
            )
            page.goto(address, wait_until="load")
            page.wait_for_timeout(300)
            metrics = session.send("Performance.getMetrics")["metrics"]
            seconds.append(next(m["value"] for m in metrics if m["name"] == "ScriptDuration"))
            received = sum(sizes) - received  # with it, less without it
            context.close()
    return received, seconds[1] - seconds[0]


def _visit(browser: Browser, server: str, questions: list[str]) -> tuple[int, float, list[float]]:
    context = browser.new_context()
    page = context.new_page()
    received = 0

    def count(event: dict[str, int]) -> None:
        nonlocal received
        received += event["encodedDataLength"]

    network = context.new_cdp_session(page)
    network.send("Network.enable")
    network.on("Network.loadingFinished", count)
    start = time.perf_counter()
    page.goto(server, wait_until="commit")
    box = page.get_by_label("Your question")
    box.wait_for()
    usable = time.perf_counter() - start
    page.wait_for_load_state("load")
    page.wait_for_timeout(1000)  # what comes late counts too
    received_at_first = received
    taken = [_shown_after(page, question) for question in questions]
    context.close()
    return received_at_first, usable, taken


def _shown_after(page: Page, question: str) -> float:
    """Return the seconds from Enter until the reply is in the document, by the page's clock."""
    page.get_by_label("Your question").fill(question)
    milliseconds: float = page.evaluate(
        """() => new Promise((resolve) => {
            const log = document.querySelector("#transcript .log");
            const box = document.querySelector("#question textarea");
            const start = performance.now();
            const seen = new MutationObserver(() => {
                seen.disconnect();
                resolve(performance.now() - start);
            });
            seen.observe(log, { childList: true });
            box.dispatchEvent(new KeyboardEvent("keypress", { key: "Enter", bubbles: true }));
        })"""
    )
    page.wait_for_timeout(200)
    return milliseconds / 1000


if __name__ == "__main__":
    main()
