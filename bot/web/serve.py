"""A bot -> a running web server. Importing this imports gradio, which takes seconds."""

from __future__ import annotations

import sys

import uvicorn

from bot.pipeline import Bot
from bot.settings import Settings
from bot.web.server import create_app


def serve(bot: Bot, settings: Settings) -> None:
    """Serve until stopped. No access log: it would hold addresses."""
    app = create_app(bot)
    print(f"Serving on http://{settings.host}:{settings.port} (stop with Ctrl-C)", file=sys.stderr)
    uvicorn.run(app, host=settings.host, port=settings.port, access_log=False, log_level="warning")
