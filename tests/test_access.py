"""Whether everybody can use every view: axe, the keyboard alone, small and enlarged screens."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.chat import ask, box, open_chat

pytestmark = pytest.mark.browser

SETTINGS = {"light": ("light", 1280), "dark": ("dark", 1280), "320 px": ("light", 320)}
DIFFERING = "Were different services in Sutton getting on with each other in 2018?"
# WCAG 1.4.12: what a reader may set.
TEXT_SPACING = """
* { line-height: 1.5 !important; letter-spacing: 0.12em !important }
* { word-spacing: 0.16em !important }
p { margin-bottom: 2em !important }
"""


@pytest.fixture(name="view", params=SETTINGS)
def _view(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    scheme, width = SETTINGS[request.param]
    context = browser.new_context(
        color_scheme="dark" if scheme == "dark" else "light",
        viewport={"width": width, "height": 800},
        reduced_motion="reduce",
    )
    context.set_default_timeout(60_000)
    yield context.new_page()
    context.close()


# Colours that are still changing are nobody's colours: on a busy machine that takes a while.
SETTLED = """
    () => document.getAnimations()
        .filter((one) => one.effect?.getComputedTiming().iterations !== Infinity)
        .every((one) => one.playState === "finished")
"""


def check(page: Page, view: str) -> None:
    if page.locator(".gradio-container").count():
        dark = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
        page.wait_for_function(f"document.body.classList.contains('dark') === {str(dark).lower()}")
    expect(page.get_by_text("Loading...")).to_have_count(0)  # Gradio's, before its page is there
    page.wait_for_function(SETTLED)
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    told = [(v["id"], [n["html"][:150] for n in v["nodes"][:3]]) for v in found]
    assert told == [], view
    width = page.viewport_size["width"] if page.viewport_size else 0
    assert page.evaluate("document.documentElement.scrollWidth") <= width, view


def test_axe_finds_nothing_in_the_chat(view: Page, server: str) -> None:
    open_chat(view, server)
    expect(view.get_by_role("button", name="Ask", exact=True)).to_be_visible()
    check(view, "empty")
    ask(view, "Does Sutton still need a written statement of action?")
    check(view, "answered")
    view.get_by_role("button", name="Show source [1]").click()
    view.get_by_role("button", name="WSOA").first.click()
    check(view, "source open")
    ask(view, "Can I ask for a personal budget?").locator("summary").click()
    check(view, "refusal")
    ask(view, "i cant cope any more he keeps hurting himself")
    check(view, "help card")
    ask(view, DIFFERING)
    check(view, "differs")
    box(view).fill("why " * 130)
    box(view).press("Enter")
    expect(view.locator("#status .problem")).not_to_have_text("")
    check(view, "too long")
    view.add_style_tag(content=TEXT_SPACING)
    width = view.viewport_size["width"] if view.viewport_size else 0
    assert view.evaluate("document.documentElement.scrollWidth") <= width


def test_axe_finds_nothing_on_the_other_pages(view: Page, server: str) -> None:
    for path in ("plain", "about", "articles", "article/send-progress-recognised-2020"):
        view.goto(f"{server}/{path}")
        check(view, path)
    view.goto(f"{server}/plain")
    for question in ("Who runs school support services?", "Can I ask for a personal budget?"):
        view.get_by_label("Your question").fill(question)
        view.get_by_role("button", name="Ask").click()
        view.locator("summary").first.click()
        check(view, f"plain: {question}")
    view.locator("a.open-article").first.evaluate("link => location.assign(link.href)")
    view.wait_for_url("**/article/**")
    check(view, "quote")
    view.goto(view.url.replace("h=", "h=f"))
    expect(view.get_by_role("status")).to_contain_text("This article has changed")
    check(view, "changed")


def test_the_keyboard_alone_asks_opens_a_source_comes_back_and_copies(
    page: Page, server: str
) -> None:
    open_chat(page, server)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])

    def tab_to(name: str, *, back: bool = False) -> None:
        for _ in range(40):
            page.keyboard.press("Shift+Tab" if back else "Tab")
            focused = page.evaluate(
                "document.activeElement.ariaLabel || document.activeElement.textContent"
            )
            if name in (focused or ""):
                return
        pytest.fail(f"Tab does not reach {name!r}")

    for _ in range(10):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.tagName") == "TEXTAREA":
            break
    page.keyboard.type("Who runs school support services?")
    page.keyboard.press("Enter")
    expect(page.locator("#transcript .card").first).to_be_visible()
    expect(box(page)).to_be_focused()
    expect(box(page)).to_have_value("")
    tab_to("Show source [1]", back=True)
    page.keyboard.press("Enter")
    expect(page.locator("#source .source")).to_be_focused()
    tab_to("See it in the article")
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Show source [1]")).to_be_focused()
    tab_to("Copy quote")
    page.keyboard.press("Enter")
    expect(page.locator("#transcript .done").first).to_have_text("Copied")
    assert "Cognus" in page.evaluate("navigator.clipboard.readText()")


def test_forced_colours_keep_the_mark_visible(browser: Browser, server: str) -> None:
    context = browser.new_context(forced_colors="active")
    page = context.new_page()
    open_chat(page, server)
    ask(page, "Who runs school support services?")
    page.get_by_role("button", name="Show source [1]").click()
    border = "mark => getComputedStyle(mark).borderBottomStyle"
    assert page.locator("#source mark").evaluate(border) == "solid"
    context.close()
