"""Everything that can go wrong in a way that somebody can mend.

    BotError
      SettingsError            a setting has a value that cannot work
      CorpusError              an article or the catalogue is broken (path, line, reason)
      EncoderError             the model cannot be found or is not the expected one
      AddressError             the address to serve on cannot be had
      BusyError                too many questions wait to be answered
      ClosedError              the operator closed the service
      ClosingError             the service cannot be closed or opened
      VotesError               the counts of readers' votes cannot be read or written
      CountsError              the counts of replies cannot be read
      QuestionError            a question that cannot be asked
      QuestionFileError        a file of questions that cannot be read (path, line, reason)
      IndexUnusableError       the built index cannot be used
        IndexNotFoundError       there is none yet
        IndexStaleError          articles, catalogue or settings changed since it was built
        IndexFormatError         built by a newer version of this program
        IndexMismatchError       built with another encoder
        IndexDamagedError        a file of it is missing, cut short or changed
        IndexLockedError         another build is running
        IndexNotWritableError    its folder cannot be written to

Not finding an answer is not an error: see `datatypes.Refusal`. Errors are caught
only at the edges (command line, web), and each message says what to do.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Self


class BotError(Exception):
    """Base of all errors below."""


class SettingsError(BotError):
    """A setting has a value that cannot work."""

    @classmethod
    def of(cls, problems: Iterable[str]) -> Self:
        """Say all that is wrong, one problem a line where there are several."""
        start = "Settings that cannot work:"
        listed = list(problems)
        if len(listed) == 1:
            return cls(f"{start} {listed[0]}")
        return cls("\n  ".join([start, *listed]))


class _FileError(BotError):
    """A problem at a place in a file."""

    def __init__(self, path: Path, line: int | None, reason: str) -> None:
        self.path, self.line, self.reason = path, line, reason
        place = f"{path}:{line}" if line else str(path)
        super().__init__(f"{place}: {reason}")


class CorpusError(_FileError):
    """An article or the catalogue is broken."""


class QuestionFileError(_FileError):
    """A file of questions cannot be read."""


class EncoderError(BotError):
    """The model cannot be found or is not the expected one."""


class BusyError(BotError):
    """Too many questions wait to be answered."""


class ClosedError(BotError):
    """The operator closed the service; the message is for visitors."""


class ClosingError(BotError):
    """The service cannot be closed or opened."""


class CountsError(BotError):
    """The counts of replies cannot be read."""


class VotesError(BotError):
    """The counts of readers' votes cannot be read or written."""


class AddressError(BotError):
    """The address to serve on cannot be had."""


class QuestionError(BotError):
    """A question that cannot be asked; the message is for the person who asked."""


class IndexUnusableError(BotError):
    """The built index cannot be used."""


class IndexNotFoundError(IndexUnusableError):
    """There is no built index yet."""


class IndexStaleError(IndexUnusableError):
    """Articles, catalogue or settings changed since the index was built."""


class IndexFormatError(IndexUnusableError):
    """The index was built by a newer version of this program."""


class IndexMismatchError(IndexUnusableError):
    """The index was built with another encoder than the settings name."""

    def __init__(self, expected: str, found: str) -> None:
        self.expected, self.found = expected, found
        super().__init__(
            f"The index was built with the encoder {found}, but the settings ask for {expected}. "
            "Run `python -m bot build`, or set ENCODER back."
        )


class IndexDamagedError(IndexUnusableError):
    """A file of the index is missing, cut short or changed."""


class IndexLockedError(IndexUnusableError):
    """Another build is running."""


class IndexNotWritableError(IndexUnusableError):
    """The index folder cannot be written to."""
