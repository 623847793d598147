"""What was typed -> what it means: slips repaired, parents' words known, follow-ups completed."""

from __future__ import annotations

from dataclasses import dataclass

from bot.datatypes import Understood
from bot.glossary import GLOSSARY, Glossary, alternatives
from bot.index.index import Index
from bot.questions import question_terms
from bot.shorthand import SHORTHAND, parse_shorthand
from bot.spelling import Speller


@dataclass(frozen=True, slots=True)
class Reading:
    """A question as it was understood."""

    text: str  # with the question before in front, where this one leans on it
    terms: tuple[str, ...]
    alternatives: dict[str, frozenset[frozenset[str]]]
    understood: tuple[Understood, ...]
    previous: str | None


class Understanding:
    """Reads questions by the words of one index's articles and its glossary."""

    def __init__(self, index: Index, *, glossary: bool = True) -> None:
        articles = index.corpus.articles
        texts = [a.text for a in articles] + [a.title for a in articles]
        shorthand = parse_shorthand(index.guidance.files[SHORTHAND], SHORTHAND)
        self._speller = Speller(texts, shorthand)
        self.glossary = (
            Glossary.parse(index.guidance.files[GLOSSARY], GLOSSARY, texts)
            if glossary
            else Glossary(())
        )

    def read(self, question: str, previous: str | None) -> Reading:
        """Understand a checked question together with the one before, where it leans on that."""
        question, slips = self._speller.repair(question)
        text = f"{self._speller.repair(previous)[0]} {question}" if previous else question
        expanded = self.glossary.expand(text)
        terms = question_terms(text)
        found = alternatives(expanded)
        understood = [
            Understood(typed, meant, "repaired")
            for typed, meant in slips
            if question_terms(meant)  # that "wot" is "what" goes without saying
        ]
        understood += [
            Understood(asked, ", ".join(others), "expanded")
            for asked, others in expanded.items()
            if others
        ]
        if previous:
            understood.append(Understood(question, previous, "carried over"))
        return Reading(
            text,
            terms,
            {stem: others for stem, others in found.items() if stem in terms},
            tuple(understood),
            previous,
        )
