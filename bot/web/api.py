"""POST /api/ask and GET /healthz."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, StrictStr, ValidationError

from bot import texts
from bot.contract import reply_object
from bot.errors import BusyError, ClosedError
from bot.web.service import Service

UNPROCESSABLE = 422
UNAVAILABLE = 503


class AskRequest(BaseModel):
    """The body of POST /api/ask."""

    model_config = ConfigDict(frozen=True)

    question: StrictStr
    previous: StrictStr | None = None


def api_routes(service: Service) -> APIRouter:
    """Make the routes that programs call."""
    router = APIRouter()

    @router.post("/api/ask")
    async def ask(request: Request) -> JSONResponse:
        try:
            asked = AskRequest.model_validate_json(await request.body())
        except ValidationError as error:
            return _unprocessable(_reason(error))
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

    @router.api_route("/healthz", methods=["GET", "HEAD"])
    async def healthz() -> JSONResponse:
        """Say that the process is alive."""
        return JSONResponse({"status": "ok"})

    @router.api_route("/readyz", methods=["GET", "HEAD"])
    async def readyz() -> JSONResponse:
        """Say that questions are answered, and from which generation of the index.

        The index is loaded and the model warm before the server listens. A closed service is
        ready too: it has its notice to show.
        """
        index = service.bot.index
        return JSONResponse(
            {
                "status": "ready" if service.closed is None else "closed",
                "generation": index.manifest.generation,
                "outdated": service.serving.outdated,
                "encoder": service.settings.encoder,
                "articles": len(index.corpus.articles),
            }
        )

    return router


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
