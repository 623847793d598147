"""Who may ask from another page: by Origin, which a browser sends and a page cannot forge."""

from __future__ import annotations

from collections.abc import Iterable

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.origins import parse_address

_READING = {"GET", "HEAD"}
# Programs of an allowed site may call this, and read what it answers.
_API = "/api/ask"


class Origins:
    """An ASGI app around another one.

    A request without an Origin comes from a program, or from a browser that only reads, and is
    served. One with an Origin is served if that is our own or an allowed site.
    """

    def __init__(self, app: ASGIApp, sites: Iterable[str], public_url: str | None) -> None:
        """Serve `app` to `sites`; without `public_url` our own origin is what was asked for."""
        self._app = app
        self._sites = frozenset(sites)
        self._own = parse_address(public_url)[0] if public_url else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse what a stranger's page sends."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        allowed = origin in self._sites and scope["path"] == _API
        if scope["method"] == "OPTIONS" and allowed:
            await _preflight(origin or "")(scope, receive, send)
        elif origin is None or scope["method"] in _READING or self._is_own(origin, scope, headers):
            await self._app(scope, receive, send)
        elif allowed:
            await self._app(scope, receive, _readable_by(origin, send))
        else:
            detail = "This page may not ask here. The operator has to add its site to EMBED_SITES."
            await JSONResponse({"detail": detail}, 403)(scope, receive, send)

    def _is_own(self, origin: str, scope: Scope, headers: Headers) -> bool:
        return origin == (self._own or f"{scope['scheme']}://{headers.get('host', '')}")


def _preflight(origin: str) -> Response:
    headers = {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Methods": "POST",
        "Access-Control-Allow-Headers": "Content-Type",
        "Vary": "Origin",
    }
    return Response(status_code=204, headers=headers)


def _readable_by(origin: str, send: Send) -> Send:
    async def with_header(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers["Access-Control-Allow-Origin"] = origin
            headers.add_vary_header("Origin")
        await send(message)

    return with_header
