"""/plain: a form that posts, and the same answers, for browsers without JavaScript."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse

from bot import texts
from bot.errors import BusyError, ClosedError, QuestionError
from bot.logs import log_failure
from bot.web.articles import READ
from bot.web.cards import exchange
from bot.web.forms import form_fields
from bot.web.limits import WAIT
from bot.web.service import Service
from bot.web.templates import page, render_exchange

_RETRY_SECONDS = 30


@dataclass(frozen=True, slots=True)
class _Form:
    """What the form holds besides its fixed words."""

    typed: str = ""  # what could not be asked
    previous: str | None = None
    problem: str | None = None
    answer: str | None = None  # markup


def plain_routes(service: Service) -> APIRouter:
    """Make the routes of the page without JavaScript."""
    router = APIRouter()

    @router.api_route("/plain", methods=READ)
    def form() -> HTMLResponse:
        return _page(service, _Form())

    @router.post("/plain")
    async def ask(request: Request) -> HTMLResponse:
        fields = form_fields(await request.body())
        question, previous = fields.get("question", ""), fields.get("previous")
        if said := request.scope.get(WAIT):
            form = _Form(typed=question, previous=previous, problem=said)
            return _page(service, form, status=429)
        return await run_in_threadpool(_answer, service, question, previous)

    return router


def _answer(service: Service, question: str, previous: str | None) -> HTMLResponse:
    # A browser sends a line break in a text area as two characters, but counts it as one.
    question = question.replace("\r\n", "\n")
    try:
        shown = service.ask(exchange, question, previous)
    except QuestionError as error:
        problem, status = str(error), 422
    except ClosedError as closed:
        problem, status = str(closed), 503
    except BusyError:
        problem, status = texts.INTERFACE["busy"], 503
    except Exception as error:
        log_failure(error)
        problem, status = texts.INTERFACE["failed"], 500
    else:
        answer = render_exchange(shown, id="a", script=False)
        return _page(service, _Form(previous=question, answer=answer))
    form = _Form(typed=question, previous=previous, problem=problem)
    return _page(service, form, status=status)


def _page(service: Service, form: _Form, *, status: int = 200) -> HTMLResponse:
    corpus = service.bot.index.corpus
    response = page(
        "plain.html",
        status=status,
        title=texts.INTERFACE["title"].format(subject=corpus.subject),
        searched=texts.searched(corpus.articles),
        form=form,
    )
    if status == 503:
        response.headers["Retry-After"] = str(_RETRY_SECONDS)
    return response
