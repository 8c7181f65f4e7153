"""A user's own data becomes a project: recognised, mapped, with a metric that suits."""

import json
import random
from pathlib import Path

import pytest
import tomli

from engine.home import open_home
from engine.project import find_project
from tui.cli.main import main
from tui.cli.own_data import suited_metric

LABELS = [f"label_{number}" for number in range(7)]
OWN = """\
# A template that a user saved: no data of its own.
description = "mine"

[model]
base = "model"

[data.mapping]
system = "Sort the message."
prompt = "text"
answer = "category"

[evaluation]
metric = "token_f1"
"""
SHIPPED = OWN.replace("[data.mapping]", '[data]\nsource = "ttune:quickstart/data/tickets.jsonl"\n\n[data.mapping]')


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TTUNE_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    home = open_home()
    (home.templates / "own.toml").write_text(OWN)
    (home.templates / "shipped.toml").write_text(SHIPPED)
    return home.path


@pytest.fixture
def labelled(tmp_path: Path) -> Path:
    random.seed(1)
    rows = ["text,category", *(f"message {number},{random.choice(LABELS)}" for number in range(100)), "one,two,three"]
    path = tmp_path / "rows.csv"
    path.write_text("\n".join(rows) + "\n")
    return path


def jsonl(path: Path, *rows: dict) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def recipe(name: str) -> dict:
    return tomli.loads(find_project(open_home(), name).recipe_path.read_text())


def test_field_names_are_guessed_and_written_into_the_recipe(labelled, capsys):
    assert main(["new", "sorter", "--template", "shipped", "--data", "rows.csv", "--set", "training.seed=7"]) == 0
    told = capsys.readouterr().out
    assert "prompt = text, answer = category (guessed from the fields' names, written into the recipe)" in told
    assert "100 of 100 rows fit, 1 line cannot be read (first: line 102, " in told
    assert "metric exact_match: the answers are 7 short labels" in told
    made = recipe("sorter")
    assert made["data"] == {"source": str(labelled), "mapping": {"prompt": "text", "answer": "category"}}
    assert made["evaluation"] == {"metric": "exact_match", "max_new_tokens": 32}
    assert made["training"] == {"seed": 7}
    assert "chat" not in made
    assert "description" not in made


def test_whoever_starts_from_the_tiny_base_hears_of_another_start(labelled, capsys):
    assert main(["new", "toy", "--data", "rows.csv"]) == 0
    assert "suit the tiny starter model: for another base, `ttune new NAME --data FILE --template sft`" in (
        capsys.readouterr().out
    )
    assert "chat" not in recipe("toy")
    assert main(["new", "own", "--template", "own", "--data", "rows.csv"]) == 0
    assert "starter model" not in capsys.readouterr().out


def test_what_a_users_template_says_stays(labelled):
    assert main(["new", "sorter", "--template", "own", "--data", str(labelled)]) == 0
    made = recipe("sorter")
    assert made["data"]["mapping"] == {"system": "Sort the message.", "prompt": "text", "answer": "category"}
    assert made["evaluation"] == {"metric": "token_f1"}


