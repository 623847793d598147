"""One visitor who asks without pause does not hold up the others."""

from __future__ import annotations

import asyncio
import random
import time

from tests.soak.addresses import new_address, new_visitor
from tests.soak.asking import Heard, Tally, ask_api
from tests.soak.ground import SEED, Question, real_questions
from tests.soak.report import Report, milliseconds, percentile
from tests.soak.server import Server

_ABUSE_A_SECOND = 50
_OTHERS = 10
_OTHERS_A_SECOND = 2.0  # all of them together: each asks every five seconds
_ROUNDS = 5
_ROUND_SECONDS = 15.0
_FACTOR = 2.0
_ENOUGH = 90  # answers; of fewer, the slowest twentieth is one or two that had bad luck


def abuse(server: Server, scale: float, report: Report) -> None:
    """Measure the others alone and beside the abuse, in turns."""
    asyncio.run(_abuse(server, scale, report))


async def _abuse(server: Server, scale: float, report: Report) -> None:
    others = [new_address() for _ in range(_OTHERS)]
    abuser = new_address()
    alone, beside, abused = Tally(), Tally(), Tally()
    rounds = max(2, round(_ROUNDS * scale))
    seconds = _ROUND_SECONDS if scale >= 1 else max(3.0, _ROUND_SECONDS * scale)
    for number in range(rounds):
        await _others(server.address, others, seconds, number, alone)
        task = asyncio.create_task(_abuser(server.address, abuser, seconds, abused))
        await _others(server.address, others, seconds, number, beside)
        await task
    report.say(
        f"one asks {_ABUSE_A_SECOND} times a second: {abused.total} questions, "
        f"{len(abused.answered)} answered, refused {abused.refused_in_words()}"
    )
    for name, tally in (("alone", alone), ("beside it", beside)):
        p50, p95 = (milliseconds(percentile(tally.answered, n)) for n in (50, 95))
        report.say(
            f"ten others {name}: {len(tally.answered)} answers in {rounds} rounds of "
            f"{seconds:.0f} s, 50% within {p50}, 95% within {p95}"
        )
        refused = tally.refused_in_words()
        report.expect(not refused, f"none of the others {name} is refused ({refused})")
    for problem in (alone.problems + beside.problems + abused.problems)[:5]:
        report.expect(False, f"every question has an answer or a refusal ({problem})")
    enough = min(len(alone.answered), len(beside.answered)) >= _ENOUGH
    percent = 95 if enough else 50
    ratio = percentile(beside.answered, percent) / max(percentile(alone.answered, percent), 1e-9)
    report.say(f"their {percent}% are {ratio:.2f} times those of when they are alone")
    report.expect(
        ratio < _FACTOR, f"the others' {percent}% stay below twice those alone ({ratio:.2f})"
    )


async def _others(
    server: str, addresses: list[str], seconds: float, number: int, tally: Tally
) -> None:
    """Ask twice a second, each time another of the others; the same questions in each pair."""
    chance = random.Random(SEED + number)
    questions = real_questions()
    count = round(seconds * _OTHERS_A_SECOND)
    asked = [chance.choice(questions) for _ in range(count)]
    await asyncio.gather(
        *(
            _ask_at(server, addresses[i % len(addresses)], question, i / _OTHERS_A_SECOND, tally)
            for i, question in enumerate(asked)
        )
    )


async def _ask_at(
    server: str, address: str, question: Question, seconds: float, tally: Tally
) -> None:
    await asyncio.sleep(seconds)
    async with new_visitor(server, address) as client:
        heard = await ask_api(client, question)
    tally.add(heard, heard.content)  # whether it is the right answer, the crowd finds out


async def _abuser(server: str, address: str, seconds: float, tally: Tally) -> None:
    """Ask at a steady pace, whether the last question has its answer or not."""
    question = Question("Who runs school support services?", None)
    start, asked = time.monotonic(), set()
    async with new_visitor(server, address) as client:
        for number in range(round(seconds * _ABUSE_A_SECOND)):
            await asyncio.sleep(max(0.0, start + number / _ABUSE_A_SECOND - time.monotonic()))
            asked.add(asyncio.create_task(ask_api(client, question)))
        heard: list[Heard] = await asyncio.gather(*asked)
    for one in heard:
        tally.add(one, one.content)
