"""Train the matcher: `python -m training.train new_wiki.json.gz`, about two hours on one core.

Contrastive late interaction: of all sentences of a few passages, the one that answers a question
must get the highest MaxSim. Only low-rank changes to the encoder's last layers, a projection and
a salience are learned. The layers below are run once, before, since they do not change. It is
done twice from the same start with the steps in another order, and the two are averaged ("model
soup": Wortsman et al., 2022). Some groups are held out to tell how well it goes. A run makes the
same weights again on the same machine.
"""

from __future__ import annotations

import argparse
import gzip
import json
import logging
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from bot.datatypes import Span
from bot.matcher import DIMENSION, LAYERS, WEIGHTS
from bot.sentences import split_sentences
from bot.trained import write_weights
from training.student import Student, average
from training.texts import MAX_CHARACTERS, Article, Lower, Step, encyclopaedia, news, rarity_of

GROUPS = Path(__file__).parent / "groups"
HELD_OUT = ("20g2", "22g2", "25g1", "27g2", "28g3", "29g2")
STEPS = 1500
SEED = 1
ORDERS = (1, 2)  # seeds of the orders in which the steps come, one run for each
LEARNING_RATE = 5e-4
WARM_UP = 0.05  # share of the steps
ROUNDS_OF_NEWS = 3  # for each round through the encyclopaedia
QUESTIONS_A_STEP = 64
PASSAGES_A_STEP = 8  # of the encyclopaedia
PASSAGES_KEPT = 0.6  # of a group, anew in each step: what is not there costs nothing


def steps(
    articles: list[Article],
    groups: list[Step],
    rarity: torch.Tensor,
) -> Iterator[Step]:
    """Yield training steps for ever, shuffled anew in each round."""
    while True:
        jobs: list[Step] = []
        for article in articles:
            mixed = random.sample(article, len(article))
            for k in range(0, len(mixed) - 2, PASSAGES_A_STEP):
                chosen = mixed[k : k + PASSAGES_A_STEP]
                picked = [
                    (question, [(p, s) for s in held])
                    for p, (_, asked) in enumerate(chosen)
                    for question, held in random.sample(asked, min(5, len(asked)))
                ]
                passages = [passage for passage, _ in chosen]
                questions = [question for question, _ in picked]
                jobs.append(Step(passages, questions, [held for _, held in picked], rarity))
        for group in groups * ROUNDS_OF_NEWS:
            order = random.sample(range(len(group.questions)), len(group.questions))
            for k in range(0, len(order), QUESTIONS_A_STEP):
                part = order[k : k + QUESTIONS_A_STEP]
                jobs.append(
                    Step(
                        group.passages,
                        [group.questions[i] for i in part],
                        [group.answers[i] for i in part],
                        group.rarity,
                    )
                )
        random.shuffle(jobs)
        yield from jobs


def thinned(step: Step) -> Step:
    """Keep a random share of a step's passages, and the questions that they answer."""
    count = round(PASSAGES_KEPT * len(step.passages))
    if count < PASSAGES_A_STEP:
        return step
    kept = sorted(random.sample(range(len(step.passages)), count))
    place = {old: new for new, old in enumerate(kept)}
    asked = [
        (question, [(place[p], s) for p, s in held if p in place])
        for question, held in zip(step.questions, step.answers, strict=True)
    ]
    asked = [(question, held) for question, held in asked if held]
    if not asked:
        return step
    return Step(
        [step.passages[p] for p in kept],
        [question for question, _ in asked],
        [held for _, held in asked],
        step.rarity,
    )


def loss_of(student: Student, step: Step) -> tuple[torch.Tensor, float]:
    """Return the cross-entropy of finding the answers, and the share found first."""
    vectors, _, _ = student([passage.encoded for passage in step.passages])
    longest = vectors.shape[1]
    place: dict[tuple[int, int], int] = {}
    rows: list[np.ndarray[Any, Any]] = []
    for p, passage in enumerate(step.passages):
        offsets = passage.encoded[2]
        for s, (start, end) in enumerate(passage.sentences):
            inside = (
                (offsets[:, 1] > offsets[:, 0]) & (offsets[:, 0] >= start) & (offsets[:, 1] <= end)
            )
            found = np.flatnonzero(inside)
            place[p, s] = len(rows)
            rows.append(p * longest + (found if len(found) else np.array([0])))
    index = torch.zeros(len(rows), max(map(len, rows)), dtype=torch.long)
    real = torch.zeros(index.shape, dtype=torch.bool)
    for i, row in enumerate(rows):
        index[i, : len(row)] = torch.from_numpy(row)
        real[i, : len(row)] = True
    questions, hidden, ids = student(step.questions)
    weights = student.question_weights(hidden, ids, step.rarity)
    tokens = vectors.reshape(-1, DIMENSION)[index]
    similar = (questions.reshape(-1, DIMENSION) @ tokens.reshape(-1, DIMENSION).T).reshape(
        *questions.shape[:2], *index.shape
    )
    best = similar.masked_fill(~real, -1).amax(-1)
    scores = (best * weights[:, :, None]).sum(1) * student.scale.clamp(5, 60)
    wrong = torch.full_like(scores, -1e4)
    for i, held in enumerate(step.answers):
        wrong[i, [place[answer] for answer in held]] = 0
    loss = (scores.logsumexp(1) - (scores + wrong).logsumexp(1)).mean()
    first = wrong[range(len(scores)), scores.argmax(1)] == 0
    return loss, float(first.float().mean())


