"""The index changes under a server that answers all the while."""

from __future__ import annotations

import asyncio
import itertools
import random
import time
from collections import Counter

import httpx

from bot.errors import CorpusError
from bot.index import generations
from bot.index.generations import build_lock, new_name, open_current, publish
from bot.index.manifest import parse_manifest
from bot.pipeline import SilentReport, build_index
from bot.settings import Settings
from tests.soak.addresses import new_visitor
from tests.soak.asking import ask_api, ask_gradio
from tests.soak.ground import SEED, Ground, real_questions
from tests.soak.report import Report
from tests.soak.server import Server
from tests.soak.versions import Articles

_CLIENTS, _READERS = 18, 2  # programs, and pages in a browser
_BUILDS = 10
_PAUSE_SECONDS = 3.0  # between builds
# The server looks every second; loading and a busy machine need the rest.
_TAKEN_UP_WITHIN = 10.0


def swap(ground: Ground, scale: float, report: Report) -> None:
    """Ask without pause while the index is built again and again."""
    settings = ground.copy_articles("swap")
    articles = Articles(settings)
    articles.write(0)
    build_index(settings, ground.memory, SilentReport()).close()
    place = {"SEEDS_DIR": str(settings.seeds_dir), "INDEX_DIR": str(settings.index_dir)}
    server = Server(**place)
    with server:
        asyncio.run(_Trial(server, ground, settings, articles, report).run(scale))


class _Trial:
    """One server, its visitors and who builds."""

    def __init__(
        self,
        server: Server,
        ground: Ground,
        settings: Settings,
        articles: Articles,
        report: Report,
    ) -> None:
        self._server = server
        self._ground = ground
        self._settings = settings
        self._articles = articles
        self._report = report
        self._stop = asyncio.Event()
        self._answers: Counter[int] = Counter()  # by version
        self._without_quotes = 0
        self._problems: list[str] = []

    async def run(self, scale: float) -> None:
        """Build while visitors ask."""
        visits = [asyncio.create_task(self._program(n)) for n in range(_CLIENTS)]
        visits += [asyncio.create_task(self._reader(n)) for n in range(_READERS)]
        seconds = []
        for number in range(1, max(2, round(_BUILDS * scale)) + 1):
            await asyncio.sleep(_PAUSE_SECONDS * min(1.0, 2 * scale))
            seconds.append(await self._build(number))
        by_version = ", ".join(f"{n}: {count}" for n, count in sorted(self._answers.items()))
        self._report.say(
            f"{len(seconds)} builds, each taken up within {max(seconds):.1f} s; "
            f"answers by version of the articles {by_version}"
        )
        await self._failing_build()
        await self._damaged_generation()
        self._stop.set()
        await asyncio.gather(*visits)
        with_quotes = sum(self._answers.values())
        self._report.say(
            f"{_CLIENTS + _READERS} visitors had {with_quotes} answers with quotes, "
            f"those of each from one version, and {self._without_quotes} without"
        )
        for problem in self._problems[:5]:
            self._report.expect(False, f"{len(self._problems)} answers go wrong: {problem}")
        self._report.expect(len(self._answers) > len(seconds) // 2, "versions are seen in answers")

    async def _build(self, number: int) -> float:
        """Change the articles, build, and return how long the server takes to see it."""
        await asyncio.to_thread(self._articles.write, number)
        index = await asyncio.to_thread(
            build_index, self._settings, self._ground.memory, SilentReport()
        )
        index.close()
        start = time.monotonic()
        taken_up = await self._until(generation=index.manifest.generation, outdated=False)
        seconds = time.monotonic() - start
        self._report.expect(taken_up, f"build {number} is taken up within {_TAKEN_UP_WITHIN:.0f} s")
        return seconds

    async def _failing_build(self) -> None:
        """Let a build fail: nothing changes."""
        before = generations.current_name(self._settings.index_dir)
        self._articles.break_one()
        try:
            await asyncio.to_thread(
                build_index, self._settings, self._ground.memory, SilentReport()
            )
        except CorpusError as error:
            self._report.say(f"a build that fails ({str(error)[-70:]}) leaves the old one serving")
        else:
            self._report.expect(False, "an article that is not UTF-8 makes a build fail")
        await asyncio.sleep(2.5)  # time in which the server looks twice
        kept = await self._until(generation=before, outdated=False)
        self._report.expect(kept, "after a build that fails the old generation serves")

    async def _damaged_generation(self) -> None:
        """Publish a generation with one byte wrong, and then a good one."""
        old = generations.current_name(self._settings.index_dir)
        damaged = await asyncio.to_thread(publish_damaged, self._settings)
        noticed = await self._until(generation=old, outdated=True)
        self._report.expect(noticed, "a damaged generation is not taken up, and /readyz says so")
        # Looked at again and again, it is still not taken up, and the old one still serves.
        await asyncio.sleep(2.5)
        kept = await self._until(generation=old, outdated=True)
        self._report.expect(kept, "the old one goes on serving")
        self._report.say(f"the damaged generation {damaged} is not taken up, and /readyz says so")
        seconds = await self._build(len(self._articles.versions))
        self._report.say(f"the next good one is, within {seconds:.1f} s")

    async def _until(self, **expected: object) -> bool:
        """Wait until /readyz says this."""
        deadline = time.monotonic() + _TAKEN_UP_WITHIN
        async with new_visitor(self._server.address) as client:
            while time.monotonic() < deadline:
                said = (await client.get("/readyz")).json()
                if {name: said[name] for name in expected} == expected:
                    return True
                await asyncio.sleep(0.1)
        return False

    async def _program(self, number: int) -> None:
        chance, questions = random.Random(SEED + number), real_questions()
        async with new_visitor(self._server.address) as client:
            while not self._stop.is_set():
                heard = await ask_api(client, chance.choice(questions))
                versions = self._articles.of(heard.content) if heard.content else []
                self._judge(versions, heard.problem or str(heard.content or heard.status))

    async def _reader(self, number: int) -> None:
        chance, questions = random.Random(SEED + number), real_questions()
        async with new_visitor(self._server.address) as client:
            for turn in itertools.count():
                if self._stop.is_set():
                    return
                heard = await ask_gradio(client, chance.choice(questions), f"w{number}x{turn}")
                versions = self._articles.of_page(heard.content) if heard.content else []
                self._judge(versions, heard.problem or str(heard.content or heard.status))
                try:
                    page = await client.get("/")
                    if page.status_code != 200:
                        self._problems.append(f"the page: {page.status_code}")
                except httpx.HTTPError as error:
                    self._problems.append(f"the page: {error!r}")

    def _judge(self, versions: list[int], heard: str) -> None:
        if len(versions) == 1:
            self._answers[versions[0]] += 1
        elif versions:
            self._without_quotes += 1
        else:
            self._problems.append(f"from no one version: {heard[:300]}")


def publish_damaged(settings: Settings) -> str:
    """Publish a copy of the current generation with one byte of its vectors changed."""
    root, name = settings.index_dir, new_name()
    opened = open_current(root)
    content = opened.read(generations.MANIFEST)
    manifest = parse_manifest(content, expected_sha256=opened.manifest_sha256)
    files = {file: opened.read(file) for file in manifest.files}
    opened.close()
    vectors = bytearray(files["sentences.faiss"])
    vectors[len(vectors) // 2] ^= 1
    files["sentences.faiss"] = bytes(vectors)
    with build_lock(root):
        publish(root, name, files, manifest.model_copy(update={"generation": name}).to_bytes())
    return name
