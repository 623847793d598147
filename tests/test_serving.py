"""A running server's bot: taken up anew between two questions, never from half an index."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot.closing import close, reopen
from bot.contract import ReplyObject, reply_object
from bot.counts import Counts
from bot.errors import BusyError, ClosedError, CorpusError, IndexNotWritableError, QuestionError
from bot.index import generations
from bot.pipeline import Bot, SilentReport, build_index
from bot.serving import Serving, open_serving
from bot.settings import Settings
from bot.web.service import Service
from tests.fake_encoder import FakeEncoder

QUESTION = "When did the library close?"


@pytest.fixture(name="serving")
def _serving(small_settings: Settings, fake_encoder: FakeEncoder) -> Iterator[Serving]:
    serving = open_serving(small_settings, fake_encoder, SilentReport())
    yield serving
    serving.bot.index.close()


def add_article(settings: Settings, content: bytes = b"A new article. It has news.\n") -> None:
    (settings.seeds_dir / "added.txt").write_bytes(content)


def rebuild(settings: Settings, encoder: FakeEncoder) -> Path:
    """Build the index as another process would; returns the generation's folder."""
    index = build_index(settings, encoder, SilentReport())
    index.close()
    return settings.index_dir / index.manifest.generation


def serve_again(settings: Settings, encoder: FakeEncoder) -> Serving:
    serving = open_serving(settings, encoder, SilentReport())
    serving.bot.index.close()
    return serving


def test_nothing_is_taken_up_while_nothing_is_new(serving: Serving) -> None:
    bot = serving.bot
    assert not serving.refresh()
    assert serving.bot is bot


def test_a_new_generation_answers_and_its_listeners_hear(
    serving: Serving, small_settings: Settings, fake_encoder: FakeEncoder
) -> None:
    heard: list[Bot] = []
    serving.listen(heard.append)
    old = serving.bot
    add_article(small_settings)
    rebuild(small_settings, fake_encoder)
    assert serving.refresh()
    assert heard == [old, serving.bot]
    assert len(serving.bot.index.corpus.articles) == len(old.index.corpus.articles) + 1
    assert old.ask(QUESTION)  # a question that it began with ends with it
    assert not serving.refresh()
    folders = [path.name for path in small_settings.index_dir.iterdir() if path.is_dir()]
    assert folders == [serving.bot.index.manifest.generation]  # nothing is left of the old one


def test_a_damaged_generation_is_not_taken_up_but_the_next_one_is(
    serving: Serving,
    small_settings: Settings,
    fake_encoder: FakeEncoder,
    caplog: pytest.LogCaptureFixture,
) -> None:
    bot = serving.bot
    (rebuild(small_settings, fake_encoder) / "tokens.npz").write_bytes(b"cut short")
    for _ in range(3):
        assert not serving.refresh()
    assert serving.bot is bot
    assert serving.outdated
    assert caplog.text.count("newer index is not taken up") == 1  # said once, not every second
    rebuild(small_settings, fake_encoder)
    assert serving.refresh()
    assert not serving.outdated


