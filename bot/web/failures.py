"""Logging what went wrong without what was asked."""

from __future__ import annotations

import logging
import traceback

_log = logging.getLogger(__name__)


def log_failure(error: BaseException) -> None:
    """Log an exception by its kind and place; its message may hold a question."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    _log.error("%s in %s:%s", type(error).__name__, place.filename, place.lineno)
