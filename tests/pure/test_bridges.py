"""Configurations of other tools become recipes, and no key of theirs is dropped in silence."""

import json
from pathlib import Path

import pytest
import tomli
import yaml

from engine import recipe_file
from engine.bridges import TOOLS, import_recipe
from engine.bridges.rules import Outcome
from engine.bridges.source import BridgeError, Source
from engine.bridges.tools.axolotl import AXOLOTL
from engine.bridges.tools.llama_factory import LLAMA_FACTORY
from engine.bridges.tools.trl_cli import TRL, with_method
from engine.recipe.diff import values
from engine.steps import saves_miss

RECORDED = Path(__file__).parents[1] / "recorded" / "bridges"
EXAMPLES = sorted([*RECORDED.glob("*/*.yml"), *RECORDED.glob("*/*.yaml")])


def imported(tmp_path, text, **more):
    file = tmp_path / "config.yaml"
    file.write_text(text)
    return import_recipe(file, **more)


def refusal(tmp_path, text, **more):
    with pytest.raises(BridgeError) as caught:
        imported(tmp_path, text, **more)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def leaves(content, prefix=""):
    """Dotted keys of a document whose values are no sections; lists of sections are gone into."""
    for key, value in content.items():
        yield f"{prefix}{key}"
        parts = value if isinstance(value, list) else [value]
        for place, part in enumerate(parts):
            if isinstance(part, dict):
                yield from leaves(part, f"{prefix}{key}." + (f"{place}." if isinstance(value, list) else ""))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_every_key_of_an_example_is_mapped_or_named(path):
    found = import_recipe(path)
    content = yaml.safe_load(path.read_text())
    named = {reading.key for reading in found.readings if not reading.default}
    named |= {reading.key for reading in found.readings if reading.line}
    for key in content:
        assert any(name == key or name.startswith(f"{key}.") for name in named), key
    assert not found.unknown, "the tables know every key of the official examples"
    assert saves_miss(found.recipe.training) == "", "checkpoints go with evaluations, as training wants it"
    for reading in [*found.without, *found.same]:
        assert reading.outcome.why
        assert f"#   {reading.key}" in found.text
    assert tomli.loads(found.text)["model"]["base"]
    assert recipe_file.parse(found.text) == found.recipe


def test_inner_keys_of_a_dataset_are_named_too():
    found = import_recipe(RECORDED / "axolotl" / "llama-3_instruct-dpo-lora-8b.yml")
    content = yaml.safe_load((RECORDED / "axolotl" / "llama-3_instruct-dpo-lora-8b.yml").read_text())
    named = {reading.key for reading in found.readings}
    inner = {key for key in leaves({"datasets": content["datasets"]}) if key.count(".") == 2}
    assert inner <= named


def test_axolotl_lora():
    recipe = import_recipe(RECORDED / "axolotl" / "llama-3_lora-8b.yml").recipe
    assert recipe.model.base == "NousResearch/Meta-Llama-3-8B"
    assert (recipe.data.source, recipe.data.format) == ("hub:mhenrichsen/alpaca_2k_test", "alpaca")
    assert recipe.data.split.validation == 0.05
    assert (recipe.adapter.kind, recipe.adapter.rank, recipe.adapter.alpha, recipe.adapter.dropout) == (
        "lora",
        32,
        16,
        0.05,
    )
    assert recipe.adapter.also_train == ("embed_tokens", "lm_head")
    assert recipe.training.optimiser == "adamw_8bit"
    assert (recipe.training.micro_batch, recipe.training.accumulation, recipe.training.epochs) == (2, 4, 4)
    assert (recipe.training.evaluate_every, recipe.training.save_every) == (0.0625, 0.25)
    assert recipe.training.packing
    assert recipe.training.order == "random"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("llama-3_qlora.yml", {"adapter.kind": "qlora", "training.optimiser": "paged_adamw"}),
        ("gemma3_gemma-3-4b-qlora.yml", {"data.format": "sharegpt", "data.split.validation": 0.01}),
        ("phi_phi-qlora.yml", {"training.optimiser": "adamw", "training.learning_rate": 3e-6}),
        ("llama-3_instruct-dpo-lora-8b.yml", {"method.kind": "dpo", "data.format": "preference"}),
        ("qwen2_dpo.yaml", {"adapter.kind": "full", "method.kind": "dpo"}),
        (
            "llama-3_qlora-1b-kto.yaml",
            {
                "method.kind": "kto",
                "data.format": "unpaired",
                "method.preference.beta": 0.5,
                "method.preference.desirable_weight": 0.2,
            },
        ),
        ("mistral_orpo_mistral-qlora-orpo.yml", {"method.kind": "orpo", "method.preference.beta": 0.1}),
    ],
)
def test_other_axolotl_examples(name, expected):
    found = values(import_recipe(RECORDED / "axolotl" / name).recipe)
    assert {key: found[key] for key in expected} == expected


