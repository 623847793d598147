"""POST /feedback: what a reader says of a quote is counted, and nothing else is kept."""

from __future__ import annotations

import logging
from collections import defaultdict

from fastapi import APIRouter, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse, Response

from bot import texts
from bot.errors import VotesError
from bot.index.index import Index
from bot.votes import Quoted, Vote, Votes
from bot.web.articles import quote_at
from bot.web.forms import form_fields
from bot.web.templates import page

_log = logging.getLogger(__name__)


def feedback_routes(index: Index, votes: Votes) -> APIRouter:
    """Make the route that counts votes on the quotes of one index."""
    router = APIRouter()
    starts, ends = defaultdict(set), defaultdict(set)
    for sentence in index.corpus.sentences:
        starts[sentence.article.id].add(sentence.span.start)
        ends[sentence.article.id].add(sentence.span.end)

    def quoted(fields: dict[str, str]) -> Quoted | None:
        """Return the quote that a vote is for; None if it is none that the bot could show."""
        article = index.article(fields.get("article", ""))
        digest = fields.get("h", "")
        if article is None:
            return None
        span = quote_at(article, fields.get("start", ""), fields.get("end", ""), digest)
        if span is None or span.start not in starts[article.id] or span.end not in ends[article.id]:
            return None
        return Quoted(article.id, span.start, span.end, digest)

    @router.post("/feedback")
    async def feedback(request: Request) -> Response:
        by_script = "application/json" in request.headers.get("accept", "")
        if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
            return _reply("no_vote", 403, by_script=by_script)  # another site's page sent it
        fields = form_fields(await request.body())
        place, vote = quoted(fields), fields.get("vote")
        if place is None or vote not in set(Vote):
            return _reply("no_vote", 422, by_script=by_script)
        try:
            await run_in_threadpool(votes.add, place, Vote(vote))
        except VotesError as error:
            _log.error("%s", error)  # it says what the operator can do, and holds no question
            return _reply("no_vote", 503, by_script=by_script)
        return _reply("thanks", 200, by_script=by_script)

    return router


def _reply(word: str, status: int, *, by_script: bool) -> Response:
    said = texts.INTERFACE[word]
    if by_script:
        return JSONResponse({"detail": said}, status)
    return page("said.html", status=status, said=said)
