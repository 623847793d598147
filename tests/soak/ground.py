"""What all trials stand on: a folder of their own, a built index, an encoder in this process."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from bot.encoder import SentenceTransformerEncoder
from bot.evaluation import load_questions
from bot.pipeline import SilentReport, open_index
from bot.settings import PACKAGED_ENCODER, ROOT, Settings
from tests.soak.remembering import Remembering

SEED = 20261123  # of all that is drawn by chance, so that a failure can be had again


@dataclass(frozen=True, slots=True)
class Ground:
    """A place to try things out."""

    folder: Path
    index_dir: Path  # of the real articles; trials that build make their own beside it
    encoder: SentenceTransformerEncoder
    memory: Remembering  # the same one, for those who build again and again

    def copy_articles(self, name: str, source: Path = ROOT / "seeds") -> Settings:
        """Copy articles into a folder where they may be changed, with a place for an index."""
        folder = self.folder / name
        seeds = folder / "seeds"
        seeds.mkdir(parents=True)
        for path in source.iterdir():
            shutil.copyfile(path, seeds / path.name)  # without the mode: some are read-only
        return Settings(seeds_dir=seeds, index_dir=folder / "index")


@dataclass(frozen=True, slots=True)
class Question:
    """A question with the one before it."""

    text: str
    previous: str | None


def prepare(folder: Path) -> Ground:
    """Load the model and build the index."""
    encoder = SentenceTransformerEncoder(PACKAGED_ENCODER, threads=1)
    memory = Remembering(encoder)
    settings = Settings(index_dir=folder / "index")
    open_index(settings, memory, SilentReport()).close()
    return Ground(folder, settings.index_dir, encoder, memory)


def real_questions() -> list[Question]:
    """Return the questions about the real articles on which the answers are evaluated."""
    asked = load_questions(ROOT / "tests/questions/dev.jsonl")
    return [Question(q.question, q.previous) for q in asked]
