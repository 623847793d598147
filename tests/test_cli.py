"""The command line as people and programs call it: a process with real exit codes."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from bot.settings import ROOT, Settings
from tests.test_contract import check_object

SEEDS = ROOT / "seeds"


def run(
    built: Settings, *arguments: str, stdin: bytes = b"", environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        input=stdin,
        capture_output=True,
        cwd=ROOT,
        env={**os.environ, "INDEX_DIR": str(built.index_dir), **(environment or {})},
        timeout=300,
        check=False,
    )


def test_ask_prints_quote_speaker_source_date_and_offsets(built: Settings) -> None:
    done = run(built, "ask", "What did the minister say about joint working in Sutton?")
    assert (done.returncode, done.stderr) == (0, b"")
    text = done.stdout.decode()
    assert "> “I was particularly encouraged by the joint working" in text
    assert "said by: Ms Ford" in text
    assert "Sutton Council, council news page, 29 July 2020" in text
    article = (SEEDS / "001_eef4091e01ceb0be.txt").read_bytes().decode()
    quote = next(line for line in text.splitlines() if line.startswith("  > "))[4:]
    start = article.index(quote)
    assert f"001_eef4091e01ceb0be.txt, characters {start} to {start + len(quote)}" in text


def test_ask_json_is_one_object_on_one_line(built: Settings) -> None:
    done = run(built, "ask", "--json", "Who runs school support services?")
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.count(b"\n") == 1
    reply = json.loads(done.stdout)
    check_object(reply, SEEDS)
    assert "Cognus" in reply["answers"][0]["quote"]


@pytest.mark.parametrize("question", ["", "  ", "x" * 10_000])
def test_a_question_that_cannot_be_asked_ends_with_2(built: Settings, question: str) -> None:
    done = run(built, "ask", question)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.startswith((b"Please type", b"Your question"))
    assert b"Traceback" not in done.stderr


def test_jsonl_answers_each_line_in_order(built: Settings) -> None:
    lines = [
        b'{"id": 1, "question": "Who runs school support services?"}',
        b'{"id": 2, "question": "and?", "previous": "Who is Wendy Mathys?"}',
        b"not json",
        b'{"id": "four", "question": ""}',
    ]
    done = run(built, "ask", "--jsonl", "-", stdin=b"\n".join(lines) + b"\n")
    assert done.returncode == 0
    replies = [json.loads(line) for line in done.stdout.splitlines()]
    assert [reply.get("id") for reply in replies] == [1, 2, None, "four"]
    assert [reply["status"] for reply in replies][2:] == ["invalid", "invalid"]
    for reply in replies:
        check_object(reply, SEEDS)


def test_jsonl_reads_a_file(built: Settings, tmp_path: Path) -> None:
    path = tmp_path / "q.jsonl"
    path.write_text('{"id": 1, "question": "Who is Wendy Mathys?"}\n')
    assert json.loads(run(built, "ask", "--jsonl", str(path)).stdout)["status"] == "answered"
    missing = run(built, "ask", "--jsonl", str(tmp_path / "none"))
    assert missing.returncode == 2
    assert b"cannot be read" in missing.stderr


@pytest.mark.parametrize(
    "arguments", [["ask"], ["ask", "x", "--jsonl", "-"], ["nonsense"], ["ask", "--no-such"]]
)
def test_wrong_usage_ends_with_2(built: Settings, arguments: list[str]) -> None:
    done = run(built, *arguments)
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"Usage" in done.stderr


def test_build_then_verify_and_evaluate(built: Settings, small_seeds: Path, tmp_path: Path) -> None:
    place = {"SEEDS_DIR": str(small_seeds), "INDEX_DIR": str(tmp_path / "index")}
    first = run(built, "verify", environment=place)
    assert first.returncode == 0
    assert b"There is no index" in first.stderr
    assert b"letter.txt: not in the catalogue" in first.stderr
    assert b"3 articles" in first.stdout
    again = run(built, "build", environment=place)
    assert again.returncode == 0
    assert b"14 sentences" in again.stdout
    questions = tmp_path / "q.jsonl"
    gold = [{"file": "letter.txt", "quote": "Its prices rose twice in a year."}]
    record = {"id": "1", "kind": "k", "question": "How did swimming pool prices change in a year?"}
    questions.write_text(json.dumps({**record, "answerable": True, "gold": gold}) + "\n")
    measured = run(built, "evaluate", str(questions), "--json", environment=place)
    assert measured.stdout.count(b"\n") == 1
    assert json.loads(measured.stdout)["right_at_1"] == 1
    table = run(built, "evaluate", str(questions), environment=place).stdout.decode()
    assert "right_at_1" in table.splitlines()[0]


def test_a_broken_corpus_ends_with_1_and_names_the_place(
    built: Settings, small_seeds: Path, tmp_path: Path
) -> None:
    (small_seeds / "letter.txt").write_bytes(b"fine\n\xff")
    done = run(
        built,
        "build",
        environment={"SEEDS_DIR": str(small_seeds), "INDEX_DIR": str(tmp_path / "i")},
    )
    assert done.returncode == 1
    assert b"letter.txt:2: not UTF-8" in done.stderr
    assert b"Traceback" not in done.stderr
    assert not (tmp_path / "i" / "current").exists()


def test_a_taken_port_ends_with_1_and_says_what_to_do(built: Settings) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = run(built, "chat", "--port", str(taken.getsockname()[1]))
    assert done.returncode == 1
    assert b"set HOST and PORT" in done.stderr
    assert b"Traceback" not in done.stderr


def test_an_index_folder_that_cannot_be_written_is_one_clear_line(
    built: Settings, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    done = run(built, "ask", "x?", environment={"INDEX_DIR": str(tmp_path / "file" / "index")})
    assert done.returncode == 1
    assert b"set INDEX_DIR" in done.stderr
    assert b"Traceback" not in done.stderr


def test_a_full_standard_output_is_one_clear_line(built: Settings) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "bot", "ask", "--json", "Who is Wendy Mathys?"],
            stdout=full,
            stderr=subprocess.PIPE,
            cwd=ROOT,
            env={**os.environ, "INDEX_DIR": str(built.index_dir)},
            check=False,
        )
    assert done.returncode == 1
    assert b"No space left" in done.stderr
    assert b"Traceback" not in done.stderr


def test_a_setting_that_cannot_work_ends_with_2(built: Settings) -> None:
    done = run(built, "ask", "x", environment={"PORT": "seven", "PASSAGE_WORDS": "0"})
    assert done.returncode == 2
    assert b"PORT='seven'" in done.stderr
    assert b"PASSAGE_WORDS='0'" in done.stderr


def test_a_poor_terminal_gets_an_answer_too(built: Settings) -> None:
    done = run(built, "ask", "What did Ms Ford write?", environment={"PYTHONIOENCODING": "ascii"})
    assert done.returncode == 0


def test_help_names_every_command(built: Settings) -> None:
    text = run(built, "--help").stdout.decode()
    assert all(command in text for command in ("build", "ask", "chat", "evaluate", "verify"))
