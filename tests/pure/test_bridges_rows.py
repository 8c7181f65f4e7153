"""How other tools read rows: types, columns and files of theirs, by the examples that ttune makes of the rows."""

import json

import pytest

from engine.bridges import import_recipe
from engine.data.formats.mapped import mapped
from engine.recipe.diff import values

AXOLOTL, FACTORY = "base_model: a/b\n", "model_name_or_path: a/b\nstage: {stage}\ndataset: mine\n"


@pytest.fixture
def read(tmp_path):
    """Imports a text."""

    def imported(text):
        (tmp_path / "config.yaml").write_text(text)
        return import_recipe(tmp_path / "config.yaml")

    return imported


@pytest.fixture
def listed(read, tmp_path):
    """Imports a YAML of LLaMA-Factory for an entry of dataset_info.json."""

    def imported(entry, stage="sft"):
        (tmp_path / "data").mkdir(exist_ok=True)
        (tmp_path / "data" / "dataset_info.json").write_text(json.dumps({"mine": entry}))
        return read(FACTORY.format(stage=stage))

    return imported


def dataset(kind, more="", rl=""):
    return f"{AXOLOTL}{rl}datasets:\n- path: a/rows\n  type: {kind}\n{more}"


def turns(found, row):
    """What is said to whom, of a row as the imported mapping makes it."""
    return [(turn.role, turn.content) for turn in mapped(found.recipe.data.mapping).example(row).conversation]


def lost(found):
    return {reading.key for reading in found.without}


@pytest.mark.parametrize("kind", ["chatml.intel", "llama3.intel"])
def test_a_system_column_is_read_and_not_said(read, kind):
    found = read(dataset(kind, rl="rl: dpo\n"))
    row = {"system": "be kind", "question": "q", "chosen": "yes", "rejected": "no"}
    assert turns(found, row)[:-1] == [("system", "be kind"), ("user", "q")]
    assert turns(found, row | {"system": ""})[:-1] == [("user", "q")]
    assert any("chat template" in note for note in found.notes)


def test_icr_too(read):
    row = {"system": "be kind", "input": "q", "chosen": "yes", "rejected": "no"}
    assert turns(read(dataset("chatml.icr", rl="rl: dpo\n")), row)[:2] == [("system", "be kind"), ("user", "q")]


@pytest.mark.parametrize(
    ("more", "row", "system"),
    [
        ("field_system: sys", {"sys": "A"}, "A"),
        ("system_prompt: B", {}, "B"),
        ("system_prompt: 'B {x}'", {}, "B {x}"),
        ("field_system: sys\n    system_prompt: 'B \"{x}\"'", {"sys": "A"}, "A"),
        ("field_system: sys\n    system_prompt: 'B \"{x}\"'", {}, 'B "{x}"'),
    ],
)
def test_system_texts_of_written_types(read, more, row, system):
    found = read(dataset(f"\n    field_instruction: ask\n    field_output: say\n    {more}\n"))
    assert turns(found, row | {"ask": "q", "say": "a"}) == [("system", system), ("user", "q"), ("assistant", "a")]


@pytest.mark.parametrize(
    ("form", "between"),
    [("", " "), ('format: "{instruction}\\n{input}\\n"', "\n"), ("format: 'Q: {instruction} I: {input}'", "\n\n")],
)
def test_a_second_field_leaves_nothing_where_it_is_empty(read, form, between):
    found = read(dataset(f"\n    field_instruction: ask\n    field_input: more\n    field_output: say\n    {form}\n"))
    row = {"ask": "q", "say": "a"}
    assert turns(found, row | {"more": "m"})[0] == ("user", f"q{between}m")
    assert turns(found, row | {"more": ""})[0] == turns(found, row)[0] == ("user", "q")


def test_fields_without_a_chat_template_are_named(read):
    found = read(
        dataset('\n    field_instruction: prompt\n    field_output: completion\n    format: "{instruction}"\n')
    )
    assert found.recipe.data.format == "prompt_completion"
    assert lost(found) == {"datasets.0.type.format"}
    assert any("no chat template around the fields" in note for note in found.notes)
    assert any("words of its own" in note for note in read(dataset("alpaca")).notes)


def test_a_written_type_with_alpaca_s_fields_reads_its_input(read):
    found = read(dataset("\n    field_instruction: instruction\n    field_output: output\n"))
    assert found.recipe.data.format == "alpaca"


@pytest.mark.parametrize("kind", ["chat_template.argilla", "chatml.argilla", "chat_template"])
def test_orpo_reads_transcripts(read, kind):
    found = read(dataset(kind, rl="rl: orpo\n"))
    assert (found.recipe.data.format, found.recipe.data.mapping.given) == ("preference", False)


