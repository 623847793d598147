"""/plain: a form that posts, and the same answers, for browsers without JavaScript."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse

from bot import texts
from bot.errors import BusyError, QuestionError
from bot.pipeline import Bot
from bot.web.articles import READ
from bot.web.cards import exchange
from bot.web.failures import log_failure
from bot.web.forms import form_fields
from bot.web.limits import WAIT
from bot.web.templates import page, render_exchange
from bot.web.turns import Turns


@dataclass(frozen=True, slots=True)
class _Form:
    """What the form holds besides its fixed words."""

    typed: str = ""  # what could not be asked
    previous: str | None = None
    problem: str | None = None
    answer: str | None = None  # markup


def plain_routes(bot: Bot, turns: Turns) -> APIRouter:
    """Make the routes of the page without JavaScript."""
    router = APIRouter()

    @router.api_route("/plain", methods=READ)
    def form() -> HTMLResponse:
        return _page(bot, _Form())

    @router.post("/plain")
    async def ask(request: Request) -> HTMLResponse:
        fields = form_fields(await request.body())
        question, previous = fields.get("question", ""), fields.get("previous")
        if said := request.scope.get(WAIT):
            return _page(bot, _Form(typed=question, previous=previous, problem=said), status=429)
        return await run_in_threadpool(_answer, bot, turns, question, previous)

    return router


def _answer(bot: Bot, turns: Turns, question: str, previous: str | None) -> HTMLResponse:
    # A browser sends a line break in a text area as two characters, but counts it as one.
    question = question.replace("\r\n", "\n")
    try:
        with turns.turn():
            shown = exchange(bot, question, previous)
    except QuestionError as error:
        form = _Form(typed=question, previous=previous, problem=str(error))
        return _page(bot, form, status=422)
    except BusyError:
        busy = _Form(typed=question, previous=previous, problem=texts.INTERFACE["busy"])
        return _page(bot, busy, status=503)
    except Exception as error:
        log_failure(error)
        failed = _Form(typed=question, previous=previous, problem=texts.INTERFACE["failed"])
        return _page(bot, failed, status=500)
    answer = render_exchange(shown, id="a", script=False)
    return _page(bot, _Form(previous=question, answer=answer))


def _page(bot: Bot, form: _Form, *, status: int = 200) -> HTMLResponse:
    corpus = bot.index.corpus
    return page(
        "plain.html",
        status=status,
        title=texts.INTERFACE["title"].format(subject=corpus.subject),
        searched=texts.searched(corpus.articles),
        form=form,
    )
