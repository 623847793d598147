"""How long a visitor may take to send a request. A proxy in front sees to that too."""

from __future__ import annotations

import asyncio

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

_SECONDS = 15.0


class PunctualProtocol(H11Protocol):
    """Closes a connection on which a request, head and body, takes too long to arrive.

    uvicorn itself waits for ever for the rest of a request that has begun.
    """

    _due: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the clock."""
        super().connection_made(transport)
        self._watch()

    def data_received(self, data: bytes) -> None:
        """Stop the clock once all is there."""
        super().data_received(data)
        self._watch()

    def on_response_complete(self) -> None:
        """Leave it to uvicorn's own clock how long the next request may be waited for."""
        super().on_response_complete()
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the clock."""
        self._stop()
        super().connection_lost(exc)

    def _watch(self) -> None:
        arriving = self.conn.their_state in {h11.IDLE, h11.SEND_BODY}
        if not arriving or self.timeout_keep_alive_task is not None:
            self._stop()
        elif self._due is None:
            self._due = self.loop.call_later(_SECONDS, self.transport.close)

    def _stop(self) -> None:
        if self._due is not None:
            self._due.cancel()
            self._due = None
