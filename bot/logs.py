"""The log: one line for each thing that an operator should know, and never what was asked.

An exception's message may hold a question, and so may what a library logs. So of an exception
only its kind and place are written, and of a library's record only its place.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import sys
import threading
import traceback
from types import TracebackType
from typing import Literal

Form = Literal["text", "json"]
_OURS = "bot"
_log = logging.getLogger(__name__)


class QuietFormatter(logging.Formatter):
    """Writes a record as one line of text, or as one JSON object."""

    def __init__(self, form: Form, *, quiet: bool = True) -> None:
        """Write all of a record unless `quiet`, as long as nobody can have asked anything."""
        super().__init__()
        self._form = form
        self.quiet = quiet

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        time = dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds")
        level = record.levelname.lower()
        message = _message(record) if self.quiet else _in_full(record)
        if self._form == "text":
            return f"{time} {level} {message}"
        fields = {"time": time, "level": level, "logger": record.name, "message": message}
        return json.dumps(fields)


def place_of(error: BaseException) -> str:
    """Return an exception's kind and where it was raised, without its message."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f" in {frames[-1].filename}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{place}"


def log_failure(error: BaseException) -> None:
    """Log an exception that ends one answer."""
    _log.error("%s", place_of(error))


def start_logging(form: Form) -> None:
    """Send all that is logged, by us or by a library, to stderr in this form.

    Until `keep_quiet` a failure is written with all that is known of it.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(QuietFormatter(form, quiet=False))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger(_OURS).setLevel(logging.INFO)
    logging.raiseExceptions = False  # it would print a record that cannot be formatted


def keep_quiet() -> None:
    """From now on a record may hold a question: write only what cannot."""
    for handler in logging.getLogger().handlers:
        if isinstance(handler.formatter, QuietFormatter):
            handler.formatter.quiet = True
    sys.excepthook = _log_uncaught
    threading.excepthook = _log_uncaught_in_a_thread


def _in_full(record: logging.LogRecord) -> str:
    lines = record.getMessage().splitlines()
    if record.exc_info:
        lines += "".join(traceback.format_exception(*record.exc_info)).splitlines()
    return " | ".join(line.strip() for line in lines)


def _message(record: logging.LogRecord) -> str:
    if record.name.split(".")[0] == _OURS:
        message = record.getMessage()
    else:
        message = f"{record.name} in {record.pathname}:{record.lineno}"
    error = record.exc_info[1] if record.exc_info else None
    return " ".join(message.splitlines()) + (f" ({place_of(error)})" if error else "")


def _log_uncaught(
    kind: type[BaseException], error: BaseException | None, _: TracebackType | None
) -> None:
    if not issubclass(kind, KeyboardInterrupt):
        _log.critical("%s", place_of(error) if error else kind.__name__)


def _log_uncaught_in_a_thread(raised: threading.ExceptHookArgs) -> None:
    _log_uncaught(raised.exc_type, raised.exc_value, raised.exc_traceback)
