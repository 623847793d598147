"""A bot -> a running web server. Importing this imports gradio, which takes seconds."""

from __future__ import annotations

import socket
import sys

import uvicorn

from bot.errors import AddressError
from bot.pipeline import Bot
from bot.settings import Settings
from bot.web.server import create_app


def bind(settings: Settings) -> socket.socket:
    """Take the address to serve on, before the slow part of starting.

    Raises:
        AddressError: when it is taken or is none of this machine's.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    bound = socket.socket(family)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((settings.host, settings.port))
    except OSError as error:
        bound.close()
        raise AddressError(
            f"Cannot serve on {settings.host} port {settings.port}: {error.strerror}. "
            "Stop what serves there, or set HOST and PORT to another address."
        ) from error
    return bound


def serve(bot: Bot, settings: Settings, bound: socket.socket) -> None:
    """Serve until stopped. No access log: it would hold addresses."""
    config = uvicorn.Config(
        create_app(bot),
        access_log=False,
        log_level="warning",
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
    )
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    print(f"Serving on http://{host}:{settings.port} (stop with Ctrl-C)", file=sys.stderr)
    uvicorn.Server(config).run(sockets=[bound])
