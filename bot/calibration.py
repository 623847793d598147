"""Question files -> the weights and the threshold with which the bot refuses."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bot.confidence import NAMES, Calibration
from bot.datatypes import Answer, Citation
from bot.errors import QuestionFileError
from bot.evaluation import TestQuestion, is_right
from bot.pipeline import Bot
from bot.reader import Verdict

_THRESHOLDS = tuple(round(0.3 + 0.01 * step, 2) for step in range(51))
_FOLDS = 10
# Of 1, 10 and 100 the best on the second corpus, which took no part in the fit.
_INVERSE_REGULARISATION = 10.0
_MIN_OF_EACH = 10
# On the open-retrieval benchmark, where questions are about all sorts of things, the more weight
# the better; on questions about one subject it costs little up to here (docs/quality.md).
_SIMILARITY_WEIGHT = 7.0  # of the fourth power
# What must never speak for an answer, however few questions there are to show it.
_HIGHEST = {"missing": -0.5, "strange": -0.5}


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
    from sklearn.model_selection import StratifiedKFold

    questions = [(path, question) for path, asked in files for question in asked]
    verdicts = [bot.inspect(q.question, q.previous).verdict for _, q in questions]
    evidence = [verdict.evidence if verdict else None for verdict in verdicts]
    right = np.array(
        [
            verdict is not None and is_right(bot, _first_quote(verdict), question, path)
            for verdict, (path, question) in zip(verdicts, questions, strict=True)
        ]
    )
    answerable = np.array([question.answerable for _, question in questions])
    asked = np.array([found is not None for found in evidence])
    features = np.array([found.weighed() for found in evidence if found is not None])
    targets = answerable[asked]
    if min(targets.sum(), (~targets).sum()) < _MIN_OF_EACH:
        raise QuestionFileError(
            questions[0][0] if questions else Path(),
            None,
            f"calibrating needs {_MIN_OF_EACH} answerable questions and as many others",
        )
    left_out = np.zeros(len(targets))
    for learnt, rest in StratifiedKFold(_FOLDS).split(features, targets):
        left_out[rest] = _chances(_fit(features[learnt], targets[learnt]), features[rest])
    chances = np.zeros(len(questions))
    chances[asked] = left_out
    weights = _fit(features, targets)
    curve = tuple(_point(t, chances, answerable, right) for t in _THRESHOLDS)
    fitting = [point for point in curve if point.false_answers <= max_false_answers]
    return Calibration(
        threshold=fitting[0].threshold if fitting else _THRESHOLDS[-1],
        bias=float(weights[-1]),
        weights=dict(zip(NAMES, weights[:-1].tolist(), strict=True)),
        questions=len(questions),
        subject=bot.index.corpus.subject,
        curve=curve,
    )


def _first_quote(verdict: Verdict) -> Citation:
    """Return what an answer shows first, or would if it were not a refusal."""
    reply = verdict.reply
    return (reply.citations if isinstance(reply, Answer) else reply.nearest)[0]


_Booleans = npt.NDArray[np.bool_]
_Doubles = npt.NDArray[np.float64]


def _fit(features: _Doubles, targets: _Booleans) -> _Doubles:
    """Return the weights of a ridge logistic regression (n,), the bias last.

    That of similarity is held: parents' questions about one subject cannot teach it, since all
    of them resemble the articles; questions about anything else do not. Some have a bound.
    """
    from scipy.optimize import minimize

    held = NAMES.index("similarity")
    columns = np.column_stack([features, np.ones(len(features))])
    free = [i for i in range(columns.shape[1]) if i != held]
    offset = _SIMILARITY_WEIGHT * columns[:, held]
    signs = np.where(targets, 1.0, -1.0)

    def loss(weights: _Doubles) -> tuple[float, _Doubles]:
        margins = signs * (columns[:, free] @ weights + offset)
        slopes = -signs / (1 + np.exp(np.clip(margins, -500, 500)))
        ridge = np.append(weights[:-1], 0.0) / _INVERSE_REGULARISATION
        total = np.logaddexp(0, -margins).sum() + (ridge * weights).sum() / 2
        return float(total), columns[:, free].T @ slopes + ridge

    bounds = [(None, _HIGHEST.get(name)) for i, name in enumerate(NAMES) if i != held]
    start = np.zeros(len(free))
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=[*bounds, (None, None)])
    return np.insert(found.x, held, _SIMILARITY_WEIGHT)


def _chances(weights: _Doubles, features: _Doubles) -> _Doubles:
    chances: _Doubles = 1 / (1 + np.exp(-(features @ weights[:-1] + weights[-1])))
    return chances


def _point(
    threshold: float, chances: _Doubles, answerable: _Booleans, right: _Booleans
) -> Calibration.Point:
    answered = chances >= threshold
    return Calibration.Point(
        threshold=threshold,
        coverage=float(answered[answerable].mean()),
        right_at_1=float((answered & right)[answerable].mean()),
        false_answers=float(answered[~answerable].mean()),
    )
