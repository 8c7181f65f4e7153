"""The mask over the templates that people fine-tune with, and over rows of every kind."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.data.audit_flags import Flag
from engine.data.example import Example, Message, Segment
from engine.jobs.masking import TokenisedRow, tokenise
from engine.jobs.masking.pieces import PieceEncoder
from engine.jobs.masking.skeleton import _MARK
from engine.jobs.tokenizer import LoadedTokenizer, load_tokenizer
from tests.chat_templates import FAMILIES, save_family

TRIMS = {"llama-3", "llama-3.1", "llama-3.2", "gemma-2", "gemma-3", "mistral-3"}
"""Families whose templates trim answers."""

texts = (
    st.text(st.characters(exclude_categories=["Cs", "Cc", "Co"]), min_size=1, max_size=30)
    .filter(lambda text: bool(text.strip()) and "<" not in text and "[" not in text)
)  # fmt: skip
plain = st.lists(st.tuples(texts, texts), min_size=1, max_size=4)


@pytest.fixture(scope="module", params=list(FAMILIES))
def family(request, tmp_path_factory) -> tuple[str, LoadedTokenizer]:
    folder = tmp_path_factory.mktemp("family")
    return request.param, load_tokenizer(str(save_family(folder, request.param)))


@pytest.fixture(scope="module")
def chatml(tmp_path_factory) -> LoadedTokenizer:
    return load_tokenizer(str(save_family(tmp_path_factory.mktemp("chatml"), "chatml")))


@pytest.fixture(scope="module")
def llama(tmp_path_factory) -> LoadedTokenizer:
    return load_tokenizer(str(save_family(tmp_path_factory.mktemp("llama"), "llama-3")))


def conversation(pairs, system=None):
    turns = [Message("system", system)] if system else []
    for question, answer in pairs:
        turns += [Message("user", question), Message("assistant", answer)]
    return tuple(turns)


def one(loaded: LoadedTokenizer, row, *, answers_only=True, max_length=100_000) -> TokenisedRow:
    [found] = tokenise(
        loaded.tokenizer, [row], answers_only=answers_only, max_length=max_length, end_ids=loaded.end_ids
    )
    return found


def trained_spans(row: TokenisedRow) -> list[str]:
    """The text of each run of trained tokens."""
    ends, spans, last = [*row.starts[1:], row.end], [], False
    for start, end, trained in zip(row.starts, ends, row.trained, strict=True):
        if trained:
            spans = [*spans[:-1], spans[-1] + row.text[start:end]] if last else [*spans, row.text[start:end]]
        last = trained
    return spans


def expected_spans(name, answers):
    """What each family trains of its answers, the last one last."""
    family = FAMILIES[name]
    spans = [(answer.strip() if name in TRIMS else answer) + family.ends for answer in answers]
    if name == "mistral-3":
        spans = [" " + span for span in spans]
    if name in ("phi-3", "phi-3.5"):
        spans[-1] += "<|endoftext|>"
    if name == "qwen-3":
        spans[-1] = "<think>\n\n</think>\n\n" + answers[-1].lstrip("\n") + family.ends
    return spans


@given(pairs=plain, system=st.none() | texts)
@settings(max_examples=40, deadline=None)
def test_exactly_the_answers_are_trained(family, pairs, system):
    name, loaded = family
    row = one(loaded, conversation(pairs, system if FAMILIES[name].system else None))
    assert not row.problem
    spans = trained_spans(row)
    assert len(spans) == len(pairs)
    for span, whole in zip(spans, expected_spans(name, [answer for _, answer in pairs]), strict=True):
        if FAMILIES[name].strips:  # a blank beside a special token belongs to its token
            assert span.strip() == whole.strip()
        else:
            assert span == whole
    assert not row.flags & (Flag.MASKED | Flag.NO_END | Flag.CUT | Flag.FAILED | Flag.DOUBLE_BOS | Flag.TURN_LOST)
    rewritten = len(pairs) > 1 and (name == "qwen-3" or (name == "mistral-3" and system is not None))
    assert bool(row.flags & Flag.REWRITTEN) == rewritten


@given(pairs=plain, system=st.none() | texts)
@settings(max_examples=20, deadline=None)
def test_the_prompt_trained_on_is_the_one_that_asks_for_the_answer(family, pairs, system):
    name, loaded = family
    turns = conversation(pairs, system if FAMILIES[name].system else None)
    row = one(loaded, turns)
    asked = loaded.tokenizer.apply_chat_template(
        [{"role": it.role, "content": it.content} for it in turns[:-1]], tokenize=False, add_generation_prompt=True
    )
    assert row.text.startswith(asked)


@given(data=st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=40), min_size=1, max_size=5))
@settings(max_examples=60, deadline=None)
def test_tokens_begin_where_the_tokenizer_says(family, data):
    _, loaded = family
    encoder = PieceEncoder(loaded.tokenizer)
    mine, told = encoder.encode(data), encoder._by_offsets(data)
    for one_way, other in zip(mine, told, strict=True):
        assert one_way.tolist() == other.tolist()


def test_thoughts_are_left_out_of_earlier_answers_and_kept_in_the_last(tmp_path):
    loaded = load_tokenizer(str(save_family(tmp_path, "qwen-3")))
    thought = "<think>\nhm\n</think>\n\n"
    row = one(loaded, conversation([("One?", thought + "First."), ("Two?", thought + "Second.")]))
    assert trained_spans(row) == ["First.<|im_end|>\n", thought + "Second.<|im_end|>\n"]
    assert row.flags & Flag.REWRITTEN


def test_a_content_that_looks_like_the_template_moves_no_answer(chatml):
    sly = "x<|im_end|>\n<|im_start|>assistant\ny"
    row = one(chatml, conversation([(sly, "First."), (sly, sly)]))
    assert trained_spans(row) == ["First.<|im_end|>\n", sly + "<|im_end|>\n"]


def test_tool_turns_are_read_and_not_trained(tmp_path):
    for name in ("qwen-2.5", "llama-3.1"):
        loaded = load_tokenizer(str(save_family(tmp_path / name, name)))
        turns = (
            Message("user", "Weather?"), Message("assistant", '{"call": "weather"}'),
            Message("tool", '{"sky": "blue\\n"}'), Message("assistant", "Blue sky."),
        )  # fmt: skip
        row = one(loaded, turns)
        ends = FAMILIES[name].ends
        assert trained_spans(row) == ['{"call": "weather"}' + ends, "Blue sky." + ends]


def test_a_turn_that_the_template_leaves_out_is_told(tmp_path):
    loaded = load_tokenizer(str(save_family(tmp_path, "phi-3")))
    row = one(loaded, (Message("user", "A?"), Message("tool", "found"), Message("assistant", "B.")))
    assert row.flags & Flag.TURN_LOST


def test_an_answer_that_begins_the_conversation_is_trained_too(chatml):
    row = one(chatml, (Message("assistant", "Hello!"), Message("user", "Hi."), Message("assistant", "Bye.")))
    assert trained_spans(row) == ["Hello!<|im_end|>\n", "Bye.<|im_end|>\n"]


def test_a_template_that_asks_for_a_thought_it_does_not_write_is_refused_with_the_mend(tmp_path):
    from tests.chat_templates import from_trl

    loaded = load_tokenizer(str(save_family(tmp_path, "qwen-3")))
    loaded.tokenizer.chat_template = from_trl("deepseek_r1_distill")
    assert "asks for a thought" in one(loaded, conversation([("A?", "B.")])).problem


def test_a_template_that_marks_its_answers_is_asked_where_they_cannot_be_told(tmp_path):
    loaded = load_tokenizer(str(save_family(tmp_path, "qwen-3")))
    loaded.tokenizer.chat_template = (
        "{% for m in messages %}{{ '<|im_start|>' + m.role + '\n' }}{% if m.role == 'assistant' %}"
        "{% generation %}{{ m.content + '<|im_end|>' }}{% endgeneration %}{{ '\n' }}"
        "{% else %}{{ m.content + '<|im_end|>\n' }}{% endif %}{% endfor %}"
        "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n<think>\n' }}{% endif %}"
    )
    row = one(loaded, conversation([("A?", "First."), ("B?", "Second.")]))
    assert not row.problem
    assert trained_spans(row) == ["First.<|im_end|>", "Second.<|im_end|>"]


def test_plain_text_is_trained_whole_and_ends(llama):
    row = one(llama, Example("text", segments=(Segment("The blender", True), Segment(" broke.", True))))
    assert row.text == "<|begin_of_text|>The blender broke.<|eot_id|>"
    assert all(row.trained)
    assert row.ids[-1] == llama.tokenizer.eos_token_id
    assert not row.flags


def test_plain_text_that_has_its_bos_and_eos_gets_no_second(llama):
    text = "<|begin_of_text|>The blender broke.<|eot_id|>"
    assert one(llama, Example("text", segments=(Segment(text, True),))).text == text


def test_segments_carry_their_own_mask(llama):
    pieces = (
        Segment("Q: hi\nA:", False),
        Segment(" hello\n", True),
        Segment("Q: bye\nA:", False),
        Segment(" so", True),
    )
    row = one(llama, Example("segments", segments=pieces))
    assert row.text == "<|begin_of_text|>Q: hi\nA: hello\nQ: bye\nA: so<|eot_id|>"
    assert trained_spans(row) == [" hello\n", " so<|eot_id|>"]
    alone = [llama.tokenizer(it.text, add_special_tokens=False)["input_ids"] for it in pieces]
    tokenizer = llama.tokenizer
    assert row.ids == [tokenizer.bos_token_id, *(it for ids in alone for it in ids), tokenizer.eos_token_id]


def test_the_end_after_segments_is_trained_only_with_the_last(chatml):
    row = one(chatml, Example("segments", segments=(Segment("a", True), Segment("b", False))))
    assert row.text == "ab<|im_end|>"
    assert trained_spans(row) == ["a"]
    assert row.flags == Flag.NO_END


def test_a_preference_shows_the_chosen_and_counts_the_rejected(chatml):
    chosen = conversation([("A?", "Good answer.")])
    row = one(chatml, Example("preference", chosen, rejected=(Message("assistant", "Bad and longer answer."),)))
    plain_row = one(chatml, chosen)
    assert (row.ids, row.trained) == (plain_row.ids, plain_row.trained)
    other = one(chatml, conversation([("A?", "Bad and longer answer.")]))
    assert row.rejected_tokens == len(other.ids)
    assert plain_row.rejected_tokens is None


def test_a_question_is_its_prompt_and_nothing_is_trained_or_missing(chatml):
    row = one(chatml, Example("question", (Message("user", "2 + 2?"),), solution="4"))
    assert row.text.endswith("<|im_start|>assistant\n")
    assert not any(row.trained)
    assert not row.flags


def test_an_unpaired_row_is_like_a_conversation(chatml):
    turns = conversation([("A?", "B.")])
    judged, same = one(chatml, Example("unpaired", turns, label=False)), one(chatml, turns)
    assert (judged.ids, judged.trained, judged.flags) == (same.ids, same.trained, same.flags)


def test_what_a_cut_takes_is_told(chatml):
    turns = conversation([("short", "an answer of some words")])
    whole = one(chatml, turns)
    first = whole.trained.index(True)
    cut = one(chatml, turns, max_length=first + 2)
    assert cut.flags == Flag.CUT | Flag.ANSWER_CUT | Flag.NO_END
    lost = one(chatml, turns, max_length=first)
    assert lost.flags == Flag.CUT | Flag.ANSWER_LOST | Flag.MASKED
    kept = one(chatml, turns, max_length=len(whole.ids))
    assert not kept.flags


def test_a_cut_is_told_where_prompts_are_trained_too(chatml):
    turns = conversation([("short", "an answer of some words")])
    first = one(chatml, turns).trained.index(True)
    row = one(chatml, turns, answers_only=False, max_length=first)
    assert row.flags == Flag.CUT | Flag.ANSWER_LOST | Flag.NO_END


def test_two_bos_are_told(llama):
    llama_twice = conversation([("A?", "B.")])
    template = llama.tokenizer.chat_template
    try:
        llama.tokenizer.chat_template = "{{ bos_token }}" + template
        assert one(llama, llama_twice).flags == Flag.DOUBLE_BOS
    finally:
        llama.tokenizer.chat_template = template
    assert not one(llama, llama_twice).flags


def test_a_template_without_an_end_is_told(chatml, tmp_path):
    loaded = load_tokenizer(str(save_family(tmp_path, "chatml")))
    loaded.tokenizer.chat_template = (
        "{% for m in messages %}{{ m.role + ': ' + m.content + '\n' }}{% endfor %}"
        "{% if add_generation_prompt %}assistant: {% endif %}"
    )
    assert one(loaded, conversation([("A?", "B.")])).flags == Flag.NO_END


def test_half_a_character_is_refused_and_leaves_the_others_alone(chatml):
    rows = [conversation([("A?", "B.")]), conversation([("A?", "\ud83d")])]
    good, bad = tokenise(chatml.tokenizer, rows, answers_only=True, max_length=100)
    assert not good.problem
    assert "lone surrogate" in bad.problem
    template = chatml.tokenizer.chat_template
    try:
        chatml.tokenizer.chat_template = "{{ raise_exception('not this: ' + messages[0].content) }}"
        assert one(chatml, conversation([("\ud83d", "B.")])).problem.encode()
    finally:
        chatml.tokenizer.chat_template = template


def test_rows_of_all_kinds_are_the_same_alone_and_together(llama):
    turns = conversation([("A?", "Good answer."), ("B?", "é 漢")])
    rows = [
        turns, Example("text"), Example("text", segments=(Segment("Once upon.", True),)), turns[:1],
        Example("segments", segments=(Segment("Q: é\nA:", False), Segment(" hello\n", True), Segment("x", False))),
        Example("preference", turns, rejected=(Message("assistant", "Bad."),)), Example("question", turns[:1]),
        Example("segments"), Example("unpaired", turns, label=True),
    ]  # fmt: skip
    for length in (1000, 9):
        together = tokenise(llama.tokenizer, rows, answers_only=True, max_length=length)
        assert list(together) == [one(llama, row, max_length=length) for row in rows]
    failing = [Example("text"), rows[4]]
    together = tokenise(llama.tokenizer, failing, answers_only=True, max_length=1000)
    assert list(together)[1] == one(llama, rows[4])


def test_a_blank_that_a_special_token_swallows_is_told(tmp_path):
    loaded = load_tokenizer(str(save_family(tmp_path, "phi-4")))
    assert one(loaded, conversation([("A?", " B.")])).flags == Flag.MERGED
    assert not one(loaded, conversation([("A?", "B."), ("A?", "B.")])).flags


def test_what_has_no_answer_or_no_text_is_refused(chatml):
    assert "does not end with an answer" in one(chatml, (Message("user", "A?"),)).problem
    assert "has no text" in one(chatml, Example("text")).problem
    assert "has no text" in one(chatml, Example("segments", segments=(Segment("", True),))).problem


def test_marks_are_in_no_template():
    assert not any(_MARK.search(family.template) for family in FAMILIES.values())
    assert not any(re.search("[\ue000\ue001]", family.template) for family in FAMILIES.values())
