"""The bot that answers now. A newer index takes the place of the old one between two questions."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from bot.encoder import Encoder
from bot.errors import CorpusError, IndexDamagedError, IndexNotFoundError, IndexUnusableError
from bot.index import generations
from bot.index.index import Index
from bot.logs import log_failure, place_of
from bot.pipeline import Bot, BuildReport, SilentReport, build_index, open_index
from bot.settings import Settings

_log = logging.getLogger(__name__)
_PAUSE_SECONDS = 30.0  # before a generation that failed is tried again


class Serving:
    """Holds the current bot. Whoever answers takes it once, and keeps it to the end."""

    def __init__(
        self, index: Index, encoder: Encoder, settings: Settings, *, outdated: bool = False
    ) -> None:
        """Serve `index`; `outdated` where a newer one should be there but could not be built."""
        self.settings = settings
        self.bot = Bot(index, encoder, settings)
        self._encoder = encoder
        self._behind = outdated
        self._failed: str | None = None  # the generation that could not be taken up
        self._next_try = 0.0
        self._tidy = True  # whether no older generation is left on disk
        self._listeners: list[Callable[[Bot], None]] = []

    @property
    def outdated(self) -> bool:
        """Whether a newer index should be there but could not be built, or read."""
        return self._behind or self._failed is not None

    def listen(self, listener: Callable[[Bot], None]) -> None:
        """Call `listener` with the current bot, and with each that takes its place."""
        listener(self.bot)
        self._listeners.append(listener)

    def refresh(self) -> bool:
        """Take up the generation that is current on disk, if that is another and whole.

        Questions that are being answered end with the bot they began with: all that a bot needs
        is in memory.
        """
        if not self._tidy:
            self._tidy = generations.tidy(self.settings.index_dir)
        try:
            current = generations.read_pointer(self.settings.index_dir)[0]
            if current == self.bot.index.manifest.generation:
                self._failed = None
                return False
            if self._failed == current and time.monotonic() < self._next_try:
                return False
            bot = self._open_current()
        except IndexNotFoundError:
            return False  # an index folder that was emptied: what is in memory serves on
        except Exception as error:
            self._note_failure(error)
            return False
        self._take_up(bot)
        return True

    def _open_current(self) -> Bot:
        index = Index.load(self.settings.index_dir, None, self._encoder)
        try:
            return Bot(index, self._encoder, self.settings)
        except BaseException:
            index.close()
            raise

    def _note_failure(self, error: Exception) -> None:
        failed = generations.current_name(self.settings.index_dir) or ""
        if self._failed != failed:  # said once, though it is tried again
            reason = error if isinstance(error, IndexUnusableError) else place_of(error)
            _log.error("The newer index is not taken up: %s", reason)
        self._failed, self._next_try = failed, time.monotonic() + _PAUSE_SECONDS

    def _take_up(self, bot: Bot) -> None:
        old, self.bot = self.bot, bot
        self._failed, self._behind = None, False
        _log.info("The generation %s answers from now on.", bot.index.manifest.generation)
        old.index.close()
        self._tidy = False  # an article that was taken out is to be gone from the disk too
        for listener in self._listeners:
            try:
                listener(bot)
            except Exception as error:
                log_failure(error)


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
