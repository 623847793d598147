"""Asking as programs do (POST /api/ask) and as the chat page does (Gradio's protocol)."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.soak.ground import Question

_QUEUE = "/gradio_api/queue"
_NONCE = re.compile(r'(id|aria-controls)="x[0-9a-f]{8}-')
REFUSALS = {429, 503}  # what somebody may be told instead of an answer


@dataclass(frozen=True, slots=True)
class Heard:
    """What came back for a question."""

    status: int
    content: Any = None  # the object, or the markup of the exchange
    seconds: float = 0.0
    problem: str | None = None  # why this should not have come back


@dataclass(slots=True)
class Tally:
    """What many visitors heard."""

    answered: list[float] = field(default_factory=list)  # seconds
    refused: dict[int, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    @property
    def total(self) -> int:
        """How many questions came to an end."""
        return len(self.answered) + sum(self.refused.values()) + len(self.problems)

    def add(self, heard: Heard, expected: Any) -> None:
        """Take one in; an answer has to be the expected one."""
        if heard.problem:
            self.problems.append(heard.problem)
        elif heard.status in REFUSALS:
            self.refused[heard.status] = self.refused.get(heard.status, 0) + 1
        elif heard.content != expected:
            self.problems.append(f"another answer: {heard.content!r:.300} for {expected!r:.300}")
        else:
            self.answered.append(heard.seconds)

    def refused_in_words(self) -> str:
        """Say who was told to wait or to come back."""
        return ", ".join(
            f"{status}: {count} ({count / self.total:.1%})"
            for status, count in sorted(self.refused.items())
        )


async def ask_api(client: httpx.AsyncClient, question: Question) -> Heard:
    """Ask as a program does."""
    start = time.monotonic()
    body = {"question": question.text, "previous": question.previous}
    try:
        reply = await client.post("/api/ask", json=body)
    except httpx.HTTPError as error:
        return Heard(0, problem=f"no answer: {error!r} after {time.monotonic() - start:.1f} s")
    seconds = time.monotonic() - start
    if reply.status_code == 200:
        return Heard(200, reply.json(), seconds)
    return Heard(reply.status_code, None, seconds, _refusal_problem(reply))


async def ask_gradio(client: httpx.AsyncClient, question: Question, session: str) -> Heard:
    """Ask as the page does: join the queue, then listen."""
    start = time.monotonic()
    told = {"question": question.previous, "number": 1}
    event = {"data": [question.text, told], "fn_index": 0, "session_hash": session}
    try:
        joined = await client.post(f"{_QUEUE}/join", json=event)
        if joined.status_code != 200:
            return Heard(joined.status_code, problem=_refusal_problem(joined))
        async with asyncio.timeout(60):
            async for message in _messages(client, session):
                if message["msg"] == "process_completed":
                    return _completed(message, time.monotonic() - start)
    except (httpx.HTTPError, TimeoutError) as error:
        return Heard(0, problem=f"no answer in the chat: {error!r}")
    return Heard(0, problem="no answer in the chat: the stream ended")


async def _messages(client: httpx.AsyncClient, session: str) -> AsyncIterator[dict[str, Any]]:
    listen = client.stream("GET", f"{_QUEUE}/data", params={"session_hash": session})
    async with listen as lines:
        async for line in lines.aiter_lines():
            if line.startswith("data:"):
                yield json.loads(line.removeprefix("data:"))


def _completed(message: dict[str, Any], seconds: float) -> Heard:
    if not message["success"]:
        return Heard(0, problem=f"the chat failed: {message!r:.300}")
    shown, said = message["output"]["data"]
    if "html" in shown:
        # The ids of an exchange are new ones each time.
        return Heard(200, _NONCE.sub(r'\1="x-', shown["html"]), seconds)
    if said and "people are asking" in said["text"]:
        return Heard(503, seconds=seconds)
    return Heard(0, problem=f"neither an answer nor a refusal in the chat: {message!r:.300}")


def _refusal_problem(reply: httpx.Response) -> str | None:
    """Say what is wrong with a reply that is no answer; None where it is as it should be."""
    try:
        detail = reply.json()["detail"]
    except (ValueError, KeyError, TypeError):
        detail = None
    if reply.status_code in REFUSALS and isinstance(detail, str) and detail:
        return None
    return f"{reply.status_code}: {reply.text[:200]}"
