"""A server that is told to stop while a crowd asks gives its answers first."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import httpx

from tests.soak.addresses import new_visitor
from tests.soak.asking import Heard, ask_api, ask_gradio
from tests.soak.ground import Question, real_questions
from tests.soak.raw import talk
from tests.soak.report import Report
from tests.soak.server import Server

_Way = Callable[[httpx.AsyncClient, Question], Awaitable[Heard]]
_PROGRAMS, _READERS = 24, 4  # with what is answered at once fewer than may wait
_LIMIT = 20.0  # seconds: ten for an answer, five of grace, and what a busy machine needs
_AGE = 0.25  # a question this old is in the server, not on its way


@dataclass(slots=True)
class _Asked:
    """One question."""

    start: float
    end: float | None = None
    problem: str | None = None


def stop(server: Server, report: Report) -> None:
    """Send SIGTERM while questions wait. The server is gone afterwards."""
    asyncio.run(_stop(server, report))


async def _stop(server: Server, report: Report) -> None:
    asked: list[_Asked] = []
    asking = [asyncio.create_task(_visit(server, asked, n, ask_api)) for n in range(_PROGRAMS)]
    asking += [asyncio.create_task(_visit(server, asked, n, _read)) for n in range(_READERS)]
    await asyncio.sleep(3.0)
    # One that holds a stream open, and one that has begun to send a question.
    holding = [
        asyncio.create_task(talk(server.port, b"POST /api/ask HTTP/1.1\r\nHost: x\r\n")),
    ]
    await asyncio.sleep(0.5)
    told = time.monotonic()
    server.process.send_signal(signal.SIGTERM)
    while server.process.poll() is None and time.monotonic() < told + 2 * _LIMIT:
        await asyncio.sleep(0.05)
    seconds = time.monotonic() - told
    for task in [*asking, *holding]:
        task.cancel()
    await asyncio.gather(*asking, *holding, return_exceptions=True)
    under_way = [a for a in asked if a.start < told - _AGE and (a.end is None or a.end > told)]
    lost = [a for a in under_way if a.problem or a.end is None]
    report.say(
        f"SIGTERM while {len(under_way)} questions were under way: {len(under_way) - len(lost)} "
        f"had their answer, and the server ended after {seconds:.1f} s with "
        f"{server.process.returncode}"
    )
    report.expect(bool(under_way), "questions were under way")
    report.expect(
        not lost, f"all that were under way have an answer ({[a.problem for a in lost][:3]})"
    )
    report.expect(seconds < _LIMIT, f"the server ends within {_LIMIT:.0f} s ({seconds:.1f})")
    code = server.process.returncode
    report.expect(code == 0, f"the server ends with 0 ({code})")


async def _visit(server: Server, asked: list[_Asked], number: int, way: _Way) -> None:
    questions = real_questions()
    while True:
        number += 1
        one = _Asked(time.monotonic())
        asked.append(one)
        # A visitor of its own each time: no limit, and no connection that just ends.
        async with new_visitor(server.address) as client:
            heard = await way(client, questions[number % len(questions)])
        one.end, one.problem = time.monotonic(), heard.problem
        if heard.problem:
            return


async def _read(client: httpx.AsyncClient, question: Question) -> Heard:
    return await ask_gradio(client, question, f"stop{time.monotonic_ns()}")
