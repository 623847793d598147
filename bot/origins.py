"""Web origins: which sites may embed the chat, told apart exactly."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import SplitResult, urlsplit

import idna

_DEFAULT_PORTS = {"http": 80, "https": 443}
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_LONGEST = 253


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
    if "[" in text:
        raise ValueError(f"{text!r} is an IPv6 address; browsers take names and IPv4 only here")
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
    if not re.fullmatch(r"(?:/(?!\.{1,2}(?:/|$))[\w.~-]+)*", path, re.ASCII):
        raise ValueError(f"{text!r} has a path that is not plain letters and digits")
    return _origin(text), path


def _split(text: str) -> SplitResult:
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise ValueError(f"{text!r} is no web address: {error}") from error
    if port == 0:
        raise ValueError(f"{text!r} is no web address: there is no port 0")
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
    wrong = ValueError(f"{text!r} has a host name that cannot be")
    if ":" in host:
        if "%" in host or f"//[{host}]" not in text.lower():
            raise wrong
        return f"[{ipaddress.IPv6Address(host)}]"
    try:
        # As browsers do: names that differ in one letter are different sites.
        name = idna.encode(host, uts46=True, transitional=False).decode("ascii")
    except UnicodeError as error:
        raise wrong from error
    labels = name.removesuffix(".").split(".")
    if len(name) > _LONGEST or not all(_LABEL.fullmatch(label) for label in labels):
        raise wrong
    if re.fullmatch(r"\d+|0x[0-9a-f]*", labels[-1]):  # a browser reads it as a number
        return str(ipaddress.IPv4Address(name))
    return name
