"""The chat as a parent meets it, in a real browser against a real server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from bot.contract import reply_object
from bot.evaluation import load_questions
from bot.pipeline import Bot
from bot.settings import ROOT, Settings
from bot.votes import Vote, Votes
from tests.chat import ask, box, open_chat
from tests.conftest import SMALL_CORPUS, RunningApp

pytestmark = pytest.mark.browser

QUESTION = "Who runs school support services?"
DIFFERING = "Were different services in Sutton getting on with each other in 2018?"
QUOTE = (
    "The independent review is only looking at Cognus, the largely Council owned an external "
    "company which runs all school support services."
)


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
    expect(card.get_by_role("button", name="Show source [1]")).to_be_focused()

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
    expect(reply).to_contain_text("IPSEA")
    expect(reply.locator(".quote").first).not_to_be_visible()  # folded under "Related"


def test_distress_gets_a_help_card_and_no_quote(page: Page, server: str) -> None:
    open_chat(page, server)
    ask(page, "i cant cope any more he keeps hurting himself")
    reply = page.locator("#transcript .reply")
    expect(reply).to_have_attribute("data-status", "help")
    expect(reply.locator(".fixed p").first).to_have_text(
        "If someone is in danger right now, ring 999."
    )
    expect(reply.get_by_role("link", name="ring 116 123")).to_have_attribute("href", "tel:116123")
    expect(reply.locator(".quote")).to_have_count(0)


def test_a_question_that_is_too_long_stays_in_the_box(page: Page, server: str) -> None:
    open_chat(page, server)
    long = "why " * 300
    box(page).fill(long)
    box(page).press("Enter")
    expect(page.locator("#status .problem")).to_contain_text("the most is 500")
    expect(box(page)).to_have_value(long)
    expect(page.locator("#transcript .reply")).to_have_count(0)
    ask(page, QUESTION)
    expect(page.locator("#status .problem")).to_have_text("")


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
    for words in ("automated", "not the council", "not legal advice", "Nothing you type is kept"):
        expect(introduction).to_contain_text(words)
    hint = page.locator("#question").get_by_text("Please leave out names")
    expect(hint).to_be_visible()


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


def test_the_quote_on_the_page_is_that_of_the_answer_character_for_character(
    page: Page, server: str, bot: Bot
) -> None:
    open_chat(page, server)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    path = ROOT / "tests" / "questions" / "own.jsonl"
    asked = [q.question for q in load_questions(path) if q.answerable and not q.previous][::6]
    compared = 0
    for question in asked:
        if compared:
            page.get_by_role("button", name="Clear chat").click()
            expect(page.locator("#transcript .reply")).to_have_count(0)
        reply = ask(page, question)
        expected = [quote.quote for quote in reply_object(bot, question).answers]
        assert (
            reply.locator(".quotes .quote").evaluate_all(
                "quotes => quotes.map((quote) => quote.textContent)"
            )
            == expected
        )
        if expected:
            button = reply.get_by_role("button", name="Copy quote").first
            button.click()
            expect(reply.locator(".done").first).to_have_text("Copied")
            copied = page.evaluate("navigator.clipboard.readText()")
            assert copied.startswith(expected[0] + "\n\n")
        compared += len(expected)
    assert compared >= 30


def test_what_is_copied_says_where_it_comes_from(page: Page, server: str) -> None:
    open_chat(page, server)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    reply = ask(page, "What did the minister say about joint working in Sutton?")
    reply.get_by_role("button", name="Copy quote").first.click()
    expect(reply.locator(".done").first).to_have_text("Copied")
    _, source, link = page.evaluate("navigator.clipboard.readText()").rsplit("\n", 2)
    assert source.startswith("Said by Ms Ford. Sutton Council, council news page, 29 July 2020. ")
    page.goto(link)
    expect(page.locator("mark#quote")).to_be_visible()


def test_without_a_clipboard_the_quote_is_selected(page: Page, server: str) -> None:
    open_chat(page, server)
    page.evaluate("delete Navigator.prototype.clipboard")
    reply = ask(page, QUESTION)
    reply.get_by_role("button", name="Copy quote").first.click()
    expect(reply.locator(".done").first).to_have_text("Press Ctrl and C to copy.")
    assert page.evaluate("getSelection().toString()") == QUOTE


def test_an_abbreviation_in_a_quote_is_explained_on_tap(page: Page, server: str) -> None:
    open_chat(page, server)
    reply = ask(page, "Does Sutton still need a written statement of action?")
    term = reply.get_by_role("button", name="WSOA").first
    meaning = reply.locator(".meaning", has_text="WSOA").first
    expect(meaning).not_to_be_visible()
    term.click()
    expect(meaning).to_be_visible()
    expect(term).to_have_attribute("aria-expanded", "true")
    term.press("Enter")
    expect(meaning).not_to_be_visible()


def test_quotes_that_differ_stand_side_by_side_or_one_below_the_other(
    page: Page, server: str
) -> None:
    open_chat(page, server)
    reply = ask(page, DIFFERING)
    expect(reply).to_contain_text("The articles say different things at different times")
    place = "cards => cards.map((card) => [card.offsetLeft, card.offsetTop])"
    cards = reply.locator(".differs .card")
    (left, top), (left_of_second, top_of_second) = cards.evaluate_all(place)[:2]
    assert top == top_of_second
    assert left < left_of_second
    page.set_viewport_size({"width": 360, "height": 740})
    (left, top), (left_of_second, top_of_second) = cards.evaluate_all(place)[:2]
    assert left == left_of_second
    assert top < top_of_second


def test_how_a_question_was_read_is_said(page: Page, server: str) -> None:
    open_chat(page, server)
    reply = ask(page, "Who runs the school suport services?")
    expect(reply.locator(".read-as")).to_have_text("“suport” read as “support”.")


def test_a_link_fills_the_box_and_sends_nothing(page: Page, server: str) -> None:
    open_chat(page, f"{server}/#q=Who%20runs%20it%3F")
    expect(box(page)).to_have_value("Who runs it?")
    page.wait_for_timeout(500)
    expect(page.locator("#transcript .reply")).to_have_count(0)
    box(page).press("Enter")  # what the link filled in is what Gradio sends
    expect(page.locator("#transcript .asked")).to_contain_text("Who runs it?")


def test_what_is_typed_while_the_page_loads_stays(page: Page, server: str) -> None:
    for _ in range(5):
        page.goto(f"{server}/#q=From%20the%20link", wait_until="commit")
        box(page).fill("typed early")
        page.wait_for_timeout(700)
        expect(box(page)).to_have_value("typed early")
        page.goto("about:blank")


def test_clearing_empties_the_chat_and_forgets_the_question_before(page: Page, server: str) -> None:
    open_chat(page, server)
    ask(page, "Did Sharon Scott meet the campaign group?")
    page.get_by_role("button", name="Show source [1]").click()
    page.get_by_role("button", name="Clear chat").click()
    expect(page.locator("#transcript .log")).to_have_text("The chat is empty.")
    expect(page.locator("#source mark")).to_have_count(0)
    expect(box(page)).to_be_focused()
    reply = ask(page, "why not?")
    expect(reply.locator(".read-as")).to_have_count(0)


def test_a_reload_starts_empty_and_says_so(page: Page, server: str) -> None:
    open_chat(page, server)
    ask(page, QUESTION)
    page.reload()
    expect(page.locator("#transcript .log")).to_contain_text("The chat starts empty each time")
    expect(page.locator("#transcript .reply")).to_have_count(0)


def test_letters_are_counted_near_the_limit(page: Page, server: str) -> None:
    open_chat(page, server)
    counter = page.locator("#status .counter")
    box(page).fill("x" * 300)
    expect(counter).to_have_text("")
    box(page).fill("x" * 480)
    expect(counter).to_have_text("Letters left: 20")
    box(page).fill("x" * 510)
    expect(counter).to_have_text("Letters too many: 10")


def test_shift_and_enter_makes_a_new_line(page: Page, server: str) -> None:
    open_chat(page, server)
    box(page).press_sequentially("Who runs")
    box(page).press("Shift+Enter")
    box(page).press_sequentially("school support services?")
    expect(box(page)).to_have_value("Who runs\nschool support services?")
    expect(page.locator("#transcript .reply")).to_have_count(0)


def test_a_lost_connection_is_said_and_keeps_what_was_typed(page: Page, server: str) -> None:
    open_chat(page, server)
    page.route("**/gradio_api/queue/join*", lambda route: route.abort())
    box(page).fill(QUESTION)
    box(page).press("Enter")
    expect(page.locator("#status .problem")).to_contain_text("What you typed is still there")
    expect(box(page)).to_have_value(QUESTION)
    page.unroute("**/gradio_api/queue/join*")
    box(page).press("Enter")
    expect(page.locator("#transcript .card").first).to_be_visible()
    expect(page.locator("#status .problem")).to_have_text("")


def test_waiting_shows_progress(page: Page, server: str) -> None:
    open_chat(page, server)

    def slow(route: Route) -> None:
        page.wait_for_timeout(1000)
        route.continue_()

    page.route("**/gradio_api/queue/join*", slow)
    box(page).fill(QUESTION)
    box(page).press("Enter")
    expect(page.locator("#status .progress")).to_have_text("Looking in the articles")
    expect(page.locator("#transcript .card").first).to_be_visible()
    expect(page.locator("#status .progress")).to_have_text("")


def test_a_vote_is_counted_by_quote_and_survives_a_restart(page: Page, tmp_path: Path) -> None:
    place = {"SEEDS_DIR": str(SMALL_CORPUS), "INDEX_DIR": str(tmp_path / "index")}
    for _ in range(2):
        with RunningApp(**place, MIN_CONFIDENCE="0") as server:
            open_chat(page, server)
            reply = ask(page, "What will the repairs cost?")
            reply.get_by_role("button", name="Wrong or out of date").first.click()
            expect(reply.locator(".done").first).to_have_text("Thank you. It was counted.")
    (counts,) = Votes(tmp_path / "index").counts().values()
    assert counts == {Vote.HELPFUL: 0, Vote.WRONG: 2}


def test_without_javascript_the_plain_page_answers(browser: Browser, server: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(server)
    page.wait_for_url(f"{server}/plain")
    page.get_by_label("Your question").fill(QUESTION)
    page.get_by_role("button", name="Ask").click()
    assert page.locator(".quote").first.text_content() == QUOTE
    expect(page.locator(".card").first).to_contain_text("Your Local Guardian, newspaper")
    assert page.url == f"{server}/plain"
    page.locator("summary").first.click()
    expect(page.locator(".passage mark").first).to_be_visible()
    page.get_by_label("Your question").fill("what else is it called?")
    page.get_by_role("button", name="Ask").click()
    expect(page.locator(".asked")).to_contain_text("what else is it called?")
    page.get_by_role("button", name="Wrong or out of date").first.click()
    expect(page.locator("h1")).to_have_text("Thank you. It was counted.")
    context.close()


@pytest.fixture(name="failing", scope="module")
def _failing(built: Settings) -> Iterator[str]:
    """A server that is slow, or fails, where a question says so."""
    with RunningApp("-m", "tests.failing_app", INDEX_DIR=str(built.index_dir)) as address:
        yield address


def send(page: Page, question: str) -> None:
    box(page).fill(question)
    box(page).press("Enter")


def test_a_failed_answer_is_said_and_the_next_one_comes(page: Page, failing: str) -> None:
    open_chat(page, failing)
    send(page, "BOOM")
    expect(page.locator("#status .problem")).to_contain_text("What you typed is still there")
    expect(box(page)).to_have_value("BOOM")
    expect(box(page)).to_have_attribute("aria-invalid", "true")
    ask(page, QUESTION)
    expect(page.locator("#status .problem")).to_have_text("")


def test_a_stream_that_breaks_is_said_and_the_next_answer_comes(page: Page, failing: str) -> None:
    open_chat(page, failing)
    page.route("**/gradio_api/queue/data*", lambda route: route.abort())
    send(page, QUESTION)
    expect(page.locator("#status .problem")).to_contain_text("What you typed is still there")
    expect(box(page)).to_have_value(QUESTION)
    page.unroute("**/gradio_api/queue/data*")
    box(page).press("Enter")
    expect(page.locator("#transcript .card").first).to_be_visible()


def test_a_stream_that_ends_early_is_said_and_the_next_answer_comes(
    page: Page, failing: str
) -> None:
    open_chat(page, failing)
    page.route(
        "**/gradio_api/queue/data*",
        lambda route: route.fulfill(status=200, content_type="text/event-stream", body=""),
    )
    send(page, QUESTION)
    expect(page.locator("#status .problem")).to_contain_text("What you typed is still there")
    page.unroute("**/gradio_api/queue/data*")
    box(page).press("Enter")
    expect(page.locator("#transcript .card").first).to_be_visible()


def test_a_question_sent_too_early_is_said_to_wait(page: Page, failing: str) -> None:
    open_chat(page, failing)
    send(page, f"SLOW {QUESTION}")
    page.wait_for_timeout(500)
    send(page, "When was that?")
    expect(page.locator("#status .progress")).to_have_text(
        "Please wait for the answer, then press Ask again."
    )
    expect(page.locator("#transcript .reply")).to_have_count(1)
    expect(page.locator("#status .progress")).to_contain_text("still in the box")
    expect(box(page)).to_have_value("When was that?")
    box(page).press("Enter")
    expect(page.locator("#transcript .reply")).to_have_count(2)


def test_clearing_forgets_an_answer_that_is_on_its_way(page: Page, failing: str) -> None:
    open_chat(page, failing)
    ask(page, QUESTION)
    send(page, "SLOW Did Sharon Scott meet the campaign group?")
    page.wait_for_timeout(500)
    page.get_by_role("button", name="Clear chat").click()
    page.wait_for_timeout(3000)
    expect(page.locator("#transcript .log")).to_have_text("The chat is empty.")
    expect(page.locator("#status .progress")).to_have_text("")
    reply = ask(page, "why not?")
    expect(reply.locator(".read-as")).to_have_count(0)


def test_a_link_in_a_tab_that_shows_the_chat_fills_the_box(page: Page, server: str) -> None:
    open_chat(page, server)
    page.evaluate("location.hash = '#q=later'")
    expect(box(page)).to_have_value("later")


def test_the_box_tells_a_screen_reader_its_hint_and_problem(page: Page, server: str) -> None:
    open_chat(page, server)
    expect(box(page)).to_have_accessible_name("Your question")
    expect(box(page)).to_have_accessible_description(
        "Please leave out names and details of your child."
    )
