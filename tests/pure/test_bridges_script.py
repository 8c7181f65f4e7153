"""The code of the exported script: the same tokens, masks, packs and orders as ttune's own."""

import ast
import copy
from bisect import bisect_left, insort
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.bridges.script import rows
from engine.bridges.script.build import script
from engine.bridges.script.settings import Facts
from engine.data.example import Example, Message, Segment
from engine.jobs.masking import tokenise
from engine.jobs.tokenizer import load_tokenizer
from engine.recipe import Training
from engine.recipe.migration import laid_over
from engine.recipe_file import validate
from engine.steps.packing import pack
from engine.steps.plan import order, piece_lengths
from tests.chat_templates import FAMILIES, save_family

REFUSED = {"phi-3", "phi-3.5"}
"""Families whose earlier answers the script cannot tell: it stops and says so."""

texts = (
    st.text(st.characters(exclude_categories=["Cs", "Cc", "Co"]), min_size=1, max_size=30)
    .filter(lambda text: bool(text.strip()) and "<" not in text and "[" not in text)
)  # fmt: skip
PAIRS = [("What is the capital of France?", "Paris."), ("And of Spain? ", " Madrid  "), ("Thanks!", "Gladly: 🎉é")]


@pytest.fixture(scope="module", params=list(FAMILIES))
def family(request, tmp_path_factory):
    return request.param, load_tokenizer(str(save_family(tmp_path_factory.mktemp("family"), request.param)))


@pytest.fixture(scope="module")
def llama(tmp_path_factory):
    return load_tokenizer(str(save_family(tmp_path_factory.mktemp("llama"), "llama-3")))


def names_of(code, tokenizer, **more):
    """What blocks of the script define."""
    space = {"tokenizer": tokenizer, "copy": copy, "np": np, "bisect_left": bisect_left, "insort": insort, **more}
    exec(compile(code, "train.py", "exec"), space)
    return SimpleNamespace(**space)


def conversation(pairs, system=None):
    turns = [Message("system", system)] if system else []
    for question, answer in pairs:
        turns += [Message("user", question), Message("assistant", answer)]
    return tuple(turns)


def row_of(turns):
    return {"messages": [{"role": turn.role, "content": turn.content} for turn in turns]}


def ours(loaded, example, *, answers_only=True):
    [row] = tokenise(loaded.tokenizer, [example], answers_only=answers_only, max_length=100_000, end_ids=loaded.end_ids)
    return row


def test_one_answer_is_masked_as_ttune_masks_it(family):
    name, loaded = family
    blocks = names_of(rows.ENCODER + rows.ENCODE + rows.CONVERSATION.replace("SPANS", "spans"), loaded.tokenizer)
    for pair in PAIRS:
        row = ours(loaded, conversation([pair]))
        assert blocks.tokens(row_of(conversation([pair]))) == (row.ids, row.labels), name


def test_several_answers_too_or_the_script_stops(family):
    name, loaded = family
    blocks = names_of(rows.ENCODER + rows.ENCODE + rows.CONVERSATION.replace("SPANS", "spans"), loaded.tokenizer)
    row = ours(loaded, conversation(PAIRS))
    if name in REFUSED:
        with pytest.raises(SystemExit, match="writes earlier turns otherwise"):
            blocks.tokens(row_of(conversation(PAIRS)))
    else:
        assert blocks.tokens(row_of(conversation(PAIRS))) == (row.ids, row.labels)


@settings(max_examples=60, deadline=None)
@given(pairs=st.lists(st.tuples(texts, texts), min_size=1, max_size=3), system=st.none() | texts, whole=st.booleans())
def test_any_texts(llama, pairs, system, whole):
    turns = conversation(pairs, system)
    code = rows.ENCODER + rows.ENCODE + rows.CONVERSATION.replace("SPANS", "[(0, len(text))]" if whole else "spans")
    row = ours(llama, turns, answers_only=not whole)
    assert names_of(code, llama.tokenizer).tokens(row_of(turns)) == (row.ids, row.labels)


@settings(max_examples=60, deadline=None)
@given(pieces=st.lists(st.tuples(texts, st.booleans()), min_size=1, max_size=4))
def test_texts_and_segments(llama, pieces):
    parts = tuple(Segment(text, trained) for text, trained in pieces)
    blocks = names_of(rows.BOS + rows.ENCODER + rows.ENCODE + rows.SEGMENTS, llama.tokenizer)
    row = ours(llama, Example("segments", segments=parts))
    listed = [{"text": text, "label": trained} for text, trained in pieces]
    assert blocks.tokens({"segments": listed}) == (row.ids, row.labels)
    text = pieces[0][0]
    blocks = names_of(rows.BOS + rows.ENCODER + rows.ENCODE + rows.TEXT, llama.tokenizer)
    row = ours(llama, Example("text", segments=(Segment(text, True),)))
    assert blocks.tokens({"text": text}) == (row.ids, row.labels)


lengths_of_rows = st.lists(st.integers(1, 64), min_size=1, max_size=200)


@given(lengths_of_rows)
def test_packs_are_the_same(lengths):
    blocks = names_of(rows.PACK, None, MAX_LENGTH=64)
    numbered = [{"input_ids": [place] * length, "labels": [1] * length} for place, length in enumerate(lengths)]
    bins = [list(dict.fromkeys(packed["input_ids"])) for packed in blocks.pack(numbered)]
    assert bins == [list(found) for found in pack(np.array(lengths), 64)]