@pytest.mark.parametrize(
    ("stage", "kind", "packing"),
    [("sft", "sft", False), ("dpo", "dpo", False), ("kto", "kto", False), ("pretrain", "cpt", True)],
)
def test_llama_factory_examples(stage, kind, packing):
    found = import_recipe(RECORDED / "llama-factory" / f"qwen3_lora_{stage}.yaml")
    assert found.recipe.method.kind == kind
    assert found.recipe.training.packing is packing
    assert (found.recipe.adapter.rank, found.recipe.adapter.alpha) == (8, 16)
    assert found.recipe.training.precision == "bf16"
    assert "dataset" in {reading.key for reading in found.without}
    assert any("data.source is empty" in note for note in found.notes)


def test_trl_examples():
    sft = import_recipe(RECORDED / "trl" / "sft_qlora.yaml")
    assert (sft.recipe.method.kind, sft.recipe.adapter.kind) == ("sft", "qlora")
    assert sft.recipe.training.learning_rate == 2e-4
    assert sft.recipe.adapter.dropout == 0.05, "trl's own default"
    assert {reading.key for reading in sft.without} == {"push_to_hub"}
    grpo = import_recipe(RECORDED / "trl" / "grpo.yaml")
    assert (grpo.recipe.method.kind, grpo.recipe.adapter.kind) == ("grpo", "full")
    assert (grpo.recipe.method.grpo.generations, grpo.recipe.method.grpo.loss) == (4, "dr_grpo")
    assert grpo.recipe.method.grpo.beta == 0.04


def test_the_caller_says_what_a_trl_file_is_for(tmp_path):
    text = "model_name_or_path: a/b\ndataset_name: c/d\n"
    assert imported(tmp_path, text).recipe.training.learning_rate == 2e-5
    recipe = imported(tmp_path, text, method="dpo").recipe
    assert (recipe.method.kind, recipe.training.learning_rate) == ("dpo", 1e-6)


def test_the_tool_is_told_by_the_keys_or_by_the_caller(tmp_path):
    assert imported(tmp_path, "base_model: a/b\n").tool == "Axolotl"
    assert imported(tmp_path, "model_name_or_path: a/b\ncutoff_len: 512\n").tool == "LLaMA-Factory"
    assert imported(tmp_path, "model_name_or_path: a/b\nmax_length: 512\n").tool == "trl"
    assert imported(tmp_path, "model_name_or_path: a/b\n", tool="llama-factory").tool == "LLaMA-Factory"
    assert "--from axolotl, llama-factory or trl" in refusal(tmp_path, "a: 1\n")
    assert "--from x: must be one of" in refusal(tmp_path, "base_model: a\n", tool="x")
    assert "base_model is missing" in refusal(tmp_path, "sequence_len: 1\n", tool="axolotl")


