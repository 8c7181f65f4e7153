"""Advice on rows: what depends on what, what undoes what, and what a person reads."""

import pytest

from engine.advice import advise, readiness
from engine.advice.curating import balanced, with_step
from engine.recipe import Data
from tests.pure.advising import Scene, lengths, mended, scene

DROP, BALANCE = {"step": "drop_duplicates"}, {"step": "balance", "how": "oversample"}
MIX = {"step": "mix", "source": "general.jsonl"}
UNEVEN = (("yes", 1800), ("no", 200))
INTENTS = (("intent_0", 186), *((f"intent_{number}", 12) for number in range(1, 77)))
CPT = {"method.kind": "cpt"}


def advice(where: Scene):
    return {one.code: one for one in advise(where.recipe, where.situation, where.forecast)}


def curate(*steps):
    return Data.model_validate({"curate": steps}).curate


def of(**said):
    """The data section that facts are of."""
    return Data.model_validate(said)


# steps of curation


@pytest.mark.parametrize(
    ("before", "step", "after"),
    [
        ([], DROP, "drop_duplicates"),
        ([BALANCE], DROP, "drop_duplicates balance"),
        ([MIX, BALANCE], DROP, "drop_duplicates mix balance"),
        ([DROP], BALANCE, "drop_duplicates balance"),
        ([DROP, MIX], BALANCE, "drop_duplicates balance mix"),
        ([BALANCE, DROP], BALANCE, "drop_duplicates balance"),
        ([BALANCE, DROP, MIX], MIX, "balance drop_duplicates mix"),
    ],
)
def test_a_step_comes_where_no_other_undoes_it_and_once(before, step, after):
    assert " ".join(it["step"] for it in with_step(curate(*before), step)) == after


def test_classes_are_balanced_by_a_ratio_that_nothing_undoes():
    assert balanced(curate(DROP, BALANCE), 5)
    assert balanced(curate(BALANCE, MIX), 5)
    assert not balanced(curate(BALANCE | {"ratio": 50}), 5)
    assert not balanced(curate(BALANCE, DROP), 5)
    assert not balanced(curate(DROP), 5)


def test_a_balance_that_does_not_balance_is_said_and_its_fix_keeps_how_it_does_it():
    where = scene(
        {"data.curate": [{"step": "balance", "field": "kind", "ratio": 50}, DROP]}, labels=UNEVEN, format="messages"
    )
    fix = advice(where)["class_imbalance"].fix
    assert fix == {"data.curate": [DROP, {"step": "balance", "how": "undersample", "field": "kind"}]}
    assert "class_imbalance" not in {one.code for one in advise(mended(where.recipe, fix), where.situation)}


def test_good_and_bad_answers_are_no_classes():
    judged = scene({"method.kind": "kto"}, format="unpaired", labels=(("true", 1900), ("false", 100)))
    assert not {"class_imbalance", "class_small", "split_unstratified"} & set(advice(judged))
    assert "kto_weights" in advice(judged)


def test_rows_without_a_class_are_not_balanced_as_classes_of_their_own():
    assert advice(scene(labels=UNEVEN))["class_imbalance"].fix is not None
    assert advice(scene(labels=(("yes", 1700), ("no", 200))))["class_imbalance"].fix is None
    stratified = {"data.split.by": "stratified", "data.split.field": "kind"}
    fix = advice(scene(stratified, labels=(("yes", 1700), ("no", 200))))["class_imbalance"].fix
    assert fix == {"data.curate": [BALANCE | {"field": "kind"}]}


def test_a_finding_stands_until_a_step_comes_that_was_not_there_when_rows_were_checked():
    steps = curate(DROP)
    found = {"duplicates": 29}
    assert "duplicates" not in advice(scene({"data.curate": [DROP]}, findings=found))
    assert "duplicates" in advice(scene({"data.curate": [DROP]}, findings=found, checked_after=steps))
    kinds = {"step": "personal_data", "kinds": ["email"]}
    still = scene({"data.curate": [kinds]}, findings={"secrets": 2}, checked_after=curate(kinds))
    assert advice(still)["personal_data"].fix == {"data.curate": [{"step": "personal_data"}]}


