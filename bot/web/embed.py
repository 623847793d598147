"""/embed.js: the script that a forum's page loads, with its words filled in."""

from __future__ import annotations

import functools
import gzip
import hashlib
import json

from fastapi import APIRouter, Request, Response

from bot import texts
from bot.web.articles import READ
from bot.web.page import STATIC
from bot.web.service import Service

_WORDS = ("open_full_page", "service_down", "close")
_PLACE = "/* words */ {}"
_CACHED_SECONDS = 3600


def embed_routes(service: Service) -> APIRouter:
    """Make the route of the script."""
    router = APIRouter()

    @router.api_route("/embed.js", methods=READ)
    def embed_script(request: Request) -> Response:
        script, packed, tag = _script(service.bot.index.corpus.subject)
        headers = {
            "Cache-Control": f"public, max-age={_CACHED_SECONDS}",
            "Cross-Origin-Resource-Policy": "cross-origin",
            "Access-Control-Allow-Origin": "*",  # it is the same for everybody
            "ETag": tag,
            "Vary": "Accept-Encoding",
        }
        known = request.headers.get("if-none-match", "")
        if tag.removeprefix("W/") in known:
            return Response(status_code=304, headers=headers)
        small = "gzip" in request.headers.get("accept-encoding", "")
        if small:
            headers["Content-Encoding"] = "gzip"
        return Response(packed if small else script, 200, headers, "text/javascript")

    return router


@functools.lru_cache(maxsize=4)
def _script(subject: str) -> tuple[bytes, bytes, str]:
    """Return the script with its words, the same compressed, and a tag that changes with it."""
    words = {name: texts.INTERFACE[name] for name in _WORDS}
    words["title"] = texts.INTERFACE["title"].format(subject=subject)
    source = (STATIC / "embed.js").read_text(encoding="utf-8")
    script = source.replace(_PLACE, json.dumps(words)).encode()
    tag = f'W/"{hashlib.sha256(script).hexdigest()[:16]}"'
    return script, gzip.compress(script, mtime=0), tag
