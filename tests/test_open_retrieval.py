"""The open-retrieval benchmark, on a file small enough to know the answer."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from bot.encoder import SentenceTransformerEncoder
from bot.errors import QuestionFileError
from bot.open_retrieval import auroc, load_benchmark, open_retrieval
from bot.settings import Settings

BRIDGE = "The iron bridge was opened in 1911. It was designed by Edna Marsh."
FERRY = "The ferry carried sheep across the river. It sank in a storm in 1923."
MILL = "The mill ground oats for the whole valley. Its wheel came from Leeds."
MOON = "Astronauts collected rocks on the moon."


def question(paragraph: int, text: str, answer: str | None, context: str) -> dict[str, Any]:
    spans = [[context.index(answer), answer]] if answer else []
    return {"t": "q", "par": paragraph, "q": text, "a": spans, "imp": int(answer is None)}


ROWS: list[dict[str, Any]] = [
    {"t": "doc", "doc": 0, "title": "Bridge", "group": "B"},
    {"t": "doc", "doc": 1, "title": "Mill", "group": "D"},
    {"t": "doc", "doc": 2, "title": "Moon", "group": "R"},
    {"t": "par", "par": 0, "doc": 0, "text": BRIDGE},
    {"t": "par", "par": 1, "doc": 0, "text": FERRY},
    {"t": "par", "par": 2, "doc": 1, "text": MILL},
    {"t": "par", "par": 3, "doc": 2, "text": MOON},
    question(0, "Who designed the iron bridge?", "Edna Marsh", BRIDGE),
    question(1, "When did the ferry sink?", "1923", FERRY),
    question(1, "What did the ferry carry across the river?", "sheep", FERRY),
    question(0, "How much did the bridge cost?", None, BRIDGE),
    question(3, "What did astronauts collect?", "rocks", MOON),
]


def write(folder: Path, rows: list[dict[str, Any]]) -> Path:
    path = folder / "bench.jsonl.gz"
    path.write_bytes(gzip.compress("\n".join(map(json.dumps, rows)).encode()))
    return path


def test_a_small_benchmark_is_measured(encoder: SentenceTransformerEncoder, tmp_path: Path) -> None:
    benchmark = load_benchmark(write(tmp_path, ROWS))
    assert set(benchmark.paragraphs) == {0, 1, 2}
    found = open_retrieval(benchmark, encoder, Settings())
    assert found.questions == 3
    assert found.hit_at_1 == found.hit_at_5 == found.hit_at_10 == 1
    assert found.sentence_at_3 == 1  # each paragraph has two sentences
    assert 0 < found.sentence_at_1 <= 1
    assert found.auroc_out_of_corpus == 1
    assert 0 <= found.auroc_adversarial <= 1


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"{", ":1: "), (b'{"t": "doc", "doc": "x"}', ":1: "), (b"", "every sort")],
)
def test_a_file_that_is_no_benchmark_is_named(tmp_path: Path, content: bytes, reason: str) -> None:
    path = tmp_path / "bench.jsonl"
    path.write_bytes(content)
    with pytest.raises(QuestionFileError, match=reason):
        load_benchmark(path)


def test_auroc_counts_pairs() -> None:
    assert auroc([1.0], [0.0]) == 1
    assert auroc([0.0], [1.0]) == 0
    assert auroc([0.5], [0.5]) == 0.5
