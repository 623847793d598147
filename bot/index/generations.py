"""The folder index/: whole generations, one of them current, swapped by one rename.

    index/
      current            "<generation> <sha256 of its manifest>", replaced atomically
      build.lock         held by the one process that builds
      <generation>/      written once, never changed
        manifest.json    and the files it lists
        readers.lock     shared by whoever reads it; a free one may be removed

A crash at any moment leaves `current` pointing at a whole generation: files are flushed
to disk before the rename, and what a crash left behind goes with the next build. Locks
are the operating system's, so they end with the process that held them.

This file knows bytes and names only; what they mean is `index.py`'s business.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import portalocker

from bot.errors import (
    IndexDamagedError,
    IndexLockedError,
    IndexNotFoundError,
    IndexNotWritableError,
)

MANIFEST = "manifest.json"
_CURRENT = "current"
_BUILD_LOCK = "build.lock"
_READERS_LOCK = "readers.lock"
_NAME = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{8}")
_POINTER = re.compile(rf"({_NAME.pattern}) ([0-9a-f]{{64}})\n")

_REBUILD = "Run `python -m bot build`."
# A whole build of a large corpus; waiting is right, since it ends with a fresh index.
_LOCK_SECONDS = 600.0


class OpenGeneration:
    """The current generation, kept from removal until closed."""

    def __init__(self, directory: Path, manifest_sha256: str, lock: BinaryIO) -> None:
        self._directory = directory
        self._lock = lock
        self.manifest_sha256 = manifest_sha256

    @property
    def name(self) -> str:
        """The generation's name."""
        return self._directory.name

    def read(self, name: str) -> bytes:
        """Read one file of the generation.

        Raises:
            IndexDamagedError: when it is missing or cannot be read.
        """
        try:
            return (self._directory / name).read_bytes()
        except OSError as error:
            raise IndexDamagedError(
                f"{self._directory / name} cannot be read ({error.strerror}). {_REBUILD}"
            ) from error

    def read_checked(self, name: str, sha256: str) -> bytes:
        """Read one file and compare it with its hash from the manifest.

        Raises:
            IndexDamagedError: when it is missing, cut short or changed.
        """
        content = self.read(name)
        if hashlib.sha256(content).hexdigest() != sha256:
            raise IndexDamagedError(
                f"{self._directory / name} was cut short or changed after the build. {_REBUILD}"
            )
        return content

    def close(self) -> None:
        """Let the generation go."""
        self._lock.close()


def new_name() -> str:
    """Return a name for a new generation, later ones sorting after earlier ones."""
    return f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}"


def open_current(root: Path) -> OpenGeneration:
    """Open the current generation for reading.

    Raises:
        IndexNotFoundError: when nothing was built yet.
        IndexDamagedError: when `current` points nowhere.
    """
    while True:
        name, manifest_sha256 = read_pointer(root)
        lock = _lock_for_reading(root / name)
        if lock is not None:
            return OpenGeneration(root / name, manifest_sha256, lock)
        if read_pointer(root)[0] == name:
            raise IndexDamagedError(f"{root / name} is not a whole generation. {_REBUILD}")
        # Another build replaced it between the two steps: read the new one.


