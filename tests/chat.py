"""What a browser test does with the chat page, in the words of somebody who uses it."""

from __future__ import annotations

from playwright.sync_api import FrameLocator, Locator, Page, expect


def open_chat(page: Page, server: str) -> list[str]:
    """Open the chat; returns a list that fills with the address of every request."""
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.goto(server)
    expect(box(page)).to_be_visible()
    return requests


def box(page: Page) -> Locator:
    return page.get_by_label("Your question")


def ask(page: Page, question: str) -> Locator:
    """Ask, and return the reply once it is there."""
    replies = page.locator("#transcript .reply")
    before = replies.count()
    box(page).fill(question)
    box(page).press("Enter")
    expect(replies).to_have_count(before + 1)
    return replies.nth(before)


def open_frame(page: Page, way: str, label: str) -> FrameLocator:
    """Open the chat inside another site's page, in one of the ways of `bot.snippet`."""
    if way != "frame":
        page.get_by_role("button", name=label).click()
    return page.frame_locator("iframe")


def ask_inside(frame: FrameLocator, question: str) -> None:
    """Ask, and wait for the first quote."""
    frame.get_by_label("Your question").fill(question)
    frame.get_by_label("Your question").press("Enter")
    expect(frame.locator(".quote").first).to_be_visible()
