"""A bot -> a running web server. Importing this imports gradio, which takes seconds."""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from anyio import to_thread

from bot.counts import Counts
from bot.errors import AddressError
from bot.logs import keep_quiet, log_failure
from bot.serving import Serving
from bot.web.connection import PunctualProtocol
from bot.web.metrics import Metrics
from bot.web.server import create_app
from bot.web.service import Service

_log = logging.getLogger(__name__)

_LOOK_SECONDS = 1.0  # how often to look for a newer generation of the index
_MOST_CONNECTIONS = 1000  # at once; the next is told that the service is not available
_MOST_HEADERS = 16 * 1024  # bytes
_GRACE_SECONDS = 5.0  # beyond the longest that an answer may take


def serve(serving: Serving, bound: socket.socket) -> None:
    """Serve until stopped; answers that are under way are given first.

    Raises:
        AddressError: when the address for measures cannot be had.
    """
    settings = serving.settings
    metrics = Metrics(serving)
    counts = Counts(settings.index_dir)
    service = Service(serving, counts, metrics.observe)
    server = _Server(_config(service), service)
    _serve_metrics(metrics, settings.metrics_host, settings.metrics_port)
    # uvicorn raises a signal once more at its end: what follows has to run all the same.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, server.handle_exit)
    with _refreshing(serving):
        server.run(sockets=[bound])
    counts.close()
    _log.info("Stopped.")
    if not service.turns.idle:  # a question that hangs would keep the process for ever
        logging.shutdown()
        os._exit(0)


def _config(service: Service) -> uvicorn.Config:
    settings = service.settings
    return uvicorn.Config(
        create_app(service),
        http=PunctualProtocol,
        access_log=False,  # it would hold addresses
        log_config=None,
        log_level="error",  # a stranger's odd request is no news
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
        server_header=False,
        limit_concurrency=_MOST_CONNECTIONS,
        h11_max_incomplete_event_size=_MOST_HEADERS,
        timeout_graceful_shutdown=round(settings.waiting_seconds + _GRACE_SECONDS),
    )


class _Server(uvicorn.Server):
    """Says so when it serves, and keeps quiet about questions from then on."""

    def __init__(self, config: uvicorn.Config, service: Service) -> None:
        super().__init__(config)
        self._service = service

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start to serve."""
        # Who waits for an answer holds a thread: the pages must not wait for one.
        to_thread.current_default_thread_limiter().total_tokens += self._service.turns.places
        await super().startup(sockets)
        settings = self._service.settings
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        _log.info("Serving on http://%s:%s (stop with Ctrl-C)", host, settings.port)
        keep_quiet()


def _serve_metrics(metrics: Metrics, host: str, port: int | None) -> None:
    if port is None:
        return
    try:
        metrics.serve(host, port)
    except OSError as error:
        raise AddressError(f"Cannot serve measures on {host} port {port}: {error}") from error
    _log.info("Measures on http://%s:%s/metrics", host, port)


@contextmanager
def _refreshing(serving: Serving) -> Iterator[None]:
    """Look for newer generations of the index meanwhile."""
    stop = threading.Event()

    def look() -> None:
        while not stop.wait(_LOOK_SECONDS):
            try:
                serving.refresh()
            except Exception as error:
                log_failure(error)  # and the old one goes on answering

    watcher = threading.Thread(target=look, name="refresh", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        stop.set()
        watcher.join()
