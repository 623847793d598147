from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.corpus import load_corpus
from bot.datatypes import Floats
from bot.errors import (
    BotError,
    IndexDamagedError,
    IndexFormatError,
    IndexMismatchError,
    IndexNotFoundError,
    IndexStaleError,
)
from bot.guidance import load_guidance
from bot.index.generations import build_lock
from bot.index.index import Index
from bot.index.manifest import recipe_of
from bot.index.vectors import SentenceVectors
from bot.pipeline import SilentReport, build_index, open_index
from bot.settings import Settings
from tests.fake_encoder import FakeEncoder


def load(settings: Settings, encoder: FakeEncoder) -> Index:
    recipe = recipe_of(settings.seeds_dir, passage_words=settings.passage_words)
    return Index.load(settings.index_dir, recipe, encoder)


def test_a_loaded_index_is_the_built_one(
    small_index: Index, small_settings: Settings, fake_encoder: FakeEncoder
) -> None:
    again = load(small_settings, fake_encoder)
    assert again.corpus == small_index.corpus
    assert np.array_equal(again.tokens.vectors, small_index.tokens.vectors)
    assert np.array_equal(again.tokens.starts, small_index.tokens.starts)
    for encoding in fake_encoder.encode(["a new roof", "mobile library"]):
        rows, scores = again.vectors.search(encoding.vector, 5)
        expected_rows, expected_scores = small_index.vectors.search(encoding.vector, 5)
        assert np.array_equal(rows, expected_rows)
        assert np.array_equal(scores, expected_scores)
    again.close()


def test_saving_keeps_what_was_built(small_settings: Settings, fake_encoder: FakeEncoder) -> None:
    corpus = load_corpus(small_settings.seeds_dir, passage_words=60)
    recipe = recipe_of(small_settings.seeds_dir, passage_words=60)
    guidance = load_guidance(small_settings.seeds_dir)
    built = Index.build(corpus, guidance, fake_encoder, recipe)
    with build_lock(small_settings.index_dir):
        built.save(small_settings.index_dir)
    loaded = load(small_settings, fake_encoder)
    loaded.close()
    assert loaded.corpus == corpus


vectors = st.integers(1, 40).flatmap(
    lambda n: st.integers(0, 2**32 - 1).map(lambda seed: unit_rows(seed, n))
)


def unit_rows(seed: int, n: int) -> Floats:
    rows = np.random.default_rng(seed).standard_normal((n + 1, 8)).astype(np.float32)
    unit: Floats = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return unit


@given(vectors, st.integers(1, 50))
def test_search_finds_what_numpy_finds(rows: Floats, k: int) -> None:
    question, stored = rows[0], rows[1:]
    found, scores = SentenceVectors.build(stored).search(question, k)
    expected = np.sort(stored @ question)[::-1][:k]
    assert len(found) == min(k, len(stored))
    assert np.allclose(scores, expected, atol=1e-5)
    assert np.allclose(stored[found] @ question, scores, atol=1e-5)


def test_vectors_survive_bytes() -> None:
    stored = unit_rows(1, 6)
    again = SentenceVectors.from_bytes(SentenceVectors.build(stored).to_bytes())
    assert (len(again), again.dimension) == (7, 8)


def generation(root: Path) -> Path:
    return root / (root / "current").read_text().split()[0]


def edit_manifest(key: str, value: object) -> Callable[[Path], None]:
    def break_it(root: Path) -> None:
        path = generation(root) / "manifest.json"
        path.write_text(json.dumps({**json.loads(path.read_text()), key: value}))

    return break_it


def cut_short(name: str) -> Callable[[Path], None]:
    def break_it(root: Path) -> None:
        path = generation(root) / name
        path.write_bytes(path.read_bytes()[:-7])

    return break_it


def change_one_byte(name: str) -> Callable[[Path], None]:
    def break_it(root: Path) -> None:
        path = generation(root) / name
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)

    return break_it


def remove(name: str) -> Callable[[Path], None]:
    return lambda root: (generation(root) / name).unlink()


def write_current(content: bytes) -> Callable[[Path], None]:
    def break_it(root: Path) -> None:
        (root / "current").write_bytes(content)

    return break_it


