"""What a trial says, and what did not hold."""

from __future__ import annotations

import sys
from collections.abc import Sequence


class Report:
    """Writes lines as they come, and remembers what did not hold."""

    def __init__(self, name: str) -> None:
        self.broken: list[str] = []
        self._name = name

    def say(self, line: str) -> None:
        """Write one line."""
        sys.stdout.write(f"{self._name:<8} {line}\n")
        sys.stdout.flush()

    def expect(self, holds: bool, what: str) -> None:
        """Note `what`, which should not be, where it does not hold."""
        if not holds:
            self.broken.append(what)
            self.say(f"DOES NOT HOLD: {what}")


def percentile(values: Sequence[float], percent: int) -> float:
    """Return the value below which so many percent lie; 0 where there are none.

    >>> percentile([3.0, 1.0, 2.0], 50)
    2.0
    """
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, len(ordered) * percent // 100)] if ordered else 0.0


def milliseconds(seconds: float) -> str:
    """Write a time as people read it."""
    return f"{seconds * 1000:.0f} ms"
