"""Values of other tools' files become what the other tool does with them, or are named, or are one line."""

import json

import pytest
import yaml

from engine.bridges import import_recipe
from engine.bridges.hidden import MASK, is_secret, masked
from engine.bridges.importing import describe, document
from engine.bridges.source import BridgeError
from engine.recipe.diff import values
from engine.steps import saves_miss
from tui.cli.import_recipe import fates

AXOLOTL, FACTORY, TRL = "base_model: a/b\n", "model_name_or_path: a/b\nstage: sft\n", "model_name_or_path: a/b\n"


@pytest.fixture
def read(tmp_path):
    """Imports a text; `method` as --method."""

    def imported(text, **more):
        (tmp_path / "config.yaml").write_text(text)
        return import_recipe(tmp_path / "config.yaml", **more)

    return imported


def refused(read, text, **more):
    with pytest.raises(BridgeError) as caught:
        read(text, **more)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def lost(imported):
    return {reading.key: reading.outcome.why for reading in imported.without}


@pytest.mark.parametrize(
    ("text", "schedule", "warmup"),
    [
        (AXOLOTL + "lr_scheduler: constant\nwarmup_steps: 10\n", "constant", 0.0),
        (AXOLOTL + "lr_scheduler: constant_with_warmup\nwarmup_steps: 10\n", "constant", 10),
        (AXOLOTL + "lr_scheduler: constant\n", "constant", 0.0),
        (FACTORY + "lr_scheduler_type: constant\nwarmup_ratio: 0.1\n", "constant", 0.0),
        (FACTORY + "lr_scheduler_type: constant_with_warmup\nwarmup_ratio: 0.1\n", "constant", 0.1),
        (FACTORY + "lr_scheduler_type: cosine\nwarmup_ratio: 0.1\nwarmup_steps: 0\n", "cosine", 0.1),
    ],
)
def test_a_constant_rate_rises_only_where_it_is_said(read, text, schedule, warmup):
    training = read(text).recipe.training
    assert (training.schedule, training.warmup) == (schedule, warmup)


@pytest.mark.parametrize("keys", ["warmup_ratio: 0.1\nwarmup_steps: 7\n", "warmup_steps: 7\nwarmup_ratio: 0.1\n"])
def test_of_two_warm_ups_the_steps_count_and_the_share_is_named(read, keys):
    found = read(FACTORY + keys)
    assert found.recipe.training.warmup == 7
    assert "warmup_steps" in lost(found)["warmup_ratio"]
    assert "Axolotl refuses it beside warmup_steps" in refused(read, AXOLOTL + keys)


def test_two_keys_for_one_setting_are_named(read):
    found = read(AXOLOTL + "rl: dpo\nrl_beta: 0.2\ndpo_beta: 0.5\n")
    assert found.recipe.method.preference.beta == 0.2
    assert "rl_beta says method.preference.beta too" in lost(found)["dpo_beta"]
    assert not lost(read(AXOLOTL + "rl: dpo\nrl_beta: 0.2\ndpo_beta: 0.2\n"))


def test_an_interval_gives_way_to_the_strategy(read):
    found = read(TRL + "max_length: 8\nnum_train_epochs: 2\neval_steps: 100\neval_strategy: epoch\n")
    assert found.recipe.training.evaluate_every == 0.5


@pytest.mark.parametrize(("text", "fate"), [("1e-8", "same"), ("1.0e-8", "same"), ("1e-6", "without")])
def test_numbers_that_yaml_reads_as_text_are_compared_as_numbers(read, text, fate):
    [reading] = [it for it in read(AXOLOTL + f"adam_epsilon: {text}\n").readings if it.key == "adam_epsilon"]
    assert reading.outcome.fate == fate


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (AXOLOTL + "max_steps: .inf\n", "line 2: max_steps: must be a finite number"),
        (AXOLOTL + "sequence_len: -.inf\n", "line 2: sequence_len: must be a finite number"),
        (AXOLOTL + "learning_rate: .nan\n", "line 2: learning_rate: must be a finite number"),
        (AXOLOTL + "num_epochs: .inf\nevals_per_epoch: 2\nval_set_size: 0.1\n", "must be a finite number"),
        ("base_model: [a]\n", "line 1: base_model: must be a text, not ['a']"),
        ("base_model: 3\n", "line 1: base_model: must be a text, not 3"),
        (AXOLOTL + "datasets:\n- path: [a]\n", "datasets: must be a text"),
        (
            AXOLOTL + "datasets:\n- path: a/b\n  type:\n    field_instruction: 3\n    field_output: a\n",
            "type.field_instruction: must be a text, not 3",
        ),
        (AXOLOTL + "3: x\n", "line 2: 3: is no word"),
        (AXOLOTL + "adapter: llama-adapter\n", "llama-adapter: ttune has lora, qlora and full"),
        (FACTORY + "finetuning_type: freeze\n", "freeze: ttune has lora, qlora and full"),
    ],
)
def test_what_cannot_be_meant_is_one_line(read, text, words):
    assert words in refused(read, text)


