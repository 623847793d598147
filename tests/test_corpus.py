from __future__ import annotations

import hashlib
import logging
from pathlib import Path

import pytest

from bot.corpus import load_corpus
from bot.errors import CorpusError
from bot.settings import ROOT
from bot.verification import verify

SEEDS = ROOT / "seeds"


def test_texts_are_the_files_with_no_newline_translated(small_seeds: Path) -> None:
    for article in load_corpus(small_seeds, passage_words=60).articles:
        content = (small_seeds / article.source).read_bytes()
        assert article.text.encode("utf-8") == content
        assert article.sha256 == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize("words", [10, 60, 100, 180])
def test_every_sentence_is_in_exactly_one_passage_and_outside_boilerplate(words: int) -> None:
    corpus = load_corpus(SEEDS, passage_words=words)
    result = verify(corpus, SEEDS)
    assert not result.problems
    assert result.spans > 200


def test_a_paragraph_stays_whole_unless_it_is_longer_than_a_passage() -> None:
    for passage in load_corpus(SEEDS, passage_words=100).passages:
        last = passage.sentences[-1]
        assert (
            passage.span.end == last.paragraph.end
            or len(last.paragraph.of(passage.article.text).split()) > 100
        )


def test_a_file_outside_the_catalogue_loads_with_a_warning(
    small_seeds: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        corpus = load_corpus(small_seeds, passage_words=60)
    letter = next(article for article in corpus.articles if article.source == "letter.txt")
    assert (letter.id, letter.title, letter.published) == ("letter", "Letter", None)
    assert "letter.txt: not in the catalogue" in caplog.text


def test_a_byte_order_mark_stays_in_the_text_but_in_no_sentence(small_seeds: Path) -> None:
    (small_seeds / "letter.txt").write_bytes(b"\xef\xbb\xbfSir, I write.")
    corpus = load_corpus(small_seeds, passage_words=60)
    sentence = next(s for s in corpus.sentences if s.article.id == "letter")
    assert sentence.text == "Sir, I write."
    assert sentence.span.start == 1


def test_an_entry_without_a_file_names_its_line(small_seeds: Path) -> None:
    (small_seeds / "reopening.txt").unlink()
    with pytest.raises(CorpusError, match=r"no file 'reopening.txt'") as caught:
        load_corpus(small_seeds, passage_words=60)
    text = (small_seeds / "catalogue.toml").read_text(encoding="utf-8")
    assert caught.value.line == text[: text.index('file = "reopening.txt"')].count("\n") + 1


def test_a_catalogue_with_a_byte_order_mark_names_lines_all_the_same(small_seeds: Path) -> None:
    catalogue = small_seeds / "catalogue.toml"
    catalogue.write_bytes(b"\xef\xbb\xbf" + catalogue.read_bytes())
    load_corpus(small_seeds, passage_words=60)
    (small_seeds / "reopening.txt").unlink()
    with pytest.raises(CorpusError, match=r"no file 'reopening.txt'") as caught:
        load_corpus(small_seeds, passage_words=60)
    assert caught.value.line


@pytest.mark.parametrize(
    ("content", "line", "reason"),
    [
        (b"Good line.\nBad \xff line.", 2, "not UTF-8"),
        (b"", 1, "empty"),
        (b" \n\xc2\xa0\n", 1, "empty"),
        (b"READ MORE: only a link", 1, "empty"),
    ],
)
def test_a_broken_article_is_named_with_line_and_reason(
    small_seeds: Path, content: bytes, line: int, reason: str
) -> None:
    (small_seeds / "letter.txt").write_bytes(content)
    with pytest.raises(CorpusError, match=reason) as caught:
        load_corpus(small_seeds, passage_words=60)
    assert (caught.value.path.name, caught.value.line) == ("letter.txt", line)


def test_an_unreadable_article_is_named(small_seeds: Path) -> None:
    (small_seeds / "letter.txt").unlink()
    (small_seeds / "letter.txt").mkdir()
    with pytest.raises(CorpusError, match=r"letter.txt: cannot be read"):
        load_corpus(small_seeds, passage_words=60)


def test_an_exact_boilerplate_line_that_the_article_lacks_is_an_error(small_seeds: Path) -> None:
    catalogue = small_seeds / "catalogue.toml"
    text = catalogue.read_text(encoding="utf-8")
    catalogue.write_text(text.replace('["Library to close for repairs"]', '["Libary to close"]'))
    with pytest.raises(CorpusError, match=r"is not a line of closure\.txt"):
        load_corpus(small_seeds, passage_words=60)


def test_two_files_with_one_id_are_an_error(small_seeds: Path) -> None:
    (small_seeds / "Letter!.txt").write_text("Sir, again.")
    with pytest.raises(CorpusError, match="another id"):
        load_corpus(small_seeds, passage_words=60)


@pytest.mark.parametrize("folder", ["absent", "empty"])
def test_no_articles_is_a_clear_error(tmp_path: Path, folder: str) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(CorpusError, match=r"SEEDS_DIR|put \.txt files"):
        load_corpus(tmp_path / folder, passage_words=60)


def test_the_articles_furniture_is_boilerplate() -> None:
    corpus = load_corpus(SEEDS, passage_words=100)
    lines = {span.of(a.text)[:10] for a in corpus.articles for span in a.boilerplate}
    assert lines == {"READ MORE:", "Sutton’s S", "Published:", "29 Jul 202", "Image: Ric"}
    for sentence in corpus.sentences:
        assert not sentence.text.startswith(("READ MORE", "Published", "29 Jul", "Image:"))
