"""The switch that closes the service: a file in the index folder, seen by every process at once."""

from __future__ import annotations

from pathlib import Path

from bot.errors import ClosingError
from bot.questions import visible_text

FILE = "closed"
_LONGEST = 500  # characters of a notice


def close(folder: Path, notice: str) -> None:
    """Close the service; visitors read `notice`, or words of the program's where it is empty.

    Raises:
        ClosingError: when the notice is too long, or the folder cannot be written to.
    """
    if len(notice) > _LONGEST:
        raise ClosingError(f"The notice has {len(notice)} characters; {_LONGEST} are allowed.")
    new = folder / f"{FILE}.new"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        new.write_text(notice, encoding="utf-8")
        new.replace(folder / FILE)
    except (OSError, UnicodeEncodeError) as error:
        raise ClosingError(f"Cannot close the service in {folder}: {error}") from error


def reopen(folder: Path) -> bool:
    """Open the service again; False where it was open.

    Raises:
        ClosingError: when the folder cannot be written to.
    """
    try:
        (folder / FILE).unlink()
    except FileNotFoundError:
        return False
    except OSError as error:
        raise ClosingError(f"Cannot open the service in {folder}: {error}") from error
    return True


def closed_notice(folder: Path) -> str | None:
    """Return what visitors are to read while the service is closed; None while it is open.

    A notice that must not be read closes it all the same, without words of its own.
    """
    try:
        notice = (folder / FILE).read_bytes()[: 4 * _LONGEST].decode("utf-8", "replace")
    except (PermissionError, IsADirectoryError):
        return ""
    except OSError:  # none there, or no file can be opened just now
        return None
    return visible_text(notice)
