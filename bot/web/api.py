"""POST /api/ask and GET /healthz."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, StrictStr, ValidationError

from bot.contract import reply_object
from bot.pipeline import Bot

UNPROCESSABLE = 422


class AskRequest(BaseModel):
    """The body of POST /api/ask."""

    model_config = ConfigDict(frozen=True)

    question: StrictStr
    previous: StrictStr | None = None


def api_routes(bot: Bot) -> APIRouter:
    """Make the routes that programs call."""
    router = APIRouter()

    @router.post("/api/ask")
    async def ask(request: Request) -> JSONResponse:
        try:
            asked = AskRequest.model_validate_json(await request.body())
        except ValidationError as error:
            return _unprocessable(_reason(error))
        reply = await run_in_threadpool(reply_object, bot, asked.question, asked.previous)
        if reply.status == "invalid":
            return _unprocessable(reply.notice or "This question cannot be asked.")
        return JSONResponse(reply.to_json())

    @router.get("/healthz")
    async def healthz() -> JSONResponse:
        return JSONResponse({"status": "ok"})

    return router


def _unprocessable(detail: str) -> JSONResponse:
    return JSONResponse({"detail": detail}, UNPROCESSABLE)


def _reason(error: ValidationError) -> str:
    """Say what is wrong with a body, without repeating what was in it."""
    problem = error.errors(include_input=False, include_url=False)[0]
    if problem["type"] == "json_invalid":
        return 'Send JSON in UTF-8, like {"question": "…"}.'
    field = ".".join(str(part) for part in problem["loc"])
    return f"{field}: {problem['msg']}" if field else 'Send an object like {"question": "…"}.'
