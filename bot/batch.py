"""One line of a question file -> one reply, whatever is wrong with the line."""

from __future__ import annotations

import json
from math import isinf

from pydantic import BaseModel, JsonValue, StrictStr, ValidationError

from bot.contract import invalid, reply_object
from bot.pipeline import Bot


class _Line(BaseModel):
    question: StrictStr
    previous: StrictStr | None = None


def reply_to_line(bot: Bot, line: bytes) -> dict[str, JsonValue]:
    """Answer `{"id", "question", "previous"?}`; a line that is not that is `invalid`.

    The id, any JSON value, comes back as it was.
    """
    try:
        record = json.loads(line, parse_constant=_refuse_constant, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        return invalid("", f"This line is not JSON in UTF-8: {error}").to_json()
    if not isinstance(record, dict):
        return invalid("", 'A line has to be an object like {"id": 1, "question": "…"}.').to_json()
    extra = {"id": record["id"]} if "id" in record else {}
    try:
        asked = _Line.model_validate(record)
    except ValidationError as error:
        problem = error.errors()[0]
        question = record.get("question")
        shown = question if isinstance(question, str) else ""
        return invalid(shown, f"{problem['loc'][0]}: {problem['msg']}").to_json(**extra)
    return reply_object(bot, asked.question, asked.previous).to_json(**extra)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON value")


def _finite(number: str) -> float:
    value = float(number)
    if isinf(value):
        raise ValueError(f"{number} is too large a number")
    return value
