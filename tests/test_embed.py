"""The chat inside a page of another site, in a real browser, and who may do that."""

from __future__ import annotations

import gzip
from collections.abc import Iterator

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from bot.settings import ROOT, Settings
from bot.snippet import snippets
from tests.chat import ask_inside, open_frame
from tests.conftest import RunningApp
from tests.host_page import HostSite, host_site

QUESTION = "Who runs school support services?"
LABEL = "Ask about SEND services in Sutton"
STORED = """
    () => { try { return localStorage.length + sessionStorage.length } catch (e) { return e.name } }
"""
SHIFTS = """
    window.shifted = 0;
    new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) if (!entry.hadRecentInput) shifted += entry.value;
    }).observe({ type: "layout-shift", buffered: true });
"""


@pytest.fixture(name="site", scope="module")
def _site() -> Iterator[HostSite]:
    with host_site() as site:
        yield site


@pytest.fixture(name="chat", scope="module")
def _chat(built: Settings, site: HostSite) -> Iterator[str]:
    """The chat, which the forum's pages may show."""
    with RunningApp(INDEX_DIR=str(built.index_dir), EMBED_SITES=site.forum) as address:
        yield address


@pytest.fixture(name="ways", scope="module")
def _ways(chat: str) -> dict[str, str]:
    return snippets(chat, LABEL)


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("way", ["frame", "in place", "button in the corner"])
def test_a_parent_asks_inside_the_forum_s_page(
    page: Page, site: HostSite, chat: str, ways: dict[str, str], *, way: str, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.add_init_script(SHIFTS)
    page.goto(site.add(f"/{way.replace(' ', '-')}", ways[way]))
    page.wait_for_timeout(500)
    if way != "frame":
        assert [url for url in asked if url.startswith(chat)] == [f"{chat}/embed.js"]
    frame = open_frame(page, way, LABEL)
    ask_inside(frame, QUESTION)
    quote = frame.locator(".quote").first
    expect(quote).to_contain_text("The independent review is only looking at Cognus")
    frame.get_by_role("button", name="Show source [1]").click()
    expect(frame.locator("#source mark")).to_be_in_viewport()
    expect(frame.get_by_role("link", name="Open the full page")).to_have_count(1)
    expect(frame.get_by_role("link", name="All articles")).to_have_count(0)
    frame.get_by_role("button", name="Copy quote").first.click()
    expect(frame.locator(".done").first).to_have_text("Copied")
    page.wait_for_timeout(500)
    assert page.evaluate("shifted") == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert frame.locator("html").evaluate("html => html.scrollWidth - html.clientWidth") <= 0
    hosts = {httpx.URL(url).host for url in asked if url.startswith("http")}
    assert hosts <= {"localhost", "127.0.0.1"}
    assert page.context.cookies() == []
    for place in (page.main_frame, page.frames[1]):
        assert place.evaluate(STORED) in {0, "SecurityError"}  # closed to frames of other sites


@pytest.mark.browser
def test_the_forum_s_script_cannot_read_the_conversation(
    page: Page, site: HostSite, ways: dict[str, str]
) -> None:
    page.goto(site.add("/spy", ways["frame"]))
    expect(page.frame_locator("iframe").get_by_label("Your question")).to_be_visible()
    seen = page.evaluate(
        "() => { try { return frames[0].document.body.innerText } catch (e) { return e.name } }"
    )
    assert seen == "SecurityError"


@pytest.mark.browser
def test_a_stranger_s_page_shows_nothing(page: Page, site: HostSite, ways: dict[str, str]) -> None:
    address = site.add("/stolen", ways["frame"])
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text))
    page.goto(address.replace(site.forum, site.stranger))
    page.wait_for_timeout(2000)
    expect(page.frame_locator("iframe").get_by_label("Your question")).to_have_count(0)
    assert any("frame-ancestors" in problem for problem in problems)


@pytest.mark.browser
def test_a_strict_policy_of_the_forum_is_enough(
    page: Page, site: HostSite, chat: str, ways: dict[str, str]
) -> None:
    policy = f"default-src 'none'; script-src {chat}; frame-src {chat}"
    problems: list[str] = []
    page.on("console", lambda m: problems.append(m.text) if m.type == "error" else None)
    for way in ("in place", "button in the corner"):
        page.goto(site.add(f"/strict-{way.split()[0]}", ways[way], policy))
        frame = open_frame(page, way, LABEL)
        expect(frame.get_by_label("Your question")).to_be_visible()
    assert [p for p in problems if "favicon" not in p] == []