@pytest.mark.parametrize(
    ("break_it", "error"),
    [
        pytest.param(lambda root: (root / "current").unlink(), IndexNotFoundError, id="no current"),
        pytest.param(write_current(b"\xff\x00"), IndexDamagedError, id="current is noise"),
        pytest.param(write_current(b"../../etc 0\n"), IndexDamagedError, id="current goes astray"),
        pytest.param(
            lambda root: shutil.rmtree(generation(root)), IndexDamagedError, id="no generation"
        ),
        pytest.param(edit_manifest("format", 999), IndexFormatError, id="newer format"),
        pytest.param(edit_manifest("encoder", "x"), IndexDamagedError, id="manifest edited"),
        pytest.param(cut_short("manifest.json"), IndexDamagedError, id="manifest cut short"),
        pytest.param(remove("manifest.json"), IndexDamagedError, id="no manifest"),
        pytest.param(cut_short("corpus.json"), IndexDamagedError, id="corpus cut short"),
        pytest.param(cut_short("sentences.faiss"), IndexDamagedError, id="vectors cut short"),
        pytest.param(change_one_byte("tokens.npz"), IndexDamagedError, id="tokens changed"),
        pytest.param(change_one_byte("sources/letter.txt"), IndexDamagedError, id="text changed"),
        pytest.param(remove("sources/letter.txt"), IndexDamagedError, id="text removed"),
    ],
)
def test_a_broken_index_says_so_and_what_to_do(
    small_index: Index,
    small_settings: Settings,
    fake_encoder: FakeEncoder,
    break_it: Callable[[Path], None],
    error: type[BotError],
) -> None:
    small_index.close()
    break_it(small_settings.index_dir)
    with pytest.raises(error, match="python -m bot build") as caught:
        load(small_settings, fake_encoder)
    assert caught.type is error
    build_index(small_settings, fake_encoder, SilentReport()).close()
    load(small_settings, fake_encoder).close()


@pytest.mark.parametrize(
    "other", [FakeEncoder(name="other"), FakeEncoder(fingerprint="0" * 64)], ids=["name", "weights"]
)
def test_another_encoder_is_refused(
    small_index: Index, small_settings: Settings, other: FakeEncoder
) -> None:
    assert small_index.manifest.dimension == 64
    with pytest.raises(IndexMismatchError, match="set ENCODER back"):
        load(small_settings, other)


def test_an_index_of_an_older_format_is_out_of_date(
    small_settings: Settings, fake_encoder: FakeEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_index(small_settings, fake_encoder, SilentReport()).close()
    monkeypatch.setattr("bot.index.manifest.FORMAT", 99)
    with pytest.raises(IndexStaleError, match="older format"):
        load(small_settings, fake_encoder)


def change_article(seeds: Path) -> None:
    with (seeds / "letter.txt").open("a") as file:
        file.write(" Yours, a swimmer.")


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (change_article, "letter.txt changed"),
        (lambda seeds: (seeds / "new.txt").write_text("News."), "new.txt added"),
        (lambda seeds: (seeds / "letter.txt").unlink(), "letter.txt removed"),
        (lambda seeds: (seeds / "catalogue.toml").unlink(), "catalogue.toml removed"),
    ],
)
def test_changed_sources_make_it_stale_and_opening_builds_anew(
    small_index: Index,
    small_settings: Settings,
    fake_encoder: FakeEncoder,
    change: Callable[[Path], None],
    named: str,
) -> None:
    change(small_settings.seeds_dir)
    with pytest.raises(IndexStaleError, match=named):
        load(small_settings, fake_encoder)
    report = RecordingReport()
    opened = open_index(small_settings, fake_encoder, report)
    assert opened.manifest.generation != small_index.manifest.generation
    opened.close()
    assert len(report.reasons) == 1
    assert named in report.reasons[0]


def test_an_index_that_is_up_to_date_is_not_built_again(
    small_index: Index, small_settings: Settings, fake_encoder: FakeEncoder
) -> None:
    report = RecordingReport()
    opened = open_index(small_settings, fake_encoder, report)
    opened.close()
    assert opened.manifest.generation == small_index.manifest.generation
    assert not report.reasons


def test_a_failed_build_leaves_the_old_index_whole(
    small_index: Index, small_settings: Settings, fake_encoder: FakeEncoder
) -> None:
    letter = small_settings.seeds_dir / "letter.txt"
    content = letter.read_bytes()
    letter.write_bytes(b"\xff")
    with pytest.raises(BotError, match="not UTF-8"):
        build_index(small_settings, fake_encoder, SilentReport())
    letter.write_bytes(content)
    again = load(small_settings, fake_encoder)
    again.close()
    assert again.manifest.generation == small_index.manifest.generation


class RecordingReport(SilentReport):
    def __init__(self) -> None:
        self.reasons: list[str] = []

    def starts(self, reason: str) -> None:
        self.reasons.append(reason)
