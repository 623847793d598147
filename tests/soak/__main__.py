"""`python -m tests.soak [hostile crowd abuse kills swap stop] [--scale 0.1]`."""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from tests.soak.abuse import abuse
from tests.soak.builds import kill_builds
from tests.soak.crashes import kill_servers
from tests.soak.crowd import crowd
from tests.soak.ground import Ground, prepare
from tests.soak.hostile import hostile
from tests.soak.report import Report
from tests.soak.server import Server
from tests.soak.stop import stop
from tests.soak.swap import swap


def server_of(ground: Ground, **environment: str) -> Server:
    """Make a server with the limits that it has where nobody sets any."""
    limits = {"QUESTIONS_PER_MINUTE": "20", "QUESTION_BURST": "10"}
    return Server(INDEX_DIR=str(ground.index_dir), **limits, **environment)


def _hostile(ground: Ground, scale: float, report: Report) -> None:
    # What is asked through Gradio's queue is answered though nobody listens: let all of it wait,
    # or half of the other questions would only find out that the service is busy.
    server = server_of(ground, WAITING_QUESTIONS="500")
    with server:
        hostile(server, scale, report)


def _crowd(ground: Ground, scale: float, report: Report) -> None:
    server = server_of(ground)
    with server:
        crowd(server, ground, scale, report)


def _abuse(ground: Ground, scale: float, report: Report) -> None:
    server = server_of(ground)
    with server:
        abuse(server, scale, report)


def _kills(ground: Ground, scale: float, report: Report) -> None:
    kill_builds(ground, scale, report)
    kill_servers(ground, scale, report)


def _stop(ground: Ground, _: float, report: Report) -> None:
    server = server_of(ground)
    with server:
        stop(server, report)


_SECTIONS: dict[str, Callable[[Ground, float, Report], None]] = {
    "hostile": _hostile,
    "crowd": _crowd,
    "abuse": _abuse,
    "kills": _kills,
    "swap": swap,
    "stop": _stop,
}


def main() -> int:
    """Run what was asked for; 1 where something does not hold."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("sections", nargs="*", help=f"some of {', '.join(_SECTIONS)}; else all")
    parser.add_argument("--scale", type=float, default=1.0, help="0.1 for a tenth of everything")
    given = parser.parse_args()
    if unknown := set(given.sections) - _SECTIONS.keys():
        parser.error(f"no such section: {', '.join(sorted(unknown))}")
    # A hundred builds would say a hundred times which contacts somebody should check.
    logging.getLogger("bot").setLevel(logging.ERROR)
    broken: list[str] = []
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        ground = prepare(Path(folder))
        for name in given.sections or _SECTIONS:
            broken += _run(name, ground, given.scale)
    summary = f"{len(broken)} things do not hold." if broken else "All of it holds."
    sys.stdout.write(f"{summary}\n")
    return 1 if broken else 0


def _run(name: str, ground: Ground, scale: float) -> list[str]:
    report, start = Report(name), time.monotonic()
    try:
        _SECTIONS[name](ground, scale, report)
    except Exception as error:
        # One section that cannot go on must not keep the others from being tried.
        report.expect(False, f"the section comes to its end ({error!r})")
    report.say(f"took {time.monotonic() - start:.0f} s")
    return report.broken


if __name__ == "__main__":
    sys.exit(main())
