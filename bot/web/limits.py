"""Who asks too much is told to wait, before anything is read or answered."""

from __future__ import annotations

from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from bot import texts
from bot.web.service import Service
from bot.web.visitors import Visitors

_QUESTIONS = {"/api/ask", "/plain", "/gradio_api/queue/join"}
# Set in a scope whose visitor has to wait: a page for people says it in its own way.
WAIT = "bot.wait"
_SAID_BY_THE_PAGE = {"/plain"}


class Limits:
    """An ASGI app around another one."""

    def __init__(self, app: ASGIApp, visitors: Visitors, service: Service) -> None:
        self._app = app
        self._visitors = visitors
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count a question, and refuse one too many."""
        asks = scope["type"] == "http" and scope["method"] == "POST" and scope["path"] in _QUESTIONS
        if not asks or await run_in_threadpool(self._visitors.may_ask, _address(scope)):
            await self._app(scope, receive, send)
            return
        await run_in_threadpool(self._service.count, "too_many")
        said = texts.INTERFACE["too_many"].format(seconds=self._visitors.seconds)
        if scope["path"] in _SAID_BY_THE_PAGE:
            await self._app({**scope, WAIT: said}, receive, send)
            return
        headers = {"Retry-After": str(self._visitors.seconds)}
        await JSONResponse({"detail": said}, 429, headers)(scope, receive, send)


def _address(scope: Scope) -> str | None:
    client = scope.get("client")
    return str(client[0]) if client else None
