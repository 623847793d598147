"""How many questions a visitor may ask: so many a minute, some of them at once."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import logging
import secrets

from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage, storage_from_string
from limits.strategies import SlidingWindowCounterRateLimiter

_log = logging.getLogger(__name__)

# An IPv6 network of this size is one household's.
_IPV6_PREFIX = 64


class Visitors:
    """Counts questions by visitor. Addresses are kept as keyed hashes only, and expire.

    The key is made anew by each process, unless several share one count and are given one.
    """

    def __init__(self, burst: int, seconds: int, storage: str, key: str | None = None) -> None:
        """Allow `burst` questions in any so many seconds.

        Args:
            burst: how many of them may come at once.
            seconds: the time in which so many may come; 0 for no limit.
            storage: where counts are kept, in the form of `limits`: "memory://", "redis://…".
            key: the secret of the hashes, where several processes share one storage.
        """
        self.seconds = seconds
        self._item = RateLimitItemPerSecond(burst, max(1, seconds))
        # Of the strategies of `limits` the one whose keys go from memory when they expire.
        self._limiter = SlidingWindowCounterRateLimiter(storage_from_string(storage))
        self._own = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._shared = True
        self._key = (key or secrets.token_hex()).encode()

    def may_ask(self, address: str | None) -> bool:
        """Count a question from an address; False where that is one too many."""
        if not self.seconds:
            return True
        hashed = self._hash(address)
        try:
            allowed = bool(self._limiter.hit(self._item, hashed))
        except self._limiter.storage.base_exceptions as error:
            # Better a count of our own than no answers, or no limit.
            if self._shared:
                _log.error("Questions are counted here alone: %s", type(error).__name__)
            self._shared = False
            return bool(self._own.hit(self._item, hashed))
        self._shared = True
        return allowed

    def _hash(self, address: str | None) -> str:
        return hmac.digest(self._key, household(address).encode(), hashlib.sha256).hex()


def storage_answers(storage: str) -> bool:
    """Tell whether counts can be kept at this address now."""
    return bool(storage_from_string(storage).check())


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
