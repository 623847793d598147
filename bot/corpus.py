"""seeds/ -> a Corpus: files and catalogue checked, text cut into spans, speakers found."""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Callable
from pathlib import Path

from bot.catalogue import CATALOGUE, Catalogue, Entry, line_of_entry, load_catalogue
from bot.datatypes import Article, Basis, Corpus, Sentence, Span
from bot.errors import CorpusError
from bot.files import decode, read_bytes
from bot.passages import make_passages
from bot.sentences import split_paragraphs, split_sentences
from bot.speakers import find_speakers

_log = logging.getLogger(__name__)


def load_corpus(seeds: Path, *, passage_words: int) -> Corpus:
    """Read every article of a folder, all or nothing.

    A file without a catalogue entry is taken with its file name as title and no date,
    with a warning in the log.

    Raises:
        CorpusError: naming file and line, for the first thing that is wrong.
    """
    catalogue = load_catalogue(seeds)
    files = source_files(seeds)
    present = {path.name for path in files}
    for entry in catalogue.article:
        if entry.file not in present:
            line = line_of_entry(seeds, entry.file)
            raise CorpusError(
                seeds / CATALOGUE,
                line,
                f"there is no file {entry.file!r}; add it to {seeds} or take the entry out",
            )
    articles = tuple(_load_article(path, catalogue) for path in files)
    _check_ids(seeds, articles)
    sentences = tuple(s for article in articles for s in _sentences(article))
    passages = tuple(
        passage
        for article in articles
        for passage in make_passages(
            article, tuple(s for s in sentences if s.article is article), passage_words
        )
    )
    return Corpus(articles, sentences, passages, catalogue.subject, catalogue.examples)


def source_files(seeds: Path) -> list[Path]:
    """List the articles' files, in the order of their names.

    Raises:
        CorpusError: when there is no such folder or no article in it.
    """
    if not seeds.is_dir():
        raise CorpusError(seeds, None, "no such folder; set SEEDS_DIR to the folder of articles")
    try:
        found = sorted(path for path in seeds.iterdir() if not path.name.startswith("."))
    except OSError as error:
        raise CorpusError(seeds, None, f"cannot be read: {error.strerror}") from error
    files = [path for path in found if path.suffix == ".txt"]
    for path in found:
        if path.suffix != ".txt" and path.suffix.lower() == ".txt":
            raise CorpusError(path, None, "rename it to end in .txt, in small letters")
        if not path.name.isprintable():
            raise CorpusError(seeds, None, f"a file name is not readable: {path.name!r}; rename it")
    if not files:
        raise CorpusError(seeds, None, "no article here; put .txt files (UTF-8) into it")
    return files


def data_files(seeds: Path) -> list[Path]:
    """List all files that shape an index: the articles and the catalogue, if there is one."""
    catalogue = seeds / CATALOGUE
    return source_files(seeds) + ([catalogue] if catalogue.exists() else [])


def _load_article(path: Path, catalogue: Catalogue) -> Article:
    content = read_bytes(path)
    text = decode(path, content)
    entry = catalogue.entry(path.name)
    if entry is None:
        _log.warning("%s: not in the catalogue; title from the file name, date unknown", path)
        entry = _entry_from_name(path)
    is_boilerplate: Callable[[str], bool] = catalogue.boilerplate_rule(path.name)
    paragraphs, boilerplate = split_paragraphs(text, is_boilerplate)
    if not paragraphs:
        raise CorpusError(
            path, 1, "the article is empty, boilerplate left out; add text or remove the file"
        )
    _check_exact_lines(path.parent, entry, text, boilerplate)
    return Article(
        id=entry.id,
        source=path.name,
        sha256=hashlib.sha256(content).hexdigest(),
        text=text,
        title=entry.title,
        title_basis=entry.title_basis,
        publisher=entry.publisher,
        kind=entry.kind,
        url=entry.url,
        published=entry.date,
        show=entry.show,
        paragraphs=paragraphs,
        boilerplate=boilerplate,
    )


def _entry_from_name(path: Path) -> Entry:
    slug = re.sub(r"[^a-z0-9]+", "-", path.stem.lower()).strip("-")[:80].rstrip("-")
    title = re.sub(r"[-_\s]+", " ", path.stem).strip() or path.name
    return Entry(
        file=path.name,
        id=slug or hashlib.sha256(path.name.encode()).hexdigest()[:12],
        title=title[:1].upper() + title[1:],
        title_basis=Basis.INFERRED,
        show="whole",
    )


def _check_exact_lines(seeds: Path, entry: Entry, text: str, boilerplate: tuple[Span, ...]) -> None:
    """Refuse an exact boilerplate line that the file lacks: it is a typing error."""
    lines = {span.of(text) for span in boilerplate}
    for line in entry.boilerplate:
        if line.strip() not in lines:
            raise CorpusError(
                seeds / CATALOGUE,
                line_of_entry(seeds, entry.file),
                f"boilerplate line {line!r} is not a line of {entry.file}; copy it exactly",
            )


def _check_ids(seeds: Path, articles: tuple[Article, ...]) -> None:
    first: dict[str, str] = {}
    for article in articles:
        if article.id in first:
            raise CorpusError(
                seeds / article.source,
                None,
                f"gets the id {article.id!r} of {first[article.id]}; "
                f"give one of them an entry with another id in {CATALOGUE}",
            )
        first[article.id] = article.source


def _sentences(article: Article) -> tuple[Sentence, ...]:
    spans = tuple(split_sentences(article.text, p) for p in article.paragraphs)
    speakers = find_speakers(article.text, article.paragraphs, spans)
    return tuple(
        Sentence(article, span, paragraph, speaker)
        for paragraph, in_paragraph, by in zip(article.paragraphs, spans, speakers, strict=True)
        for span, speaker in zip(in_paragraph, by, strict=True)
    )
