"""When to refuse is learnt from questions, written down, and read back."""

from __future__ import annotations

from dataclasses import replace
from math import log
from pathlib import Path

import pytest

from bot.calibration import calibrate
from bot.confidence import (
    CALIBRATION,
    NAMES,
    Calibration,
    Evidence,
    calibration_as_toml,
    parse_calibration,
)
from bot.datatypes import Routed
from bot.errors import CorpusError, QuestionFileError
from bot.evaluation import load_questions
from bot.guidance import load_guidance
from bot.pipeline import Bot
from bot.settings import ROOT

DEV = ROOT / "tests" / "questions" / "dev.jsonl"
DEFAULT = ROOT / "bot" / "defaults" / CALIBRATION


def test_calibrating_separates_answerable_questions_from_others(bot: Bot) -> None:
    found = calibrate(bot, [(DEV, load_questions(DEV))], max_false_answers=0.2)
    [point] = [point for point in found.curve if point.threshold == found.threshold]
    assert point.false_answers <= 0.2
    assert point.coverage >= 0.75
    falling = [point.false_answers for point in found.curve]
    assert falling == sorted(falling, reverse=True)


def test_a_calibration_survives_being_written(tmp_path: Path) -> None:
    default = parse_calibration(DEFAULT.read_bytes(), DEFAULT)
    written = calibration_as_toml(default, "a test")
    assert parse_calibration(written.encode(), tmp_path) == default
    assert len(default.curve) > 5


def test_more_similarity_and_coverage_make_an_answer_more_likely() -> None:
    default = parse_calibration(DEFAULT.read_bytes(), DEFAULT)
    weak = Evidence(
        similarity=0.3,
        coverage=0.1,
        coverage_of_first=0.1,
        known=0.5,
        strange=0.0,
        missing=0.0,
        score=0.35,
        lead=0.05,
        relevance=-1.0,
        information=-0.5,
        advice=-3.5,
        abuse=-3.5,
    )
    strong = replace(
        weak, similarity=0.7, coverage=0.9, coverage_of_first=0.9, known=1.0, relevance=2.0
    )
    assert 0 < default.chance(weak) < default.threshold < default.chance(strong) < 1
    assert default.chance(replace(strong, missing=1.0)) < default.chance(strong)
    assert default.chance(replace(strong, strange=1.0)) < default.chance(strong)


def test_little_similarity_weighs_little() -> None:
    default = parse_calibration(DEFAULT.read_bytes(), DEFAULT)
    far = Evidence(*[0.0] * len(NAMES))

    def gain(low: float, high: float) -> float:
        one, other = replace(far, similarity=low), replace(far, similarity=high)
        return log(default.chance(other) / default.chance(one))

    assert replace(far, similarity=-0.2).weighed() == far.weighed()
    assert gain(0.6, 0.7) > 3 * gain(0.2, 0.3) > 0


def test_extreme_evidence_gives_a_chance_not_an_overflow() -> None:
    sure = Calibration(threshold=0.5, bias=1e6, weights=dict.fromkeys(NAMES, 0.0))
    assert sure.chance(Evidence(*[0.0] * len(NAMES))) == 1.0


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("threshold =", "threshhold =", "threshold: Field required"),
        ("threshold =", "threshold = 2 #", "threshold"),
        ("similarity =", "likeness =", "one weight for each"),
        ("bias =", "bias = 'high' #", "bias"),
    ],
)
def test_a_broken_calibration_stops_the_build(
    small_seeds: Path, old: str, new: str, reason: str
) -> None:
    text = DEFAULT.read_text(encoding="utf-8").replace(old, new, 1)
    (small_seeds / CALIBRATION).write_text(text)
    with pytest.raises(CorpusError, match=reason):
        load_guidance(small_seeds)


def test_too_few_questions_are_refused(bot: Bot) -> None:
    with pytest.raises(QuestionFileError, match="needs 10"):
        calibrate(bot, [(DEV, load_questions(DEV)[:12])], max_false_answers=0.2)


def test_evidence_of_a_message_that_is_no_question_is_its_route(bot: Bot) -> None:
    routed = bot.inspect("hello")
    assert isinstance(routed.reply, Routed)
    assert routed.verdict is None
    asked = bot.inspect("Who is Wendy Mathys?").verdict
    assert asked
    assert isinstance(asked.evidence, Evidence)
