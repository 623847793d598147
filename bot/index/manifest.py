"""What an index was built from: enough to tell whether it may be used."""

from __future__ import annotations

import hashlib
import json
from importlib.metadata import version
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from bot.corpus import data_files
from bot.encoder import Encoder
from bot.errors import (
    IndexDamagedError,
    IndexFormatError,
    IndexMismatchError,
    IndexStaleError,
)
from bot.files import read_bytes
from bot.guidance import guidance_files

# Raised whenever what is stored, or how text is cut, changes: older indexes are then stale.
FORMAT = 3

_REBUILD = "Run `python -m bot build`."


class Recipe(BaseModel):
    """Everything that shapes an index except the encoder: same recipe, same index."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    passage_words: int
    sentence_splitter: str
    sources: dict[str, str]  # file name in seeds/ -> sha256, the catalogue included


class Manifest(BaseModel):
    """Kept beside the files it describes, as manifest.json."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: int
    generation: str
    encoder: str
    encoder_sha256: str
    dimension: int
    recipe: Recipe
    files: dict[str, str]  # file name in the generation -> sha256

    def to_bytes(self) -> bytes:
        """Return the manifest as readable JSON."""
        return (self.model_dump_json(indent=2) + "\n").encode()


def recipe_of(seeds: Path, *, passage_words: int) -> Recipe:
    """Hash what an index of this folder would be built from.

    Raises:
        CorpusError: when the folder or one of its files cannot be read.
    """
    return Recipe(
        passage_words=passage_words,
        sentence_splitter=f"nupunkt {version('nupunkt')}",
        sources={
            path.name: hashlib.sha256(read_bytes(path)).hexdigest()
            for path in [*data_files(seeds), *guidance_files(seeds).values()]
        },
    )


def parse_manifest(content: bytes, *, expected_sha256: str) -> Manifest:
    """Read a manifest.

    Raises:
        IndexFormatError: when a newer version of this program wrote it.
        IndexStaleError: when an older version wrote it.
        IndexDamagedError: when it is not what was written.
    """
    try:
        written = int(json.loads(content)["format"])
    except (ValueError, KeyError, TypeError) as error:
        raise IndexDamagedError(f"The index's manifest cannot be read. {_REBUILD}") from error
    if written > FORMAT:
        raise IndexFormatError(
            f"The index has format {written}; this program knows formats up to {FORMAT}. "
            f"Update the program, or build the index again: {_REBUILD}"
        )
    if hashlib.sha256(content).hexdigest() != expected_sha256:
        raise IndexDamagedError(f"The index's manifest was changed after the build. {_REBUILD}")
    if written != FORMAT:
        raise IndexStaleError(f"The index has the older format {written}. {_REBUILD}")
    try:
        return Manifest.model_validate_json(content)
    except ValidationError as error:
        raise IndexDamagedError(f"The index's manifest is not one. {_REBUILD}") from error


def check_usable(manifest: Manifest, recipe: Recipe | None, encoder: Encoder) -> None:
    """Check that an index fits the encoder, and the articles and settings if given, of today.

    Raises:
        IndexMismatchError: when it was built with another encoder or other weights.
        IndexStaleError: naming what changed since.
    """
    expected = f"{encoder.name} (weights {encoder.fingerprint[:12]})"
    found = f"{manifest.encoder} (weights {manifest.encoder_sha256[:12]})"
    if expected != found:
        raise IndexMismatchError(expected, found)
    if recipe is not None and manifest.recipe != recipe:
        changed = ", ".join(_changes(manifest.recipe, recipe))
        raise IndexStaleError(f"The index is out of date ({changed}). {_REBUILD}")


def _changes(old: Recipe, new: Recipe) -> list[str]:
    changes = [f"{name} added" for name in sorted(new.sources.keys() - old.sources.keys())] + [
        f"{name} removed" for name in sorted(old.sources.keys() - new.sources.keys())
    ]
    changes += [
        f"{name} changed"
        for name in sorted(old.sources.keys() & new.sources.keys())
        if old.sources[name] != new.sources[name]
    ]
    if (old.passage_words, old.sentence_splitter) != (new.passage_words, new.sentence_splitter):
        changes.append("settings changed")
    return changes
