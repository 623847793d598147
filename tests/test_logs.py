"""The log's lines: one a record, and nothing in them that somebody asked."""

from __future__ import annotations

import io
import json
import logging
import subprocess
import sys

import pytest

from bot.logs import Form, QuietFormatter
from bot.settings import ROOT

MARK = "quizzicalwombat"


def failure() -> KeyError:
    try:
        {"": ""}[MARK]
    except KeyError as error:
        return error
    raise AssertionError


def logged(form: Form, name: str, message: str, *values: object, raised: bool = False) -> str:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(QuietFormatter(form))
    logger = logging.getLogger(name)
    logger.addHandler(handler)
    logger.error(message, *values, exc_info=failure() if raised else None)
    logger.removeHandler(handler)
    return stream.getvalue()


@pytest.mark.parametrize("form", ["text", "json"])
def test_an_exception_is_its_kind_and_place(form: Form) -> None:
    line = logged(form, "bot.test", "It failed.", raised=True)
    assert "It failed. (KeyError in " in line
    assert "test_logs.py:" in line
    assert MARK not in line
    assert line.count("\n") == 1


def test_json_is_one_object_a_line() -> None:
    record = json.loads(logged("json", "bot.test", "two\nlines of %s", "ours"))
    assert record.pop("time").endswith("+00:00")
    assert record == {"level": "error", "logger": "bot.test", "message": "two lines of ours"}


@pytest.mark.parametrize("message", ["failed: %s", f"failed: {MARK} %s", f"{MARK}\n%s"])
def test_of_a_library_s_record_only_its_place(message: str) -> None:
    line = logged("text", "asyncio", message, MARK)
    assert MARK not in line
    assert " error asyncio in " in line
    assert "test_logs.py:" in line


def test_a_task_that_nobody_waited_for_leaves_no_question_in_the_log() -> None:
    code = f"""
import asyncio, gc
from bot.logs import keep_quiet, start_logging
start_logging("text")
keep_quiet()
async def fail(): raise KeyError({MARK!r})
async def main():
    task = asyncio.create_task(fail())
    await asyncio.sleep(0.05)
    del task
    gc.collect()
asyncio.run(main())
raise ValueError({MARK!r})
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert " error asyncio in " in done.stderr
    assert "(KeyError in <string>" in done.stderr
    assert "critical ValueError in " in done.stderr
    assert MARK not in done.stderr.replace(f"raise KeyError({MARK!r})", "")
    assert "Traceback" not in done.stderr
