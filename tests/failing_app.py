"""`python -m tests.failing_app`: the app, with a bot that is slow or fails where it is asked to.

A question that begins with SLOW waits before it is answered, one with HANG for ever; one that
begins with BOOM raises an exception that holds the question, as a library's might.
"""

from __future__ import annotations

import threading
import time
from unittest.mock import patch

from bot.__main__ import main
from bot.pipeline import Bot, Inspection

_SECONDS = 2.0
_ask = Bot.inspect


def _inspect(self: Bot, text: str, previous: str | None = None) -> Inspection:
    if text.startswith("BOOM"):
        raise KeyError(text)
    if text.startswith("HANG"):
        threading.Event().wait()
    if text.startswith("SLOW"):
        time.sleep(_SECONDS)
        text = text.removeprefix("SLOW ")
    return _ask(self, text, previous)


if __name__ == "__main__":
    with patch.object(Bot, "inspect", _inspect):
        main(["chat"])
