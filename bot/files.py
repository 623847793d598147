"""Reading the files of a corpus: bytes and exact text, or an error that names the place."""

from __future__ import annotations

from pathlib import Path

from bot.errors import CorpusError


def decode(path: Path, content: bytes) -> str:
    """Decode a file as UTF-8 with no newline translation, so that offsets are the file's own.

    Raises:
        CorpusError: naming the line of the first byte that is not UTF-8.
    """
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        reason = f"not UTF-8 (byte {content[error.start]:#04x}); save the file as UTF-8"
        raise CorpusError(path, line, reason) from error


def read_bytes(path: Path) -> bytes:
    """Read a file.

    Raises:
        CorpusError: when it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise CorpusError(path, None, f"cannot be read: {error.strerror}") from error
