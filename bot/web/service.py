"""Where every question is answered, whichever way it came: in turn, counted, unless closed."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol, TypeVar

from bot import texts
from bot.closing import closed_notice
from bot.counts import Counts
from bot.errors import BusyError, ClosedError, QuestionError
from bot.pipeline import Bot
from bot.serving import Serving
from bot.settings import Settings
from bot.web.turns import Turns


class _Reply(Protocol):
    @property
    def status(self) -> str: ...


_R = TypeVar("_R", bound=_Reply)
_STATUS_OF: dict[type[Exception], str] = {BusyError: "busy", QuestionError: "invalid"}
Observer = Callable[[str, float], None]


class Service:
    """Answers questions with the bot of the moment."""

    def __init__(self, serving: Serving, counts: Counts, observer: Observer | None = None) -> None:
        """Serve; `observer` is told the status of each reply and the seconds it took."""
        settings = serving.settings
        self.serving = serving
        self.counts = counts
        self._observer = observer
        self._turns = Turns(
            settings.answers_at_once, settings.waiting_questions, settings.waiting_seconds
        )

    @property
    def settings(self) -> Settings:
        """What the operator set."""
        return self.serving.settings

    @property
    def bot(self) -> Bot:
        """The bot of the moment: take it once for all that has to fit together."""
        return self.serving.bot

    @property
    def turns(self) -> Turns:
        """Who waits and who is answered."""
        return self._turns

    @property
    def closed(self) -> str | None:
        """What visitors read while the service is closed; None while it is open."""
        notice = closed_notice(self.settings.index_dir)
        return notice if notice is None else notice or texts.INTERFACE["closed"]

    def ask(
        self, way: Callable[[Bot, str, str | None], _R], question: str, previous: str | None
    ) -> _R:
        """Have a question answered by `way` (`reply_object`, `exchange`), and count the reply.

        Raises:
            ClosedError: with the notice, while the service is closed.
            BusyError: when too many wait already, or it takes too long.
            QuestionError: when the question cannot be asked.
        """
        bot, start = self.bot, time.monotonic()
        # The help card needs no model: nobody in danger waits for it, or finds the door closed.
        distress = bot.is_distress(question)
        if not distress and (notice := self.closed):
            raise ClosedError(notice)
        try:
            if distress:
                reply = way(bot, question, previous)
            else:
                reply = self._turns.run(lambda: way(bot, question, previous))
        except Exception as error:
            self.count(_STATUS_OF.get(type(error), "failed"), time.monotonic() - start)
            raise
        self.count(reply.status, time.monotonic() - start)
        return reply

    def count(self, status: str, seconds: float = 0.0) -> None:
        """Count a reply that was given."""
        self.counts.add(status)
        if self._observer:
            self._observer(status, seconds)
