"""The web app: own routes first, the chat page mounted last, since it takes what is left."""

from __future__ import annotations

import gradio as gr
from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from bot.pipeline import Bot
from bot.web.api import api_routes
from bot.web.articles import article_routes
from bot.web.guard import Guard
from bot.web.page import STATIC, build_page


def create_app(bot: Bot) -> Guard:
    """Make the web app that serves one bot."""
    page = build_page(bot)
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    app.include_router(api_routes(bot))
    app.include_router(article_routes(bot.index))
    app.mount("/site", StaticFiles(directory=STATIC))
    gr.mount_gradio_app(
        app,
        page,
        path="/",
        css_paths=[STATIC / "chat.css"],
        theme=gr.themes.Base(font=["system-ui", "sans-serif"], font_mono=["monospace"]),
        footer_links=[],
        run_history=False,  # it would keep questions in the browser's storage
        ssr_mode=False,
        show_error=False,
        max_file_size=1,  # bytes: nothing can be uploaded
        enable_monitoring=False,
        mcp_server=False,
        pwa=False,
        favicon_path=str(STATIC / "icon.svg"),
    )
    events = {number: len(event.inputs) for number, event in page.fns.items() if event.fn}
    return Guard(app, events)
