"""Of rows that judge answers the judged one is trained, in the audit as in training; answers of the prompt are read."""

import numpy as np
import pytest

from engine.data.example import Example, Message
from engine.jobs.masking import tokenise_batches
from engine.jobs.tokenizer import load_tokenizer
from engine.jobs.train.methods.judged import AnswerEncoder, answers_of
from tests.small_tokenizers import save_tokenizer

ASKED = (Message("user", "Where is it?"), Message("assistant", "Which one?"), Message("user", "The blender."))
BETTER, WORSE = Message("assistant", "In the post since Monday."), Message("assistant", "No.")
MORE = (Message("user", "Sure?"), Message("assistant", "Yes, sure."))
ROWS = [
    Example("preference", (*ASKED, BETTER), rejected=(WORSE,)),
    Example("preference", (*ASKED, BETTER, *MORE), rejected=(WORSE, *MORE)),
    Example("unpaired", (*ASKED, BETTER), label=True),
    Example("unpaired", (*ASKED, WORSE), label=False),
    Example("unpaired", (ASKED[0], WORSE), label=False),
]


@pytest.fixture(scope="module", params=["chatml", "llama-3"])
def loaded(request, tmp_path_factory):
    return load_tokenizer(str(save_tokenizer(tmp_path_factory.mktemp(request.param), request.param)))


def audited(loaded, rows, max_length, **how):
    options = {"answers_only": True, "max_length": max_length, "end_ids": loaded.end_ids} | how
    [batch] = tokenise_batches(loaded.tokenizer, rows, **options)
    return batch


@pytest.mark.parametrize("max_length", [10_000, 30])
def test_the_audit_marks_what_the_trainer_trains(loaded, max_length):
    shown = audited(loaded, ROWS, max_length, judged_only=True)
    seen = AnswerEncoder(loaded, max_length).encode([answers_of(row)[0] for row in ROWS])
    for name in ("bounds", "ids", "trained", "flags"):
        assert np.array_equal(getattr(shown, name), getattr(seen, name)), name
    worse = AnswerEncoder(loaded, max_length).encode([answers_of(row)[1] for row in ROWS[:2]])
    assert shown.rejected.tolist() == [*worse.tokens.tolist(), -1, -1, -1]


def test_answers_of_the_prompt_are_not_trained(loaded):
    for row, text in zip(audited(loaded, ROWS, 10_000, judged_only=True).rows(), ROWS, strict=True):
        first = row.starts[row.trained.index(True)]
        judged = BETTER if text.conversation[3:4] == (BETTER,) else WORSE
        assert row.text[first:].startswith(judged.content)
        assert not row.problem


def test_of_several_turns_that_differ_every_answer_is_judged(loaded):
    [row] = audited(loaded, ROWS[1:2], 10_000, judged_only=True).rows()
    trained = [token for token, carries in zip(row.ids, row.trained, strict=True) if carries]
    told = loaded.tokenizer.decode(trained)
    assert BETTER.content in told
    assert "Yes, sure." in told
    assert "Which one?" not in told


def test_imitation_trains_the_earlier_answers_too(loaded):
    judged, imitated = audited(loaded, ROWS, 10_000, judged_only=True), audited(loaded, ROWS, 10_000)
    assert (imitated.trained_tokens > judged.trained_tokens).tolist() == [True, True, True, True, False]
