"""Settings of a training: what is refused, what is counted beforehand, and what becomes of positions."""

import json
from math import ceil

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.backends import native_length, unsloth_cannot
from engine.errors import ModelError
from engine.forecast import forecast
from engine.forecast.shape import read_shape
from engine.jobs.train.backend import choose
from engine.jobs.train.rope import said, scaling
from engine.jobs.train.settings import check_rows, machine_refusals, refusals, replaced
from engine.jobs.train.starting import starting_adapter
from engine.recipe import Recipe, Training
from engine.situation import GpuFacts, ModelFacts, Situation
from engine.steps import evaluation_interval, planned_steps, save_interval, saves_miss
from engine.steps.plan import order, piece_lengths, sequences, step_tokens

LLAMA = {"model_type": "llama", "max_position_embeddings": 1024}


def recipe(**sections):
    return Recipe.model_validate({"model": {"base": "base"}} | sections)


def trained(**settings):
    return recipe(training=settings)


lengths = st.lists(st.integers(1, 300), min_size=1, max_size=120).map(np.array)
trainings = st.builds(
    Training, micro_batch=st.integers(1, 9), accumulation=st.integers(1, 5), epochs=st.sampled_from([0.3, 1.5, 2]),
    order=st.sampled_from(["by_length", "random", "given"]), max_steps=st.none() | st.integers(1, 50),
)  # fmt: skip


@given(lengths, trainings, st.integers(0, 3))
def test_an_epoch_takes_every_row_once_in_an_order_of_its_own(rows, training, epoch):
    taken = order(rows, training, epoch)
    assert sorted(taken) == list(range(len(rows)))
    assert np.array_equal(taken, order(rows, training, epoch))
    if training.order == "by_length":
        first = rows[taken[: training.micro_batch]]
        assert sorted(first) == sorted(rows)[-len(first) :], "memory runs short in the first micro-batch or never"


@given(lengths, trainings)
def test_the_steps_of_whole_epochs_see_every_token(rows, training):
    seen = step_tokens(rows, training)
    assert len(seen) == planned_steps(len(rows), training)
    whole = ceil(ceil(len(rows) / training.micro_batch) / training.accumulation)
    assert seen[:whole].sum() == (rows.sum() if len(seen) >= whole else seen[:whole].sum())
    assert (seen <= training.micro_batch * training.accumulation * rows.max()).all()


@given(lengths, st.integers(8, 64))
def test_pieces_hold_every_token_and_none_is_alone(rows, longest):
    pieces, of_row = piece_lengths(rows, longest)
    assert np.array_equal(np.bincount(of_row, pieces), rows)
    assert pieces.max() <= longest
    assert not [at for at, size in enumerate(pieces) if size == 1 and rows[of_row[at]] > 1]


def test_what_an_epoch_consists_of():
    rows = np.array([100, 30, 20, 14])
    assert sequences(rows, trained(max_length=64)).lengths.tolist() == [64, 30, 20, 14]
    packed = sequences(rows, trained(max_length=64, packing=True))
    assert sorted(packed.lengths) == [64, 64]
    text = recipe(method={"kind": "cpt"}, training={"max_length": 64})
    assert sequences(rows, text).lengths.tolist() == [64, 36, 30, 20, 14]


@given(st.integers(1, 3000), st.sampled_from([0.05, 0.1, 0.25, 3, 10]), st.integers(1, 4))
def test_a_multiple_of_the_evaluations_saves_at_evaluations(steps, every, times):
    training = Training(evaluate_every=every, save_every=every * times)
    if every < 1 <= every * times:
        return  # a share, and a number of steps
    assert saves_miss(training) == saves_miss(training, steps) == ""
    assert save_interval(steps, training) % evaluation_interval(steps, training) == 0


@pytest.mark.parametrize(("every", "saved", "steps"), [(10, 15, None), (0.1, 0.05, None), (0.1, 15, 100), (10, 5, 99)])
def test_checkpoints_between_evaluations_are_refused(every, saved, steps):
    line = saves_miss(Training(evaluate_every=every, save_every=saved), steps)
    assert "training.save_every" in line
    assert "\n" not in line