@pytest.mark.browser
def test_the_panel_is_left_with_escape_and_focus_returns(
    page: Page, site: HostSite, ways: dict[str, str]
) -> None:
    page.goto(site.add("/escape", ways["button in the corner"]))
    opener = page.get_by_role("button", name=LABEL)
    opener.focus()
    page.keyboard.press("Enter")
    frame = page.frame_locator("iframe")
    box = frame.get_by_label("Your question")
    box.fill(QUESTION)
    box.press("Enter")
    frame.get_by_role("button", name="Show source [1]").click()
    frame.locator("#source .source").press("Escape")  # goes back to the marker only
    expect(page.get_by_role("dialog")).to_be_visible()
    expect(frame.get_by_role("button", name="Show source [1]")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).not_to_be_visible()
    expect(opener).to_be_focused()
    expect(opener).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("Enter")  # what was asked is still there
    expect(frame.locator(".quote").first).to_be_visible()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).not_to_be_visible()


@pytest.mark.browser
def test_axe_finds_nothing_on_the_launcher_the_panel_and_inside(
    page: Page, site: HostSite, ways: dict[str, str]
) -> None:
    for way in ("button in the corner", "in place", "frame"):
        page.goto(site.add("/axe", ways[way]))
        if way != "frame":
            assert violations(page) == [], f"{way}, closed"
        frame = open_frame(page, way, LABEL)
        ask_inside(frame, QUESTION)
        expect(frame.locator(".quote").first).to_be_visible()
        assert violations(page) == [], f"{way}, open"


def violations(page: Page) -> list[object]:
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    # A page that axe drives from outside cannot see into a frame of another site; see below.
    inside = page.frames[1].page.frames[1] if len(page.frames) > 1 else None
    if inside:
        inside.evaluate(Axe().axe_script)
        found = found + inside.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
    return [(v["id"], [n["html"][:120] for n in v["nodes"][:2]]) for v in found]


@pytest.mark.browser
def test_on_a_phone_the_panel_fills_the_screen(
    page: Page, site: HostSite, ways: dict[str, str]
) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(site.add("/phone", ways["button in the corner"]))
    open_frame(page, "button in the corner", LABEL)
    assert page.get_by_role("dialog").bounding_box() == {
        "x": 0,
        "y": 0,
        "width": 360,
        "height": 740,
    }
    expect(page.get_by_role("button", name="Close")).to_be_in_viewport()
    page.get_by_role("button", name="Close").click()
    expect(page.get_by_role("button", name=LABEL)).to_be_focused()


@pytest.mark.browser
def test_wrong_settings_fall_back_and_name_the_fix(page: Page, site: HostSite, chat: str) -> None:
    warnings: list[str] = []
    page.on("console", lambda m: warnings.append(m.text) if m.type == "warning" else None)
    wrong = {
        "colour": ("blue", "write it like #1d5c63"),
        "corner": ("top", "use one of bottom-right, bottom-left"),
        "theme": ("pink", "use one of auto, light, dark"),
        "target": ("nowhere", "names no element"),
    }
    given = " ".join(f'data-{name}="{value}"' for name, (value, _) in wrong.items())
    page.goto(site.add("/wrong", f'<script defer src="{chat}/embed.js" {given}></script>'))
    expect(page.get_by_role("button", name=LABEL)).to_be_visible()
    page.wait_for_timeout(300)
    assert len(warnings) == len(wrong)
    for _, fix in wrong.values():
        assert sum(fix in warning for warning in warnings) == 1


@pytest.mark.browser
def test_settings_change_the_button(page: Page, site: HostSite, chat: str) -> None:
    given = 'data-label="Ask us" data-colour="#ffd34d" data-corner="bottom-left" data-theme="dark"'
    page.goto(site.add("/set", f'<script defer src="{chat}/embed.js" {given}></script>'))
    button = page.get_by_role("button", name="Ask us")
    assert button.evaluate("b => getComputedStyle(b).color") == "rgb(0, 0, 0)"
    assert button.evaluate("b => b.getBoundingClientRect().x") == 16
    button.click()
    frame = page.frame_locator("iframe")
    expect(frame.get_by_label("Your question")).to_be_visible()
    assert frame.locator("body").evaluate("b => b.classList.contains('dark')")


@pytest.mark.browser
def test_two_snippets_on_one_page(page: Page, site: HostSite, ways: dict[str, str]) -> None:
    warnings: list[str] = []
    page.on("console", lambda m: warnings.append(m.text) if m.type == "warning" else None)
    page.goto(site.add("/two", ways["in place"] * 2))
    first, second = page.get_by_role("button", name=LABEL).all()
    second.click()
    first.click()
    for number in (0, 1):
        frame = page.frame_locator("iframe").nth(number)
        expect(frame.get_by_label("Your question")).to_be_visible()
    page.goto(site.add("/two-corners", ways["button in the corner"] * 2))
    expect(page.get_by_role("button", name=LABEL)).to_have_count(1)
    assert any("this snippet does nothing" in warning for warning in warnings)


