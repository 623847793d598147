"""Who may ask from another page: by Origin, which a browser sends and a page cannot forge."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.origins import parse_address

_REFUSED = (
    "This page may not ask here. The operator has to set PUBLIC_URL to the address of the chat, "
    "or to add the site of this page to EMBED_SITES."
)
_READING = {"GET", "HEAD"}
# Programs of an allowed site may call this, and read what it answers.
_API = "/api/ask"


class Origins:
    """An ASGI app around another one.

    A request without an Origin comes from a program, or from a browser that only reads, and is
    served. One with an Origin is served if that is our own or an allowed site.
    Our own is that of PUBLIC_URL; without one, this machine's by number or as localhost.
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
        # Gradio would let any origin read its answers, had it seen one.
        scope = {**scope, "headers": [h for h in scope["headers"] if h[0] != b"origin"]}
        allowed = origin in self._sites and scope["path"] == _API
        if scope["method"] == "OPTIONS" and allowed:
            await _preflight(origin or "")(scope, receive, send)
        elif origin is None or scope["method"] in _READING or self._is_own(origin, scope, headers):
            await self._app(scope, receive, send)
        elif allowed:
            await self._app(scope, receive, _readable_by(origin, send))
        else:
            await JSONResponse({"detail": _REFUSED}, 403)(scope, receive, send)

    def _is_own(self, origin: str, scope: Scope, headers: Headers) -> bool:
        if self._own:
            return origin == self._own
        host = headers.get("host", "")
        # A name could be a stranger's that was made to lead here; these cannot.
        return _is_local(host) and origin == f"{scope['scheme']}://{host}"


def _is_local(host: str) -> bool:
    name = host.rpartition(":")[0] if re.search(r":\d+$", host) else host
    if name == "localhost":
        return True
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


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
