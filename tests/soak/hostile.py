"""Hostile input to every route: all of it is answered, nothing fails, nothing is kept."""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections import Counter
from collections.abc import Iterable
from itertools import islice

from tests.soak.attacks import INJECTED, STOLEN, UNESCAPED, WORKED_OUT
from tests.soak.generated import generate
from tests.soak.ground import SEED
from tests.soak.inputs import Input, inputs
from tests.soak.raw import Got, talk
from tests.soak.report import Report, percentile
from tests.soak.server import Server, answers
from tests.soak.slow import slow_visitors

_INPUTS = 10_000
_WARM_UP = 0.1  # of them come before memory is measured
_AT_ONCE = 24
_GROWTH = 1.10
# As long as the server may need for a request that never ends, on a busy machine.
_PATIENCE = 30.0
_FAILURES = re.compile(r" (?:error|critical) |Traceback|Exception|\w+Error\b")
_MOST_SHOWN = 10


def hostile(server: Server, scale: float, report: Report) -> None:
    """Send it all."""
    asyncio.run(_hostile(server, scale, report))
    report.expect(answers(server.address), "a normal question is answered right afterwards")
    failures = [line for line in server.so_far if _FAILURES.search(line)]
    for line, count in Counter(line.partition(" ")[2] for line in failures).most_common(
        _MOST_SHOWN
    ):
        report.expect(False, f"the log holds no failures (it has {count}: {line[:200]})")


async def _hostile(server: Server, scale: float, report: Report) -> None:
    chance = random.Random(SEED)
    count = max(200, round(_INPUTS * scale))
    start = time.monotonic()
    generated = generate(max(100, count // 10))
    all_inputs = inputs(count, chance, generated)
    tally = _Tally(report)
    await _send_all(server.port, islice(all_inputs, round(count * _WARM_UP)), tally)
    before = server.memory
    await asyncio.gather(
        _send_all(server.port, all_inputs, tally),
        slow_visitors(server.port, max(1, round(5 * scale)), chance, report),
    )
    tally.say(time.monotonic() - start)
    after = server.memory
    report.say(
        f"memory {before / 2**20:.0f} MiB after the first tenth, {after / 2**20:.0f} MiB at the "
        f"end ({after / before - 1:+.1%})"
    )
    report.expect(after < before * _GROWTH, f"memory grows by less than 10% ({after / before:.2f})")
    report.expect(await _all_closed(server), f"no connection stays ({server.connections} do)")


async def _send_all(port: int, all_inputs: Iterable[Input], tally: _Tally) -> None:
    waiting = iter(all_inputs)

    async def send() -> None:
        for sent in waiting:
            # The stream of a session may have nothing to say: that it begins is its answer.
            try:
                got = await talk(
                    port, sent.wire, head_only=sent.head_only, stream=True, patience=_PATIENCE
                )
            except TimeoutError:
                tally.hangs(sent)
            else:
                tally.add(sent, got)

    await asyncio.gather(*(send() for _ in range(_AT_ONCE)))


async def _all_closed(server: Server) -> bool:
    for _ in range(20):
        if server.connections == 0:
            return True
        await asyncio.sleep(1)
    return False


class _Tally:
    """Judges answers and counts them."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._kinds: Counter[str] = Counter()
        self._statuses: Counter[int | None] = Counter()
        self._seconds: list[float] = []
        self._found: Counter[str] = Counter()

    def add(self, sent: Input, got: Got) -> None:
        """Take an answer in."""
        self._kinds[sent.kind] += 1
        self._statuses[got.status] += 1
        self._seconds.append(got.seconds)
        for problem in _problems(got):
            self._note(problem, sent)

    def hangs(self, sent: Input) -> None:
        """Take in that there was no answer and no end."""
        self._kinds[sent.kind] += 1
        self._note(f"is answered or closed within {_PATIENCE:.0f} s", sent)

    def say(self, seconds: float) -> None:
        """Write what was counted."""
        kinds = ", ".join(f"{kind} {n}" for kind, n in self._kinds.items())
        statuses = sorted(self._statuses.items(), key=lambda item: item[0] or 0)
        answered = ", ".join(f"{status or 'closed'}: {n}" for status, n in statuses)
        self._report.say(f"{sum(self._kinds.values())} inputs in {seconds:.0f} s: {kinds}")
        self._report.say(
            f"answers {answered}; 95% within {percentile(self._seconds, 95):.2f} s, all within "
            f"{max(self._seconds, default=0):.1f} s"
        )

    def _note(self, problem: str, sent: Input) -> None:
        self._found[problem] += 1
        if self._found[problem] <= _MOST_SHOWN:
            shown = sent.wire if len(sent.wire) < 600 else sent.wire[:600] + b"..."
            self._report.expect(False, f"{problem} ({sent.kind}): {shown!r}")


def _problems(got: Got) -> list[str]:
    """List what is wrong with an answer."""
    kind = got.header("content-type")
    is_page = kind.startswith("text/html")
    status = got.status or 0
    busy = status == 503 and (b'"detail"' in got.body or (is_page and b'role="alert"' in got.body))
    checks = {
        "is HTTP": not got.garbled,
        "is no failure of the server": status < 500 or busy,
        "sets no header of the sender's": all(INJECTED not in n.decode() for n, _ in got.headers)
        and INJECTED not in got.header("set-cookie"),
        "works out no template": WORKED_OUT not in got.body,
        "gives away no file": not any(mark in got.body for mark in STOLEN),
        "shows no traceback": b"Traceback" not in got.body and b"site-packages" not in got.body,
        "says what it is": not got.body or bool(kind) or status in {301, 302, 307},
        "is not to be guessed at": got.header("x-content-type-options") == "nosniff"
        or status in {0, 400},  # 400 is uvicorn's own, and holds nothing of what was sent
        "is escaped": not is_page or not any(mark in got.body for mark in UNESCAPED),
    }
    return [f"an answer {what}" for what, holds in checks.items() if not holds]
