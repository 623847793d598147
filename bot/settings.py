"""Every default and threshold, each with its reason, read once from the environment.

The environment variable of a field is its name in capitals: `seeds_dir` is SEEDS_DIR.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from bot.errors import SettingsError
from bot.origins import parse_address, parse_origin

ROOT = Path(__file__).resolve().parent.parent

PACKAGED_ENCODER = "all-MiniLM-L6-v2"

# Never repeated in a message: they are, or may hold, a password.
_SECRET = {"limits_key", "limits_storage"}


def _list(value: object) -> object:
    return tuple(filter(None, re.split(r"[\s,]+", value))) if isinstance(value, str) else value


def _address(value: str) -> str:
    return "".join(parse_address(value))


def _network(value: str) -> str:
    return str(ipaddress.ip_network(value))


_Address = Annotated[str, AfterValidator(_address)]
_Origin = Annotated[str, AfterValidator(parse_origin)]
_Network = Annotated[str, AfterValidator(_network)]


class Settings(BaseSettings):
    """What an operator may change."""

    # An empty variable is one that is not set, not the current folder.
    model_config = SettingsConfigDict(frozen=True, env_ignore_empty=True)

    host: str = "127.0.0.1"  # only this machine, until somebody decides otherwise
    port: int = Field(7860, ge=1, le=65535)
    seeds_dir: Path = ROOT / "seeds"
    index_dir: Path = ROOT / "index"

    # The address that visitors use, where a proxy stands in front: https://forum.example/ask
    public_url: _Address | None = None
    # Sites whose pages may show the chat inside them; none, until somebody decides otherwise.
    embed_sites: Annotated[tuple[_Origin, ...], NoDecode, BeforeValidator(_list)] = ()
    # Proxies (addresses or networks) that are believed when they say whom they speak for.
    trusted_proxies: Annotated[tuple[_Network, ...], NoDecode, BeforeValidator(_list)] = ()

    # Questions of one visitor: so many a minute, so many of them at once; 0 for no limit.
    questions_per_minute: int = Field(20, ge=0, le=1000)
    question_burst: int = Field(10, ge=1, le=1000)
    # Where they are counted: redis://… where several processes share one count. They then need
    # one secret too, with which addresses are hashed.
    limits_storage: str = Field("memory://", pattern=r"^(?:memory|rediss?)://")
    limits_key: str | None = Field(None, min_length=16)
    # Answered at once (one a core); what waits beside them; the seconds until each has its answer.
    answers_at_once: int = Field(2, ge=1, le=64)
    waiting_questions: int = Field(32, ge=0, le=1000)
    waiting_seconds: float = Field(10, gt=0, le=120)

    # Measures for Prometheus: no port, no measures. Never the visitors' port.
    metrics_host: str = "127.0.0.1"
    metrics_port: int | None = Field(None, ge=1, le=65535)
    # One line a record: for people, or JSON for programs that collect logs.
    log_format: Literal["text", "json"] = "text"

    # A sentence-transformers model id or directory; the default comes out of a pinned
    # package with its weights' hash checked, so nothing is downloaded.
    encoder: str = PACKAGED_ENCODER
    # Two threads were 6 times slower than one on a busy two-core machine.
    encoder_threads: int = Field(1, ge=1, le=64)

    # About 130 tokens: news paragraphs stay whole and all fits the encoder's window.
    passage_words: int = Field(100, ge=10, le=180)

    # Long enough for a story with a question at its end, short enough to encode at once.
    max_question_characters: int = Field(500, ge=20, le=5000)

    # Reading all sentences of the best 12 passages keeps 97% or more of the answers in reach.
    top_passages: int = Field(12, ge=1, le=100)
    # Below this chance that the articles answer the bot refuses; unset, calibration.toml says it.
    min_confidence: float | None = Field(None, ge=0, le=1)
    # Who runs this, and an e-mail address or a web page for reporting a problem: /about says so.
    operator: str | None = None
    operator_contact: str | None = Field(None, pattern=r"^(?:https?://\S+|[^@\s]+@[^@\s]+)$")

    # Equal shares of meaning (dense) and words (BM25); 0.3 to 0.7 measured flat.
    dense_share: float = Field(0.5, ge=0, le=1)

    @property
    def limit_seconds(self) -> int:
        """The time in which a visitor may ask `question_burst` questions; 0 for no limit."""
        a_minute = self.questions_per_minute
        return max(1, round(60 * self.question_burst / a_minute)) if a_minute else 0

    @property
    def public_path(self) -> str:
        """The path of `public_url`, "" where it has none."""
        return parse_address(self.public_url)[1] if self.public_url else ""


def load_settings(*, host: str | None = None, port: int | None = None) -> Settings:
    """Read the environment; an address given here comes before it.

    Raises:
        SettingsError: naming every variable with a value that cannot work.
    """
    settings, problems = read_settings(host=host, port=port)
    if problems:
        raise SettingsError.of(problems.values())
    return settings


def read_settings(
    *, host: str | None = None, port: int | None = None
) -> tuple[Settings, dict[str, str]]:
    """Read the environment as far as it can be read, and say what is wrong by variable.

    Where a value cannot work, the settings have the default in its place.
    """
    given = {"host": host, "port": port}
    values: dict[str, Any] = {k: value for k, value in given.items() if value is not None}
    try:
        settings, problems = Settings(**values), {}
    except ValidationError as error:
        wrong = {str(problem["loc"][0]): problem for problem in error.errors()}
        problems = {name.upper(): _in_words(name, problem) for name, problem in wrong.items()}
        defaults = {name: Settings.model_fields[name].get_default() for name in wrong}
        settings = Settings(**{**values, **defaults})
    return settings, problems | _contradictions(settings, problems)


def _in_words(name: str, problem: ErrorDetails) -> str:
    value = str(problem["input"])
    if name in _SECRET:
        return f"{name.upper()}: {problem['msg']}"
    if "@" in value and "//" in value:
        return f"{name.upper()}: leave out the user name and the password"
    return f"{name.upper()}={value!r}: {problem['msg']}"


def _contradictions(settings: Settings, wrong: Collection[str]) -> dict[str, str]:
    """Say what is wrong with variables that work each by itself."""
    found = {}
    shared = not settings.limits_storage.startswith("memory:")
    if shared and settings.limits_key is None and "LIMITS_KEY" not in wrong:
        found["LIMITS_KEY"] = (
            "LIMITS_KEY is missing: processes that share LIMITS_STORAGE share it too"
        )
    if settings.metrics_port == settings.port and not {"PORT", "METRICS_PORT"} & set(wrong):
        found["METRICS_PORT"] = f"METRICS_PORT={settings.metrics_port}: this is the visitors' port"
    return found