def test_copies_count_for_balance_and_for_nothing_else():
    copies = scene(
        {"data.curate": [BALANCE]}, train=2160, copies=320, labels=(("yes", 1800), ("no", 360)),
        labels_once=(("yes", 1800), ("no", 40)), of=of(curate=[BALANCE]),
    )  # fmt: skip
    said = advice(copies)
    assert "class_imbalance" not in said
    assert "40" in said["class_small"].message and "split_unstratified" in said
    few = scene({"data.curate": [BALANCE]}, train=300, copies=150)
    assert "150 training rows" in advice(few)["rows_few"].message


# what blocks


def test_data_that_cannot_be_used_blocks_and_names_its_setting():
    broken = scene(train=0, unusable=True, problem="data.curate step 1 (balance): 900 different answers are no classes")
    assert advice(broken)["data_unusable"].blocking
    assert advice(broken)["data_unusable"].key == "data.curate"
    empty = scene(train=0, unusable=True, problem="/p/project.toml: data.source is empty: set it to a file of rows")
    said = advice(empty)["data_unusable"]
    assert (said.key, said.message) == (
        "data.source", "The rows cannot be used: data.source is empty: set it to a file of rows.",
    )  # fmt: skip
    long = scene(train=0, unusable=True, problem="/p/" + 200 * "x" + ".jsonl: no such file")
    assert len(advice(long)["data_unusable"].message) < 170


def test_rows_that_teach_nothing_block_where_they_are_all():
    assert advice(scene(findings={"nothing_trained": 3}))["rows_untrained"].severity == "warns"
    assert advice(scene(findings={"nothing_trained": 2320}))["rows_untrained"].blocking
    assert "rows_untrained" not in advice(
        scene({"method.kind": "grpo", "rewards": [{"kind": "exact"}]}, findings={"nothing_trained": 2320})
    )


# how many


def test_continued_pretraining_is_told_by_tokens():
    books = scene(CPT, train=10, lengths=lengths(60_000, 90_000, 10), format="text")
    assert not {"rows_very_few", "rows_few", "rows_below_task"} & set(advice(books))
    assert "749,997 tokens" in advice(books)["tokens_few"].message
    question = next(one for one in readiness(books.recipe, books.situation) if one.code == "rows_enough")
    assert "1,000,000 tokens" in question.question and question.good is False
    more = scene(CPT, train=10, lengths=lengths(100_000, 120_000, 10), format="text")
    assert "tokens_few" not in advice(more)


def test_passes_are_of_what_an_epoch_gives_out():
    from engine.advice.case import Case

    def passes(where: Scene) -> float:
        return Case(where.recipe, where.situation, where.forecast).passes

    books = scene(
        CPT | {"training.max_steps": 50}, train=10, lengths=lengths(60_000, 90_000, 10), format="text",
    )  # fmt: skip
    assert 2 < passes(books) < 2.3
    packed = scene({"training.packing": True, "training.max_steps": 300}, lengths=lengths(50, 50))
    assert passes(packed) == 75  # 49 packed rows are 13 micro-batches, and so 4 steps
    assert passes(scene({"training.max_steps": 250})) == 2
    grpo = {"method.kind": "grpo", "rewards": [{"kind": "exact"}], "training.max_steps": 1000}
    assert passes(scene(grpo)) == 1


@pytest.mark.parametrize(
    ("task", "rows", "severity"),
    [
        ("extraction", 300, "notes"), ("extraction", 500, None), ("style", 499, "notes"), ("code", 999, "warns"),
        ("classification", 300, None), ("reasoning", 600, "warns"), ("unsaid", 300, None),
    ],
)  # fmt: skip
def test_rows_by_task(task, rows, severity):
    said = advice(scene({"readiness.task": task}, train=rows)).get("rows_below_task")
    assert (said.severity if said else None) == severity


def test_problems_of_grpo_are_no_worked_answers():
    grpo = {"method.kind": "grpo", "rewards": [{"kind": "exact"}], "readiness.task": "reasoning"}
    assert "rows_below_task" not in advice(scene(grpo, train=600, format="prompt_answer"))


def test_many_classes_are_counted_each():
    said = advice(scene({"readiness.task": "classification"}, train=1098, labels=INTENTS))
    assert "77 classes need 3,850 at least" in said["rows_below_task"].message
    assert said["rows_below_task"].severity == "warns"
    assert "class_small" not in said, "which the rows say already"
    assert "16 times as many" in said["class_imbalance"].message
    where = scene({"readiness.task": "classification"}, train=1098, labels=INTENTS)
    question = next(one for one in readiness(where.recipe, where.situation) if one.code == "rows_enough")
    assert question.state == "no" and "3,850" in question.question