def test_unknown_keys_are_named(tmp_path):
    found = imported(tmp_path, "base_model: a/b\nfoo_bar: 3\nsequence_len: 100\n")
    assert [(reading.key, reading.line) for reading in found.unknown] == [("foo_bar", 2)]
    assert "foo_bar: 3 (line 2): is no key of Axolotl that ttune knows" in found.text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("base_model: a/b\nlearning_rate: [1]\n", "line 2: learning_rate: must be a number"),
        ("base_model: a/b\nlearning_rate: fast\n", "line 2: learning_rate: must be a number, not 'fast'"),
        ("base_model: a/b\nadapter: lora\nlora_r: 5000\n", "line 3: lora_r: must be less than or equal to 1024"),
        ("base_model: a/b\nrl: simpo\n", "line 2: rl: simpo: ttune trains"),
        ("base_model: a/b\n  x: 1\n", "line 2: not valid YAML"),
        ("base_model: a/b\nbase_model: c/d\n", "line 2: base_model: stands on line 1 too"),
        ("base_model: a/b\ndatasets: x\n", "line 2: datasets: must be a list"),
        ("base_model: a/b\nwarmup_ratio: 3\n", "line 2: warmup_ratio: must be from 0 to below 1"),
        ("- 1\n", "line 1: holds no `key: value` lines"),
        ("", "line 1: holds no `key: value` lines"),
        ("a: \x01\n", "not valid YAML"),
        ("model_name_or_path: a/b\nstage: ppo\n", "line 2: stage: ppo: ttune trains"),
        ("x: !!python/object/apply:os.system [ls]\n", "line 1: not valid YAML"),
        ("? [1]\n: 2\n", "not valid YAML"),
    ],
)
def test_a_wrong_file_is_one_line_with_its_line(tmp_path, text, words):
    said = refusal(tmp_path, text)
    assert said.startswith(str(tmp_path / "config.yaml"))
    assert words in said


def test_a_missing_file_and_one_that_is_no_text(tmp_path):
    with pytest.raises(BridgeError, match="no such file"):
        import_recipe(tmp_path / "none.yaml")
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BridgeError, match="no UTF-8"):
        import_recipe(tmp_path / "binary.yaml")
    deep = tmp_path / "deep.yaml"
    deep.write_text("a: " + "[" * 3000 + "]" * 3000)
    with pytest.raises(BridgeError):
        import_recipe(deep)


def test_files_of_rows_are_found_beside_the_yaml(tmp_path):
    (tmp_path / "rows.jsonl").write_text("{}\n")
    text = "base_model: a/b\ndatasets:\n  - path: {}\n    type: alpaca\n"
    assert imported(tmp_path, text.format("rows.jsonl")).recipe.data.source == str(tmp_path / "rows.jsonl")
    assert imported(tmp_path, text.format("./later.jsonl")).recipe.data.source == str(tmp_path / "later.jsonl")
    of_files = "base_model: a/b\ndatasets:\n  - path: json\n    data_files: rows.jsonl\n    type: alpaca\n"
    assert imported(tmp_path, of_files).recipe.data.source == str(tmp_path / "rows.jsonl")
    named = "base_model: a/b\ndatasets:\n  - path: c/d\n    name: main\n    revision: v1\n    type: alpaca\n"
    assert imported(tmp_path, named).recipe.data.source == "hub:c/d:main@v1"


