"""kill -9 in the middle of builds: what is current is always whole."""

from __future__ import annotations

import contextlib
import itertools
import multiprocessing
import os
import random
import shutil
import signal
import time
from pathlib import Path

from bot.encoder import Encoder
from bot.errors import IndexNotFoundError
from bot.index.index import Index
from bot.pipeline import SilentReport, build_index
from bot.settings import Settings
from bot.verification import verify
from tests.soak.ground import SEED, Ground
from tests.soak.report import Report

_KILLS = 100
_FROM_NOTHING = 10  # every so manieth kill finds no index there
_ENCODING = 8  # every so manieth build encodes for itself; the others have it from memory
_FORK = multiprocessing.get_context("fork")


def kill_builds(ground: Ground, scale: float, report: Report) -> None:
    """Kill builders forked from a warm parent, half of them while they write."""
    settings = ground.copy_articles("builds")
    chance = random.Random(SEED)
    encoder, kills = ground.memory, max(4, round(_KILLS * scale))
    _build(settings, encoder)
    quick = _build(settings, encoder)
    slow = _build(settings, ground.encoder) if kills >= _ENCODING else quick
    seen = [_current(settings, encoder)]
    ended = nothing = 0
    for number in range(1, kills + 1):
        from_nothing, encoding = number % _FROM_NOTHING == 0, number % _ENCODING == 0
        if from_nothing:
            shutil.rmtree(settings.index_dir)
        code = _kill_one(
            settings,
            ground.encoder if encoding else encoder,
            chance,
            slow if encoding else quick,
            writing=number % 2 == 1,
        )
        ended += code == 0
        report.expect(code in {0, -signal.SIGKILL}, f"a build ends well or is killed ({code})")
        try:
            seen.append(_current(settings, encoder))
        except IndexNotFoundError:
            nothing += 1
            report.expect(from_nothing, "an index that was there is there after a kill")
            _build(settings, encoder)
            seen.append(_current(settings, encoder))
    changes = sum(a != b for a, b in itertools.pairwise(seen))
    report.say(
        f"{kills} builds of {quick:.1f} to {slow:.1f} s killed ({ended} had ended by then): each "
        f"time what is current was whole and verified; {changes} times it was another one than "
        f"before, {nothing} times there was none, neither before nor after"
    )
    _build(settings, encoder)
    left = sorted(path.name for path in settings.index_dir.iterdir())
    expected = sorted(["build.lock", "current", _current(settings, encoder)])
    report.expect(left == expected, f"the next build leaves nothing over ({left})")


def _kill_one(
    settings: Settings,
    encoder: Encoder,
    chance: random.Random,
    whole_build: float,
    *,
    writing: bool,
) -> int | None:
    """Kill one build at some moment; return its exit code, 0 where it had ended before."""
    before = _folders(settings.index_dir)
    builder = _FORK.Process(target=_build, args=(settings, encoder))
    builder.start()
    if writing:
        while builder.is_alive() and _folders(settings.index_dir) <= before:
            time.sleep(0.0005)
        time.sleep(chance.uniform(0, 0.06))  # writing takes some 30 ms, loading again as much
    else:
        time.sleep(chance.uniform(0, whole_build))
    if builder.pid and builder.is_alive():
        with contextlib.suppress(ProcessLookupError):
            os.kill(builder.pid, signal.SIGKILL)
    builder.join()
    return builder.exitcode


def _build(settings: Settings, encoder: Encoder) -> float:
    """Build, and return the seconds it took."""
    start = time.monotonic()
    build_index(settings, encoder, SilentReport()).close()
    return time.monotonic() - start


def _folders(root: Path) -> set[str]:
    return {path.name for path in root.iterdir() if path.is_dir()} if root.is_dir() else set()


def _current(settings: Settings, encoder: Encoder) -> str:
    """Load what is current, every byte of it checked, and compare it with the articles."""
    index = Index.load(settings.index_dir, None, encoder)
    try:
        problems = verify(index.corpus, settings.seeds_dir).problems
        if problems:
            raise AssertionError(f"{index.manifest.generation}: {problems}")
        return index.manifest.generation
    finally:
        index.close()
