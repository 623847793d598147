"""While the operator has closed the service, a page says so, with the help lines on it."""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

from bot import texts
from bot.web.cards import reach
from bot.web.service import Service
from bot.web.templates import data, page

_PAGES = {"/": "", "/embed": "", "/embed/": "../", "/plain": ""}  # with the way to the root
_RETRY_SECONDS = 600


class Closed:
    """An ASGI app around another one.

    Questions are refused by the service itself, so that each way to ask says it in its own form;
    the articles stay readable.
    """

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self._app = app
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Show the notice in place of a page on which one asks."""
        asked = scope["type"] == "http" and scope["method"] in {"GET", "HEAD"}
        notice = self._service.closed if asked and scope["path"] in _PAGES else None
        if notice is None:
            await self._app(scope, receive, send)
            return
        index, path = self._service.bot.index, scope["path"]
        sites = list(self._service.settings.embed_sites)
        response = page(
            "closed.html",
            status=503,
            root=_PAGES[path],
            title=texts.INTERFACE["title"].format(subject=index.corpus.subject),
            notice=notice,
            reaches=[reach(contact) for contact in index.guidance.contacts],
            frame=data({"sites": sites}) if path.startswith("/embed") else None,
        )
        response.headers["Retry-After"] = str(_RETRY_SECONDS)
        await response(scope, receive, send)