@given(
    lengths_of_rows, st.integers(1, 8), st.integers(1, 4), st.integers(0, 3), st.sampled_from(["by_length", "random"])
)
def test_orders_are_the_same(lengths, micro_batch, accumulation, epoch, how):
    train = [{"input_ids": [0] * length} for length in lengths]
    taken = "by_length(taken)" if how == "by_length" else "taken"
    blocks = names_of(
        rows.BY_LENGTH + rows.ORDER.replace("SORTED", taken), None,
        train=train, lengths=np.array(lengths), SEED=7, MICRO_BATCH=micro_batch, ACCUMULATION=accumulation,
    )  # fmt: skip
    sampler = blocks.Order()
    sampler.set_epoch(epoch)
    training = Training(micro_batch=micro_batch, accumulation=accumulation, order=how, seed=7)
    assert list(sampler) == order(np.array(lengths), training, epoch).tolist()


@given(st.lists(st.integers(1, 40), min_size=1, max_size=20))
def test_pieces_are_the_same(lengths):
    made = iter(lengths)
    lines = SimpleNamespace(read_text=lambda encoding: "\n".join(["0"] * len(lengths)))
    here = type("Here", (), {"__truediv__": lambda self, name: lines})()
    blocks = names_of(
        rows.LOAD_PIECES, None, HERE=here, MAX_LENGTH=8, json=SimpleNamespace(loads=lambda line: None),
        tokens=lambda row: ([1] * (length := next(made)), [1] * length),
    )  # fmt: skip
    found = [len(row["input_ids"]) for row in blocks.load("train.jsonl")]
    assert found == piece_lengths(np.array(lengths), 8)[0].tolist()


KINDS = {"sft": "conversation", "cpt": "text", "dpo": "preference", "orpo": "preference", "kto": "unpaired"}
recipes = st.fixed_dictionaries(
    {"model.base": st.just("a/b")},
    optional={
        "model.revision": st.just("v1"),
        "method.kind": st.sampled_from(["sft", "cpt", "dpo", "orpo", "kto", "grpo"]),
        "method.answers_only": st.booleans(),
        "method.preference.loss": st.sampled_from(["sigmoid", "ipo", "robust"]),
        "adapter.kind": st.sampled_from(["lora", "qlora", "full"]),
        "adapter.targets": st.sampled_from([["all"], ["attention"], ["q_proj"]]),
        "adapter.also_train": st.just(["embed_tokens", "lm_head"]),
        "adapter.rslora": st.booleans(),
        "adapter.dora": st.booleans(),
        "adapter.init": st.sampled_from(["default", "pissa"]),
        "training.max_steps": st.integers(1, 9),
        "training.schedule": st.sampled_from(["cosine", "constant"]),
        "training.order": st.sampled_from(["by_length", "random", "given"]),
        "training.packing": st.booleans(),
        "training.precision": st.sampled_from(["auto", "bf16", "fp16", "fp32"]),
        "training.rope_scaling": st.sampled_from(["auto", "yarn", "off"]),
        "training.save_every": st.sampled_from([0.2, 5]),
        "training.patience": st.integers(0, 3),
        "training.optimiser": st.sampled_from(["adamw", "adamw_8bit"]),
        "training.gradient_checkpointing": st.sampled_from(["unsloth", "plain", "off"]),
        "trackers.use": st.just(["wandb"]),
        "rewards": st.just([{"kind": "numeric", "after": '"####"'}, {"kind": "length", "most": 9, "weight": 0.5}]),
    },
)


@settings(max_examples=200, deadline=None)
@given(recipes, st.booleans(), st.booleans(), st.sampled_from([None, 1024, 4096]), st.sampled_from(["", "/tmp/x"]))
def test_every_recipe_makes_a_script_that_is_short_and_whole(content, unsloth, measured, native, adapter):
    """It parses, names nothing that it does not define or import, and fits on a few screens."""
    recipe = validate(laid_over({}, {"version": 2, **content}))
    kind = KINDS.get(recipe.method.kind, "question")
    facts = Facts(
        recipe, 'odd "name', kind, "a/b", unsloth, measured, adapter if recipe.adapter.kind != "full" else "", native,
        ("train.jsonl", "validation.jsonl") if measured else ("train.jsonl",),
    )  # fmt: skip
    text = script(facts)
    tree = ast.parse(text)
    known = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    known |= {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    known |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    known |= {
        (alias.asname or alias.name) for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom) for alias in node.names
    }  # fmt: skip
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    assert used - known - set(dir(__builtins__)) - set(__builtins__) <= {"__file__"}
    lines = text.splitlines()
    assert len(lines) <= 260
    assert not [line for line in lines if len(line) > 120]


def test_a_usual_script_is_read_in_three_minutes():
    recipe = validate({"version": 2, "model": {"base": "a/b"}})
    facts = Facts(recipe, "tickets#1", "conversation", "a/b", False, True, native=4096, sides=("train.jsonl",),
                  has_template=True, has_pad=True)  # fmt: skip
    assert len(script(facts).splitlines()) <= 185
    assert len(script(replace(facts, unsloth=True)).splitlines()) <= 185