def test_a_pointer_that_cannot_be_read_is_said_once_and_changes_nothing(
    serving: Serving, small_settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    bot, pointer = serving.bot, small_settings.index_dir / "current"
    good = pointer.read_text()
    pointer.write_text("nonsense")
    assert not serving.refresh()
    assert not serving.refresh()
    assert (serving.bot, serving.outdated) == (bot, True)
    assert caplog.text.count("does not name a generation") == 1
    assert (small_settings.index_dir / bot.index.manifest.generation).is_dir()
    pointer.write_text(good)
    assert not serving.refresh()
    assert not serving.outdated
    pointer.unlink()
    assert not serving.refresh()


def test_an_index_that_makes_no_bot_is_not_taken_up(
    serving: Serving,
    small_settings: Settings,
    fake_encoder: FakeEncoder,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    bot = serving.bot
    rebuild(small_settings, fake_encoder)

    def fail(*_: object) -> Bot:
        raise KeyError("a question")

    monkeypatch.setattr("bot.serving.Bot", fail)
    assert not serving.refresh()
    assert not serving.refresh()
    assert (serving.bot, serving.outdated) == (bot, True)
    assert caplog.text.count("is not taken up: KeyError in") == 1
    assert "a question" not in caplog.text


def test_what_is_left_of_the_old_generation_goes_once_no_build_runs(
    serving: Serving, small_settings: Settings, fake_encoder: FakeEncoder
) -> None:
    old = small_settings.index_dir / serving.bot.index.manifest.generation
    add_article(small_settings)
    rebuild(small_settings, fake_encoder)
    with generations.build_lock(small_settings.index_dir):
        assert serving.refresh()
        assert not serving.refresh()
        assert old.is_dir()
    assert not serving.refresh()
    assert not old.is_dir()


def test_a_listener_that_fails_does_not_keep_the_others_from_hearing(
    serving: Serving, small_settings: Settings, fake_encoder: FakeEncoder
) -> None:
    heard: list[Bot] = []

    def fail(_: Bot) -> None:
        if heard:
            raise KeyError("a question")

    serving.listen(fail)
    serving.listen(heard.append)
    add_article(small_settings)
    rebuild(small_settings, fake_encoder)
    assert serving.refresh()
    assert heard[-1] is serving.bot


def test_a_start_whose_rebuild_fails_serves_the_last_good_generation(
    serving: Serving,
    small_settings: Settings,
    fake_encoder: FakeEncoder,
    caplog: pytest.LogCaptureFixture,
) -> None:
    add_article(small_settings, b"\xff is not UTF-8")
    again = serve_again(small_settings, fake_encoder)
    assert again.outdated
    assert again.bot.index.manifest.generation == serving.bot.index.manifest.generation
    assert again.bot.ask(QUESTION)
    assert "the last good generation" in caplog.text
    assert "added.txt:1: not UTF-8" in caplog.text


def test_a_full_disk_leaves_the_last_good_generation_serving(
    serving: Serving,
    small_settings: Settings,
    fake_encoder: FakeEncoder,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    add_article(small_settings)

    def full(root: Path, *_: object) -> None:
        raise IndexNotWritableError(f"Cannot write the index to {root}: No space left on device.")

    monkeypatch.setattr(generations, "publish", full)
    again = serve_again(small_settings, fake_encoder)
    assert again.outdated
    assert again.bot.index.manifest.generation == serving.bot.index.manifest.generation


def test_a_start_with_a_damaged_index_builds_it_anew(
    serving: Serving,
    small_settings: Settings,
    fake_encoder: FakeEncoder,
    caplog: pytest.LogCaptureFixture,
) -> None:
    generation = serving.bot.index.manifest.generation
    (small_settings.index_dir / generation / "tokens.npz").write_bytes(b"cut short")
    again = serve_again(small_settings, fake_encoder)
    assert not again.outdated
    assert again.bot.index.manifest.generation != generation
    assert "It is built anew" in caplog.text


def test_with_nothing_to_fall_back_on_the_reason_is_said(
    small_settings: Settings, fake_encoder: FakeEncoder
) -> None:
    add_article(small_settings, b"\xff is not UTF-8")
    with pytest.raises(CorpusError, match=r"added\.txt:1: not UTF-8"):
        open_serving(small_settings, fake_encoder, SilentReport())


def test_the_service_counts_what_it_gives(serving: Serving, tmp_path: Path) -> None:
    counts = Counts(tmp_path)
    seen: list[str] = []
    service = Service(
        serving, counts, lambda status, seconds: seen.append(f"{status} {seconds > 0}")
    )

    def busy(*_: object) -> ReplyObject:
        raise BusyError

    def broken(*_: object) -> ReplyObject:
        raise KeyError("a question")

    def unaskable(*_: object) -> ReplyObject:
        raise QuestionError("Please type a question.")

    for way, error in ((busy, BusyError), (broken, KeyError), (unaskable, QuestionError)):
        with pytest.raises(error):
            service.ask(way, QUESTION, None)
    assert seen == ["busy True", "failed True", "invalid True"]
    assert [dict(of) for of in counts.by_day().values()] == [{"busy": 1, "failed": 1, "invalid": 1}]
    counts.close()


def test_the_help_card_comes_when_the_service_is_closed_or_full(
    serving: Serving, small_settings: Settings, tmp_path: Path
) -> None:
    counts = Counts(tmp_path)
    service = Service(serving, counts)
    leave = threading.Event()
    asking = [
        threading.Thread(target=service.ask, args=(slow(leave), QUESTION, None))
        for _ in range(small_settings.answers_at_once + small_settings.waiting_questions)
    ]
    for thread in asking:
        thread.start()
    time.sleep(0.3)
    close(small_settings.index_dir, "")
    with pytest.raises(ClosedError, match="closed for a while"):
        service.ask(reply_object, QUESTION, None)
    assert service.ask(reply_object, "i want to kill myself", None).status == "help"
    assert reopen(small_settings.index_dir)
    with pytest.raises(BusyError):
        service.ask(reply_object, QUESTION, None)
    assert service.ask(reply_object, "i want to kill myself", None).status == "help"
    leave.set()
    for thread in asking:
        thread.join()
    counts.close()


def slow(leave: threading.Event) -> Callable[[Bot, str, str | None], ReplyObject]:
    def way(bot: Bot, question: str, previous: str | None) -> ReplyObject:
        leave.wait(30)
        return reply_object(bot, question, previous)

    return way


@pytest.fixture(autouse=True)
def _info(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
