"""Pages of another site that show the chat, served on this machine under two names.

"localhost" is the forum that may embed; "127.0.0.1", the same server, is a stranger.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class HostSite:
    """A running site: `pages` maps a path to (body, Content-Security-Policy or None)."""

    port: int
    pages: dict[str, tuple[str, str | None]] = field(default_factory=dict)

    @property
    def forum(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def stranger(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def add(self, path: str, body: str, policy: str | None = None) -> str:
        """Put a page up, with something above and below the chat; returns its address."""
        document = (
            "<!doctype html><html lang=en><meta charset=utf-8><title>Forum</title>"
            "<meta name=viewport content='width=device-width, initial-scale=1'>"
            f"<main><h1>Our forum</h1><p>Before.</p>{body}<p id=below>After.</p></main></html>"
        )
        self.pages[path] = (document, policy)
        return self.forum + path


@contextmanager
def host_site() -> Iterator[HostSite]:
    """Run a site until the end of the block."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body, policy = site.pages.get(self.path, ("", None))
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            if policy:
                self.send_header("Content-Security-Policy", policy)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            """Stay quiet."""

    server = ThreadingHTTPServer(("", 0), Handler)
    site = HostSite(server.server_port)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield site
    server.shutdown()
    server.server_close()
