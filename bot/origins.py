"""Web origins: which sites may embed the chat, told apart exactly."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

_DEFAULT_PORTS = {"http": 80, "https": 443}
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")


def parse_origin(text: str) -> str:
    """Return an origin as browsers write it: lower case, no default port, no last slash.

    Raises:
        ValueError: saying what is wrong, when it is not exactly one site.

    >>> parse_origin("https://Forum.Example:443/")
    'https://forum.example'
    """
    parts = _split(text)
    if "*" in text:
        raise ValueError(f"{text!r} has a wildcard; list each site by its whole name")
    if parts.path not in {"", "/"} or parts.query or parts.fragment:
        raise ValueError(f"{text!r} has more than scheme and host; write it without the path")
    return _origin(text)


def parse_address(text: str) -> tuple[str, str]:
    """Return the origin and the path ("" or "/ask") of the address that visitors use.

    Raises:
        ValueError: saying what is wrong.

    >>> parse_address("https://forum.example/ask/")
    ('https://forum.example', '/ask')
    """
    parts = _split(text)
    if parts.query or parts.fragment:
        raise ValueError(f"{text!r} has a query or fragment; write it without")
    path = parts.path.rstrip("/")
    if not re.fullmatch(r"(?:/[\w.~-]+)*", path, re.ASCII):
        raise ValueError(f"{text!r} has a path that is not plain letters and digits")
    return _origin(text), path


def _split(text: str) -> SplitResult:
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError as error:
        raise ValueError(f"{text!r} is no web address: {error}") from error
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname or "\\" in text:
        raise ValueError(f"{text!r} is no web address; write it like https://forum.example")
    if parts.username is not None or parts.password is not None:
        raise ValueError(f"{text!r} has a name or password before the host; write it without")
    return parts


def _origin(text: str) -> str:
    parts = _split(text)
    host = _host(text, parts.hostname or "")
    port = "" if parts.port in {None, _DEFAULT_PORTS[parts.scheme]} else f":{parts.port}"
    return f"{parts.scheme}://{host}{port}"


def _host(text: str, host: str) -> str:
    if ":" in host:
        return f"[{ipaddress.ip_address(host)}]"
    try:
        ascii_host = host.encode("idna").decode("ascii").lower()
    except UnicodeError as error:
        raise ValueError(f"{text!r} has a host name that cannot be: {error}") from error
    if not all(_LABEL.fullmatch(label) for label in ascii_host.removesuffix(".").split(".")):
        raise ValueError(f"{text!r} has a host name that cannot be")
    return ascii_host
