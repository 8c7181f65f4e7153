"""`ttune data show` and `ttune new --data`: every kind of row, mappings tried, mixed files named."""

import json
from pathlib import Path

import pytest
import tomli

from engine.home import open_home
from engine.project import find_project
from tui.cli.main import main

TURNS = [{"role": "user", "content": "Hi?"}, {"role": "assistant", "content": "Hello."}]
KINDS = {
    "messages": {"messages": [{"role": "system", "content": "Be kind."}, *TURNS]},
    "preference": {"prompt": "Hi?", "chosen": "Hello.", "rejected": "Go."},
    "unpaired": {"prompt": "Hi?", "completion": "Hello.", "label": False},
    "prompt_answer": {"prompt": "2 + 2?", "solution": "4"},
    "text": {"text": "Once upon"},
    "segments": {"segments": [{"label": False, "text": "Q:"}, {"label": True, "text": "A"}]},
}
SHOWN = {
    "messages": [("system", "Be kind."), ("user", "Hi?"), ("answer", "Hello.")],
    "preference": [("user", "Hi?"), ("chosen", "Hello."), ("rejected", "Go.")],
    "unpaired": [("user", "Hi?"), ("answer", "Hello."), ("label", "bad")],
    "prompt_answer": [("user", "2 + 2?"), ("solution", "4")],
    "text": [("text", "Once upon")],
    "segments": [("given", "Q:"), ("trained", "A")],
}
TEMPLATE = '[model]\nbase = "model"\n'


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TTUNE_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    (open_home().templates / "own.toml").write_text(TEMPLATE)
    return tmp_path


def jsonl(folder: Path, *rows: dict, name: str = "rows.jsonl") -> Path:
    path = folder / name
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def printed(capsys, *words: str) -> str:
    capsys.readouterr()
    assert main([*words]) == 0
    return capsys.readouterr().out


def document(capsys, *words: str) -> dict:
    return json.loads(printed(capsys, *words, "--json"))


def mapping(name: str) -> dict:
    return tomli.loads(find_project(open_home(), name).recipe_path.read_text())["data"].get("mapping", {})


@pytest.mark.parametrize("kind", KINDS)
def test_rows_of_every_kind_are_shown(kind, home, capsys):
    rows = [{**KINDS[kind], "id": number} for number in range(10)]
    jsonl(home, *rows)
    told = printed(capsys, "data", "show", "rows.jsonl", "--rows", "1", "--from", "4")
    assert f"format   {kind}: 10 of 10 rows fit (100%)" in told
    assert "row 4\n" + "".join(f"  {name:<9}{text}\n" for name, text in SHOWN[kind]) in told
    assert ("which sft does not train: " in told) == (kind in ("preference", "unpaired", "prompt_answer"))
    shown = document(capsys, "data", "show", "rows.jsonl")
    assert (shown["format"], shown["fits"], shown["shares"][kind], shown["mixed"]) == (kind, 10, 1.0, [])
    assert [row["row"] for row in shown["shown"]] == [1, 2, 3]
    assert {field["field"] for field in shown["fields"]} >= set(rows[0])
    assert bool(shown["untrained"]) == (kind in ("preference", "unpaired", "prompt_answer"))


def test_what_a_kind_has_is_in_the_document(home, capsys):
    told = {}
    for kind, row in KINDS.items():
        jsonl(home, *[row | {"id": number} for number in range(5)], name=f"{kind}.jsonl")
        told[kind] = document(capsys, "data", "show", f"{kind}.jsonl", "--rows", "1")["shown"][0]
    assert told["messages"]["messages"] == KINDS["messages"]["messages"]
    assert told["preference"]["rejected"] == [{"role": "assistant", "content": "Go."}]
    assert told["unpaired"]["label"] is False
    assert told["prompt_answer"]["solution"] == "4"
    assert told["segments"]["segments"] == KINDS["segments"]["segments"]
    assert all(row["kind"] for row in told.values())


def test_a_mixed_file_is_named(home, capsys):
    jsonl(home, *[{"instruction": "a", "output": "b"}] * 6, *[{"messages": TURNS}] * 4)
    told = printed(capsys, "data", "show", "rows.jsonl")
    assert "note     60% alpaca, 40% messages: split it into a file each, or map it" in told
    assert "unfit    4 rows (7, 8, 9, 10): instruction is missing" in told
    mixed = [{"format": "alpaca", "rows": 6}, {"format": "messages", "rows": 4}]
    assert document(capsys, "data", "show", "rows.jsonl")["mixed"] == mixed


