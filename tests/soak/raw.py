"""Bytes -> an answer, over a bare socket: no client stands between that would refuse to send."""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import dataclass, field

import h11

from tests.soak.addresses import new_address


@dataclass(slots=True)
class Got:
    """What came back."""

    status: int | None = None  # None where the connection was closed without an answer
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""
    garbled: bool = False  # what came back is no HTTP
    seconds: float = 0.0

    def header(self, name: str) -> str:
        """Return a header's value, "" where there is none."""
        return next((v.decode("latin-1") for n, v in self.headers if n == name.encode()), "")


async def talk(
    port: int, wire: bytes, *, head_only: bool = False, stream: bool = False, patience: float = 30.0
) -> Got:
    """Send bytes and read one answer; of a stream, its beginning.

    Raises:
        TimeoutError: when there is neither an answer nor an end in time.
    """
    got, start = Got(), time.monotonic()
    async with asyncio.timeout(patience):
        reader, writer = await connect(port)
        try:
            writer.write(wire)
            await _read(reader, got, _answer_to("HEAD" if head_only else "GET"), stream=stream)
        except ConnectionError:
            pass  # closed, with all that is left of an answer lost on the way
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()
    got.seconds = time.monotonic() - start
    return got


async def connect(port: int) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Open a connection from an address that nobody had before."""
    return await asyncio.open_connection("127.0.0.1", port, local_addr=(new_address(), 0))


def _answer_to(method: str) -> h11.Connection:
    """Make something that reads the answer to a request of this method."""
    connection = h11.Connection(h11.CLIENT)
    connection.send(h11.Request(method=method, target="/", headers=[("Host", "x")]))
    connection.send(h11.EndOfMessage())
    return connection


async def _read(
    reader: asyncio.StreamReader, got: Got, parser: h11.Connection, *, stream: bool
) -> None:
    while True:
        try:
            event = parser.next_event()
        except h11.RemoteProtocolError:
            # An answer cut off in its middle is a closed connection; anything else is no HTTP.
            got.garbled = not reader.at_eof()
            return
        if event is h11.NEED_DATA:
            parser.receive_data(await reader.read(65_536))
        elif isinstance(event, h11.Response):
            got.status, got.headers = event.status_code, list(event.headers)
            if stream and got.header("content-type").startswith("text/event-stream"):
                return
        elif isinstance(event, h11.Data):
            got.body += bytes(event.data)
        elif isinstance(event, h11.EndOfMessage | h11.ConnectionClosed):
            return
