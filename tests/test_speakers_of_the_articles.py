"""Who speaks in the five articles and in eight invented ones, read by hand."""

from __future__ import annotations

import tomllib

from bot.corpus import load_corpus
from bot.settings import ROOT

# Article's number -> speakers of its spoken sentences, in order, runs shortened.
SPEAKERS = {
    "000": [("Fiona Phelps", 5), ("Ms Phelps", 1)],
    "001": [("Ms Ford", 4), ("Councillor Marian James, Chair of the People Committee", 5)],
    "002": [("Lead inspector Andrew Wright", 3), ("A Sutton Council spokesman", 2)],
    "003": [("councillors Dombey and Mathys", 4)],
    "004": [
        ("Councillor Marian James, Chair of People Committee", 6),
        ("A spokesperson for the group", 9),
        ("Sharon Scott", 2),
    ],
}


def test_every_spoken_sentence_has_its_speaker_and_no_other_has_one() -> None:
    corpus = load_corpus(ROOT / "seeds", passage_words=100)
    for number, expected in SPEAKERS.items():
        found = [
            s.speaker.of(s.article.text)
            for s in corpus.sentences
            if s.article.source.startswith(number) and s.speaker
        ]
        assert found == [name for name, times in expected for _ in range(times)]


def test_no_speaker_of_the_second_corpus_is_wrong_and_nine_in_ten_are_found() -> None:
    folder = ROOT / "tests" / "second_corpus"
    table = tomllib.loads((folder / "speakers.toml").read_text(encoding="utf-8"))
    sentences = load_corpus(folder, passage_words=100).sentences
    found = 0
    for row in table["speech"] + table["phrase"]:
        [sentence] = [
            s
            for s in sentences
            if s.article.source == row["file"] and s.text.startswith(row["starts"])
        ]
        name = sentence.speaker.of(sentence.article.text) if sentence.speaker else None
        named = [row[key] for key in ("speaker", "attributed") if key in row]
        right = {*named, *row.get("accept", [])}
        # A role may be cut ("Priya Raman, head of transport" for "… at the council").
        assert name is None or any(name in true or true in name for true in right), row
        found += bool(name)
    assert found >= 0.9 * len(table["speech"])
    speech = {(row["file"], row["starts"]) for row in table["speech"]}
    for sentence in sentences:
        if sentence.speaker:
            assert any(
                sentence.article.source == file and sentence.text.startswith(starts)
                for file, starts in speech
            ), sentence.text