def test_dpo_s_chat_template_has_fields(read):
    usual = dataset("chat_template.default", "  field_messages: conversation\n", rl="rl: dpo\n")
    assert read(usual).recipe.data.format == "preference"
    found = read(dataset("chat_template.default", "  field_messages: ask\n  field_chosen: good\n", rl="rl: dpo\n"))
    example = mapped(found.recipe.data.mapping).example({"ask": "q", "good": "yes", "rejected": "no"})
    assert (example.conversation[-1].content, example.rejected[-1].content) == ("yes", "no")


def test_rows_of_grpo_are_left_to_a_mapping(read):
    found = read(dataset("\n    field_prompt: ask\n", rl="rl: grpo\n"))
    assert not found.recipe.data.mapping.given
    assert "datasets.0.type" in lost(found)


def test_files_that_are_not_read_are_named(read, tmp_path):
    both = "datasets:\n- path: json\n  data_files: [a.jsonl, b.jsonl]\n  type: alpaca\n"
    found = read(AXOLOTL + both)
    assert found.recipe.data.source == str(tmp_path / "a.jsonl")
    assert next(it.outcome.why for it in found.without).startswith("b.jsonl: ttune trains one source")
    found = read(AXOLOTL + "datasets:\n- path: org/ds\n  data_files: only/this.jsonl\n  type: alpaca\n")
    assert found.recipe.data.source == "hub:org/ds"
    assert "all of its files are read" in found.without[0].outcome.why


def test_one_file_of_a_folder_is_that_file(read, tmp_path):
    (tmp_path / "rows").mkdir()
    (tmp_path / "rows" / "a.jsonl").write_text("{}\n")
    found = read(AXOLOTL + "datasets:\n- path: rows\n  data_files: a.jsonl\n  type: alpaca\n")
    assert found.recipe.data.source == str(tmp_path / "rows" / "a.jsonl")
    assert not found.without


def test_every_key_of_a_second_dataset_is_named(read):
    found = read(dataset("alpaca", "- path: c/d\n  type: alpaca\n  shards: 3\n  roles_to_train: [x]\n"))
    assert lost(found) == {f"datasets.1.{key}" for key in ("path", "type", "shards", "roles_to_train")}


def test_columns_of_llama_factory(listed):
    columns = {"prompt": "ask", "query": "more", "response": "say", "system": "sys"}
    found = listed({"file_name": "x.json", "columns": columns})
    row = {"ask": "q", "more": "m", "say": "a", "sys": "s"}
    assert turns(found, row) == [("system", "s"), ("user", "q\nm"), ("assistant", "a")]
    assert turns(found, row | {"more": ""})[1] == ("user", "q")


def test_usual_columns_are_the_alpaca_format(listed):
    columns = {"prompt": "instruction", "query": "input", "response": "output", "history": "history"}
    found = listed({"file_name": "x.json", "columns": columns})
    assert (found.recipe.data.format, found.recipe.data.mapping.given) == ("alpaca", False)
    assert any("empty line" in note for note in found.notes)
    assert "dataset.columns.history" not in lost(found)


def test_judged_answers_are_mapped(listed):
    columns = {"prompt": "ask", "response": "say", "kto_tag": "good"}
    found = listed({"file_name": "x.json", "columns": columns}, "kto")
    example = mapped(found.recipe.data.mapping).example({"ask": "q", "say": "a", "good": False})
    assert (example.conversation[-1].content, example.label) == ("a", False)


def test_what_ttune_does_not_do_with_an_entry_is_named(listed):
    entry = {
        "file_name": "x.json", "num_samples": 5, "split": "test", "folder": "f", "formatting": "sharegpt",
        "columns": {"messages": "m", "history": "h", "tools": "t", "system": "sys", "images": "i"},
        "tags": {"role_tag": "who", "content_tag": "value", "user_tag": "customer", "assistant_tag": "gpt"},
    }  # fmt: skip
    named = {"num_samples", "split", "folder", "columns.history", "columns.tools", "columns.system", "columns.images"}
    named |= {"tags.role_tag", "tags.user_tag"}
    assert lost(listed(entry)) >= {f"dataset.{key}" for key in named}
    assert not {"dataset.tags.content_tag", "dataset.tags.assistant_tag"} & lost(listed(entry))


@pytest.mark.parametrize("key", ["ms_hub_url", "om_hub_url", "script_url", "cloud_file_name", ""])
def test_places_that_are_not_reached_leave_the_source_open(listed, key):
    found = listed({key: "x/y"} if key else {"formatting": "alpaca"})
    assert values(found.recipe)["data.source"] == ""
    assert f"dataset.{key or 'file_name'}" in lost(found)
    assert any("data.source is empty" in note for note in found.notes)
