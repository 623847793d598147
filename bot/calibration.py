"""Question files -> the weights and the threshold with which the bot refuses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bot.confidence import NAMES, Calibration
from bot.errors import QuestionFileError
from bot.evaluation import TestQuestion, is_right
from bot.pipeline import Bot

_THRESHOLDS = tuple(round(0.3 + 0.05 * step, 2) for step in range(11))
_FOLDS = 10
# Of 1, 10 and 100 the best on the second corpus, which took no part in the fit.
_INVERSE_REGULARISATION = 10.0
_MIN_OF_EACH = 10


def calibrate(
    bot: Bot, files: Sequence[tuple[Path, list[TestQuestion]]], *, max_false_answers: float
) -> Calibration:
    """Fit a logistic regression of "answerable" on the evidence, and choose a threshold.

    The threshold is the lowest of the curve at which at most `max_false_answers` of the
    unanswerable questions get an answer. The curve is made of predictions for questions that
    were left out of the fit (ten folds), routed messages counting as refused.

    Raises:
        QuestionFileError: when there are too few questions of one sort to learn from.
    """
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import cross_val_predict

    questions = [(path, question) for path, asked in files for question in asked]
    verdicts = [bot.inspect(q.question, q.previous).verdict for _, q in questions]
    evidence = [verdict.evidence if verdict else None for verdict in verdicts]
    right = np.array(
        [
            verdict is not None and is_right(bot, verdict.ranked[0], question, path)
            for verdict, (path, question) in zip(verdicts, questions, strict=True)
        ]
    )
    answerable = np.array([question.answerable for _, question in questions])
    asked = np.array([found is not None for found in evidence])
    features = np.array([astuple(found) for found in evidence if found is not None])
    targets = answerable[asked]
    if min(targets.sum(), (~targets).sum()) < _MIN_OF_EACH:
        raise QuestionFileError(
            questions[0][0] if questions else Path(),
            None,
            f"calibrating needs {_MIN_OF_EACH} answerable questions and as many others",
        )
    model = LogisticRegression(C=_INVERSE_REGULARISATION, max_iter=2000)
    chances = np.zeros(len(questions))
    chances[asked] = cross_val_predict(model, features, targets, cv=_FOLDS, method="predict_proba")[
        :, 1
    ]
    model.fit(features, targets)
    curve = tuple(_point(t, chances, answerable, right) for t in _THRESHOLDS)
    fitting = [point for point in curve if point.false_answers <= max_false_answers]
    return Calibration(
        threshold=fitting[0].threshold if fitting else _THRESHOLDS[-1],
        bias=float(model.intercept_[0]),
        weights=dict(zip(NAMES, model.coef_[0].tolist(), strict=True)),
        curve=curve,
    )


_Booleans = npt.NDArray[np.bool_]


def _point(
    threshold: float, chances: npt.NDArray[np.float64], answerable: _Booleans, right: _Booleans
) -> Calibration.Point:
    answered = chances >= threshold
    return Calibration.Point(
        threshold=threshold,
        coverage=float(answered[answerable].mean()),
        right_at_1=float((answered & right)[answerable].mean()),
        false_answers=float(answered[~answerable].mean()),
    )
