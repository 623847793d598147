"""Who speaks in the five articles, read by hand: every sentence that is speech."""

from __future__ import annotations

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