def test_a_mapping_is_tried_on_a_file_and_on_a_project(home, capsys):
    jsonl(home, *({"talk": {"a": f"ask {n}", "b": [n]}, "ok": True} for n in range(9)))
    assert main(["data", "show", "rows.jsonl"]) == 2
    told = capsys.readouterr()
    assert "talk.a" in told.out
    assert "to map them: `ttune data show rows.jsonl --map prompt=FIELD --map answer=FIELD`" in told.out
    assert told.err.count("\n") == 1
    words = ["--map", "prompt=talk.a", "--map", "answer={{ talk.b | tojson }}"]
    told = printed(capsys, "data", "show", "rows.jsonl", *words)
    assert "format   mapped, prompt = talk.a, answer = {{ talk.b | tojson }}: 9 of 9 rows fit (100%)" in told
    assert "user     ask 0\n  answer   [0]" in told
    printed(capsys, "new", "mine", "--template", "own", "--data", "rows.jsonl", *words)
    assert mapping("mine") == {"prompt": "talk.a", "answer": "{{ talk.b | tojson }}"}
    shown = document(capsys, "data", "show", "mine", "--map", "text={talk.a}\\n{ok}")
    assert (shown["kind"], shown["shown"][0]["segments"][0]["text"]) == ("text", "ask 0\ntrue")
    assert document(capsys, "data", "show", "mine")["kind"] == "conversation"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--map", "prompt"], "--map prompt: not ROLE=PATTERN, such as prompt=question"),
        (["--map", "prompt=a"], "prompt and answer go together"),
        (["--map", "promt=a", "--map", "answer=b"], "promt: there is no such role: take one of system, prompt"),
        (["--map", "prompt={{ a", "--map", "answer=b"], "prompt: no valid template: "),
        (["--map", "prompt=x", "--map", "answer=b"], "(row 1: prompt: x is missing)"),
    ],
)
def test_a_wrong_mapping_is_one_line(words, told, home, capsys):
    jsonl(home, {"a": "1", "b": "2"})
    for call in (["data", "show", "rows.jsonl"], ["new", "mine", "--template", "own", "--data", "rows.jsonl"]):
        capsys.readouterr()
        assert main([*call, *words]) == 2
        error = capsys.readouterr().err
        assert told in error
        assert error.count("\n") == 1
    assert list(open_home().projects.iterdir()) == []


def test_a_project_of_rows_that_sft_does_not_train_hears_of_it(home, capsys):
    jsonl(home, *[KINDS["preference"] | {"id": number} for number in range(9)])
    told = printed(capsys, "new", "pairs", "--template", "own", "--data", "rows.jsonl")
    assert "format preference: 9 of 9 rows fit" in told
    assert "preference rows teach which of two answers is better, which sft does not train: map prompt" in told
    jsonl(home, *[KINDS["preference"] | KINDS["messages"] for _ in range(9)], name="both.jsonl")
    told = printed(capsys, "new", "both", "--template", "own", "--data", "both.jsonl")
    assert "set data.format to messages" in told
    words = ["--template", "own", "--data", "both.jsonl", "--set", "data.format=messages"]
    assert "format messages: 9 of 9 rows fit" in printed(capsys, "new", "talks", *words)


def test_a_mapping_of_a_template_is_kept_whatever_its_roles(home, capsys):
    (open_home().templates / "own.toml").write_text(TEMPLATE + '\n[data.mapping]\nprompt = "q"\nsolution = "s"\n')
    jsonl(home, *[{"q": "2 + 2?", "s": 4, "n": number} for number in range(9)])
    assert "prompt = q, solution = s (as given)" in printed(
        capsys, "new", "sums", "--template", "own", "--data", "rows.jsonl"
    )
    assert mapping("sums") == {"prompt": "q", "solution": "s"}


def test_a_system_text_goes_with_flat_rows(home, capsys):
    jsonl(home, *[{"prompt": f"ask {number}", "completion": "b"} for number in range(9)])
    printed(capsys, "new", "flat", "--template", "own", "--data", "rows.jsonl", "--system", "Be brief.")
    assert mapping("flat") == {"prompt": "prompt", "answer": "completion", "system": "Be brief."}


def test_rows_are_judged_by_the_method_of_the_recipe(home, capsys):
    (home / "rows.jsonl").write_text(json.dumps(KINDS["preference"]) + "\n")
    assert main(["new", "tone", "--template", "own", "--data", "rows.jsonl", "--set", "method.kind=dpo"]) == 0
    capsys.readouterr()
    assert main(["data", "show", "tone"]) == 0
    assert "does not train" not in capsys.readouterr().out
    assert main(["data", "show", "tone", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["untrained"] is None
    assert main(["data", "show", "rows.jsonl"]) == 0
    assert "which sft does not train" in capsys.readouterr().out
