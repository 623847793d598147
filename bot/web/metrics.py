"""Measures for Prometheus, on a port of their own that visitors never reach."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server

from bot.serving import Serving

_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """Counts of replies and how long they took: no text, no address."""

    def __init__(self, serving: Serving) -> None:
        self.registry = CollectorRegistry()
        self._replies = Counter(
            "bot_replies_total", "Replies by their status.", ["status"], registry=self.registry
        )
        self._seconds = Histogram(
            "bot_reply_seconds",
            "Seconds from a question to its reply, waiting included.",
            buckets=_SECONDS,
            registry=self.registry,
        )
        articles = Gauge("bot_articles", "Articles that are searched.", registry=self.registry)
        articles.set_function(lambda: len(serving.bot.index.corpus.articles))
        outdated = Gauge(
            "bot_outdated", "1 while an older generation serves.", registry=self.registry
        )
        outdated.set_function(lambda: float(serving.outdated))

    def observe(self, status: str, seconds: float) -> None:
        """Note one reply."""
        self._replies.labels(status).inc()
        if status != "too_many":
            self._seconds.observe(seconds)

    def serve(self, host: str, port: int) -> None:
        """Answer GET /metrics there, in a thread, until the process ends.

        Raises:
            OSError: when the address cannot be had.
        """
        start_http_server(port, host, self.registry)