def test_a_method_that_the_file_says_itself_is_not_asked_for(read):
    assert "--method kto: a file of Axolotl says its method itself (rl)" in refused(read, AXOLOTL, method="kto")
    assert "(stage)" in refused(read, FACTORY, method="dpo")
    assert read(AXOLOTL + "rl: kto\n", method="kto").recipe.method.kind == "kto"


def test_patterns_of_layers_are_no_names(read):
    for pattern in (r"model.layers.[\d]+.(mlp|self_attn).(up|q)_proj", ".*q_proj", "q_proj|v_proj"):
        found = read(AXOLOTL + f"adapter: lora\nlora_target_modules: '{pattern}'\n")
        assert "pattern" in lost(found)["lora_target_modules"]
        assert found.recipe.adapter.targets == ("all",)
    assert read(AXOLOTL + "adapter: lora\nlora_target_modules: [x.y_proj]\n").recipe.adapter.targets == ("x.y_proj",)


@pytest.mark.parametrize(("evals", "saves"), [(4, 1), (4, 2), (1, 1), (3, 1), (2, 2)])
def test_saves_of_an_epoch_go_with_its_evaluations(read, evals, saves):
    found = read(AXOLOTL + f"val_set_size: 0.1\nevals_per_epoch: {evals}\nsaves_per_epoch: {saves}\nnum_epochs: 1\n")
    assert not lost(found)
    assert saves_miss(found.recipe.training) == ""
    kept = found.recipe.training.save_every or found.recipe.training.evaluate_every
    assert kept == pytest.approx(1 / saves)


def test_no_evaluations_are_one_at_the_end(read):
    found = read(AXOLOTL + "val_set_size: 0.1\nevals_per_epoch: 0\nsaves_per_epoch: 0\nnum_epochs: 2\n")
    assert found.recipe.training.evaluate_every == pytest.approx(1)


@pytest.mark.parametrize(
    ("text", "packing"),
    [("neat_packing: true", True), ("packing: false\nneat_packing: true", True), ("neat_packing: false", False)],
)
def test_neat_packing_packs(read, text, packing):
    assert read(FACTORY + text + "\n").recipe.training.packing is packing


def test_packed_rows_that_see_each_other_are_named(read):
    assert any("see only themselves" in note for note in read(FACTORY + "packing: true\n").notes)


@pytest.mark.parametrize(
    ("more", "length"),
    [("", 2048), ("max_completion_length: 1024\n", 2048), ("max_completion_length: 3000\n", 6000),
     ("max_completion_length: 300\nmax_prompt_length: 500\n", 800)],
)  # fmt: skip
def test_sampled_answers_have_room_for_their_prompts(read, more, length):
    recipe = read(TRL + "num_generations: 8\n" + more).recipe
    assert recipe.training.max_length == length > recipe.method.grpo.max_new_tokens


def test_axolotl_s_length_is_not_that_of_grpo(read):
    text = AXOLOTL + "rl: grpo\ntrl:\n  max_completion_length: 1024\n"
    assert read(text).recipe.training.max_length == 2048
    assert read(text + "sequence_len: 4096\n").recipe.training.max_length == 4096


@pytest.mark.parametrize(
    ("keys", "row", "answers_only", "named"),
    [
        ("", None, False, True),
        ("", '{"messages": []}', False, False),
        ("", '{"prompt": "a", "completion": "b"}', True, False),
        ("assistant_only_loss: true\n", '{"messages": []}', True, False),
        ("assistant_only_loss: false\n", '{"prompt": "a", "completion": "b"}', True, False),
        ("completion_only_loss: false\n", '{"prompt": "a", "completion": "b"}', False, False),
        ("completion_only_loss: true\nassistant_only_loss: false\n", None, True, False),
        ("", "no JSON", False, True),
    ],
)
def test_trl_s_loss_is_on_what_trl_puts_it_on(read, tmp_path, keys, row, answers_only, named):
    name = "a/rows"
    if row is not None:
        (tmp_path / "rows.jsonl").write_text(row + "\n")
        name = "rows.jsonl"
    found = read(TRL + f"dataset_name: {name}\n" + keys)
    assert found.recipe.method.answers_only is answers_only
    assert any("trl trains every token" in note for note in found.notes) is named
    if not keys:
        assert "method.answers_only" in {key for it in found.defaults for key in it.outcome.settings}


