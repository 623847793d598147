from __future__ import annotations

import errno
import multiprocessing
import os
import random
import signal
import threading
import time
from pathlib import Path

import pytest

from bot.errors import IndexLockedError, IndexNotFoundError, IndexNotWritableError
from bot.index import generations
from bot.index.generations import build_lock, new_name, open_current, publish

FILES = {f"part{number}": bytes([number]) * 50_000 for number in range(6)}
FORK = multiprocessing.get_context("fork")


def publish_new(root: Path) -> str:
    name = new_name()
    with build_lock(root):
        publish(root, name, FILES, b"manifest of " + name.encode())
    return name


def names(root: Path) -> set[str]:
    return {path.name for path in root.iterdir() if path.is_dir()}


def read_whole(root: Path) -> str:
    """Read the current generation and check every byte of it."""
    opened = open_current(root)
    assert {name: opened.read(name) for name in FILES} == FILES
    assert opened.read(generations.MANIFEST) == b"manifest of " + opened.name.encode()
    opened.close()
    return opened.name


def test_before_the_first_build_there_is_none(tmp_path: Path) -> None:
    with pytest.raises(IndexNotFoundError, match="python -m bot build"):
        open_current(tmp_path)


def test_an_old_generation_goes_when_nobody_reads_it(tmp_path: Path) -> None:
    publish_new(tmp_path)
    second = publish_new(tmp_path)
    assert names(tmp_path) == {second}


def test_an_old_generation_stays_while_it_is_read(tmp_path: Path) -> None:
    first = publish_new(tmp_path)
    reader = open_current(tmp_path)
    second = publish_new(tmp_path)
    assert names(tmp_path) == {first, second}
    assert reader.read("part3") == FILES["part3"]
    assert read_whole(tmp_path) == second
    reader.close()
    third = publish_new(tmp_path)
    assert names(tmp_path) == {third}


def build_until_killed(root: Path) -> None:
    while True:
        publish_new(root)


def test_kill_9_at_any_moment_leaves_a_whole_generation(tmp_path: Path) -> None:
    publish_new(tmp_path)
    moments = random.Random(7)
    for _ in range(40):
        builder = FORK.Process(target=build_until_killed, args=(tmp_path,))
        builder.start()
        time.sleep(moments.uniform(0.001, 0.06))
        assert builder.pid
        os.kill(builder.pid, signal.SIGKILL)
        builder.join()
        read_whole(tmp_path)
    last = publish_new(tmp_path)
    assert names(tmp_path) == {last}


@pytest.mark.parametrize("step", ["mkdir", "file", "manifest", "pointer", "rename", "cleanup"])
def test_kill_9_at_each_step_leaves_the_old_or_the_new_one(tmp_path: Path, step: str) -> None:
    old = publish_new(tmp_path)
    builder = FORK.Process(target=die_at, args=(tmp_path, step))
    builder.start()
    builder.join()
    assert builder.exitcode == -signal.SIGKILL
    current = read_whole(tmp_path)
    assert (current == old) == (step != "cleanup")
    assert names(tmp_path) >= {current}
    newest = publish_new(tmp_path)
    assert names(tmp_path) == {newest}


def die_at(root: Path, step: str) -> None:
    """Publish, and be killed right before one step of it."""
    write, remove = generations._write, generations._remove_all_but

    def die(*_: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def guarded_write(path: Path, content: bytes) -> None:
        due = {"file": "part3", "manifest": "manifest.json", "pointer": "current.new"}.get(step)
        if path.name == due:
            path.write_bytes(content[: len(content) // 2])
            die()
        write(path, content)

    removals = 0

    def guarded_remove(root: Path, keep: str | None) -> None:
        nonlocal removals
        removals += 1
        if step == "cleanup" and removals == 2:
            die()
        remove(root, keep)

    generations._write = guarded_write
    generations._remove_all_but = guarded_remove
    if step == "mkdir":
        Path.mkdir = die  # type: ignore[method-assign, assignment]
    if step == "rename":
        Path.replace = die  # type: ignore[method-assign, assignment]
    with open(root / generations._BUILD_LOCK, "a"):  # noqa: PTH123 - Path.mkdir may be broken
        name = new_name()
        publish(root, name, FILES, b"manifest of " + name.encode())


def test_readers_never_see_anything_but_a_whole_generation(tmp_path: Path) -> None:
    publish_new(tmp_path)
    builder = FORK.Process(target=build_until_killed, args=(tmp_path,))
    builder.start()
    try:
        seen = {read_whole(tmp_path) for _ in range(300)}
        deadline = time.monotonic() + 60  # the builder may have had no turn yet
        while len(seen) == 1 and time.monotonic() < deadline:
            seen.add(read_whole(tmp_path))
    finally:
        assert builder.pid
        os.kill(builder.pid, signal.SIGKILL)
        builder.join()
    assert len(seen) > 1


def test_a_full_disk_leaves_the_old_generation_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = publish_new(tmp_path)
    write = generations._write

    def full(path: Path, content: bytes) -> None:
        if path.name == "part4":
            raise OSError(errno.ENOSPC, "No space left on device")
        write(path, content)

    monkeypatch.setattr(generations, "_write", full)
    with pytest.raises(IndexNotWritableError, match="No space left on device"):
        publish_new(tmp_path)
    assert read_whole(tmp_path) == old
    assert names(tmp_path) == {old}


def test_two_builders_take_turns(tmp_path: Path) -> None:
    order: list[str] = []

    def second() -> None:
        with build_lock(tmp_path, waiting=lambda: order.append("waits")):
            order.append("second")

    with build_lock(tmp_path):
        waiting = threading.Thread(target=second)
        waiting.start()
        time.sleep(0.4)
        order.append("first")
    waiting.join()
    assert order == ["waits", "first", "second"]


def test_a_builder_that_never_ends_is_a_clear_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(generations, "_LOCK_SECONDS", 0.1)
    with (
        build_lock(tmp_path),
        pytest.raises(IndexLockedError, match="Another build"),
        build_lock(tmp_path),
    ):
        pass
