"""The web app: own routes first, the chat page mounted last, since it takes what is left."""

from __future__ import annotations

import re

import gradio as gr
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from fastapi.staticfiles import StaticFiles

from bot import texts
from bot.votes import Votes
from bot.web.about import about_routes
from bot.web.api import api_routes
from bot.web.articles import READ, article_routes
from bot.web.closed import Closed
from bot.web.embed import embed_routes
from bot.web.feedback import feedback_routes
from bot.web.front import FrontPage
from bot.web.guard import Guard
from bot.web.headers import SecurityHeaders
from bot.web.limits import Limits
from bot.web.origins import Origins
from bot.web.page import STATIC, build_page
from bot.web.plain import plain_routes
from bot.web.public import PublicAddress
from bot.web.service import Service
from bot.web.templates import page
from bot.web.visitors import Visitors

_STYLES = [STATIC / name for name in ("colours.css", "cards.css", "chat.css")]
_OWN_PAGE = r"(?:articles|about|plain|article/[^/]+(?:/\d+-\d+)?)"


def create_app(service: Service) -> PublicAddress:
    """Make the web app around a service."""
    settings = service.settings
    app = own_routes(service)
    events = _mount_chat(app, service)
    front = FrontPage(app, texts.INTERFACE, settings.embed_sites)
    visitors = Visitors(
        settings.question_burst,
        settings.limit_seconds,
        settings.limits_storage,
        settings.limits_key,
    )
    guarded = Limits(Guard(Closed(front, service), events), visitors, service)
    allowed = Origins(guarded, settings.embed_sites, settings.public_url)
    return PublicAddress(SecurityHeaders(allowed, settings.embed_sites), settings.public_url)


def own_routes(service: Service) -> FastAPI:
    """Make the routes that are not Gradio's. `.openapi()` describes those for programs."""
    app = FastAPI(title="Parent question bot", openapi_url=None, docs_url=None, redoc_url=None)
    app.include_router(api_routes(service))
    pages = (
        article_routes(service),
        plain_routes(service),
        about_routes(service),
        feedback_routes(service, Votes(service.settings.index_dir)),
        embed_routes(service),
    )
    for router in pages:
        app.include_router(router, include_in_schema=False)
    app.mount("/site", StaticFiles(directory=STATIC))
    _drop_last_slashes(app)
    _say_what_failed(app)
    return app


def _mount_chat(app: FastAPI, service: Service) -> list[int]:
    """Add Gradio's page at the root; returns the numbers of the events that take a question."""
    chat = build_page(service)
    gr.mount_gradio_app(
        app,
        chat,
        path="/",
        css_paths=_STYLES,
        theme=gr.themes.Base(font=["system-ui", "sans-serif"], font_mono=["monospace"]),
        footer_links=[],
        run_history=False,  # it would keep questions in the browser's storage
        ssr_mode=False,
        show_error=False,
        max_file_size=1,  # bytes: nothing can be uploaded
        enable_monitoring=False,
        mcp_server=False,
        pwa=False,
        root_path=service.settings.public_path or None,
        favicon_path=str(STATIC / "icon.svg"),
    )
    return [number for number, event in chat.fns.items() if event.fn]


def _say_what_failed(app: FastAPI) -> None:
    """Answer an exception in words of ours; the guard logs it."""

    @app.exception_handler(Exception)
    def failed(request: Request, _: Exception) -> Response:
        said = texts.INTERFACE["failed"]
        if "text/html" in request.headers.get("accept", ""):
            root = "../" * request.url.path.count("/", 1)
            return page("said.html", status=500, root=root, said=said)
        return JSONResponse({"detail": said}, 500)


def _drop_last_slashes(app: FastAPI) -> None:
    """Send "/about/" to "/about", and likewise the other pages of our own."""

    @app.api_route("/{path:path}/", methods=READ, include_in_schema=False)
    def without_slash(path: str, request: Request) -> Response:
        if not re.fullmatch(_OWN_PAGE, path):
            return Response(status_code=404)
        query = f"?{request.url.query}" if request.url.query else ""
        name = path.rpartition("/")[2]
        return RedirectResponse(f"../{name}{query}", 307)