def test_fields_can_be_named(tmp_path, capsys):
    jsonl(tmp_path / "rows.jsonl", *({"a": f"subject {i}", "b": "body", "c": "a free text answer"} for i in range(9)))
    words = ["--data", "rows.jsonl", "--prompt", "{a}: {b}", "--answer", "c", "--system", "Be brief."]
    assert main(["new", "mail", "--template", "shipped", *words, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["created"] is True
    assert told["path"].endswith("/mail")
    assert recipe("mail")["data"]["mapping"] == {"prompt": "{a}: {b}", "answer": "c", "system": "Be brief."}


def test_a_known_format_needs_no_mapping(tmp_path, capsys):
    turns = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": '{"urgency": "low"}'}]
    jsonl(tmp_path / "rows.jsonl", *({"messages": turns} for _ in range(9)))
    assert main(["new", "talk", "--template", "shipped", "--data", "rows.jsonl"]) == 0
    told = capsys.readouterr().out
    assert "format messages: 9 of 9 rows fit" in told
    assert "metric json_fields: every answer is a JSON object" in told
    assert recipe("talk")["data"] == {"source": str(tmp_path / "rows.jsonl")}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--data", "none.csv"], "none.csv: no such file"),
        (["--data", "rows.csv", "--held-out", "none.csv"], "none.csv: no such file"),
        (["--data", "rows.csv", "--prompt", "text"], "--prompt and --answer go together"),
        (["--data", "rows.csv", "--prompt", "txt", "--answer", "category"], "their fields (text, category)"),
        (["--data", "rows.csv", "--template", "nope"], "nope: no such template"),
        (["--data", "rows.csv", "--set", "training.learning_rat=1"], "did you mean training.learning_rate?"),
        (["--data", "rows.csv", "--set", "training"], "--set training: not key=value"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_makes_no_project(labelled, words, told, capsys, home):
    given = words if "--template" in words else [*words, "--template", "shipped"]
    assert main(["new", "sorter", *given]) == 2
    captured = capsys.readouterr()
    assert told in captured.err
    assert captured.err.count("\n") == 1
    assert list((home / "projects").iterdir()) == []


def test_a_taken_name_is_refused_unless_that_will_do(labelled, capsys):
    assert main(["new", "sorter", "--template", "own", "--data", "rows.csv"]) == 0
    assert main(["new", "sorter", "--template", "own", "--data", "rows.csv"]) == 2
    assert "exists already" in capsys.readouterr().err
    assert main(["new", "sorter", "--template", "own", "--data", "rows.csv", "--if-missing", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["created"] is False


def test_templates_are_saved_without_data_and_deleted(labelled, capsys):
    main(["new", "sorter", "--template", "shipped", "--data", "rows.csv"])
    assert main(["templates", "save", "sorter", "mine"]) == 0
    capsys.readouterr()
    assert main(["templates", "show", "mine"]) == 0
    told = capsys.readouterr().out
    assert "rows.csv" not in told
    assert "message" not in told
    assert main(["templates", "--json"]) == 0
    names = {template["name"]: template["builtin"] for template in json.loads(capsys.readouterr().out)}
    assert names["mine"] is False
    assert main(["templates", "delete", "mine", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"name": "mine", "deleted": True}
    assert main(["templates", "show", "mine"]) == 2


def test_data_show_of_a_file_and_of_a_project(labelled, capsys):
    assert main(["data", "show", "rows.csv", "--rows", "1", "--from", "5"]) == 0
    told = capsys.readouterr().out
    assert "row 5\n  user     message 4\n  answer   label_" in told
    assert "bad      line 102" in told
    main(["new", "sorter", "--template", "shipped", "--data", "rows.csv"])
    capsys.readouterr()
    assert main(["data", "show", "sorter", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["rows"], told["format"], told["fits"]) == (100, "mapping", 100)
    assert [bad["line"] for bad in told["bad_rows"]] == [102]
    assert set(told["bad_rows"][0]) == {"line", "offset", "reason"}
    assert sum(told["split"].values()) == 100
    assert [shown["row"] for shown in told["shown"]] == [1, 2, 3]


@pytest.mark.parametrize(
    ("answers", "metric"),
    [
        (["yes", "no"] * 10, "exact_match"),
        ([f"name {number}" for number in range(20)], "token_f1"),
        (['{"a": 1}'] * 5, "json_fields"),
        (['{"a": 1}', "no"] * 5, "exact_match"),
        (["a rather long answer that is said again and again"] * 9, "token_f1"),
    ],
)
def test_the_metric_suits_the_answers(answers, metric):
    from engine.data.example import Message

    assert suited_metric([(Message("user", "?"), Message("assistant", answer)) for answer in answers])[0] == metric


def test_a_shipped_mapping_is_kept_where_the_rows_have_its_fields(tmp_path, capsys):
    jsonl(tmp_path / "rows.jsonl", *({"subject": f"s {i}", "body": "b", "queue": "ab"[i % 2]} for i in range(20)))
    assert main(["new", "sorter", "--template", "ticket-triage", "--data", "rows.jsonl"]) == 0
    assert "metric exact_match: the answers are 2 short labels" in capsys.readouterr().out
    made = recipe("sorter")
    assert made["data"]["mapping"] == {"prompt": "{subject}\n\n{body}", "answer": "queue"}
    assert made["template"] == "ticket-triage@1"
    assert made["evaluation"]["threshold"] == 5.0


def test_a_split_by_a_field_that_rows_lack_goes_by_the_answer(labelled):
    assert main(["new", "sorter", "--template", "ticket-triage", "--data", str(labelled)]) == 0
    made = recipe("sorter")
    assert made["data"]["split"] == {"by": "stratified"}
    assert made["description"].startswith("Ticket triage")
    assert main(["data", "show", "sorter"]) == 0


def test_rows_to_score_are_asked_as_the_template_asks(tmp_path):
    jsonl(tmp_path / "rows.jsonl", *({"question": f"{i} + 1?", "answer": str(i + 1)} for i in range(20)))
    assert main(["new", "sums", "--template", "grpo-maths", "--data", "rows.jsonl"]) == 0
    made = recipe("sums")
    assert made["data"]["mapping"] == {
        "prompt": "{question}\n\nReason in short steps. End with #### and the number alone.", "solution": "answer",
    }  # fmt: skip
    assert made["evaluation"]["metric"] == "token_f1"
    assert main(["new", "copied", "--template", "text-to-sql", "--data", "rows.jsonl"]) == 0
    assert recipe("copied")["data"]["mapping"] == {"prompt": "question", "answer": "answer"}


def test_pairs_keep_how_they_are_evaluated(tmp_path):
    jsonl(tmp_path / "rows.jsonl", *({"prompt": f"p {i}", "chosen": "good", "rejected": "bad"} for i in range(20)))
    assert main(["new", "pairs", "--template", "dpo-tone", "--data", "rows.jsonl", "--base", "me/sft"]) == 0
    made = recipe("pairs")
    assert made["evaluation"]["metric"] == "token_f1"
    assert (made["model"]["base"], made["method"]["kind"]) == ("me/sft", "dpo")


def test_a_project_says_whose_rows_it_starts_with_and_which_bases_there_are(tmp_path, capsys):
    assert main(["new", "sorter", "--template", "ticket-triage"]) == 0
    told = capsys.readouterr().out
    assert "its rows are the template's sample (ttune:ticket-triage/data/tickets.jsonl): set data.source" in told
    assert "base Qwen/Qwen3-4B: 4.0B, 32,768 tokens, Apache-2.0" in told
    assert "others for this task: Qwen/Qwen2.5-3B-Instruct" in told
    assert main(["new", "own", "--template", "ticket-triage", "--set", "data.source=mine.csv"]) == 0
    assert "sample" not in capsys.readouterr().out
    assert main(["new", "bare", "--template", "sft", "--base", "ttune:quickstart/model"]) == 0
    told = capsys.readouterr().out
    assert "it has no rows yet" in told
    assert "others" not in told
    assert recipe("bare")["adapter"]["kind"] == "lora"


ROWS_OF = {
    "dpo": {"prompt": "a", "chosen": "b", "rejected": "c"},
    "kto": {"prompt": "a", "completion": "b", "label": True},
    "grpo": {"problem": "1 + 1", "solution": "2"},
    "cpt": {"text": "a b c"},
    "sft": {"prompt": "a", "completion": "b"},
}
"""A row that each method learns from, and those of others do not, but where `_TAKES_TOO` says."""
_TAKES_TOO = {("orpo", "dpo"), ("kto", "dpo"), ("grpo", "sft"), ("cpt", "sft"), ("sft", "cpt"), ("sft", "grpo")}
_TEMPLATE = {"dpo": "dpo-tone", "kto": "kto-answers", "grpo": "grpo-maths", "cpt": "continued-pretraining"}


@pytest.mark.parametrize("rows", ROWS_OF)
@pytest.mark.parametrize("method", ["sft", "cpt", "dpo", "orpo", "kto", "grpo"])
def test_rows_that_the_method_does_not_learn_from_are_told(tmp_path, capsys, method, rows):
    path = jsonl(tmp_path / "rows.jsonl", *[ROWS_OF[rows]] * 20)
    template = ["--template", _TEMPLATE.get(method, "dpo-tone" if method == "orpo" else "sft")]
    chosen = ["--set", "method.kind=orpo"] if method == "orpo" else []
    assert main(["new", "it", "--data", str(path), *template, *chosen, "--json"]) == 0
    told = [line for line in json.loads(capsys.readouterr().out)["decided"] if "does not train" in line]
    fits = method == rows or (method, rows) in _TAKES_TOO
    assert bool(told) is not fits, told
    assert all(f", which {method} does not train: " in line for line in told)


@pytest.mark.parametrize(
    ("template", "wanted"),
    [
        ("dpo-tone", "dpo learns from prompt, chosen and rejected"), ("kto-answers", "kto learns from prompt, answer"),
        ("grpo-maths", "grpo learns from prompt and solution"), ("continued-pretraining", "cpt learns from text"),
        ("sft", "set data.mapping.prompt and data.mapping.answer"),
    ],
)  # fmt: skip
def test_rows_of_unknown_fields_are_refused_with_what_the_method_learns_from(tmp_path, capsys, template, wanted):
    path = jsonl(tmp_path / "rows.jsonl", *[{"aa": "x", "bb": "y"}] * 20)
    assert main(["new", "it", "--data", str(path), "--template", template]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert wanted in line