@pytest.mark.browser
def test_a_frame_grows_with_its_content_where_that_is_asked_for_and_ignores_nonsense(
    page: Page, site: HostSite, ways: dict[str, str]
) -> None:
    snippet = ways["in place"].replace("<script defer", '<script defer data-height="auto"')
    page.goto(site.add("/grow", snippet))
    frame = open_frame(page, "in place", LABEL)
    element = page.locator("iframe")
    frame.get_by_label("Your question").fill(
        "Does Sutton still need a written statement of action?"
    )
    frame.get_by_label("Your question").press("Enter")
    expect(frame.locator(".quote").nth(2)).to_be_visible()
    overflow = "html => html.scrollHeight - html.clientHeight"
    page.wait_for_timeout(1000)
    assert frame.locator("html").evaluate(overflow) <= 0
    height = element.evaluate("frame => frame.clientHeight")
    assert height > 640
    message = {"name": "parent-question-bot", "version": 1, "kind": "height"}
    send = "message => parent.postMessage(message, '*')"
    nonsense: list[object] = ["9999", -5, 0, None, {}, True]
    for wrong in nonsense:
        page.frames[1].evaluate(send, message | {"height": wrong})
    page.frames[1].evaluate(send, message | {"height": 300, "version": 2})
    page.evaluate("message => postMessage(message, '*')", message | {"height": 300})
    page.wait_for_timeout(300)
    assert element.evaluate("frame => frame.clientHeight") == height


@pytest.mark.browser
def test_when_the_service_is_down_the_forum_is_untouched(
    page: Page, site: HostSite, chat: str, ways: dict[str, str]
) -> None:
    page.clock.install()
    page.goto(site.add("/down", ways["button in the corner"]))
    page.route(f"{chat}/embed", lambda route: route.abort())
    page.get_by_role("button", name=LABEL).click()
    page.clock.fast_forward(70_000)
    expect(page.get_by_role("alert")).to_contain_text("does not open here just now")
    expect(page.locator("#below")).to_have_text("After.")
    page.get_by_role("button", name="Close").click()
    page.unroute(f"{chat}/embed")
    page.get_by_role("button", name=LABEL).click()  # and it is tried again


def test_only_the_embedded_page_may_be_framed(chat: str, site: HostSite) -> None:
    for path, may in (
        ("/embed", site.forum),
        ("/embed/", site.forum),
        ("/", "'none'"),
        ("/plain", "'none'"),
        ("/about", "'none'"),
        ("/articles", "'none'"),
    ):
        reply = httpx.get(chat + path)
        assert reply.status_code == 200, path
        head = httpx.head(chat + path)
        assert (head.status_code, head.content) == (200, b""), path
        assert head.headers["content-length"] == str(len(reply.content)), path
        assert reply.headers["content-security-policy"].endswith(f"frame-ancestors {may}"), path


def test_with_no_sites_nobody_may_frame_it(server: str) -> None:
    policy = httpx.get(f"{server}/embed").headers["content-security-policy"]
    assert policy.endswith("frame-ancestors 'none'")


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        (None, 200),
        ("{chat}", 200),
        ("{forum}", 200),
        ("{stranger}", 403),
        ("null", 403),
        ("{forum}.evil.test", 403),
        ("{https}", 403),
        ("http://localhost", 403),
        ("http://localhost:1", 403),
        ("", 403),
    ],
)
def test_who_may_ask_over_http(chat: str, site: HostSite, origin: str | None, status: int) -> None:
    secure = site.forum.replace("http:", "https:")
    names = {"chat": chat, "forum": site.forum, "stranger": site.stranger, "https": secure}
    headers = {} if origin is None else {"Origin": origin.format(**names)}
    reply = httpx.post(f"{chat}/api/ask", json={"question": QUESTION}, headers=headers)
    assert reply.status_code == status
    if status == 403:
        assert "EMBED_SITES" in reply.json()["detail"]
    readable = reply.headers.get("access-control-allow-origin")
    assert readable == (site.forum if origin == "{forum}" else None)


def test_an_allowed_site_may_call_the_api_and_nothing_else(chat: str, site: HostSite) -> None:
    headers = {"Origin": site.forum, "Access-Control-Request-Method": "POST"}
    asked = httpx.options(f"{chat}/api/ask", headers=headers)
    assert asked.status_code == 204
    assert asked.headers["access-control-allow-origin"] == site.forum
    for path in ("/gradio_api/queue/join", "/plain", "/feedback"):
        assert httpx.post(chat + path, headers={"Origin": site.forum}).status_code == 403
        assert (
            "access-control-allow-origin" not in httpx.options(chat + path, headers=headers).headers
        )


