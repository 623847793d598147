"""A wrong configuration is refused at once, with all that is wrong in it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

from bot.settings import ROOT
from tests.conftest import free_port


def start(**environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "app.py"],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_all_that_is_wrong_is_said_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = start(
        PORT=str(free_port()),
        SEEDS_DIR=str(tmp_path / "none"),
        INDEX_DIR=str(tmp_path / "file"),
        LIMITS_STORAGE=f"redis://127.0.0.1:{free_port()}",
        EMBED_SITES="not a site",
        QUESTIONS_PER_MINUTE="many",
        OPERATOR_CONTACT="nobody",
    )
    assert done.returncode == 2
    for name in (
        "SEEDS_DIR=",
        "INDEX_DIR=",
        "LIMITS_STORAGE: there is no Redis",
        "LIMITS_KEY is missing",
        "EMBED_SITES=",
        "QUESTIONS_PER_MINUTE='many'",
        "OPERATOR_CONTACT=",
    ):
        assert done.stderr.count(name) == 1, name
    assert "Traceback" not in done.stderr


def test_a_secret_is_not_repeated() -> None:
    done = start(LIMITS_STORAGE="redis:/user:hunter2@host", LIMITS_KEY="hunter2")
    assert done.stderr.count("LIMITS_STORAGE: ") == done.stderr.count("LIMITS_KEY: ") == 1
    assert "hunter2" not in done.stderr


def test_an_address_that_is_taken_is_said_before_the_slow_part() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = start(PORT=port)
        measures = start(PORT=str(free_port()), METRICS_PORT=port)
    assert (done.returncode, measures.returncode) == (1, 2)
    assert f"Cannot serve on 127.0.0.1 port {port}" in done.stderr
    assert f"METRICS_PORT: Cannot serve on 127.0.0.1 port {port}" in measures.stderr


def test_measures_are_never_on_the_visitors_port() -> None:
    port = str(free_port())
    done = start(METRICS_HOST="127.0.0.2", PORT=port, METRICS_PORT=port)
    assert done.returncode == 2
    assert f"METRICS_PORT={port}: this is the visitors' port" in done.stderr
