"""What `ttune data …` refuses is told by the flag that was typed, in one line; without effect no flag is taken."""

import json

import pytest

from engine.data.curate.recipe_steps import STEP_NAMES, parse_step, step_kind
from engine.home import open_home
from tui.cli.data_flags import MAPPING, in_words
from tui.cli.data_steps import EXAMPLES, steps_help
from tui.cli.main import main


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A file of rows, a folder that names its own test rows, and a project with a held-out file and two steps."""
    monkeypatch.setenv("TTUNE_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    rows = "".join(
        json.dumps({"prompt": f"question {number}", "completion": "ab"[number % 2]}) + "\n" for number in range(40)
    )
    (tmp_path / "named").mkdir()
    for name in ("rows.jsonl", "held.jsonl", "named/train.jsonl", "named/test.jsonl", "named/valid.jsonl"):
        (tmp_path / name).write_text(rows.replace("question", f"of {name}"))
    project = open_home().projects / "own"
    project.mkdir(parents=True)
    (project / "project.toml").write_text(
        f'[model]\nbase = "none"\n[data]\nsource = "{tmp_path}/rows.jsonl"\nheld_out = "{tmp_path}/held.jsonl"\n'
        '[[data.curate]]\nstep = "drop_duplicates"\n[[data.curate]]\nstep = "balance"\nfield = "prompt"\n'
    )
    return tmp_path


def refused(capsys, *words):
    capsys.readouterr()
    assert main(["data", *words]) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    return told


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("split rows.jsonl --field prompt", "--field: has no effect: a random split looks at no field"),
        ("split rows.jsonl --by time --field day --seed 4", "--seed: has no effect: a split by time draws nothing"),
        ("split own --held-out 0.2", "--held-out: has no effect: the held-out rows are those of data.held_out"),
        ("split named --held-out 0.2", "--held-out: has no effect: the source names its own test rows"),
        ("split named --validation 0.2", "--validation: has no effect: the source names its own validation rows"),
        ("split rows.jsonl --as text", "--as: has no effect: nothing is written: add --to FOLDER"),
        ("split rows.jsonl --force", "--force: has no effect: nothing is written"),
        ("split rows.jsonl --by time", "--by time: looks at a field: add --field NAME"),
        ("split rows.jsonl --by group --field when", "--field: no row has a value in when"),
        ("split rows.jsonl --validation 0.8 --held-out 0.8", "lower --validation"),
        ("check rows.jsonl --held-out none.csv", "none.csv: no such file: set --held-out to one that exists"),
        ("check rows.jsonl --label when", "--label: no row has a value in when: name a field that rows have\n"),
        ("show rows.jsonl --map prompt=x --map answer=completion", "do not fit --map (row 1: prompt: x is missing)"),
        ("show rows.jsonl --map promt=x", "--map: promt: there is no such role"),
        ("show rows.jsonl --map prompt={{", "--map: prompt: no valid template"),
        ("clean rows.jsonl --step length:most=3", "--step: its steps leave no row"),
        (
            "clean rows.jsonl --step drop_duplicates --step balance:field=x",
            "--step balance:field=x: no row has a class",
        ),
        (
            "clean own --undo --step drop_duplicates --step balance:field=x",
            "--step balance:field=x: no row has a class",
        ),
        ("clean rows.jsonl --step mix:source=none.jsonl", "set source= in --step to one that exists"),
        ("export rows.jsonl --to x.csv --map prompt=x --map answer=y", ""),
    ],
)
def test_what_cannot_be_done_names_the_flag(words, told, capsys):
    if not told:
        assert main(["data", *words.split()]) == 0, "rows are written as they are, whatever they teach"
        return
    error = refused(capsys, *words.split())
    assert told in error
    assert "data." not in error.replace("data.held_out (", "")


def test_what_the_recipe_says_is_told_by_its_key(folder, capsys):
    recipe = open_home().projects / "own" / "project.toml"
    recipe.write_text(recipe.read_text().replace('field = "prompt"', 'field = "when"'))
    assert "data.curate step 2 (balance): no row has a class in when" in refused(capsys, "show", "own")
    assert "data.curate step 2 (balance): no row" in refused(capsys, "clean", "own", "--step", "length:least=1")


def test_ways_that_look_at_the_flags_take_them(capsys):
    assert (
        main(["data", "split", "rows.jsonl", "--by", "stratified", "--field", "completion", "--held-out", "0.2"]) == 0
    )
    assert main(["data", "split", "named", "--by", "group", "--field", "prompt", "--held-out", "0.2"]) == 0
    assert main(["data", "split", "own", "--validation", "0.2", "--json"]) == 0


def test_a_finding_of_a_file_names_the_command(folder, capsys):
    rows = (folder / "rows.jsonl").read_text()
    (folder / "rows.jsonl").write_text(rows + rows)
    main(["data", "check", "rows.jsonl"])
    out = capsys.readouterr().out
    assert "add the step drop_duplicates with `ttune data clean`" in out
    assert "data.curate" not in out


def test_only_whole_keys_are_put_in_words():
    assert (
        in_words("data.mapping.prompt, data.mapping: mydata.mapping", MAPPING) == "--map prompt, --map: mydata.mapping"
    )


@pytest.mark.parametrize("name", STEP_NAMES)
def test_help_lists_each_step_with_all_its_keys_and_an_example_that_works(name):
    text = steps_help(78)
    section = text.split(f"\n  {name} ")[1].split("\n\n")[0]
    keys = [key for key in step_kind(name).model_fields if key != "step"]
    assert [line.split()[0] for line in section.splitlines() if line[:5].strip() and line.startswith("    ")] == [
        *keys, "e.g."
    ]  # fmt: skip
    assert f"--step {EXAMPLES[name]}" in section.replace("'", "")
    parse_step(EXAMPLES[name])
    assert all(len(line) <= 78 for line in text.splitlines() if "e.g." not in line)


def test_help_of_clean_has_the_steps(capsys):
    assert main(["data", "clean", "--help"]) == 0
    assert "e.g. --step drop_rows:rows=3+7-9" in capsys.readouterr().out
