"""Connections that drip, that never end, and that are left alone."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time

from tests.soak.framing import BEGUN
from tests.soak.raw import connect
from tests.soak.report import Report

# The server gives a request 15 seconds; the rest is a busy machine's.
_CLOSED_WITHIN = 20.0
_DRIP_SECONDS = 0.5


async def drip(port: int, begin: bytes, more: bytes) -> float:
    """Send a beginning and then a little more for ever; return the seconds until it is closed.

    Raises:
        TimeoutError: when the server lets that go on.
    """
    start = time.monotonic()
    async with asyncio.timeout(2 * _CLOSED_WITHIN):
        reader, writer = await connect(port)
        writer.write(begin)
        dripping = asyncio.create_task(_send_for_ever(writer, more))
        with contextlib.suppress(ConnectionError):
            while await reader.read(65_536):
                pass
        dripping.cancel()
        writer.close()
    return time.monotonic() - start


async def abandon(port: int, begin: bytes, seconds: float) -> None:
    """Send a beginning, wait, and go without a word."""
    _, writer = await connect(port)
    writer.write(begin)
    await asyncio.sleep(seconds)
    writer.transport.abort()


async def slow_visitors(port: int, copies: int, chance: random.Random, report: Report) -> None:
    """Let many drip, and as many leave, all at once."""
    begun = BEGUN * copies
    leaving = [abandon(port, begin, chance.uniform(0, 5)) for begin, _ in begun]
    left = asyncio.gather(*leaving)
    ended = await asyncio.gather(
        *(drip(port, begin, more) for begin, more in begun), return_exceptions=True
    )
    await left
    seconds = [value for value in ended if isinstance(value, float)]
    report.say(
        f"{len(ended)} connections dripped without end, {len(leaving)} were left alone; closed "
        f"after {min(seconds, default=0):.1f} to {max(seconds, default=0):.1f} s"
    )
    for (begin, more), value in zip(begun, ended, strict=True):
        report.expect(
            isinstance(value, float) and value < _CLOSED_WITHIN,
            f"a connection that sends {begin[:60]!r} and then {more!r} without end is closed "
            f"within {_CLOSED_WITHIN:.0f} s (it was: {value!r})",
        )


async def _send_for_ever(writer: asyncio.StreamWriter, more: bytes) -> None:
    with contextlib.suppress(ConnectionError):
        while not writer.is_closing():
            await asyncio.sleep(_DRIP_SECONDS)
            if more:
                writer.write(more)
                await writer.drain()