def test_a_class_of_fifty_is_the_least_and_a_hundred_usual():
    six = tuple((f"queue {number}", 40) for number in range(6))
    said = advice(scene({"readiness.task": "classification"}, train=240, validation=30, held_out=30, labels=six))
    assert (said["rows_below_task"].severity, said["rows_below_task"].message) == (
        "notes", "300 rows: 6 classes need 300 at least, and 600 by most sources.",
    )  # fmt: skip
    assert "class_small" not in said, "which the rows say already"
    uneven = (*(("queue", 300) for _ in range(5)), ("rare", 20))
    assert "class_small" in advice(scene({"readiness.task": "classification"}, labels=uneven))


# sides


def test_a_side_that_the_default_leaves_empty_is_said_and_mended():
    five = {"train": 5, "validation": 0, "held_out": 0}
    said = advice(scene(**five))
    assert said["validation_none"].fix == {"data.split.validation": 0.11}
    assert said["held_out_none"].fix == {"data.split.held_out": 0.11}
    asked = scene({"data.split.validation": 0, "data.split.held_out": 0}, **five)
    assert advice(asked)["validation_none"].fix == {"data.split.validation": 0.11}
    tiny = scene({"data.split.validation": 0}, train=1, validation=0, held_out=0)
    assert advice(tiny)["validation_none"].fix is None
    ten = scene({"data.split.validation": 0.04}, train=10, validation=0, held_out=0)
    assert advice(ten)["validation_none"].fix == {"data.split.validation": None}


def test_a_side_that_prompts_leave_empty_is_said_without_a_mend():
    where = scene(train=100, validation=0, held_out=0, of=of())
    assert advice(where)["validation_none"].fix is None
    other = scene({"data.split.validation": 0.2}, train=100, validation=0, held_out=0, of=of())
    assert "validation_none" not in advice(other), "nobody has counted that split"


def test_the_share_that_is_far_off_is_named():
    both = advice(scene({"data.split.validation": 0.45, "data.split.held_out": 0.45}))["split_large"]
    assert both.message == "Of all rows 45% for validation and 45% held out: 5-10% are usual."
    assert both.fix == {"data.split.validation": None, "data.split.held_out": None}
    held_out = advice(scene({"data.split.held_out": 0.5}))["split_large"]
    assert held_out.key == "data.split.held_out"
    much = scene({"data.split.validation": 0.45}, train=500, validation=450, held_out=50)
    assert advice(much)["held_out_few"].fix is None, "too few would be left to train on"
    own = scene({"data.split.held_out": 0.5, "data.held_out": "h.jsonl"})
    assert "split_large" not in advice(own)


def test_a_copy_of_the_source_is_the_source_and_that_is_said_once():
    said = advice(scene(
        {"data.source": "a.jsonl", "data.held_out": "b.jsonl"}, held_out_is_source=True, findings={"leakage": 1000},
        of=of(source="a.jsonl", held_out="b.jsonl"),
    ))  # fmt: skip
    assert said["held_out_is_source"].fix == {"data.held_out": None}
    assert "leakage" not in said


# words


@pytest.mark.parametrize(
    ("findings", "code", "words"),
    [
        ({"near_leakage": 1}, "leakage", "1 row nearly asks what it is measured on: "),
        ({"leakage": 3}, "leakage", "3 rows ask what they are measured on: "),
        ({"leakage": 1, "near_leakage": 2}, "leakage", "1 row asks what it is measured on, and 2 rows nearly ask"),
        ({"duplicates": 1}, "duplicates", "1 row repeats an earlier one."),
        ({"bad_lines": 1}, "rows_unusable", "1 row cannot be read or lacks a field"),
        ({"secrets": 1}, "personal_data", "1 row holds secrets."),
        ({"benchmarks": 2}, "contamination", "2 rows hold questions of public benchmarks"),
        ({"double_bos": 5, "turn_lost": 2}, "rows_odd", "5 beginning with two BOS tokens, 2 losing a turn"),
    ],
)
def test_one_row_and_several(findings, code, words):
    assert words in advice(scene(findings=findings))[code].message


def test_a_class_of_one_row():
    said = advice(scene(labels=(("yes", 1999), ("no", 1))))
    assert "has 1 training row," in said["split_unstratified"].message
    assert said["class_small"].message == "1 of 2 classes has under 50 training rows, no (1)."
