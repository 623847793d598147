"""What stands in front of everything: known paths only, bodies kept small, Gradio's checked.

Gradio's own routes take any body: they copy files that a body names, answer a malformed one with
a 500, and print it to the log with a traceback. Here such a request ends before Gradio sees it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from urllib.parse import parse_qs

from pydantic import BaseModel, ConfigDict, Field, StrictInt, StrictStr, ValidationError
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.logs import log_failure

# A question of 500 characters is at most 6 kB of JSON, and so is the one before it.
_MAX_BODY = 32 * 1024

# Longer than any link of ours: an article's id, two offsets and a digest.
_MOST_ADDRESS = 2000

_MOST_HEADERS = 16 * 1024
# Longer than any file's name may be: to look for one would fail.
_MOST_NAME = 200

_JOIN = "/gradio_api/queue/join"
_LISTEN = "/gradio_api/queue/data"
_SESSION = r"\w{1,64}"
_READ = re.compile(
    r"/|/embed/?|/embed\.js|/healthz|/readyz|/favicon\.ico|/theme\.css"
    r"|/(?:plain|about|articles)/?|/article/[^/]+/?|/article/[^/]+/[^/]+/?"
    r"|/(?:site|assets|static)/.+|/gradio_api/(?:queue/data|startup-events)"
)
_WRITTEN = re.compile(rf"/api/ask|/feedback|/plain/?|{_JOIN}")
_METHODS = {"GET": _READ, "HEAD": _READ, "POST": _WRITTEN}


class _RefusedError(Exception):
    """A request that ends here."""

    def __init__(self, status: int, detail: str, **headers: str) -> None:
        super().__init__(detail)
        self.response = JSONResponse({"detail": detail}, status, headers)


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
    session_hash: str = Field(pattern=f"^{_SESSION}$")
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
        try:
            scope, receive = await self._check(scope, receive)
        except _RefusedError as refused:
            await refused.response(scope, receive, send)
        else:
            await self._pass_on(scope, receive, send)

    async def _check(self, scope: Scope, receive: Receive) -> tuple[Scope, Receive]:
        """Return what may be passed on.

        Raises:
            _RefusedError: when the request is none that any page of ours makes.
        """
        path, method = scope["path"], scope["method"]
        if len(scope["raw_path"]) + len(scope["query_string"]) > _MOST_ADDRESS:
            raise _RefusedError(414, "This address is too long.")
        if sum(len(name) + len(value) for name, value in scope["headers"]) > _MOST_HEADERS:
            raise _RefusedError(431, "These headers are too long.")
        allowed = [name for name, paths in _METHODS.items() if paths.fullmatch(path)]
        if not allowed or max(map(len, scope["raw_path"].split(b"/"))) > _MOST_NAME:
            raise _RefusedError(404, "There is nothing here.")
        if method not in allowed:
            raise _RefusedError(405, "This cannot be done here.", Allow=", ".join(allowed))
        if path == _LISTEN and not _session_of(scope):
            raise _RefusedError(422, "This is not from the page.")
        if method != "POST":
            return scope, receive
        body = await _read_body(receive)
        if body is None:
            raise _RefusedError(413, "This is too long to be a question.")
        if path == _JOIN:
            event = self._event(body)
            if event is None:
                raise _RefusedError(422, "This is not from the page.")
            body, scope = _as_json(event, scope)
        return scope, _replay(body, receive)

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def watch(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self._app(scope, receive, watch)
        except Exception as error:
            if started and isinstance(error.__cause__, HTTPException):
                # Gradio says of a made-up session that there is none when it has begun to answer.
                await send({"type": "http.response.body", "body": b""})
                return
            log_failure(error)
            if not started:
                failed = _RefusedError(500, "Something went wrong here. Please try again.")
                await failed.response(scope, receive, send)

    def _event(self, body: bytes) -> _Event | None:
        """Read what the page sends when somebody asks; None when it is something else."""
        try:
            event = _Event.model_validate_json(body)
        except ValidationError:
            return None
        return event if event.fn_index in self._events else None


def _session_of(scope: Scope) -> str | None:
    """Return the session that a page listens for; None where it names none or several."""
    named = parse_qs(scope["query_string"].decode("latin-1")).get("session_hash", [])
    return named[0] if len(named) == 1 and re.fullmatch(_SESSION, named[0]) else None


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
