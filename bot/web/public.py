"""Behind a proxy: every request is seen as made to the address that visitors use."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send

# What a proxy adds about the address; PUBLIC_URL says it better, and nobody can forge that.
_ABOUT_THE_ADDRESS = {b"host", b"x-forwarded-host", b"x-forwarded-proto", b"x-forwarded-prefix"}


class PublicAddress:
    """An ASGI app around another one."""

    def __init__(self, app: ASGIApp, public_url: str | None) -> None:
        """Serve `app` at `public_url`; None where visitors come directly."""
        self._app = app
        self._address = urlsplit(public_url) if public_url else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Correct scheme and host of a request."""
        if scope["type"] == "http":
            kept = [
                (name, value)
                for name, value in scope["headers"]
                if name not in _ABOUT_THE_ADDRESS or (name == b"host" and not self._address)
            ]
            scope = {**scope, "headers": kept}
            if self._address:
                kept.append((b"host", self._address.netloc.encode()))
                scope["scheme"] = self._address.scheme
        await self._app(scope, receive, send)
