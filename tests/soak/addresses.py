"""Visitors of this machine's own network, each with an address of its own."""

from __future__ import annotations

import itertools
import ssl

import httpx

_NUMBERS = itertools.count(1)
# Made once: it reads all certificates, for each client anew, though nothing here is encrypted.
_TLS = ssl.create_default_context()


def new_address() -> str:
    """Return an address that nobody had before: 127.16.0.0 and following."""
    number = next(_NUMBERS) % (200 * 250 * 250)
    return f"127.{16 + number // 62_500}.{number // 250 % 250}.{1 + number % 250}"


def new_visitor(server: str, address: str | None = None) -> httpx.AsyncClient:
    """Make a client that comes from an address of its own."""
    # The server closes a connection that says nothing for 5 seconds: let it go well before, or a
    # question may be on its way just then.
    limits = httpx.Limits(keepalive_expiry=2.0)
    transport = httpx.AsyncHTTPTransport(
        local_address=address or new_address(), verify=_TLS, limits=limits
    )
    return httpx.AsyncClient(base_url=server, transport=transport, trust_env=False, timeout=60)