@pytest.mark.parametrize(
    ("sections", "begins"),
    [
        ({"hardware": {"gpus": 2}}, "hardware.gpus: 2: training runs on one GPU"),
        ({"adapter": {"kind": "qlora", "init": "pissa"}}, "adapter.init: pissa changes weights"),
        ({"adapter": {"dora": True, "init": "pissa"}}, "adapter.init: pissa does not go with adapter.dora"),
        ({"adapter": {"kind": "full"}, "model": {"base": "b", "adapter": "a#1"}}, "model.adapter: adapter.kind = full"),
        ({"adapter": {"init": "pissa"}, "model": {"base": "b", "adapter": "a#1"}}, "adapter.init: pissa begins"),
        ({"method": {"kind": "dpo"}, "training": {"packing": True}}, "training.packing: dpo trains each row by itself"),
        ({"training": {"save_every": 0.15}}, "training.save_every: 0.15 is no multiple"),
    ],
)
def test_what_no_machine_can_do_is_refused_in_a_line(sections, begins):
    (line,) = refusals(recipe(**sections))
    assert line.startswith(begins)
    assert ": set " in line or "leave " in line or "turn " in line


def test_a_plain_recipe_is_not_refused():
    assert refusals(recipe()) == []
    assert refusals(recipe(adapter={"kind": "full", "init": "pissa", "dora": True})) == [], "they are for adapters"


@pytest.mark.parametrize(
    ("sections", "gpu", "begins"),
    [
        ({"adapter": {"kind": "qlora"}}, None, "adapter.kind: qlora needs an NVIDIA GPU"),
        ({"training": {"precision": "fp16"}}, None, "training.precision: fp16 needs an NVIDIA GPU"),
        ({"training": {"precision": "bf16", "optimiser": "adamw"}}, "T4", "training.precision: T4 has no bf16"),
        ({"training": {"optimiser": "paged_adamw"}}, "T4", "training.optimiser: paged_adamw needs bitsandbytes"),
    ],
)
def test_what_this_machine_cannot_do_is_refused_in_a_line(sections, gpu, begins):
    (line,) = machine_refusals(recipe(**sections), gpu, bf16=False)
    assert line.startswith(begins)


def test_an_optimiser_that_needs_a_gpu_is_replaced_and_said():
    assert "adamw is taken" in replaced(trained(optimiser="paged_adamw_8bit"), None)[0]
    assert replaced(trained(optimiser="paged_adamw_8bit"), "H100") == []
    assert replaced(trained(optimiser="adamw"), None) == []


def test_patience_without_validation_rows_and_a_folder_with_a_revision_are_refused(tmp_path):
    with pytest.raises(ModelError, match=r"training\.patience.*\n?"):
        check_rows(trained(patience=3), 0, "owner/name")
    check_rows(trained(patience=3), 5, "owner/name")
    with pytest.raises(ModelError, match=r"model\.revision: model\.base is a folder"):
        check_rows(recipe(model={"base": "b", "revision": "main"}), 5, str(tmp_path))


@pytest.mark.parametrize(
    ("settings", "kind", "factor"),
    [
        ({"max_length": 1024}, None, None),
        ({"max_length": 4096}, "linear", 4),
        ({"max_length": 2048, "rope_scaling": "linear"}, "linear", 2),
        ({"max_length": 2048, "rope_scaling": "yarn"}, "yarn", 2),
        ({"max_length": 4096, "rope_scaling": "off"}, None, None),
        ({"max_length": 512, "rope_scaling": "yarn"}, None, None),
    ],
)
def test_positions_are_scaled_where_the_models_length_is_exceeded(settings, kind, factor):
    found = scaling(LLAMA, Training(**settings))
    assert (found and found.kind, found and found.factor) == (kind, factor)
    assert bool(said(LLAMA, Training(**settings))) == (settings != {"max_length": 1024}), "none is silent"


def test_a_model_with_a_scaling_of_its_own_is_not_scaled_twice():
    config = LLAMA | {"rope_scaling": {"rope_type": "llama3", "factor": 32}}
    assert scaling(config, Training(max_length=1024)) is None
    with pytest.raises(ModelError, match=r"llama3.*lower it to 1024"):
        scaling(config, Training(max_length=2048))
    seen = {"text_config": LLAMA | {"rope_parameters": {"full_attention": {"rope_type": "linear"}}}}
    with pytest.raises(ModelError, match=r"\(linear\)"):
        scaling(seen, Training(max_length=2048))


