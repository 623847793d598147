"""Gradio's page -> the chat's: our script and its words in it, and a way out without JavaScript.

Gradio adds what it is given as `head` by JavaScript, so what has to work without is put into
the document on its way out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.web.templates import data, render

_BODY = re.compile(rb"<body\b[^>]*>")
_PAGES = {"/", "/embed", "/embed/"}
# Pictures for previews in other programs, from a host that is not ours.
_FOREIGN = re.compile(rb"<meta\b[^>]*githubusercontent[^>]*>")


class FrontPage:
    """An ASGI app around Gradio's that completes its page."""

    def __init__(self, app: ASGIApp, words: dict[str, str], sites: Iterable[str]) -> None:
        """Complete the page of `app`; scripts read `words` out of it, and which `sites` embed."""
        self._app = app
        given = {"words_data": data(words), "frame": data({"sites": list(sites)})}
        self._without_script = render("without_script.html").encode()
        self._head = render("head.html", **given, embedded=False).encode()
        self._embedded_head = render("head.html", **given, embedded=True).encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Complete the page at the root, and /embed, which is the same one made compact."""
        path = scope.get("path")
        if scope["type"] != "http" or path not in _PAGES or scope["method"] not in {"GET", "HEAD"}:
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
                completed = self._complete(body, path)
                MutableHeaders(scope=start)["Content-Length"] = str(len(completed))
                await send(start)
                shown = b"" if scope["method"] == "HEAD" else completed
                await send({"type": "http.response.body", "body": shown})

        root = {**scope, "method": "GET", "path": "/", "raw_path": b"/"}
        await self._app(root, receive, hold)

    def _complete(self, page: bytes, path: str) -> bytes:
        page = _FOREIGN.sub(b"", page)
        if path == "/":
            return page.replace(b"</head>", self._head + b"</head>", 1)
        if path == "/embed/":
            page = page.replace(b'<base href="./"', b'<base href="../"', 1)
        page = page.replace(b"<html", b'<html class="embedded"', 1)
        page = _BODY.sub(lambda found: found[0] + self._without_script, page, count=1)
        return page.replace(b"</head>", self._embedded_head + b"</head>", 1)