@torch.no_grad()
def share_right_first(student: Student, groups: list[Step]) -> float:
    """Return for how many questions of some groups the right sentence comes first."""
    student.eval()
    right, asked = 0.0, 0
    for group in groups:
        for start in range(0, len(group.questions), QUESTIONS_A_STEP):
            part = slice(start, start + QUESTIONS_A_STEP)
            step = Step(group.passages, group.questions[part], group.answers[part], group.rarity)
            right += loss_of(student, step)[1] * len(step.questions)
            asked += len(step.questions)
    student.train()
    return right / asked


def learn(student: Student, plan: Iterator[Step], held_out: list[Step], steps_to_do: int) -> None:
    """Change a student step by step, the rate rising at first and then falling to nothing."""
    fast = [student.scale, student.salience]
    slow = [
        p for p in student.parameters() if p.requires_grad and not any(p is other for other in fast)
    ]
    rates = [LEARNING_RATE, 0.05, 0.01]
    optimiser = torch.optim.AdamW(
        [{"params": slow}, {"params": fast[:1]}, {"params": fast[1:]}], weight_decay=0.01
    )
    found = 0.0
    for number, step in enumerate(plan, start=1):
        done = number / steps_to_do
        for group, rate in zip(optimiser.param_groups, rates, strict=True):
            group["lr"] = rate * min(1.0, done / WARM_UP) * max(0.02, 1 - done)
        loss, share = loss_of(student, thinned(step))
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(slow + fast, 1.0)
        optimiser.step()
        optimiser.zero_grad()
        found = share if number == 1 else 0.97 * found + 0.03 * share
        if number % 50 == 0:
            print(f"step {number} of {steps_to_do}: right first {found:.3f}", flush=True)
        if number % 300 == 0 or number == steps_to_do:
            print(f"  held out: {share_right_first(student, held_out):.3f}", flush=True)
        if number == steps_to_do:
            break


def train(squad: Path, chosen: str, steps_to_do: int, seed: int, output: Path) -> None:
    """Train and write the weights."""
    logging.disable(logging.WARNING)  # the groups have no catalogue, and need none
    lower = Lower()
    folders = sorted(GROUPS.glob(chosen))
    groups = {folder.name: news(lower, folder) for folder in folders}
    held_out = [group for name, group in groups.items() if name in HELD_OUT]
    learnt_from = [group for name, group in groups.items() if name not in HELD_OUT]
    with gzip.open(squad, "rt", encoding="utf-8") as file:
        data = json.load(file)["data"]
    articles = encyclopaedia(lower, data)
    texts = [
        p.read_text(encoding="utf-8")[:MAX_CHARACTERS]
        for p in [folder / "a1.txt" for folder in folders]
    ]
    contexts = [p["context"] for a in data for p in a["paragraphs"]]
    rarity = rarity_of(
        lower, [s.of(c) for c in contexts for s in split_sentences(c, Span(0, len(c)))]
    )
    axes = lower.principal_axes(texts)
    runs = []
    for order in ORDERS:
        torch.manual_seed(seed)
        student = Student(Lower().blocks[-LAYERS:], axes)
        student.train()
        random.seed(order)
        learn(student, steps(articles, learnt_from, rarity), held_out, steps_to_do)
        runs.append(student.trained())
    write_weights(output, average(runs))
    print(f"wrote {output}, {output.stat().st_size:,} bytes")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Train the matcher.")
    parser.add_argument("squad", type=Path, help="SQuADShifts new_wiki, gzipped JSON")
    parser.add_argument("--groups", default="*", help="which folders of groups/ (a pattern)")
    parser.add_argument("--steps", type=int, default=STEPS)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--output", type=Path, default=WEIGHTS)
    arguments = parser.parse_args()
    train(arguments.squad, arguments.groups, arguments.steps, arguments.seed, arguments.output)
