"""kill -9 of the whole server: it comes back, and what it confirmed is still there."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import httpx

from bot.counts import Counts
from bot.settings import Settings
from bot.votes import Quoted, Vote, Votes
from bot.web.cards import quote_digest
from tests.soak.addresses import new_visitor
from tests.soak.ground import SEED, Ground, real_questions
from tests.soak.report import Report
from tests.soak.server import Server, answers

_CRASHES = 10
_VISITORS = 6
_SECONDS = (1.0, 3.0)  # of asking and voting before a crash
_ANSWERS = {"answered", "not_found", "help", "declined", "about", "greeting"}


@dataclass(slots=True)
class _Confirmed:
    """What visitors sent, and what of it was answered with 200."""

    votes: Counter[tuple[Quoted, Vote]] = field(default_factory=Counter)
    votes_sent: int = 0
    replies: int = 0
    problems: list[str] = field(default_factory=list)


def kill_servers(ground: Ground, scale: float, report: Report) -> None:
    """Crash a server again and again over one index."""
    settings = ground.copy_articles("crashes")
    place = {"SEEDS_DIR": str(settings.seeds_dir), "INDEX_DIR": str(settings.index_dir)}
    chance = random.Random(SEED)
    confirmed = _Confirmed()
    crashes = max(1, round(_CRASHES * scale))
    starts = []
    for _ in range(crashes):
        start = time.monotonic()
        server = Server(**place)
        with server as address:
            starts.append(time.monotonic() - start)
            report.expect(answers(address), "a server that starts answers")
            confirmed.replies += 1
            asyncio.run(_use(server, chance.uniform(*_SECONDS), confirmed))
        _expect_kept(settings, confirmed, report)
    with Server(**place) as address:
        report.expect(answers(address), "after all crashes a question is answered")
    report.say(
        f"{crashes} crashes of the server, started in {min(starts):.0f} to {max(starts):.0f} s: "
        f"{confirmed.replies} answers and {sum(confirmed.votes.values())} votes were confirmed, "
        "and all are counted"
    )
    for problem in confirmed.problems[:5]:
        report.expect(False, f"until the crash all is answered ({problem})")
    report.expect(sum(confirmed.votes.values()) > 0, "votes were confirmed")


def _expect_kept(settings: Settings, confirmed: _Confirmed, report: Report) -> None:
    """Compare what is counted on disk with what visitors were told."""
    counted = Votes(settings.index_dir).counts()
    for (quoted, vote), number in confirmed.votes.items():
        kept = counted.get(quoted, {}).get(vote, 0)
        report.expect(kept >= number, f"no confirmed vote is lost ({quoted}: {kept} of {number})")
    votes = sum(sum(by_vote.values()) for by_vote in counted.values())
    report.expect(
        votes <= confirmed.votes_sent, f"no vote is made up ({votes} of {confirmed.votes_sent})"
    )
    days = Counts(settings.index_dir).by_day().values()
    replies = sum(day[status] for day in days for status in _ANSWERS)
    report.expect(
        replies >= confirmed.replies, f"no reply is lost ({replies} of {confirmed.replies})"
    )


async def _use(server: Server, seconds: float, confirmed: _Confirmed) -> None:
    """Ask and vote, until the server is killed."""
    killed = asyncio.Event()
    visits = [
        asyncio.create_task(_visit(server.address, number, confirmed, killed))
        for number in range(_VISITORS)
    ]
    await asyncio.sleep(seconds)
    killed.set()
    os.kill(server.process.pid, signal.SIGKILL)
    await asyncio.gather(*visits)


async def _visit(address: str, number: int, confirmed: _Confirmed, killed: asyncio.Event) -> None:
    chance = random.Random(SEED + number)
    questions = real_questions()
    async with new_visitor(address) as client:
        try:
            while not killed.is_set():
                question = chance.choice(questions)
                body = {"question": question.text, "previous": question.previous}
                reply = await client.post("/api/ask", json=body)
                if reply.status_code == 200:
                    confirmed.replies += 1
                    await _vote(client, reply.json(), chance, confirmed)
                elif reply.status_code != 503:
                    confirmed.problems.append(f"{reply.status_code}: {reply.text[:200]}")
        except httpx.HTTPError as error:
            if not killed.is_set():
                confirmed.problems.append(repr(error))


async def _vote(
    client: httpx.AsyncClient, reply: dict[str, Any], chance: random.Random, confirmed: _Confirmed
) -> None:
    for quote in reply["answers"]:
        digest = quote_digest(quote["quote"])
        quoted = Quoted(quote["article"], quote["start"], quote["end"], digest)
        vote = chance.choice(list(Vote))
        form = {"article": quoted.article, "start": quoted.start, "end": quoted.end, "h": digest}
        confirmed.votes_sent += 1
        said = await client.post("/feedback", data={**form, "vote": vote.value})
        if said.status_code == 200:
            confirmed.votes[quoted, vote] += 1
        else:
            confirmed.problems.append(f"a vote: {said.status_code}")
