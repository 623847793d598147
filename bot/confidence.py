"""How sure it is that the articles answer a question: evidence -> a chance, weighed by data.

The weights come from calibration.toml, which `python -m bot calibrate` writes.
"""

from __future__ import annotations

import json
from dataclasses import astuple, dataclass, fields, replace
from math import exp
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, field_validator

from bot.tables import parse_table

CALIBRATION = "calibration.toml"


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for or against there being an answer."""

    similarity: float  # uniform MaxSim of the most similar sentence, -1 to 1
    coverage: float  # most of the question's informative words that one sentence holds, 0 to 1
    coverage_of_first: float  # the same for the sentence that would be quoted first
    known: float  # share of the informative words that the articles use at all, 0 to 1
    strange: float  # how many names and numbers of the question stand in no article, 0 to 2
    missing: float  # 1 where no quote holds the sort of thing that is asked for, else 0
    score: float  # of the sentence that would be quoted first, the trained matcher's taken in
    lead: float  # how far the first sentence's score lies above the fourth's
    relevance: float  # the reranker's highest score: log odds that a sentence answers
    information: float  # log chance that the message is a question news could answer
    advice: float  # log chance that it asks for advice
    abuse: float  # log chance that it is abuse or off topic

    def weighed(self) -> tuple[float, ...]:
        """Return what the weights apply to, in the order of NAMES.

        Only a close match speaks loudly, whatever the words say: the fourth power of similarity.
        """
        return astuple(replace(self, similarity=max(self.similarity, 0.0) ** 4))


NAMES = tuple(field.name for field in fields(Evidence))


class Calibration(BaseModel):
    """What calibration.toml holds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    class Point(BaseModel):
        """What a threshold would give, on the questions of the calibration, each left out once."""

        model_config = ConfigDict(extra="forbid", frozen=True)

        threshold: float
        coverage: float
        right_at_1: float
        false_answers: float

    threshold: float = Field(ge=0, le=1)  # below it the bot refuses
    bias: float
    weights: dict[str, float]
    questions: int | None = None  # how many the curve was measured on
    subject: str | None = None  # what the articles were about, then
    curve: tuple[Point, ...] = ()

    @field_validator("weights")
    @classmethod
    def _one_a_name(cls, weights: dict[str, float]) -> dict[str, float]:
        if weights.keys() != set(NAMES):
            raise ValueError(f"give one weight for each of {', '.join(NAMES)}")
        return weights

    def chance(self, evidence: Evidence) -> float:
        """Return the chance that the articles answer, 0 to 1."""
        pairs = zip(NAMES, evidence.weighed(), strict=True)
        logit = self.bias + sum(self.weights[name] * value for name, value in pairs)
        return 1 / (1 + exp(-max(-500.0, min(500.0, logit))))

    @property
    def point(self) -> Point | None:
        """What the threshold in use gave, where that was measured."""
        return next((p for p in self.curve if abs(p.threshold - self.threshold) < 1e-6), None)


def parse_calibration(content: bytes, path: Path | str) -> Calibration:
    """Read the content of calibration.toml.

    Raises:
        CorpusError: naming file and line, for the first mistake.
    """
    return parse_table(Path(path), content, Calibration)


def calibration_as_toml(calibration: Calibration, written_by: str) -> str:
    """Write a calibration as the file that `parse_calibration` reads."""
    lines = [
        f"# Written by `{written_by}`; see docs/quality.md.",
        "# Each point of the curve: what that threshold would give.",
        f"threshold = {calibration.threshold:.3f}",
        f"bias = {calibration.bias:.4f}",
        *([f"questions = {calibration.questions}"] if calibration.questions else []),
        *([f"subject = {json.dumps(calibration.subject)}"] if calibration.subject else []),
        "",
        "[weights]",
        *(f"{name} = {calibration.weights[name]:.4f}" for name in NAMES),
    ]
    for point in calibration.curve:
        lines += [
            "",
            "[[curve]]",
            *(f"{name} = {value:.3f}" for name, value in point.model_dump().items()),
        ]
    return "\n".join(lines) + "\n"