@contextlib.contextmanager
def build_lock(root: Path, waiting: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Keep other builders out, waiting for one that runs; `waiting` is called before.

    Raises:
        IndexLockedError: when it runs for longer than ten minutes.
        IndexNotWritableError: when the folder cannot be written to.
    """
    try:
        root.mkdir(parents=True, exist_ok=True)
        lock = portalocker.Lock(root / _BUILD_LOCK, mode="a", timeout=_LOCK_SECONDS)
        try:
            lock.acquire(timeout=0, fail_when_locked=True)
        except portalocker.LockException:
            waiting()
            lock.acquire()
    except portalocker.LockException as error:
        raise IndexLockedError(
            f"Another build holds {root / _BUILD_LOCK}. Wait for it, or stop it, and try again."
        ) from error
    except OSError as error:
        raise _not_writable(root, error) from error
    try:
        yield
    finally:
        lock.release()


def tidy(root: Path) -> bool:
    """Remove generations that nobody needs any more; False while a build runs."""
    try:
        with portalocker.Lock(root / _BUILD_LOCK, mode="a", timeout=0, fail_when_locked=True):
            if current := current_name(root):
                _remove_all_but(root, current)
    except (portalocker.LockException, OSError):
        return False
    return True


def publish(root: Path, name: str, files: Mapping[str, bytes], manifest: bytes) -> None:
    """Write a whole generation, make it the current one and remove the old ones.

    Call it under `build_lock` only.

    Raises:
        IndexNotWritableError: when the disk is full or not ours; the current one stays.
    """
    if current := current_name(root):
        _remove_all_but(root, current)  # what a crash left behind
    directory = root / name
    try:
        directory.mkdir()
        for file, content in {**files, MANIFEST: manifest, _READERS_LOCK: b""}.items():
            _write(directory / file, content)
        _flush_directory(directory)
        _flush_directory(root)
        pointer = f"{name} {hashlib.sha256(manifest).hexdigest()}\n".encode()
        _write(root / f"{_CURRENT}.new", pointer)
        (root / f"{_CURRENT}.new").replace(root / _CURRENT)
        _flush_directory(root)
    except OSError as error:
        shutil.rmtree(directory, ignore_errors=True)
        raise _not_writable(root, error) from error
    _remove_all_but(root, name)


def _not_writable(root: Path, error: OSError) -> IndexNotWritableError:
    return IndexNotWritableError(
        f"Cannot write the index to {root}: {error.strerror}. Make room or allow writing there, "
        "or set INDEX_DIR to another folder."
    )


def read_pointer(root: Path) -> tuple[str, str]:
    """Return the current generation's name and the sha256 of its manifest.

    Raises:
        IndexNotFoundError: when nothing was built yet.
        IndexDamagedError: when `current` cannot be read.
    """
    try:
        content = (root / _CURRENT).read_text(encoding="ascii")
    except (FileNotFoundError, NotADirectoryError) as error:
        raise IndexNotFoundError(f"There is no index in {root} yet. {_REBUILD}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise IndexDamagedError(f"{root / _CURRENT} cannot be read. {_REBUILD}") from error
    match = _POINTER.fullmatch(content)
    if match is None:
        raise IndexDamagedError(f"{root / _CURRENT} does not name a generation. {_REBUILD}")
    return match[1], match[2]


def current_name(root: Path) -> str | None:
    """Return the current generation's name; None where there is none."""
    with contextlib.suppress(IndexNotFoundError, IndexDamagedError):
        return read_pointer(root)[0]
    return None


def _lock_for_reading(directory: Path) -> BinaryIO | None:
    """Take the shared lock; None when the generation is gone or going."""
    try:
        lock = (directory / _READERS_LOCK).open("rb")
    except OSError:
        return None
    try:
        portalocker.lock(lock, portalocker.LOCK_SH | portalocker.LOCK_NB)
    except portalocker.LockException:
        lock.close()
        return None
    if not (directory / MANIFEST).exists():
        lock.close()
        return None
    return lock


def _remove_all_but(root: Path, keep: str | None) -> None:
    for directory in root.iterdir():
        if directory.is_dir() and _NAME.fullmatch(directory.name) and directory.name != keep:
            _remove_unless_read(directory)


def _remove_unless_read(directory: Path) -> None:
    path = directory / _READERS_LOCK
    if not path.exists():  # cut off while it was written: nobody can have opened it
        shutil.rmtree(directory, ignore_errors=True)
        return
    with path.open("rb") as lock:
        try:
            portalocker.lock(lock, portalocker.LOCK_EX | portalocker.LOCK_NB)
        except portalocker.LockException:
            return  # still read; a later build removes it
        # The manifest goes first: a reader that comes now sees that it came too late.
        (directory / MANIFEST).unlink(missing_ok=True)
        shutil.rmtree(directory, ignore_errors=True)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _flush_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
