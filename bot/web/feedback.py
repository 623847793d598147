"""POST /feedback: what a reader says of a quote is counted, and nothing else is kept."""

from __future__ import annotations

import logging

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response

from bot import texts
from bot.errors import VotesError
from bot.index.index import Index
from bot.votes import Quoted, Vote, Votes
from bot.web.articles import quote_at
from bot.web.forms import form_fields
from bot.web.service import Service
from bot.web.templates import page

_log = logging.getLogger(__name__)


def feedback_routes(service: Service, votes: Votes) -> APIRouter:
    """Make the route that counts votes on quotes."""
    router = APIRouter()

    @router.post("/feedback")
    async def feedback(request: Request) -> Response:
        by_script = "application/json" in request.headers.get("accept", "")
        if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
            return _reply("no_vote", 403, by_script=by_script)  # another site's page sent it
        fields = form_fields(await request.body())
        place, vote = _quoted(service.bot.index, fields), fields.get("vote")
        if place is None or vote not in set(Vote):
            return _reply("no_vote", 422, by_script=by_script)
        try:
            await run_in_threadpool(votes.add, place, Vote(vote))
        except VotesError as error:
            _log.error("%s", error)  # it says what the operator can do, and holds no question
            return _reply("no_vote", 503, by_script=by_script)
        return _reply("thanks", 200, by_script=by_script)

    return router


def _quoted(index: Index, fields: dict[str, str]) -> Quoted | None:
    """Return the quote that a vote is for; None if it is none that the bot could show."""
    article, digest = index.article(fields.get("article", "")), fields.get("h", "")
    if article is None:
        return None
    span = quote_at(article, fields.get("start", ""), fields.get("end", ""), digest)
    sentences = [s.span for s in index.corpus.sentences if s.article is article]
    if span is None or not (
        any(span.start == s.start for s in sentences) and any(span.end == s.end for s in sentences)
    ):
        return None
    return Quoted(article.id, span.start, span.end, digest)


def _reply(word: str, status: int, *, by_script: bool) -> Response:
    said = texts.INTERFACE[word]
    if by_script:
        return JSONResponse({"detail": said}, status)
    return page("said.html", status=status, said=said)