@pytest.mark.parametrize(
    ("sections", "why"),
    [
        ({"adapter": {"dora": True}}, "adapter.dora"),
        ({"adapter": {"init": "pissa"}}, "pissa"),
        ({"training": {"rope_scaling": "off", "max_length": 2048}}, "scales positions by itself"),
    ],
)
def test_what_unsloth_cannot_goes_to_hf_and_is_said(sections, why, monkeypatch):
    monkeypatch.setattr("engine.jobs.train.backend.find_spec", lambda name: object())
    chosen = choose(recipe(**sections), "H100", LLAMA)
    assert chosen.name == "hf"
    assert why in chosen.reason
    with pytest.raises(ModelError, match="and hf can: set it to auto or hf"):
        choose(recipe(hardware={"backend": "unsloth"}, **sections), "H100", LLAMA)
    assert choose(recipe(), "H100", LLAMA).name == "unsloth"


def test_unsloth_scales_the_positions_of_known_models_alone():
    longer = trained(max_length=2048)
    assert unsloth_cannot(longer, LLAMA) == ""
    assert "positions" in unsloth_cannot(longer, LLAMA | {"model_type": "gemma3"})


YARN = LLAMA | {"model_type": "qwen2", "rope_scaling": {"rope_type": "yarn", "factor": 4.0}}


@pytest.mark.parametrize("config", [YARN, {"text_config": YARN}], ids=["alone", "of a larger one"])
def test_a_model_reads_as_far_as_its_own_scaling_reaches(config):
    assert native_length(config) == 4096
    assert scaling(config, Training(max_length=4096)) is None
    assert "own scaling" in unsloth_cannot(trained(max_length=2048), config), "it goes by what the config states"
    assert unsloth_cannot(trained(max_length=1024), config) == ""
    with pytest.raises(ModelError, match=r"4097 is beyond the model's 4096.*\(yarn\)"):
        scaling(config, Training(max_length=4097))


@pytest.mark.parametrize(
    "config", [LLAMA, YARN, {"text_config": YARN}, {"model_type": "llama"}, {"model_type": "qwen3"}]
)
@pytest.mark.parametrize("kind", ["auto", "off", "linear", "yarn"])
@pytest.mark.parametrize("longest", [256, 1024, 2048, 4096, 8192, 40_000])
def test_the_forecast_and_the_trainer_choose_the_same_backend(config, kind, longest, monkeypatch):
    wanted = trained(max_length=longest, rope_scaling=kind)
    facts = Situation(model=ModelFacts(config=config), gpus=(GpuFacts("H100", 80 << 30, 79 << 30),), unsloth=True)
    monkeypatch.setattr("engine.jobs.train.backend.find_spec", lambda name: object())
    assert forecast(wanted, facts).backend == choose(wanted, "H100", config).name
    assert read_shape(config).native_length == native_length(config)


def saved_adapter(folder, base, **config):
    folder.mkdir(parents=True)
    content = {"peft_type": "LORA", "r": 16, "lora_alpha": 16, "use_rslora": False, "use_dora": False} | config
    (folder / "adapter_config.json").write_text(json.dumps(content))
    (folder / "ttune.json").write_text(json.dumps({"base": base, "fingerprint": ""}))
    return folder


@pytest.mark.parametrize(
    ("config", "base", "line"),
    [
        ({"r": 8}, "owner/base", r"adapter\.rank: 16, and .* has 8: set it to that"),
        ({"use_dora": True}, "owner/base", r"adapter\.dora: false, and .* has true"),
        ({"peft_type": "IA3"}, "owner/base", "holds no LoRA adapter"),
        ({}, "owner/other", r"was trained on owner/other: set model\.base to it"),
    ],
)
def test_an_adapter_that_does_not_fit_is_refused(tmp_path, config, base, line):
    folder = saved_adapter(tmp_path / "data" / "first", base, **config)
    wanted = recipe(model={"base": "owner/base", "adapter": str(folder)})
    with pytest.raises(ModelError, match=line):
        starting_adapter(wanted, tmp_path, "owner/base")


def test_an_adapter_is_found_by_its_folder(tmp_path):
    folder = saved_adapter(tmp_path / "first", "owner/base")
    assert starting_adapter(recipe(model={"base": "b", "adapter": "first"}), tmp_path, "owner/base") == folder
    assert starting_adapter(recipe(), tmp_path, "owner/base") is None


def test_a_run_that_trained_everything_left_no_adapter(tmp_path):
    run = tmp_path / "run"
    (run / "model").mkdir(parents=True)
    (run / "model" / "config.json").write_text("{}")
    (run / "job.toml").write_text("")
    with pytest.raises(ModelError, match=r"left no adapter: set model\.base to .*model"):
        starting_adapter(recipe(model={"base": "b", "adapter": "run"}), tmp_path, "b")