@pytest.mark.parametrize(
    ("row", "named"),
    [(None, True), ({"messages": []}, False), ({"prompt": "a", "completion": "b"}, True), ({"text": "a"}, False),
     ({"prompt": [], "chosen": [], "rejected": []}, False), ({"prompt": "a", "chosen": "b", "rejected": "c"}, True)],
)  # fmt: skip
def test_texts_that_trl_leaves_without_a_chat_template_are_named(read, tmp_path, row, named):
    if row is not None:
        (tmp_path / "rows.jsonl").write_text(json.dumps(row) + "\n")
    found = read(TRL + f"max_length: 99\ndataset_name: {'a/rows' if row is None else 'rows.jsonl'}\n")
    assert any("trl puts no chat template" in note for note in found.notes) is named


def test_both_ways_of_saving_memory_are_one(read):
    found = read(TRL + "max_length: 8\ngradient_checkpointing: true\nactivation_offloading: true\n")
    assert found.recipe.training.gradient_checkpointing == "unsloth"
    assert not lost(found)


@pytest.mark.parametrize(
    ("keys", "kept"), [("true", "unsloth"), ("legacy", "unsloth"), ("false", "plain")]
)  # fmt: skip
def test_axolotl_s_offloading(read, keys, kept):
    found = read(AXOLOTL + f"gradient_checkpointing: true\nactivation_offloading: {keys}\n")
    assert found.recipe.training.gradient_checkpointing == kept
    assert not lost(found)


def test_secrets_are_shown_nowhere(read):
    keys = {
        "hub_token": "hf_" + "a" * 30, "wandb_api_key": "0123456789abcdef", "x": "see hf_" + "b" * 30,
        "z": {"password": "open sesame", "deep": ["https://me:mine@host/?token=quux"]},
    }  # fmt: skip
    found = read(AXOLOTL + yaml.safe_dump(keys))
    shown = found.text + str(document(found)) + str(fates(found)) + "".join(map(describe, found.readings))
    for secret in ("aaaa", "0123456", "bbbb", "sesame", "mine", "quux"):
        assert secret not in shown
    assert f"hub_token: {MASK}" in found.text


def test_a_tokenizer_s_tokens_are_no_secrets():
    for key in ("special_tokens.pad_token", "eos_token", "tokens", "max_new_tokens", "tokenizer_type"):
        assert not is_secret(key)
    assert masked("special_tokens", {"pad_token": "<pad>"}) == {"pad_token": "<pad>"}
    assert masked("hub_token", None) is None


def test_defaults_are_told_as_toml_writes_them(read):
    told = dict(fates(read(FACTORY)))["LLaMA-Factory's own defaults: "]
    assert "training.packing = false" in told
    assert 'adapter.kind = "lora"' in told
    assert "False" not in told


def test_carried_settings_are_a_recipe_s(read):
    assert values(read(FACTORY + "adapter_name_or_path: ./there\n").recipe)["model.adapter"].endswith("/there")


@pytest.mark.parametrize(
    ("text", "tool", "every"),
    [
        (AXOLOTL + "val_set_size: 0.1\nnum_epochs: 2\n", "Axolotl", 0.5),
        (AXOLOTL + "val_set_size: 0.1\nnum_epochs: 2\nsave_steps: 50\n", "Axolotl", 50),
        (AXOLOTL + "val_set_size: 0.1\nmax_steps: 20\n", "Axolotl", 0.1),
        (FACTORY + "val_size: 0.1\n", "LLaMA-Factory", 500),
        (FACTORY + "val_size: 0.1\nsave_steps: 40\n", "LLaMA-Factory", 40),
        (FACTORY + "val_size: 0.1\neval_steps: 25\n", "LLaMA-Factory", 25),
    ],
)
def test_evaluations_that_no_key_asks_for_are_named_and_go_with_checkpoints(read, text, tool, every):
    found = read(text)
    assert any(note.startswith(f"{tool} never measures") for note in found.notes)
    assert found.recipe.training.evaluate_every == pytest.approx(every)
    assert saves_miss(found.recipe.training) == ""
    assert f"{tool} never measures" in found.text


@pytest.mark.parametrize(
    "text",
    [
        AXOLOTL,
        AXOLOTL + "val_set_size: 0.1\nevals_per_epoch: 2\n",
        AXOLOTL + "val_set_size: 0.1\neval_steps: 10\n",
        FACTORY,
        FACTORY + "val_size: 0.1\neval_strategy: steps\neval_steps: 25\n",
        TRL,
        TRL + "eval_strategy: epoch\n",
    ],
)
def test_evaluations_as_the_other_tool_makes_them_are_no_news(read, text):
    assert not any("never measures" in note for note in read(text).notes)


def test_trl_without_a_strategy_keeps_no_rows_to_measure_on(read):
    assert read(TRL).recipe.data.split.validation == 0
    assert read(TRL + "eval_steps: 10\n").recipe.data.split.validation == 0