def test_the_script_is_small_and_cached(chat: str) -> None:
    reply = httpx.get(f"{chat}/embed.js", headers={"Accept-Encoding": "gzip"})
    assert reply.headers["content-encoding"] == "gzip"
    assert int(reply.headers["content-length"]) <= 5000
    assert reply.headers["content-type"].startswith("text/javascript")
    again = httpx.get(f"{chat}/embed.js", headers={"If-None-Match": reply.headers["etag"]})
    assert again.status_code == 304
    source = (ROOT / "bot/web/static/embed.js").read_bytes()
    assert len(gzip.compress(source)) <= 5000
    for reading in (
        b"cookie",
        b"localStorage",
        b"sessionStorage",
        b"document.referrer",
        b"location",
    ):
        assert reading not in source


@pytest.mark.parametrize("path", ["/", "/embed", "/gradio_api/queue/data?session_hash=x", "/about"])
def test_no_stranger_may_read_what_is_served(chat: str, path: str) -> None:
    headers = {"Host": "chat.example", "Origin": "https://evil.test"}
    with httpx.stream("GET", chat + path, headers=headers) as reply:
        assert not [name for name in reply.headers if name.startswith("access-control")]


def test_a_name_that_was_made_to_lead_here_is_not_our_own(chat: str) -> None:
    headers = {"Host": "evil.test", "Origin": "http://evil.test"}
    reply = httpx.post(f"{chat}/api/ask", json={"question": QUESTION}, headers=headers)
    assert reply.status_code == 403


@pytest.mark.browser
def test_a_second_snippet_for_the_same_element_leaves_the_first_alone(
    page: Page, site: HostSite, chat: str
) -> None:
    warnings: list[str] = []
    page.on("console", lambda m: warnings.append(m.text) if m.type == "warning" else None)
    page.clock.install()
    twice = f'<script defer src="{chat}/embed.js" data-target="here"></script>' * 2
    page.goto(site.add("/same", f'<div id="here"><a href="{chat}/">{LABEL}</a></div>{twice}'))
    page.get_by_role("button", name=LABEL).click()
    box = page.frame_locator("iframe").get_by_label("Your question")
    expect(box).to_be_visible()
    page.clock.fast_forward(70_000)
    expect(box).to_be_visible()
    assert any("has a chat already" in warning for warning in warnings)


@pytest.mark.browser
def test_a_script_in_the_head_without_defer_waits_for_the_page(
    page: Page, site: HostSite, chat: str, ways: dict[str, str]
) -> None:
    early = ways["in place"].replace("<script defer", "<script")
    link, script = early.split("\n")
    page.goto(site.add("/early", f"{script}{link}"))
    page.get_by_role("button", name=LABEL).click()
    expect(page.frame_locator("iframe").get_by_label("Your question")).to_be_visible()
    page.goto(site.add("/early-corner", f'<script src="{chat}/embed.js"></script>'))
    expect(page.get_by_role("button", name=LABEL)).to_be_visible()


@pytest.mark.browser
def test_a_page_s_own_style_does_not_move_the_button(
    page: Page, site: HostSite, ways: dict[str, str]
) -> None:
    style = """<style>* { all: unset } body { display: flex; gap: 60px; visibility: hidden }
        body > div { transform: rotate(3deg); padding: 40px !important; display: none }
        style, script, title { display: none }</style>"""
    page.add_init_script(SHIFTS)
    page.goto(site.add("/styled", style + ways["button in the corner"]))
    button = page.get_by_role("button", name=LABEL)
    expect(button).to_be_in_viewport()
    page.wait_for_timeout(300)
    assert page.evaluate("shifted") == 0


@pytest.mark.browser
def test_a_site_that_is_not_allowed_is_named_and_the_note_goes_again(
    page: Page, site: HostSite, ways: dict[str, str]
) -> None:
    warnings: list[str] = []
    page.on("console", lambda m: warnings.append(m.text) if m.type == "warning" else None)
    page.clock.install()
    address = site.add("/not-allowed", ways["button in the corner"])
    page.goto(address.replace(site.forum, site.stranger))
    for _ in range(2):
        page.get_by_role("button", name=LABEL).click()
        page.wait_for_timeout(1000)
        page.clock.fast_forward(70_000)
        expect(page.get_by_role("alert")).to_have_count(1)
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).not_to_be_visible()
    assert any(f"is {site.stranger} in EMBED_SITES" in warning for warning in warnings)


@pytest.mark.browser
def test_without_javascript_a_frame_holds_a_link(browser: Browser, chat: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{chat}/embed/")
    link = page.get_by_role("link", name="Open the full page")
    assert link.evaluate("link => link.href") == f"{chat}/plain"
    context.close()
