"""The bot that answers now. A newer index takes the place of the old one between two questions."""

from __future__ import annotations

import logging
from collections.abc import Callable

from bot.encoder import Encoder
from bot.errors import CorpusError, IndexDamagedError, IndexUnusableError
from bot.index import generations
from bot.index.index import Index
from bot.pipeline import Bot, BuildReport, SilentReport, build_index, open_index
from bot.settings import Settings

_log = logging.getLogger(__name__)


class Serving:
    """Holds the current bot. Whoever answers takes it once, and keeps it to the end."""

    def __init__(
        self, index: Index, encoder: Encoder, settings: Settings, *, outdated: bool = False
    ) -> None:
        """Serve `index`; `outdated` where a newer one should be there but could not be built."""
        self.settings = settings
        self.bot = Bot(index, encoder, settings)
        self.outdated = outdated
        self._encoder = encoder
        self._seen = index.manifest.generation
        self._listeners: list[Callable[[Bot], None]] = []

    def listen(self, listener: Callable[[Bot], None]) -> None:
        """Call `listener` with the current bot, and with each that takes its place."""
        listener(self.bot)
        self._listeners.append(listener)

    def refresh(self) -> bool:
        """Take up the generation that is current on disk, if that is another and whole.

        Questions that are being answered end with the bot they began with: all that a bot needs
        is in memory.
        """
        current = generations.current_name(self.settings.index_dir)
        if current is None or current == self._seen:
            return False
        try:
            index = Index.load(self.settings.index_dir, None, self._encoder)
        except IndexUnusableError as error:
            self._seen = current  # said once, until there is another
            self.outdated = True
            _log.error("The generation %s is not taken up: %s", current, error)
            return False
        old, self.bot = self.bot, Bot(index, self._encoder, self.settings)
        self._seen, self.outdated = index.manifest.generation, False
        old.index.close()
        generations.tidy(self.settings.index_dir)  # an article that was taken out is gone now
        for listener in self._listeners:
            listener(self.bot)
        _log.warning("The generation %s answers from now on.", self._seen)
        return True


class LogReport(SilentReport):
    """Tells of a build in the log."""

    def starts(self, reason: str) -> None:
        """Log why a build starts."""
        _log.info("The index is built: %s", reason)

    def waits(self) -> None:
        """Log that another build runs."""
        _log.info("Another build is running; waiting for it to end.")


def open_serving(settings: Settings, encoder: Encoder, report: BuildReport) -> Serving:
    """Open the index for a server: built if need be, or else the last good generation.

    Raises:
        CorpusError: when the articles are broken and there is no index to fall back on.
        IndexUnusableError: when there is none for another reason.
    """
    try:
        return Serving(_open_or_mend(settings, encoder, report), encoder, settings)
    except (CorpusError, IndexUnusableError) as reason:
        try:
            index = Index.load(settings.index_dir, None, encoder)
        except IndexUnusableError:
            raise reason from None
        _log.error(
            "The index could not be brought up to date, so the last good generation, %s, serves: "
            "%s",
            index.manifest.generation,
            reason,
        )
        return Serving(index, encoder, settings, outdated=True)


def _open_or_mend(settings: Settings, encoder: Encoder, report: BuildReport) -> Index:
    """Open the index, building it anew where it is damaged: a server has nobody to ask."""
    try:
        return open_index(settings, encoder, report)
    except IndexDamagedError as damage:
        _log.error("%s It is built anew.", damage)
        return build_index(settings, encoder, report)
