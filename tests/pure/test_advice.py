"""Advice: every rule where it fires and where it does not, what it looks like, and that its fixes mend."""

import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.advice import RULES, SEVERITIES, advise
from engine.advice.rules import trackers
from engine.recipe import Recipe
from engine.recipe.migration import laid_over
from engine.recipe_form import fields, owner_of
from engine.situation import DataFacts, GpuFacts, ModelFacts, Situation
from tests.pure.advice_scenes import FIRES
from tests.pure.advising import GB, H100, HEALTHY, LLAMA_8B, ROWS, TINY, V100, Scene, forecast, mended, recipe, scene
from tests.pure.recipes import contents
from tui.figures import size

FORECAST_ALONE = {"memory_over", "memory_tight"}
"""Whether their fixes mend is what a new forecast says."""


@pytest.fixture(autouse=True)
def no_tracker_is_installed(monkeypatch):
    monkeypatch.setattr(trackers, "installed", lambda name: False)


def advice(where: Scene, **more):
    return {one.code: one for one in advise(where.recipe, where.situation, where.forecast, **more)}


def test_every_rule_has_a_scene_where_it_fires_and_one_where_it_does_not():
    assert set(FIRES) == set(RULES)


@pytest.mark.parametrize("code", FIRES)
def test_a_rule_fires_where_it_should_and_only_there(code):
    fires, silent = FIRES[code]
    assert code in advice(fires)
    assert code not in advice(silent)


@pytest.mark.parametrize("code", FIRES)
def test_what_a_rule_says_is_whole(code):
    said = advice(FIRES[code][0])[code]
    assert said.message[0].isupper() or not said.message[0].isalpha() or said.message.split()[0].islower()
    assert said.message.endswith((".", "?")) and "None" not in said.message and "\n" not in said.message
    assert len(said.message) < 170
    assert said.reason.endswith(".") and len(said.reason) > 40
    assert said.source
    assert owner_of(said.key) is not None, said.key


@pytest.mark.parametrize("code", sorted(FORECAST_ALONE))
def test_memory_is_told_in_the_forecast_s_units(code):
    where = FIRES[code][0]
    assert f"It takes {size(where.forecast.vram_bytes)} at its highest" in advice(where)[code].message


@pytest.mark.parametrize("code", [code for code in FIRES if code not in FORECAST_ALONE])
def test_a_fix_gives_a_recipe_about_which_it_is_not_said_again(code):
    where = FIRES[code][0]
    said = advice(where)[code]
    if said.fix is None:
        return
    assert all(any(key == spec.key for spec in fields()) for key in said.fix)
    after = advise(mended(where.recipe, said.fix), where.situation, where.forecast)
    assert code not in [one.code for one in after]


def test_nothing_is_said_of_a_recipe_that_is_well():
    assert advice(scene()) == {}


