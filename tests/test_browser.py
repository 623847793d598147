"""The chat as a parent meets it, in a real browser against a real server."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.conftest import RunningApp

pytestmark = pytest.mark.browser

QUESTION = "Who runs school support services?"
QUOTE = (
    "The independent review is only looking at Cognus, the largely Council owned an external "
    "company which runs all school support services."
)


def open_chat(page: Page, server: str) -> list[str]:
    """Open the chat; returns a list that fills with the address of every request."""
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.goto(server)
    expect(box(page)).to_be_visible()
    return requests


def box(page: Page) -> Locator:
    return page.get_by_label("Your question")


def ask(page: Page, question: str) -> None:
    replies = page.locator("#transcript .reply")
    before = replies.count()
    box(page).fill(question)
    box(page).press("Enter")
    expect(replies).to_have_count(before + 1)


def test_a_parent_asks_opens_the_source_and_reads_it_in_the_article(
    page: Page, server: str
) -> None:
    open_chat(page, server)
    ask(page, QUESTION)
    card = page.locator("#transcript .card").first
    assert card.locator(".quote").text_content() == QUOTE
    expect(card).to_contain_text("Your Local Guardian, newspaper")
    expect(card).to_contain_text("after 10 September 2019, inferred")
    expect(box(page)).to_have_value("")

    card.get_by_role("button", name="Show source [1]").click()
    panel = page.locator("#source .source")
    expect(panel.locator("mark")).to_have_text(QUOTE)
    expect(panel).to_be_focused()
    page.keyboard.press("Escape")
    expect(card.get_by_role("button")).to_be_focused()

    with page.context.expect_page() as opened:
        panel.get_by_role("link", name="See it in the article").click()
    article = opened.value
    assert article.locator("mark#quote").text_content() == QUOTE
    expect(article.locator("mark#quote")).to_be_in_viewport()


def test_speech_shows_its_speaker(page: Page, server: str) -> None:
    open_chat(page, server)
    ask(page, "What did the minister say about joint working in Sutton?")
    expect(page.locator("#transcript .card").first).to_contain_text("Said by Ms Ford")


def test_a_refusal_says_what_was_searched(page: Page, server: str) -> None:
    open_chat(page, server)
    ask(page, "Can I ask for a personal budget?")
    reply = page.locator("#transcript .reply")
    expect(reply).to_have_attribute("data-status", "not_found")
    expect(reply).to_contain_text("five articles (March 2018 to July 2020)")
    expect(reply).to_contain_text("The newest is from 29 July 2020")
    expect(reply.locator(".quote").first).not_to_be_visible()  # folded under "Related"


def test_distress_gets_a_help_card_and_no_quote(page: Page, server: str) -> None:
    open_chat(page, server)
    ask(page, "i cant cope any more he keeps hurting himself")
    reply = page.locator("#transcript .reply")
    expect(reply).to_have_attribute("data-status", "help")
    expect(reply.locator(".notice").first).to_have_text(
        "If someone is in danger right now, ring 999."
    )
    expect(reply).to_contain_text("116 123")
    expect(reply.locator(".quote")).to_have_count(0)


def test_a_question_that_is_too_long_stays_in_the_box(page: Page, server: str) -> None:
    open_chat(page, server)
    long = "why " * 300
    box(page).fill(long)
    box(page).press("Enter")
    expect(page.locator("#problem .problem")).to_contain_text("the most is 500")
    expect(box(page)).to_have_value(long)
    expect(page.locator("#transcript .reply")).to_have_count(0)
    ask(page, QUESTION)
    expect(page.locator("#problem .problem")).to_have_text("")


def test_an_example_question_is_asked_with_one_press(page: Page, server: str) -> None:
    open_chat(page, server)
    page.get_by_role("button", name="Does Sutton still need").click()
    expect(page.locator("#transcript .asked")).to_contain_text("Does Sutton still need")
    expect(page.locator("#transcript .card").first).to_be_visible()


def test_a_follow_up_is_read_with_the_question_before(page: Page, server: str) -> None:
    open_chat(page, server)
    ask(page, "Did Sharon Scott meet the campaign group?")
    ask(page, "why not?")
    expect(page.locator("#transcript .reply").last).to_contain_text(
        "Read with your question before: “Did Sharon Scott meet"
    )


@pytest.mark.parametrize(
    "markup",
    [
        "<img src=x onerror='window.hacked=1'>",
        "<script>window.hacked=1</script>",
        "${window.hacked=1}",
        "{{constructor.constructor('window.hacked=1')()}}",
        "`${window.hacked=1}`",
        "**bold** $$x^2$$ [a](javascript:window.hacked=1)",
        "\u202eright to left",
    ],
)
def test_what_is_typed_shows_as_text_and_never_runs(page: Page, server: str, markup: str) -> None:
    open_chat(page, server)
    ask(page, f"{markup} Cognus")
    assert page.locator("#transcript .asked p").text_content() == f"{markup} Cognus"
    assert page.evaluate("window.hacked") is None


def test_nothing_is_stored_and_no_other_host_is_asked(page: Page, server: str) -> None:
    requests = open_chat(page, server)
    ask(page, QUESTION)
    page.get_by_role("button", name="Show source [1]").click()
    page.wait_for_timeout(1000)
    assert requests
    assert [url for url in requests if not url.startswith((server, "data:", "blob:"))] == []
    assert page.context.cookies() == []
    assert page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]
    assert page.evaluate("indexedDB.databases()") == []
    assert not any("Cognus" in url or "school" in url for url in requests)


def test_a_phone_has_no_sideways_scrolling(page: Page, server: str) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    open_chat(page, server)
    ask(page, QUESTION)
    page.get_by_role("button", name="Show source [1]").click()
    expect(page.locator("#source mark")).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_the_page_says_what_it_is(page: Page, server: str) -> None:
    open_chat(page, server)
    introduction = page.locator("#introduction")
    for words in ("automated", "not the council", "no advice", "Nothing you type is kept"):
        expect(introduction).to_contain_text(words)
    expect(page.get_by_text("Please leave out names")).to_be_visible()


def test_hostile_articles_show_as_text(page: Page, tmp_path: Path) -> None:
    seeds = tmp_path / "seeds"
    seeds.mkdir()
    text = "Mr <b>Ash</b> said: “<img src=x onerror='window.hacked=1'> ${window.hacked=1} {{7*7}}.”"
    (seeds / "evil.txt").write_text(text, encoding="utf-8")
    place = {"SEEDS_DIR": str(seeds), "INDEX_DIR": str(seeds.parent / "index")}
    with RunningApp(**place, MIN_CONFIDENCE="0") as server:
        open_chat(page, server)
        ask(page, "What did Mr Ash say?")
        assert page.locator("#transcript .quote").first.text_content() == text
        page.get_by_role("button", name="Show source [1]").click()
        assert page.locator("#source mark").text_content() == text
        page.goto(server + "/" + (page.locator("#source a").get_attribute("href") or ""))
        assert page.locator("mark#quote").text_content() == text
        assert page.evaluate("window.hacked") is None
