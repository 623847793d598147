"""Gradio's page -> the chat's: our script and its words in it, and a way out without JavaScript.

Gradio adds what it is given as `head` by JavaScript, so what has to work without is put into
the document on its way out.
"""

from __future__ import annotations

import json
import re

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.web.templates import render

# Pictures for previews in other programs, from a host that is not ours.
_FOREIGN = re.compile(rb"<meta\b[^>]*githubusercontent[^>]*>")


class FrontPage:
    """An ASGI app around Gradio's that completes its page."""

    def __init__(self, app: ASGIApp, words: dict[str, str]) -> None:
        """Complete the page of `app`; the script reads `words` out of it."""
        self._app = app
        # As data inside a script element: no "<" may end it.
        data = json.dumps(words).replace("<", "\\u003c")
        self._head = render("head.html", data=data).encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Complete the page at the root; pass everything else on."""
        if scope["type"] != "http" or scope["path"] != "/" or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        start: Message = {}
        body = b""

        async def hold(message: Message) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start":
                start = message
                return
            body += message.get("body", b"")
            if not message.get("more_body", False):
                completed = self._complete(body)
                MutableHeaders(scope=start)["Content-Length"] = str(len(completed))
                await send(start)
                await send({"type": "http.response.body", "body": completed})

        await self._app(scope, receive, hold)

    def _complete(self, page: bytes) -> bytes:
        return _FOREIGN.sub(b"", page).replace(b"</head>", self._head + b"</head>", 1)