@pytest.mark.parametrize("gpus", [(), (H100,), (V100,)], ids=["cpu", "h100", "v100"])
@pytest.mark.parametrize("base", ["mine/llama", "./llama"])
@pytest.mark.parametrize("rows", [1000, 5000, 50_000])
def test_a_default_recipe_on_healthy_rows_is_not_drowned_in_advice(gpus, base, rows):
    data = replace(HEALTHY.data, train=rows, validation=rows // 20, held_out=min(500, rows // 10))
    default = Recipe.model_validate({"model": {"base": base}})
    facts = ModelFacts(config=LLAMA_8B if gpus else TINY)  # a CPU is warned of models of billions
    said = advise(default, replace(HEALTHY, gpus=gpus, data=data, unsloth=bool(gpus), model=facts))
    assert [one for one in said if one.severity != "notes"] == []
    assert len(said) <= 3


def test_the_gravest_comes_first_and_then_the_order_of_the_form():
    said = list(advice(scene({
        "adapter.alpha": 1, "training.schedule": "constant", "training.packing": True, "method.kind": "dpo",
        "evaluation.rows": 50, "data.split.seed": 1,
    })).values())  # fmt: skip
    places = [SEVERITIES.index(one.severity) for one in said]
    assert places == sorted(places) and set(places) == {0, 1, 2}
    order = [spec.key for spec in fields()]
    warned = [order.index(one.key) for one in said if one.severity == "warns"]
    assert warned == sorted(warned)


def test_a_warning_is_accepted_with_a_reason_and_stays_listed():
    said = advice(scene({"adapter.alpha": 64, "advice.accepted": {"alpha_off": "the paper's own"}}))
    assert said["alpha_off"].accepted == "the paper's own"
    assert said["alpha_off"].acceptable and not said["alpha_off"].blocking


def test_what_blocks_is_accepted_only_where_it_is_foreseen():
    where = FIRES["budget_cost"][0]
    assert advice(where)["budget_cost"].blocking
    accepted = replace(where, said={**where.said, "advice.accepted": {"budget_cost": "worth it"}})
    assert not advice(accepted)["budget_cost"].blocking
    where = FIRES["packing_unable"][0]
    accepted = replace(where, said={**where.said, "advice.accepted": {"packing_unable": "why not"}})
    assert advice(accepted)["packing_unable"].blocking
    assert "packing_unable cannot be accepted" in advice(accepted)["accepted_in_vain"].message


def test_an_unknown_code_is_named_with_its_nearest():
    said = advice(scene({"advice.accepted": {"rank_hihg": "x", "alpha_off": "y"}}))["accepted_unknown"]
    assert "did you mean rank_high?" in said.message
    assert said.fix == {"advice.accepted": {"alpha_off": "y"}}


def test_a_tiny_model_takes_rates_of_its_own():
    high = {"training.learning_rate": 2e-3}
    assert "rate_high" in advice(scene(high))
    assert "rate_high" not in advice(scene(high, model_config=TINY))


@pytest.mark.parametrize(
    ("said", "rate"),
    [
        ({"method.kind": "dpo"}, 1e-6), ({"method.kind": "grpo"}, 5e-6), ({"adapter.kind": "full"}, 1e-5),
        ({"adapter.kind": "qlora"}, 2e-4), ({}, 1e-4),
    ],
)  # fmt: skip
def test_rates_go_by_method_and_by_what_is_trained(said, rate):
    found = advice(scene({**said, "training.learning_rate": 1e-2}))["rate_high"]
    assert found.fix == {"training.learning_rate": rate}


def test_rows_that_were_counted_as_cut_are_not_known_beyond_it():
    counted = {"lengths": np.minimum(HEALTHY.data.lengths, 1024), "counted_at": 1024}
    assert "longest" not in advice(scene({"training.max_length": 1024}, **counted))["rows_cut"].message
    assert "rows_cut" not in advice(scene({"training.max_length": 2048}, **counted))
    assert "1,500" in advice(scene({"training.max_length": 1024}))["rows_cut"].message


def test_saving_by_share_and_measuring_by_steps_blocks_only_where_steps_are_counted_exactly():
    mixed = {"training.evaluate_every": 20, "training.save_every": 0.1}
    assert "saves_off" not in advice(scene(mixed))
    exactly = forecast(rows=replace(ROWS, steps=375))
    assert "saves_off" in advice(scene(mixed, forecast=exactly))
    assert "saves_off" not in advice(scene(mixed, forecast=forecast(rows=replace(ROWS, exact=False))))
    assert "saves_off" not in advice(scene(mixed | {"training.max_steps": 400}))


def test_where_this_machine_is_not_known_nothing_is_said_of_it():
    where = scene({"adapter.kind": "qlora", "training.packing": True, "method.kind": "dpo"}, gpus=())
    assert {"qlora_without_gpu", "packing_unable"} <= set(advice(where))
    said = advice(where, machine=False)
    assert "packing_unable" in said and "qlora_without_gpu" not in said


def test_advice_needs_no_numpy_before_lengths_are_there():
    import subprocess

    code = (
        "import sys, engine.advice as it; from engine.recipe import Recipe; from engine.situation import Situation\n"
        "it.advise(Recipe.model_validate({'model': {'base': 'a/b'}}), Situation())\n"
        "print([name for name in ('numpy', 'pyarrow', 'torch') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


COUNTS = st.integers(0, 20_000)
FORMATS = ("", "messages", "text", "segments", "preference", "unpaired", "prompt_answer", "mapping", "alpaca")
CONFIGS = st.none() | st.sampled_from([LLAMA_8B, TINY, {}, {"hidden_size": "x"}, {"max_position_embeddings": 4}])
GPUS = st.sampled_from([(), (H100,), (V100,), (H100, H100), (GpuFacts("?", 10 * GB, None, here=False),)])
COUNTED_AT = st.sampled_from([None, 8, 2048])
FINDINGS = st.dictionaries(
    st.sampled_from([
        "duplicates", "near_duplicates", "secrets", "leakage", "near_leakage", "bad_lines", "language", "other",
        "nothing_trained", "template", "no_end", "double_bos",
    ]), COUNTS,
)  # fmt: skip


def _arrays(pairs):
    lengths, trained = (np.array(column, np.int32) for column in zip(*pairs, strict=True))
    return lengths, np.minimum(lengths, trained)


TOKENS = st.integers(0, 50_000)
COUNTED = st.just((None, None)) | st.lists(st.tuples(TOKENS, TOKENS), min_size=1, max_size=30).map(_arrays)
"""Tokens of each training row, and how many of them are trained."""


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    lengths, trained = draw(COUNTED)
    rows = draw(COUNTS) if lengths is None else len(lengths)
    labels = sorted(draw(st.lists(st.integers(1, 900), max_size=4)), reverse=True)
    data = DataFacts(
        key="k", train=rows, validation=draw(COUNTS), held_out=draw(COUNTS), format=draw(st.sampled_from(FORMATS)),
        lengths=lengths, counted_at=draw(COUNTED_AT), trained=trained, exact=draw(st.booleans()),
        findings=draw(FINDINGS),
        labels=tuple(zip(("true", "false", "a", "b"), labels, strict=False)), problem=draw(st.sampled_from(["", "no"])),
        unusable=draw(st.booleans()), held_out_is_source=draw(st.booleans()), copies=draw(st.integers(0, rows)),
    )  # fmt: skip
    model = ModelFacts(
        draw(CONFIGS), weight_bytes=draw(st.none() | COUNTS), chat_template=draw(st.sampled_from([None, True, False]))
    )
    free = st.none() | st.integers(0, 200 * GB)
    return Situation(model, data, draw(GPUS), draw(st.booleans()), (), draw(free), draw(free))


def forecasts():
    verdicts = st.sampled_from(["fits", "tight", "will not fit", "unknown"])
    vram = st.none() | st.integers(0, 200 * GB)
    return st.none() | st.builds(lambda verdict, peak: forecast(verdict=verdict, vram_bytes=peak), verdicts, vram)


@given(contents(), situations(), forecasts())
@settings(max_examples=400, deadline=None)
def test_any_recipe_in_any_situation_gets_advice_whose_fixes_are_recipes(content, situation, foreseen):
    written = Recipe.model_validate(laid_over({}, content))
    said = advise(written, situation, foreseen)
    codes = [one.code for one in said]
    assert len(set(codes)) == len(codes)
    for one in said:
        assert one.code in RULES and one.message and owner_of(one.key)
        assert not one.accepted or one.acceptable
        if one.fix is not None:
            after = advise(mended(written, one.fix), situation, foreseen)
            assert one.code not in [found.code for found in after], one


def test_a_recipe_of_the_scenes_is_valid():
    assert recipe().evaluation.threshold == 5
