"""Sentences -> passages: what is retrieved as one piece and read in one piece."""

from __future__ import annotations

from itertools import groupby

from bot.datatypes import Article, Passage, Sentence


def make_passages(
    article: Article, sentences: tuple[Sentence, ...], max_words: int
) -> tuple[Passage, ...]:
    """Pack an article's sentences into passages of at most `max_words` words each.

    Whole paragraphs go together as long as they fit. Only a paragraph that is longer by
    itself is divided, between sentences; a sentence is never divided, however long.
    """
    passages: list[Passage] = []
    packed: list[Sentence] = []
    room = max_words
    for _, group in groupby(sentences, key=lambda sentence: sentence.paragraph):
        paragraph = tuple(group)
        whole = sum(_words(sentence) for sentence in paragraph)
        if packed and whole > room:
            passages.append(Passage(article, tuple(packed)))
            packed, room = [], max_words
        for sentence in paragraph:
            words = _words(sentence)
            if packed and words > room:
                passages.append(Passage(article, tuple(packed)))
                packed, room = [], max_words
            packed.append(sentence)
            room -= words
    if packed:
        passages.append(Passage(article, tuple(packed)))
    return tuple(passages)


def _words(sentence: Sentence) -> int:
    return len(sentence.text.split())
