"""Slips are repaired, parents' words are known, and what was done is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.contract import reply_object
from bot.errors import CorpusError
from bot.glossary import GLOSSARY, Glossary, alternatives, spelled_out
from bot.guidance import load_guidance
from bot.pipeline import Bot
from bot.spelling import Speller

TEXTS = ["Phelps and Cognus met the inspectors of the Thornmere committee. Care was sufficient."]


@pytest.fixture(name="speller", scope="module")
def _speller() -> Speller:
    return Speller(TEXTS)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("congus", "cognus"),
        ("commitee", "committee"),
        ("inspecters", "inspectors"),
        ("rejectd", "rejected"),
        ("Comittee’s", "committee"),
    ],
)
def test_a_slip_is_repaired(speller: Speller, typed: str, meant: str) -> None:
    text, slips = speller.repair(f"who is {typed}?")
    assert text == f"who is {meant}?"
    assert slips == ((typed, meant),)


def test_shorthand_is_written_out_unless_an_article_uses_it() -> None:
    shorthand = {"wot": "what", "sept": "September", "y": "why", "cqc": "something else"}
    speller = Speller(["The CQC came to Y Pant."], shorthand)
    text, slips = speller.repair("wot did CQC find in sept, y Y Pant")
    assert text == "what did CQC find in September, y Y Pant"
    assert slips == (("wot", "what"), ("sept", "September"))
    assert Speller(["It met."], shorthand).repair("y then? Y")[0] == "why then? Y"


@pytest.mark.parametrize(
    "text",
    [
        "did they send it",  # the verb
        "insufficient or sufficient progress",  # two words that differ in two letters
        "carew academy",  # a name that looks like a word
        "Wandle Croydon Coldfield",
        "asd adhd ehcp la ht ds",  # abbreviations
        "what's the kids' plan",
        "x" * 21 + " " + "q" * 400,
    ],
)
def test_what_is_a_word_or_may_be_a_name_stays(speller: Speller, text: str) -> None:
    assert speller.repair(text) == (text, ())


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("The Care Quality Commission (CQC) came.", [("CQC", "Care Quality Commission")]),
        ("the Department for Education (DfE)", [("DfE", "Department for Education")]),
        ("children, family, and education (CFE)", [("CFE", "children, family, and education")]),
        ("Nobody knows (XYZ) here.", []),
        ("It cost £5 (VAT included).", []),
    ],
)
def test_abbreviations_that_a_text_explains_are_found(
    text: str, pairs: list[tuple[str, str]]
) -> None:
    assert spelled_out(text) == pairs


def glossary(content: str) -> Glossary:
    return Glossary.parse(content.encode(), "glossary.toml", ["The Roads Action Group (RAG) met."])


def test_words_that_mean_the_same_stand_for_each_other() -> None:
    found = glossary('[[same]]\nwords = ["EHCP", "ECHP", "EHC plan"]').expand("whats an ECHP?")
    assert found == {"echp": ("EHCP", "EHC plan")}
    assert alternatives(found) == {
        "echp": frozenset({frozenset({"ehcp"}), frozenset({"ehc", "plan"})})
    }


def test_words_to_try_go_one_way_only() -> None:
    book = glossary('[[try]]\nasked = ["turned down"]\nalso = ["denied"]')
    assert book.expand("we were turned down") == {"turned down": ("denied",)}
    assert book.expand("we were denied") == {}


def test_what_the_texts_spell_out_needs_no_glossary() -> None:
    assert glossary("").expand("what is RAG?") == {"rag": ("Roads Action Group",)}


@pytest.mark.parametrize(
    ("content", "line"),
    [('[[same]]\nwords = ["one"]\n', 2), ("[[same]\n", 1), ('\n[[try]]\nasked = ["x"]\n', 2)],
)
def test_a_mistake_in_the_glossary_stops_the_build_with_its_line(
    small_seeds: Path, content: str, line: int
) -> None:
    (small_seeds / GLOSSARY).write_text(content)
    with pytest.raises(CorpusError) as caught:
        load_guidance(small_seeds)
    assert (caught.value.path, caught.value.line) == (small_seeds / GLOSSARY, line)


def test_what_was_understood_is_in_the_reply(bot: Bot) -> None:
    reply = reply_object(bot, "how many kids were turned down for an EHCP by the commitee")
    told = {(note.asked, note.how) for note in reply.understood}
    assert told >= {
        ("commitee", "repaired"),
        ("turned down", "expanded"),
        ("ehcp", "expanded"),
        ("kids", "expanded"),
    }


def test_that_a_clipped_word_is_a_function_word_goes_without_saying(bot: Bot) -> None:
    reply = reply_object(bot, "wot do they say about the govt")
    assert [(n.asked, n.read_as) for n in reply.understood if n.how == "repaired"] == [
        ("govt", "government")
    ]


def test_a_parents_word_finds_the_articles_word(bot: Bot) -> None:
    reply = reply_object(bot, "How many kids were turned down?")
    assert reply.status == "answered"
    assert any("700 children have been denied" in quote.quote for quote in reply.answers)
