"""Security headers for every response: above all, a page may load from its own host only."""

from __future__ import annotations

import re
from collections.abc import Iterable

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Our own pages run no script, and have no style but their style sheets'.
_OWN = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'"
# Gradio makes functions out of text (gr.HTML's js_on_load) and writes styles into elements.
_CHAT = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; "
    "connect-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; "
    "frame-src 'none'"
)
_NO_DEVICES = "camera=(), geolocation=(), microphone=(), payment=(), usb=()"
_OF_THE_CHAT = re.compile(r"/|/embed/?|/(?:assets|static|gradio_api)/.*|/theme\.css|/config")
_EMBEDDED = {"/embed", "/embed/"}


class SecurityHeaders:
    """An ASGI app around another one."""

    def __init__(self, app: ASGIApp, sites: Iterable[str]) -> None:
        """Serve `app`; only the pages of `sites` may show /embed inside them, none the rest."""
        self._app = app
        self._embedders = " ".join(sites) or "'none'"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add the headers to whatever is answered."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path = scope["path"]
        policy = _CHAT if _OF_THE_CHAT.fullmatch(path) else _OWN
        embedders = self._embedders if path in _EMBEDDED else "'none'"
        # A page's own form needs its origin sent along, which "no-referrer" would make "null".

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Content-Security-Policy"] = f"{policy}; frame-ancestors {embedders}"
                headers["X-Content-Type-Options"] = "nosniff"
                headers["Permissions-Policy"] = _NO_DEVICES
                headers["Cross-Origin-Opener-Policy"] = "same-origin"
                headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
                headers["Referrer-Policy"] = "same-origin"
            await send(message)

        await self._app(scope, receive, with_headers)
