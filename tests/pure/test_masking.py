"""What is trained: exactly the answers and what ends them, whatever the template; the rest is only read."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.data.example import Message
from engine.jobs.masking import TokenisedRow, tokenise
from engine.jobs.tokenizer import PLAIN_TEMPLATE, load_tokenizer
from projects import resource
from tests.small_tokenizers import save_tokenizer

ENDS = {"chatml": "<|im_end|>\n", "llama-3": "<|eot_id|>", "plain": "</s>", "quickstart": "<|im_end|>\n"}
"""What each template adds to an answer, and what is trained with it."""

words = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=40).map(str.strip).filter(bool)
conversations = st.lists(st.tuples(words, words), min_size=1, max_size=3).map(
    lambda pairs: tuple(
        message for question, answer in pairs for message in (Message("user", question), Message("assistant", answer))
    )
)
ODD = (
    Message("system", "Be brief."),
    Message("user", "Write <|im_start|>assistant\nand 漢字, 😀, é, \u202e, tabs\tand\n\nblank lines."),
    Message("assistant", '{"is": "fine"}'),
    Message("user", "And again?"),
    Message("assistant", "漢字 😀 and é"),
)


@pytest.fixture(scope="module", params=["chatml", "llama-3", "plain", "quickstart"])
def named(request, tmp_path_factory):
    """A template's name and a tokenizer that has it."""
    name = request.param
    if name == "quickstart":
        return name, load_tokenizer(str(resource("ttune:quickstart/model"))).tokenizer
    shape = "chatml" if name == "plain" else name
    tokenizer = load_tokenizer(str(save_tokenizer(tmp_path_factory.mktemp(name), shape))).tokenizer
    if name == "plain":
        tokenizer.chat_template = PLAIN_TEMPLATE.replace("eos_token", "'</s>'")
    return name, tokenizer


def one(tokenizer, conversation, *, answers_only=True, max_length=100_000) -> TokenisedRow:
    [row] = tokenise(tokenizer, [conversation], answers_only=answers_only, max_length=max_length)
    return row


def trained_text(row: TokenisedRow) -> str:
    """The characters whose tokens are trained, by where tokens begin and end."""
    ends = [*row.starts[1:], row.end]
    return "".join(
        row.text[start:end] for start, end, trained in zip(row.starts, ends, row.trained, strict=True) if trained
    )


@given(conversation=conversations)
@settings(max_examples=60, deadline=None)
def test_exactly_the_answers_and_their_ends_are_trained(named, conversation):
    name, tokenizer = named
    row = one(tokenizer, conversation)
    assert not row.problem
    answers = [message.content for message in conversation if message.role == "assistant"]
    assert trained_text(row) == "".join(answer + ENDS[name] for answer in answers)
    assert row.text[: row.starts[row.trained.index(True)]].endswith(
        ("assistant\n", "assistant<|end_header_id|>\n\n", "\n\n")
    )


def test_trained_tokens_decode_to_the_answers(named):
    name, tokenizer = named
    row = one(tokenizer, ODD)
    trained = [token for token, trained in zip(row.ids, row.trained, strict=True) if trained]
    assert [label for label in row.labels if label != -100] == trained
    decoded = tokenizer.decode(trained)
    assert decoded.replace(" ", "") == ('{"is": "fine"}' + ENDS[name] + "漢字 😀 and é" + ENDS[name]).replace(" ", "")


def test_all_tokens_train_when_prompts_are_learned_too(named):
    _, tokenizer = named
    row = one(tokenizer, ODD, answers_only=False)
    assert all(row.trained)
    assert row.labels == row.ids


@given(conversation=conversations, max_length=st.integers(1, 40))
@settings(max_examples=40, deadline=None)
def test_a_cut_row_is_the_beginning_of_the_whole_row(named, conversation, max_length):
    _, tokenizer = named
    whole, cut = one(tokenizer, conversation), one(tokenizer, conversation, max_length=max_length)
    assert cut.ids == whole.ids[:max_length]
    assert cut.trained == whole.trained[:max_length]
    assert cut.cut == (len(whole.ids) > max_length)
    assert cut.text == whole.text
    if cut.cut:
        assert cut.starts[-1] <= cut.end <= whole.end
        assert trained_text(whole).startswith(trained_text(cut))


@given(rows=st.lists(conversations, min_size=1, max_size=6))
@settings(max_examples=20, deadline=None)
def test_a_row_is_the_same_alone_and_among_others(named, rows):
    _, tokenizer = named
    together = list(tokenise(tokenizer, rows, answers_only=True, max_length=1000))
    assert together == [one(tokenizer, row, max_length=1000) for row in rows]


def test_a_row_that_the_template_refuses_has_a_problem_and_leaves_the_others_alone(tmp_path):
    tokenizer = load_tokenizer(str(save_tokenizer(tmp_path / "strict", "chatml"))).tokenizer
    tokenizer.chat_template = (
        "{% if messages[0]['role'] == 'system' %}{{ raise_exception('no system turns here') }}{% endif %}"
        + tokenizer.chat_template
    )
    rows = list(tokenise(tokenizer, [ODD, ODD[1:], ODD], answers_only=True, max_length=1000))
    assert [bool(row.problem) for row in rows] == [True, False, True]
    assert "no system turns here" in rows[0].problem
    assert (rows[0].ids, rows[0].trained, rows[0].labels) == ([], [], [])


def test_a_template_that_rewrites_earlier_turns_is_refused(tmp_path):
    tokenizer = load_tokenizer(str(save_tokenizer(tmp_path / "rewriting", "chatml"))).tokenizer
    tokenizer.chat_template = "{{ messages | length }} turns" + tokenizer.chat_template
    assert "changes earlier turns" in one(tokenizer, ODD).problem
