"""What stands in front of everything: bodies kept small, Gradio kept to what the page uses.

Gradio's own routes take any body, answer a malformed one with a 500, and print it to the
log with a traceback. Here such a request ends before Gradio sees it, and an exception from
anywhere is logged by its kind and place, without its message: that may hold a question.
"""

from __future__ import annotations

import json
import logging
import re
import traceback
from collections.abc import Mapping

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_log = logging.getLogger(__name__)

# A question of 500 characters is at most 6 kB of JSON; the page sends the last answer along.
_MAX_BODY = 64 * 1024

_GRADIO_USED = re.compile(
    r"/gradio_api/(?:queue/join|queue/data|heartbeat/[\w-]+|startup-events|theme\.css)"
)
_JOIN = "/gradio_api/queue/join"


class Guard:
    """An ASGI app around another one."""

    def __init__(self, app: ASGIApp, gradio_events: Mapping[int, int]) -> None:
        """Guard `app`; `gradio_events` maps the number of each event to its count of inputs."""
        self._app = app
        self._events = gradio_events

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer it here."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = scope["path"]
        if path.startswith("/gradio_api") and not _GRADIO_USED.fullmatch(path):
            await _refuse(404, "There is nothing here.", scope, receive, send)
            return
        body = b""
        if scope["method"] in {"POST", "PUT", "PATCH"}:
            read = await _read_body(receive)
            if read is None:
                await _refuse(413, "This is too long to be a question.", scope, receive, send)
                return
            body, receive = read, _replay(read, receive)
        if path == _JOIN and not self._is_event(body):
            await _refuse(422, "This is not a question from the page.", scope, receive, send)
            return
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
            place = traceback.extract_tb(error.__traceback__)[-1]
            _log.error("%s in %s:%s", type(error).__name__, place.filename, place.lineno)
            if not started:
                detail = "Something went wrong here. Please try again."
                await _refuse(500, detail, scope, receive, send)

    def _is_event(self, body: bytes) -> bool:
        """Say whether a body is what the page sends when somebody asks."""
        try:
            event = json.loads(body)
        except (ValueError, RecursionError):
            return False
        if not isinstance(event, dict) or not isinstance(event.get("fn_index"), int):
            return False
        data = event.get("data")
        return (
            isinstance(data, list)
            and len(data) == self._events.get(event["fn_index"], -1)
            and isinstance(event.get("session_hash"), str)
            and isinstance(event.get("trigger_id"), int | None)
            and isinstance(event.get("event_data"), dict | None)
        )


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
