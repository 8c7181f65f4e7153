"""Advice on sizes: batches, epochs, lengths, rates, evaluations; what stands together."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.advice import advise
from engine.advice.case import Case
from engine.advice.fixing import mended
from engine.data.arrow_alone import arrow_alone
from engine.forecast import forecast
from engine.project import Project
from engine.recipe_file import load
from engine.situation import gather
from projects import ROOT, starters
from tests.pure.advising import TINY, Scene, lengths, scene

DPO = {"method.kind": "dpo", "training.epochs": 1, "training.learning_rate": 1e-6}
GRPO = {
    "method.kind": "grpo", "rewards": [{"kind": "exact"}], "training.epochs": 1, "training.learning_rate": 5e-6,
}  # fmt: skip
CPT = {"method.kind": "cpt"}


def advice(where: Scene):
    return {one.code: one for one in advise(where.recipe, where.situation, where.forecast)}


def after(where: Scene, *codes: str):
    """What is said once the fixes of these rules are applied, one after the other."""
    recipe = where.recipe
    for code in codes:
        said = {one.code: one for one in advise(recipe, where.situation, where.forecast)}
        recipe = mended(recipe, said[code].fix)
    return recipe, {one.code: one for one in advise(recipe, where.situation, where.forecast)}


def template(name: str, folder: Path):
    """The recipe of a template, and a project that holds it."""
    arrow_alone()
    shutil.copy(ROOT / name / "project.toml", folder)
    return load(folder / "project.toml"), Project(folder)


def full(rows: int, tokens: int):
    return np.full(rows, tokens, np.int32)


# lengths


def test_the_longer_of_two_answers_has_to_fit():
    pairs = {"format": "preference", "lengths": full(2000, 100), "rejected": full(2000, 3000)}
    cut = advice(scene(DPO | {"training.max_length": 1024}, **pairs))["rows_cut"]
    assert cut.message == "2,000 of 2,000 rows do not fit into 1,024 tokens, the longest 3,000."
    assert cut.fix == {"training.max_length": 3072}
    assert "rows_cut" not in advice(scene(DPO | {"training.max_length": 4096}, **pairs))
    imitated = {"method.allow": ["chosen_only"], "training.max_length": 1024}
    assert "rows_cut" not in advice(scene(imitated, **pairs)), "of which the better one alone is learned"


def test_a_length_is_unused_only_where_no_answer_fills_it():
    pairs = {"format": "preference", "lengths": full(2000, 100)}
    assert "length_unused" not in advice(scene(DPO | {"training.max_length": 4096}, rejected=full(2000, 3000), **pairs))
    unused = advice(scene(DPO | {"training.max_length": 4096}, rejected=full(2000, 300), **pairs))["length_unused"]
    assert (unused.message, unused.fix) == ("The longest row has 300 of 4,096 tokens.", {"training.max_length": 512})


def test_positions_are_scaled_needlessly_only_where_no_row_needs_it():
    pairs = {"format": "preference", "lengths": full(2000, 100)}
    long = DPO | {"training.max_length": 16384}
    assert advice(scene(long, rejected=full(2000, 12_000), **pairs))["length_stretched"].severity == "notes"
    assert advice(scene(long, rejected=full(2000, 300), **pairs))["length_stretched"].severity == "warns"
    packed = scene({"training.max_length": 16384, "training.packing": True})
    assert advice(packed)["length_stretched"].severity == "notes", "packed rows fill it"


def test_prompts_of_grpo_have_the_room_beside_the_sampled_answer():
    asked = {"format": "prompt_answer", "lengths": lengths(100, 700)}
    said = advice(scene(GRPO | {"training.max_length": 1024}, **asked))
    assert said["rows_cut"].message.endswith(
        " of 2,000 prompts do not fit into the 512 tokens that the answer leaves, the longest 700."
    )
    assert said["rows_cut"].fix == {"training.max_length": 1280}
    assert "rows_cut" not in advice(scene(GRPO | {"training.max_length": 1280}, **asked))
    none = advice(scene(GRPO | {"training.max_length": 1024}, format="prompt_answer", lengths=full(2000, 600)))
    assert "prompts_cut" in none and "rows_cut" not in none, "said once"


def test_conversations_of_grpo_are_measured_without_their_answer():
    rows = {"format": "messages", "lengths": full(2000, 700), "trained": full(2000, 400)}
    assert "rows_cut" not in advice(scene(GRPO | {"training.max_length": 1024}, **rows))
    assert "rows_cut" in advice(scene(GRPO | {"training.max_length": 768}, **rows))


# answers that are lost


def test_answers_that_are_lost_block_as_training_refuses_them():
    counted = {"lengths": full(2000, 300), "trained": full(2000, 100)}
    whole = advice(scene({"training.max_length": 200}, **counted))
    assert whole["answers_lost"].blocking and not whole["answers_lost"].acceptable
    assert whole["answers_lost"].message == "No row has any of its last answer within 200 tokens."
    assert whole["answers_lost"].fix == {"training.max_length": 512}
    assert "rows_cut" not in whole, "said once"
    some = np.where(np.arange(2000) < 100, 290, 300).astype(np.int32)
    part = {"lengths": full(2000, 300), "trained": (300 - some + 100).astype(np.int32)}
    partly = scene({"training.max_length": 195}, **part)
    assert "1,900 of 2,000 rows" in advice(partly)["answers_lost"].message
    allowed = scene({"training.max_length": 195, "method.allow": ["answers_lost"]}, **part)
    assert "answers_lost" not in advice(allowed) and "rows_cut" in advice(allowed)
    assert "answers_lost" not in advice(scene({"training.max_length": 250}, **counted))
    meant = {"training.max_length": 200, "method.allow": ["answers_lost"]}
    assert "answers_lost" not in advice(scene(meant, **counted)), "an earlier answer may be left"
    assert advice(scene(DPO | meant, format="preference", rejected=full(2000, 310), **counted))["answers_lost"].blocking


def test_lost_answers_are_told_from_estimates_and_can_be_allowed():
    said = advice(scene({"training.max_length": 16}, lengths=lengths(65, 122), exact=False))["answers_lost_likely"]
    assert said.blocking and "about" in said.message
    meant = {"training.max_length": 16, "method.allow": ["answers_lost"]}
    assert "answers_lost_likely" not in advice(scene(meant, lengths=lengths(65, 122), exact=False))
    assert "answers_lost_likely" not in advice(scene({"training.max_length": 32}, lengths=lengths(65, 122)))
    texts = scene({"training.max_length": 16}, lengths=lengths(65, 122), format="text")
    assert "answers_lost_likely" not in advice(texts), "every token of which is trained"


def test_rows_without_a_trained_token_are_said_once():
    counted = {"lengths": full(2000, 200), "trained": full(2000, 0), "counted_at": 200}
    found = {"nothing_trained": 2320}
    cut = advice(scene({"training.max_length": 200}, findings=found, **counted))
    assert cut["answers_lost"].fix == {"training.max_length": 400} and "rows_untrained" not in cut
    assert "rows_untrained" in advice(scene(findings=found, lengths=full(2000, 200), trained=full(2000, 0)))


def test_pairs_of_the_same_answer_block_where_they_are_all():
    pairs = {"format": "preference", "rejected": lengths()}
    assert advice(scene(DPO, alike=np.ones(2000, bool), **pairs))["pairs_alike"].blocking
    assert advice(scene(DPO, alike=np.arange(2000) < 40, **pairs))["pairs_alike"].severity == "warns"
    kto = {"method.kind": "kto", "training.epochs": 1, "training.learning_rate": 1e-6}
    assert "pairs_alike" not in advice(scene(kto, alike=np.ones(2000, bool), **pairs)), "which takes them apart"


def test_the_starter_project_at_16_tokens_blocks(tmp_path):
    recipe, project = template("quickstart", tmp_path)
    short = mended(recipe, {"training.max_length": 16})
    blocking = {one.code for one in advise(short, gather(project, short)) if one.blocking}
    assert blocking == {"answers_lost_likely"}


# batches and steps


@pytest.mark.parametrize("rows", [5, 10, 12, 15, 40, 64, 100, 208, 500, 2000])
@pytest.mark.parametrize("micro", [1, 4, 16])
@pytest.mark.parametrize("accumulation", [1, 4, 16])
@pytest.mark.parametrize("epochs", [1, 2, 3])
def test_rules_of_the_batch_do_not_bring_one_another_back(rows, micro, accumulation, epochs):
    said = {"training.micro_batch": micro, "training.accumulation": accumulation, "training.epochs": epochs}
    where = scene(said, train=rows, model_config=TINY)
    recipe, seen = where.recipe, []
    of_batch = ("batch_small", "batch_large", "batch_over_rows", "steps_few")
    while True:
        found = [one for one in advise(recipe, where.situation) if one.code in of_batch]
        assert len(found) <= 1, "they say different things of the same batch"
        if not found or found[0].fix is None:
            break
        recipe = mended(recipe, found[0].fix)
        assert recipe not in seen
        seen.append(recipe)
    assert len(seen) <= 2


def test_a_small_batch_is_said_only_where_there_are_rows_for_a_larger_one():
    assert advice(scene({"training.accumulation": 1}))["batch_small"].fix == {"training.accumulation": 4}
    few = advice(scene({"training.accumulation": 1, "training.epochs": 1}, train=100))
    assert not {"batch_small", "steps_few"} & set(few)


def test_few_steps_are_warned_of_below_a_warm_up_and_mended_by_smaller_ones():
    few = scene({"training.epochs": 1}, train=100)
    said = advice(few)["steps_few"]
    assert said.severity == "warns" and said.fix["training.accumulation"] == 2
    assert said.message == "The whole run is 7 optimiser steps, and warm-up alone takes 5-10."
    assert after(few, "steps_few")[1].keys() & {"steps_few", "batch_small"} == set()
    assert "steps_few" not in advice(scene({"training.epochs": 1}, train=160))
    tried = advice(scene({"training.max_steps": 6}))["steps_few"]
    assert (tried.severity, tried.fix) == ("notes", {"training.max_steps": None})


def test_a_step_of_texts_takes_their_pieces():
    books = scene(CPT | {"training.epochs": 1}, train=10, lengths=full(10, 100_000), format="text")
    assert not {"batch_over_rows", "steps_few", "epochs_small_set", "rate_small_set"} & set(advice(books))
    few = scene(CPT | {"training.epochs": 1}, train=10, lengths=full(10, 2000), format="text")
    assert advice(few)["batch_over_rows"].message == "One step takes 16 pieces of texts, and there are 10."


def test_packed_rows_are_what_a_step_takes():
    packed = {"training.packing": True, "training.epochs": 1}
    few = advice(scene(packed, lengths=full(2000, 15)))
    assert "packing_few_steps" in few and not {"batch_over_rows", "steps_few"} & set(few), "said once"
    assert not {"packing_few_steps", "batch_over_rows"} & set(advice(scene(packed, lengths=full(2000, 500))))


def test_larger_steps_and_the_rate_that_was_made_for_small_ones_come_together():
    small = scene({"training.accumulation": 1})
    said = advice(small)
    assert "batch_small" in said and "rate_of_batch" not in said
    made_for_it = scene({"training.accumulation": 1, "training.learning_rate": 5e-5})
    fix = advice(made_for_it)["batch_small"].fix
    assert fix == {"training.accumulation": 4, "training.learning_rate": 1e-4}
    assert after(made_for_it, "batch_small")[1] == {}


# rates


@pytest.mark.parametrize(
    ("said", "rows", "rate"),
    [
        ({"training.accumulation": 8}, 2000, 1.4e-4), ({"training.accumulation": 16}, 2000, 2e-4),
        ({"training.accumulation": 2}, 2000, 7.1e-5), ({"training.accumulation": 16}, 800, 2e-4),
        ({"training.accumulation": 8, "adapter.kind": "qlora", "training.learning_rate": 2e-4}, 2000, 2.8e-4),
        ({"training.accumulation": 6}, 2000, None),
    ],
)  # fmt: skip
def test_a_doubled_batch_takes_a_rate_of_14_tenths(said, rows, rate):
    found = advice(scene({"training.epochs": 2} | said, train=rows)).get("rate_of_batch")
    assert (found.fix if found else None) == (rate and {"training.learning_rate": rate})


def test_qlora_s_own_rate_is_high_for_few_rows():
    said = {"adapter.kind": "qlora", "training.epochs": 2}
    usual = advice(scene(said | {"training.learning_rate": 2e-4}, train=800))["rate_small_set"]
    assert (usual.severity, usual.fix) == ("notes", {"training.learning_rate": 1e-4})
    far = advice(scene(said | {"training.learning_rate": 4e-4}, train=800))["rate_small_set"]
    assert far.severity == "warns"
    assert "rate_small_set" not in advice(scene(said | {"training.learning_rate": 1e-4}, train=800))
    assert "rate_small_set" not in advice(scene(said | {"training.learning_rate": 2e-4}, train=1000))


@pytest.mark.parametrize(
    ("warmup", "rows", "code"),
    [
        (5, 208, None), (10, 2000, None), (10, 208, "warmup_long"), (0.03, 208, "warmup_none"), (0.1, 208, None),
        (0.03, 2000, None), (0.5, 2000, "warmup_long"), (0.3, 2000, None), (0, 2000, "warmup_none"),
    ],
)  # fmt: skip
def test_a_warm_up_of_5_to_10_steps_is_right_and_none_is_not(warmup, rows, code):
    said = advice(scene({"training.warmup": warmup, "training.epochs": 1}, train=rows))
    assert set(said) & {"warmup_long", "warmup_none"} == ({code} if code else set())


# epochs


def test_orpo_imitates_too_and_takes_as_many_epochs_as_sft():
    orpo = {"method.kind": "orpo", "training.learning_rate": 8e-6, "training.epochs": 50}
    assert advice(scene(orpo, train=208, format="preference"))["epochs_small_set"].fix == {"training.epochs": 2}
    assert "epochs_many" in advice(scene(orpo, format="preference"))
    assert "epochs_small_set" not in advice(scene(orpo | {"training.epochs": 2}, train=208, format="preference"))


def test_passes_are_told_in_two_digits():
    said = advice(scene({"training.max_steps": 123}, train=450))
    assert said["epochs_small_set"].message == "450 rows are seen 4.2 times: under 500, 1-2 are enough."
    many = advice(scene({"training.max_steps": 500}))["epochs_many"]
    assert many.message == "500 steps are 4 epochs: 1-3 are usual."


def test_one_epoch_of_dpo_by_steps_is_one():
    one = {**DPO, "training.max_steps": 14}
    assert "epochs_preference" not in advice(scene(one, train=210, format="preference"))
    assert "epochs_preference" in advice(scene(one, train=160, format="preference"))


def test_texts_are_no_small_set_but_may_be_read_often():
    often = advice(scene(CPT | {"training.epochs": 5}, train=10, lengths=full(10, 200_000), format="text"))
    assert "epochs_many" in often and "epochs_small_set" not in often


# evaluations


@pytest.mark.parametrize("every", [0.2, 0.25, 0.33, 0.34, 0.5, 1.0])
@pytest.mark.parametrize("patience", [0, 3, 12])
@pytest.mark.parametrize("rows", [20, 208, 2000])
def test_rules_of_early_stopping_do_not_undo_one_another(every, patience, rows):
    said = {"training.epochs": 5, "training.evaluate_every": every, "training.patience": patience}
    where = scene(said, train=rows)
    recipe = where.recipe
    codes = {"patience_none", "patience_endless", "evaluations_few", "evaluations_many"}
    for _ in range(4):
        found = [one for one in advise(recipe, where.situation) if one.code in codes]
        if not found:
            return
        recipe = mended(recipe, found[0].fix)
    raise AssertionError(found)


def test_three_rises_need_four_evaluations():
    assert "evaluations_few" in advice(scene({"training.evaluate_every": 0.33}))
    assert "evaluations_few" not in advice(scene({"training.evaluate_every": 0.2}))


# what is said of templates


@pytest.mark.parametrize("name", sorted(set(starters()) - {"sft"}))
def test_a_template_makes_a_run_that_means_something(name, tmp_path):
    recipe, project = template(name, tmp_path)
    said = {one.code for one in advise(recipe, gather(project, recipe))}
    assert not said & {
        "steps_few", "packing_few_steps", "batch_over_rows", "batch_small", "warmup_long", "warmup_none", "rate_high",
        "rate_low", "rate_small_set", "rate_of_batch", "epochs_small_set", "evaluations_few", "patience_endless",
    }  # fmt: skip


@given(
    st.sampled_from([5, 10, 30, 100, 300, 2000]), st.sampled_from([1, 2, 4, 16]), st.sampled_from([1, 2, 4, 32]),
    st.sampled_from([1, 2, 5]), st.booleans(), st.sampled_from(["sft", "cpt"]), st.integers(20, 4000),
)  # fmt: skip
@settings(max_examples=60, deadline=None)
def test_steps_without_a_forecast_are_near_those_with_one(rows, micro, accumulation, epochs, packing, kind, most):
    said = {
        "method.kind": kind, "training.micro_batch": micro, "training.accumulation": accumulation,
        "training.epochs": epochs, "training.packing": packing,
    }  # fmt: skip
    where = scene(said, train=rows, lengths=lengths(20, most, rows), format="text" if kind == "cpt" else "messages")
    alone = Case(where.recipe, where.situation).steps
    foreseen = forecast(where.recipe, where.situation).steps
    assert alone == foreseen if not packing else alone <= foreseen <= 2 * alone
