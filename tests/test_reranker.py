"""What reads question and sentence together: the packaged model, its changes, and what it reads."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from bot import cross_encoder
from bot.candidates import USUAL_WEIGHTS, Scorer
from bot.cross_encoder import load_cross_encoder, packaged_file
from bot.datatypes import Floats, Sentence
from bot.encoder import SentenceTransformerEncoder
from bot.errors import EncoderError
from bot.index.index import Index
from bot.pipeline import Bot
from bot.reranker import WEIGHTS, CrossEncoder, Reranker, pair_tokenizer, quotable
from bot.trained import hash_file
from bot.vocabulary import Vocabulary

QUESTION = "When will the repairs begin?"


@pytest.fixture(name="reranker")
def _reranker(encoder: SentenceTransformerEncoder) -> Reranker:
    assert encoder.reranker is not None
    return encoder.reranker


class _Noting:
    """Gives the sentence that holds a word the highest score, and notes what it was asked."""

    def __init__(self, word: str) -> None:
        self.word = word
        self.asked = ""
        self.read: list[str] = []

    def scores(self, question: str, sentences: Sequence[Sentence]) -> Floats:
        self.asked = question
        self.read = [sentence.text for sentence in sentences]
        return np.array([9.0 if self.word in text else -9.0 for text in self.read], np.float32)


def test_the_weights_are_read_as_the_packaged_file_means_them() -> None:
    import onnxruntime
    import torch

    pairs = pair_tokenizer().encode_batch(
        [
            ("who inspected the council?", "Ofsted inspected the council in 2018."),
            ("when is the tax due", "The cat sat on the mat."),
            ("how many buses run", "Forty buses run on a weekday, and none on Sundays."),
        ]
    )
    fed = {
        "input_ids": np.array([pair.ids for pair in pairs]),
        "attention_mask": np.array([pair.attention_mask for pair in pairs]),
        "token_type_ids": np.array([pair.type_ids for pair in pairs]),
    }
    file = packaged_file("model.onnx")
    session = onnxruntime.InferenceSession(str(file))
    expected = session.run(None, fed)[0][:, 0]
    with torch.inference_mode():
        found = load_cross_encoder(file)(**{k: torch.from_numpy(v) for k, v in fed.items()}).logits
    # onnxruntime rounds what goes into each layer to 8 bits, too.
    assert np.allclose(found[:, 0].numpy(), expected, atol=0.6)
    assert expected[0] > 3 > -3 > expected[1]


def test_an_answer_scores_above_an_echo_and_nothing_near_below_none(
    reranker: Reranker, second_bot: Bot
) -> None:
    sentences = second_bot.index.corpus.sentences
    question = "How many people signed the petition about the evening bus?"
    scores = reranker.scores(question, sentences)
    best = sentences[int(scores.argmax())]
    assert "signed" in best.text
    assert scores.max() > 0
    other = reranker.scores("How do I renew my passport before a holiday abroad?", sentences)
    assert other.max() < 0


def test_a_score_does_not_depend_on_what_else_is_read(reranker: Reranker, bot: Bot) -> None:
    few = bot.index.corpus.sentences[:6]
    together = reranker.scores(QUESTION, few)
    alone = [reranker.scores(QUESTION, [sentence])[0] for sentence in few]
    assert np.allclose(together, alone, atol=1e-3)
    assert reranker.scores(QUESTION, []).shape == (0,)
    assert np.isfinite(reranker.scores("why " * 400, few)).all()  # longer than it can read


def test_the_speaker_is_read_with_the_words(bot: Bot) -> None:
    spoken = next(s for s in bot.index.corpus.sentences if s.speaker)
    assert spoken.speaker is not None
    name = spoken.speaker.of(spoken.article.text)
    assert quotable(spoken) == f"{name}: {spoken.text}"
    silent = next(s for s in bot.index.corpus.sentences if not s.speaker)
    assert quotable(silent) == silent.text


def test_only_the_few_nearly_best_are_read_and_the_best_read_comes_first(
    small_index: Index, small_bot: Bot
) -> None:
    inspection = small_bot.inspect(QUESTION)
    assert inspection.question
    assert inspection.verdict
    hits = list(inspection.hits)
    vocabulary = Vocabulary(small_index.corpus)
    texts = [s.text for s in small_index.corpus.sentences]
    plain = Scorer(small_index, vocabulary, None, USUAL_WEIGHTS).candidates(
        inspection.question, hits
    )
    assert plain.relevance == 0
    noting = _Noting("nothing has this word")
    Scorer(small_index, vocabulary, noting, USUAL_WEIGHTS).candidates(inspection.question, hits)
    order = np.argsort(-plain.ranking, kind="stable")
    nearly = [i for i in order[:6] if plain.ranking[i] >= plain.ranking[order[0]] - 0.1]
    assert noting.asked == QUESTION
    assert noting.read == [texts[plain.rows[i]] for i in nearly]


def test_what_it_says_counts_in_the_order_and_as_evidence(
    small_index: Index, small_bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.candidates._NEAR_BEST", 1.0)
    inspection = small_bot.inspect(QUESTION)
    assert inspection.question
    hits, vocabulary = list(inspection.hits), Vocabulary(small_index.corpus)
    plain = Scorer(small_index, vocabulary, None, USUAL_WEIGHTS).candidates(
        inspection.question, hits
    )
    last_read = plain.rows[np.argsort(-plain.ranking, kind="stable")[5]]
    text = small_index.corpus.sentences[last_read].text
    found = Scorer(small_index, vocabulary, _Noting(text), USUAL_WEIGHTS).candidates(
        inspection.question, hits
    )
    place = int(np.flatnonzero(plain.rows == last_read)[0])
    lost = plain.ranking - found.ranking
    assert lost[place] == 0
    assert np.sort(lost)[-5:] == pytest.approx([18 * USUAL_WEIGHTS.relevance] * 5, abs=1e-5)
    assert np.count_nonzero(lost) == 5  # those that it did not read keep their scores
    assert found.relevance == 9


def test_a_follow_up_is_read_by_itself_too_which_counts_more(
    small_index: Index, small_bot: Bot
) -> None:
    question = small_bot.inspect("And who pays for that?", QUESTION).question
    assert question
    assert question.conversation
    given = {question.text: 10.0, question.conversation.own.text: 5.0}

    class _ByQuestion:
        def scores(self, question: str, sentences: Sequence[Sentence]) -> Floats:
            return np.full(len(sentences), given[question], np.float32)

    scorer = Scorer(small_index, Vocabulary(small_index.corpus), _ByQuestion(), USUAL_WEIGHTS)
    hits = list(small_bot.inspect(QUESTION).hits)
    assert scorer.candidates(question, hits).relevance == pytest.approx(0.4 * 10 + 0.6 * 5)


def test_changed_weights_are_a_clear_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    changed = tmp_path / "reranker.npz"
    changed.write_bytes(WEIGHTS.read_bytes() + b"x")
    hash_file(changed).write_bytes(hash_file(WEIGHTS).read_bytes())
    monkeypatch.setattr("bot.reranker.WEIGHTS", changed)
    with pytest.raises(EncoderError, match=r"get bot/weights/reranker\.npz again"):
        CrossEncoder()


def test_another_file_than_the_packaged_one_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(cross_encoder.PACKAGED_SHA256, "model.onnx", "0" * 64)
    with pytest.raises(EncoderError, match="not what this program was tested with"):
        CrossEncoder()


def test_a_package_that_is_missing_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cross_encoder, "find_spec", lambda _: None)
    with pytest.raises(EncoderError, match="make setup"):
        CrossEncoder()