def test_further_datasets_are_named(tmp_path):
    text = "base_model: a/b\ndatasets:\n  - path: c/d\n    type: alpaca\n  - path: e/f\n    type: alpaca\n"
    found = imported(tmp_path, text)
    assert [(it.key, it.line) for it in found.without] == [("datasets.1.path", 5), ("datasets.1.type", 6)]
    assert all("mix" in it.outcome.why for it in found.without)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("type: completion", {"data.format": "text", "method.kind": "cpt"}),
        ("type: completion\n    field: body", {"data.mapping.text": "body", "method.kind": "cpt"}),
        ("type: input_output", {"data.format": "segments"}),
        ("type: chat_template\n    field_messages: messages", {"data.format": "messages"}),
        ("type: alpaca_chat.load_qa", {"data.mapping.prompt": "question", "data.mapping.answer": "answer"}),
        (
            "type:\n      field_instruction: ask\n      field_input: more\n      field_output: say",
            {"data.mapping.prompt": "{{ ask }}{% if more %} {{ more }}{% endif %}", "data.mapping.answer": "say"},
        ),
        (
            "type:\n      field_instruction: prompt\n      field_output: completion",
            {"data.format": "prompt_completion"},
        ),
    ],
)
def test_types_of_rows(tmp_path, written, expected):
    found = values(imported(tmp_path, f"base_model: a/b\ndatasets:\n  - path: c/d\n    {written}\n").recipe)
    assert {key: found[key] for key in expected} == expected


def test_the_names_of_llama_factory_are_looked_up(tmp_path):
    (tmp_path / "data").mkdir()
    info = {
        "mine": {"file_name": "mine.json", "columns": {"prompt": "ask", "query": "more", "response": "say"}},
        "pairs": {"hf_hub_url": "a/pairs", "ranking": True, "formatting": "sharegpt"},
        "chat": {"file_name": "chat.jsonl", "formatting": "sharegpt", "tags": {"role_tag": "role"}},
        "text": {"file_name": "c4.json", "columns": {"prompt": "text"}},
    }
    (tmp_path / "data" / "dataset_info.json").write_text(json.dumps(info))

    def data(name):
        return imported(tmp_path, f"model_name_or_path: a/b\nstage: sft\ndataset: {name}\n").recipe.data

    assert data("mine").source == str(tmp_path / "data" / "mine.json")
    assert data("mine").mapping.prompt == "{{ ask }}{% if more %}\n{{ more }}{% endif %}"
    assert (data("pairs").source, data("pairs").format) == ("hub:a/pairs", "preference")
    assert data("chat").format == "messages"
    assert data("text").format == "text"
    assert data("none").source == ""
    found = imported(tmp_path, "model_name_or_path: a/b\nstage: sft\ndataset: mine,text\n")
    assert any("text: ttune trains one source" in reading.outcome.why for reading in found.without)


def test_checkpoints_that_do_not_go_with_evaluations_are_named(tmp_path):
    text = "base_model: a/b\nval_set_size: 0.1\neval_steps: 100\nsave_steps: {}\n"
    assert imported(tmp_path, text.format(200)).recipe.training.save_every == 200
    odd = imported(tmp_path, text.format(150))
    assert odd.recipe.training.save_every is None
    assert "save_steps" in {reading.key for reading in odd.without}


@pytest.mark.parametrize("tool", [AXOLOTL, LLAMA_FACTORY, TRL], ids=TOOLS)
def test_rules_of_every_kind_give_settings_that_a_recipe_has(tool):
    """Each rule is tried with values of many kinds: what comes out is a setting that a recipe knows."""
    known = set(values(import_recipe(EXAMPLES[0]).recipe))
    for key, rule in tool.keys.items():
        assert rule.words
        for value in (True, False, 1, 0.5, "auto", "steps", "epoch", "lora", "sft", "dpo", ["q_proj"], {"a": 1}):
            source = Source(Path("/x/config.yaml"), {key: value})
            try:
                found = rule.read(value, source)
            except ValueError:
                continue
            for outcome in [found] if isinstance(found, Outcome) else found.values():
                assert set(outcome.settings) <= known, key
                assert outcome.why or outcome.fate == "mapped", key
    assert set(tool.defaults) <= set(tool.keys)


def test_trl_tables_of_every_command_know_their_defaults():
    for method in ("sft", "dpo", "kto", "grpo", "orpo"):
        table = with_method(Source(Path("/x"), {}, method=method))
        assert set(table.defaults) <= set(table.keys)
