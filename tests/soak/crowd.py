"""A crowd asks through both ways at once: nobody gets a wrong answer, or somebody else's."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from typing import Any

import httpx

from tests.soak.addresses import new_visitor
from tests.soak.asking import Heard, Tally, ask_api, ask_gradio
from tests.soak.ground import SEED, Ground, Question, real_questions
from tests.soak.report import Report, milliseconds, percentile
from tests.soak.server import Server

_PROGRAMS, _READERS = 200, 50
_SECONDS = 60.0
_PAUSES = (3.0, 7.0)  # between the questions of one visitor
_MOST_SHOWN = 5

_Ask = Callable[[httpx.AsyncClient, Question], Awaitable[Heard]]


def crowd(server: Server, ground: Ground, scale: float, report: Report) -> None:
    """Ask each question alone, then all at once; then let the encoder do it alone."""
    questions = real_questions()[: max(8, round(97 * scale))]
    asyncio.run(_crowd(server, questions, scale, report))
    start, used = time.monotonic(), time.process_time()
    for question in questions:
        ground.encoder.encode([question.text])
    limit = len(questions) / (time.monotonic() - start)
    each = milliseconds((time.process_time() - used) / len(questions))
    report.say(f"the bare encoder alone: {limit:.1f} questions/s, {each} of a core for each")


async def _crowd(server: Server, questions: list[Question], scale: float, report: Report) -> None:
    alone = [(await _alone(server.address, ask_api, q, report)) for q in questions]
    in_chat = [(await _alone(server.address, _by_page, q, report)) for q in questions]
    seconds = max(5.0, _SECONDS * scale)
    end = time.monotonic() + seconds
    programs, readers = Tally(), Tally()
    visits = [
        _visit(
            server.address,
            ask,
            expected=list(zip(questions, expected, strict=True)),
            end=end,
            tally=tally,
            seed=seed,
        )
        for ask, expected, tally, visitors in (
            (ask_api, alone, programs, _PROGRAMS),
            (_by_page, in_chat, readers, _READERS),
        )
        for seed in range(max(5, round(visitors * scale)))
    ]
    started, used = time.monotonic(), server.cpu_seconds
    await asyncio.gather(*visits)
    took = time.monotonic() - started
    _say(report, "POST /api/ask", programs, took)
    _say(report, "the chat", readers, took)
    total = len(programs.answered) + len(readers.answered)
    report.say(
        f"{len(visits)} visitors for {seconds:.0f} s: {total / took:.1f} answers/s in all; "
        f"the server had {(server.cpu_seconds - used) / took:.0%} of a core, "
        f"{milliseconds((server.cpu_seconds - used) / max(1, total))} for each answer"
    )


async def _alone(server: str, ask: _Ask, question: Question, report: Report) -> Any:
    """Return the answer that a question gets when nobody else asks."""
    async with new_visitor(server) as client:
        heard = await ask(client, question)
    report.expect(heard.status == 200, f"{question.text!r} alone is answered ({heard.problem})")
    return heard.content


async def _by_page(client: httpx.AsyncClient, question: Question) -> Heard:
    return await ask_gradio(client, question, f"c{random.randrange(10**12)}")


async def _visit(
    server: str,
    ask: _Ask,
    *,
    expected: list[tuple[Question, Any]],
    end: float,
    tally: Tally,
    seed: int,
) -> None:
    """Ask now and then until the end."""
    chance = random.Random(SEED + seed)
    async with new_visitor(server) as client:
        await asyncio.sleep(chance.uniform(0, _PAUSES[1]))
        while time.monotonic() < end:
            question, answer = chance.choice(expected)
            tally.add(await ask(client, question), answer)
            await asyncio.sleep(chance.uniform(*_PAUSES))


def _say(report: Report, way: str, tally: Tally, seconds: float) -> None:
    p50, p95 = (milliseconds(percentile(tally.answered, n)) for n in (50, 95))
    report.say(
        f"{way}: {tally.total} questions, {len(tally.answered)} answered "
        f"({len(tally.answered) / seconds:.1f}/s), each the answer that it gets alone; 50% within "
        f"{p50}, 95% within {p95}; refused {tally.refused_in_words() or 'none'}"
    )
    report.expect(bool(tally.answered), f"somebody gets an answer ({way})")
    for problem in tally.problems[:_MOST_SHOWN]:
        report.expect(False, f"{way}: {len(tally.problems)} go wrong, like this one: {problem}")
