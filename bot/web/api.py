"""POST /api/ask and GET /healthz."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, JsonValue, StrictStr, ValidationError

from bot import texts
from bot.contract import ReplyObject, reply_object
from bot.errors import BusyError, ClosedError
from bot.questions import INVISIBLE
from bot.web.service import Service

UNPROCESSABLE = 422
UNAVAILABLE = 503


# The planes of Unicode that are not letters alone, or nobody's yet.
_NOT_ONLY_LETTERS = (*range(0x20000), *range(0xE0000, 0xF0000))


class AskRequest(BaseModel):
    """The body of POST /api/ask."""

    model_config = ConfigDict(frozen=True)

    question: StrictStr
    previous: StrictStr | None = None


class Problem(BaseModel):
    """What is answered instead of a reply."""

    detail: str


def api_routes(service: Service) -> APIRouter:
    """Make the routes that programs call."""
    router = APIRouter()
    longest = service.settings.max_question_characters

    @router.post(
        "/api/ask",
        response_model=ReplyObject,
        responses={status: {"model": Problem} for status in (413, 422, 429, 500, 503)},
        openapi_extra={
            "requestBody": {
                "required": True,
                "content": {"application/json": {"schema": _request_schema(longest)}},
            }
        },
    )
    async def ask(request: Request) -> JSONResponse:
        try:
            asked = AskRequest.model_validate_json(await request.body())
        except ValidationError as error:
            return _unprocessable(_reason(error))
        if len((asked.previous or "").strip()) > longest:
            return _unprocessable(f"previous: the most is {longest:,} characters.")
        try:
            reply = await run_in_threadpool(
                service.ask, reply_object, asked.question, asked.previous
            )
        except BusyError:
            return _unavailable(texts.INTERFACE["busy"], seconds=5)
        except ClosedError as closed:
            return _unavailable(str(closed), seconds=600)
        if reply.status == "invalid":
            return _unprocessable(reply.notice or "This question cannot be asked.")
        return JSONResponse(reply.to_json())

    @router.head("/healthz", include_in_schema=False)
    @router.get("/healthz")
    async def healthz() -> JSONResponse:
        """Say that the process is alive."""
        return JSONResponse({"status": "ok"})

    @router.head("/readyz", include_in_schema=False)
    @router.get("/readyz", responses={UNAVAILABLE: {}})
    async def readyz() -> JSONResponse:
        """Say that questions are answered, and from which generation of the index.

        The index is loaded and the model warm before the server listens. A closed service is
        ready too: it has its notice to show. One whose questions all hang has to be restarted.
        """
        index = service.bot.index
        status = "stuck" if service.turns.stuck else "ready" if service.closed is None else "closed"
        return JSONResponse(
            {
                "status": status,
                "generation": index.manifest.generation,
                "outdated": service.serving.outdated,
                "encoder": service.settings.encoder,
                "articles": len(index.corpus.articles),
            },
            UNAVAILABLE if status == "stuck" else 200,
        )

    return router


def _request_schema(longest: int) -> dict[str, JsonValue]:
    """Describe what can be asked: something visible, not too long."""
    text: dict[str, JsonValue] = {"type": "string", "maxLength": longest}
    visible = {**text, "pattern": f"[^{_ranges_of(INVISIBLE)}]"}
    return {
        "type": "object",
        "properties": {"question": visible, "previous": {"anyOf": [text, {"type": "null"}]}},
        "required": ["question"],
    }


def _ranges_of(categories: Collection[str]) -> str:
    """Write the characters of some Unicode categories as ranges of a regular expression.

    Not every engine that reads a description knows these by name.
    """
    ranges: list[list[int]] = []
    for code in _NOT_ONLY_LETTERS:
        if unicodedata.category(chr(code)) in categories:
            if ranges and ranges[-1][1] == code - 1:
                ranges[-1][1] = code
            else:
                ranges.append([code, code])
    return "".join(f"{_escape(first)}-{_escape(last)}" for first, last in ranges)


def _escape(code: int) -> str:
    return f"\\u{code:04x}" if code < 0x10000 else chr(code)


def _unavailable(detail: str, *, seconds: int) -> JSONResponse:
    return JSONResponse({"detail": detail}, UNAVAILABLE, {"Retry-After": str(seconds)})


def _unprocessable(detail: str) -> JSONResponse:
    return JSONResponse({"detail": detail}, UNPROCESSABLE)


def _reason(error: ValidationError) -> str:
    """Say what is wrong with a body, without repeating what was in it."""
    problem = error.errors(include_input=False, include_url=False)[0]
    if problem["type"] == "json_invalid":
        return 'Send JSON in UTF-8, like {"question": "…"}.'
    field = ".".join(str(part) for part in problem["loc"])
    return f"{field}: {problem['msg']}" if field else 'Send an object like {"question": "…"}.'
