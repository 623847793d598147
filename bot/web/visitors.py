"""How many questions a visitor may ask: so many a minute, some of them at once."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import logging
import secrets
import time
from typing import cast

from limits import RateLimitItemPerSecond
from limits.errors import ConfigurationError
from limits.storage import MemoryStorage, Storage, storage_from_string
from limits.strategies import SlidingWindowCounterRateLimiter

_log = logging.getLogger(__name__)

# A Redis that does not answer holds up a question so long, and none for a while after.
_PATIENCE = {"socket_timeout": 0.5, "socket_connect_timeout": 0.5}
_ALONE_SECONDS = 30.0
# An IPv6 network of this size is one household's.
_IPV6_PREFIX = 64


class Visitors:
    """Counts questions by visitor. Addresses are kept as keyed hashes only, and expire.

    The key is made anew by each process, unless several share one count and are given one.
    """

    def __init__(self, burst: int, seconds: int, storage: str, key: str | None = None) -> None:
        """Allow `burst` questions at once, and as many again in the course of so many seconds.

        Args:
            burst: how many of them may come at once.
            seconds: the time in which so many may come; 0 for no limit.
            storage: where counts are kept, in the form of `limits`: "memory://", "redis://…".
            key: the secret of the hashes, where several processes share one storage.
        """
        self.seconds = seconds
        self._item = RateLimitItemPerSecond(burst, max(1, seconds))
        # Of the strategies of `limits` the one whose keys go from memory when they expire.
        self._limiter = SlidingWindowCounterRateLimiter(_open(storage))
        self._own = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._alone_until = 0.0
        self._key = (key or secrets.token_hex()).encode()

    def may_ask(self, address: str | None) -> bool:
        """Count a question from an address; False where that is one too many."""
        if not self.seconds:
            return True
        hashed = self._hash(address)
        if time.monotonic() >= self._alone_until:
            try:
                return bool(self._limiter.hit(self._item, hashed))
            except self._limiter.storage.base_exceptions as error:
                # Better a count of our own for a while than no answers, or no limit.
                self._alone_until = time.monotonic() + _ALONE_SECONDS
                _log.error("Questions are counted here alone for now: %s", type(error).__name__)
        return bool(self._own.hit(self._item, hashed))

    def _hash(self, address: str | None) -> str:
        return hmac.digest(self._key, household(address).encode(), hashlib.sha256).hex()


def storage_answers(storage: str) -> bool:
    """Tell whether counts can be kept at this address now."""
    try:
        return _open(storage).check()
    except (ConfigurationError, ValueError):
        return False


def _open(storage: str) -> Storage:
    patience = {} if storage.startswith("memory:") else _PATIENCE
    return cast("Storage", storage_from_string(storage, **patience))


def household(address: str | None) -> str:
    """Return an IPv4 address as it is, an IPv6 address as its network of 64 bits.

    >>> household("2001:db8::1"), household("::ffff:192.0.2.1")
    ('2001:db8::/64', '192.0.2.1')
    """
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        return "unknown"
    if isinstance(parsed, ipaddress.IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(ipaddress.ip_network((parsed, _IPV6_PREFIX), strict=False))
