"""`make bench`: where the time of a question goes, as ratios within one run.

Absolute times depend on the machine and on what else it does; the ratio to the bare
encoder, measured in turns with everything else, is what may be compared and quoted.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median

from bot.contract import reply_object
from bot.encoder import SentenceTransformerEncoder
from bot.evaluation import load_questions
from bot.pipeline import Bot, SilentReport, open_index
from bot.settings import ROOT, load_settings

_ROUNDS = 3


def main() -> None:
    """Print the medians of encoding a question, answering it and describing the answer."""
    settings = load_settings()
    started = time.perf_counter()
    encoder = SentenceTransformerEncoder(settings.encoder, threads=settings.encoder_threads)
    encoder_ready = time.perf_counter()
    index = open_index(settings, encoder, SilentReport())
    bot = Bot(index, encoder, settings)
    ready = time.perf_counter()
    questions = [q.question for q in load_questions(ROOT / "tests/questions/dev.jsonl")]
    steps: dict[str, Callable[[str], object]] = {
        "encode the question": lambda question: encoder.encode([question]),
        "the whole reply": lambda question: reply_object(bot, question),
    }
    times: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(_ROUNDS):
        for question in questions:
            for name, step in steps.items():
                start = time.perf_counter()
                step(question)
                times[name].append(time.perf_counter() - start)
    floor = median(times["encode the question"])
    print(f"{len(questions)} questions, {_ROUNDS} rounds, {len(index.corpus.sentences)} sentences")
    print(f"start: encoder {encoder_ready - started:.1f} s, index {ready - encoder_ready:.2f} s")
    for name, measured in times.items():
        middle, slow = median(measured), sorted(measured)[len(measured) * 95 // 100]
        print(
            f"{name:<22} median {middle * 1000:6.1f} ms   95% {slow * 1000:6.1f} ms"
            f"   {middle / floor:5.2f} x encoding"
        )


if __name__ == "__main__":
    main()
