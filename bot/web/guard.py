"""What stands in front of everything: known paths only, bodies kept small, Gradio's checked.

Gradio's own routes take any body: they copy files that a body names, answer a malformed one with
a 500, and print it to the log with a traceback. Here such a request ends before Gradio sees it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection

from pydantic import BaseModel, ConfigDict, Field, StrictInt, StrictStr, ValidationError
from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.web.failures import log_failure

# A question of 500 characters is at most 6 kB of JSON, and so is the one before it.
_MAX_BODY = 32 * 1024

_JOIN = "/gradio_api/queue/join"
_SERVED = re.compile(
    r"/|/embed/?|/embed\.js|/healthz|/readyz|/favicon\.ico|/theme\.css|/api/ask|/feedback"
    r"|/(?:plain|about|articles)/?|/article/[^/]+/?|/article/[^/]+/[^/]+/?"
    r"|/(?:site|assets|static)/.+"
    r"|/gradio_api/(?:queue/join|queue/data|heartbeat/[\w-]+|startup-events)"
)


class _Told(BaseModel):
    """What the page's script tells beside a question."""

    model_config = ConfigDict(extra="forbid")

    question: StrictStr | None  # the one before
    number: StrictInt


class _Event(BaseModel):
    """What the page sends when somebody asks."""

    model_config = ConfigDict(extra="forbid")

    data: tuple[StrictStr, _Told]
    fn_index: StrictInt
    session_hash: str = Field(pattern=r"^\w{1,64}$")
    trigger_id: StrictInt | None = None
    event_data: None = None


class Guard:
    """An ASGI app around another one."""

    def __init__(self, app: ASGIApp, events: Collection[int]) -> None:
        """Guard `app`; `events` are the numbers of the Gradio events that take a question."""
        self._app = app
        self._events = frozenset(events)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it here."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = scope["path"]
        if not _SERVED.fullmatch(path):
            await _refuse(404, "There is nothing here.", scope, receive, send)
            return
        if scope["method"] in {"POST", "PUT", "PATCH"}:
            body = await _read_body(receive)
            if body is None:
                await _refuse(413, "This is too long to be a question.", scope, receive, send)
                return
            if path == _JOIN:
                event = self._event(body)
                if event is None:
                    await _refuse(422, "This is not from the page.", scope, receive, send)
                    return
                body, scope = _as_json(event, scope)
            receive = _replay(body, receive)
        await self._pass_on(scope, receive, send)

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def watch(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, watch)
        except Exception as error:
            log_failure(error)
            if not started:
                detail = "Something went wrong here. Please try again."
                await _refuse(500, detail, scope, receive, send)

    def _event(self, body: bytes) -> _Event | None:
        """Read what the page sends when somebody asks; None when it is something else."""
        try:
            event = _Event.model_validate_json(body)
        except ValidationError:
            return None
        return event if event.fn_index in self._events else None


def _as_json(event: _Event, scope: Scope) -> tuple[bytes, Scope]:
    """Write an event anew, so that Gradio reads nothing but what was checked."""
    body = json.dumps(event.model_dump()).encode()
    headers = Headers(scope=scope).mutablecopy()
    headers["Content-Type"] = "application/json"
    headers["Content-Length"] = str(len(body))
    return body, {**scope, "headers": headers.raw}


async def _read_body(receive: Receive) -> bytes | None:
    """Read a body; None when it is too long or its sender went away."""
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += bytes(message.get("body", b""))
        if len(body) > _MAX_BODY:
            return None
        if not message.get("more_body", False):
            return body


def _replay(body: bytes, receive: Receive) -> Receive:
    """Hand out a body that was already read, then whatever comes after it."""
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return waiting.pop() if waiting else await receive()

    return replay


async def _refuse(status: int, detail: str, scope: Scope, receive: Receive, send: Send) -> None:
    await JSONResponse({"detail": detail}, status)(scope, receive, send)
