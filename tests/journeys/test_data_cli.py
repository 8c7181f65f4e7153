"""Cleaning, splitting and exporting data with the real command; the source's bytes stay as they are."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

PROMPT = "Dear team, order {} has not arrived at {} and I would like to know where it is."


@pytest.fixture
def home(tmp_path) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def source(tmp_path):
    """120 rows: 20 said twice, addresses in each, two classes of unlike sizes; and nothing may change it."""
    path = tmp_path / "rows.jsonl"
    rows = [
        {
            "prompt": PROMPT.format(number % 100 * 7919, f"p{number % 100}@example.com"),
            "completion": "parcel" if number % 5 else "refund",
            "meta": {"day": f"2024-{1 + number % 100 // 28:02d}-{1 + number % 28:02d}", "team": number % 100 // 10},
        }
        for number in range(120)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    before = path.read_bytes(), path.stat().st_mtime_ns
    yield path
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before


def run(home, *words, folder=None):
    return subprocess.run(
        [sys.executable, "-m", "tui", "data", *map(str, words)], capture_output=True, text=True, cwd=folder,
        env=os.environ | {"TTUNE_HOME": str(home)},
    )  # fmt: skip


def answer(home, *words):
    done = run(home, *words, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def lines(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_file_is_cleaned_step_by_step_and_written_elsewhere(home, source, tmp_path):
    general = tmp_path / "general.csv"
    general.write_text("instruction,output\n" + "".join(f"Say {number}.,Said {number}.\n" for number in range(50)))
    words = [
        source, "--step", "drop_duplicates", "--step", "personal_data:kinds=email", "--step", "drop_rows:rows=1+2",
        "--step", "balance:ratio=2", "--step", f"mix:source={general},share=0.25",
    ]  # fmt: skip
    told = answer(home, "clean", *words, "--to", tmp_path / "clean.jsonl")
    counts = [(step["settings"]["step"], step["before"], step["after"]) for step in told["steps"]]
    assert counts == [
        ("drop_duplicates", 120, 100), ("personal_data", 100, 100), ("drop_rows", 100, 98), ("balance", 98, 57),
        ("mix", 57, 76),
    ]  # fmt: skip
    rows = lines(tmp_path / "clean.jsonl")
    assert len(rows) == told["rows"] == told["exported"]["rows"] == 76
    assert all("[EMAIL]" in row["prompt"] and "@" not in row["prompt"] for row in rows[:57])
    assert all(row["prompt"].startswith("Say ") for row in rows[57:])
    again = run(home, "clean", *words)
    assert "  1  drop_duplicates  120  100  20 rows the same as an earlier one" in again.stdout.splitlines()
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "second.csv").write_bytes(general.read_bytes())
    typed = run(home, "clean", source, "--step", "mix:source=second.csv,share=0.25", folder=tmp_path / "here")
    assert "  1  mix  120  160  40 rows of second.csv, 25.0% of all" in typed.stdout.splitlines()
    refused = run(home, "clean", *words, "--to", source, "--force")
    assert refused.returncode == 2
    assert "is the source, which is never changed" in refused.stderr


def test_a_step_leaves_out_what_the_check_has_found(home, source, tmp_path):
    rows = lines(source)
    rows[3]["prompt"] = "Wo ist denn nun meine Bestellung geblieben, ich warte schon seit drei Wochen auf das Paket?"
    rows[105]["prompt"] = f" {rows[5]['prompt'].upper()}\n"
    rows[107]["prompt"] = rows[7]["prompt"] + " Thanks."
    rows[109]["prompt"] = rows[9]["prompt"].replace("@example.com", "")
    path = tmp_path / "found.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    findings = {it["code"]: it["count"] for it in answer_of_check(home, path)["findings"]}
    steps = {
        "duplicates": "drop_duplicates", "personal_data": "personal_data:action=drop", "language": "language:keep=en",
    }  # fmt: skip
    for code, step in steps.items():
        told = answer(home, "clean", path, "--step", step)
        assert told["rows_before"] - told["rows"] == findings[code], code
    told = answer(home, "clean", path, "--step", "drop_duplicates", "--step", "drop_near_duplicates")
    assert told["steps"][1]["before"] - told["steps"][1]["after"] == findings["near_duplicates"]


def answer_of_check(home, path):
    """A check that finds errors leaves with 1, and answers all the same."""
    return json.loads(run(home, "check", path, "--json").stdout)


def test_steps_are_saved_in_the_recipe_and_taken_back(home, source):
    project = home / "projects" / "parcels"
    project.mkdir(parents=True)
    recipe = f'[model]\nbase = "a/b" # small\n\n[data]\nsource = "{source}" # from the helpdesk\n'
    (project / "project.toml").write_text(recipe)
    tried = answer(home, "clean", "parcels", "--step", "drop_duplicates")
    assert (tried["rows"], tried["saved"]) == (100, False)
    assert (project / "project.toml").read_text() == recipe
    assert answer(home, "clean", "parcels", "--step", "drop_duplicates", "--save")["saved"]
    more = answer(home, "clean", "parcels", "--step", "length:least=20", "--step", "drop_rows:rows=4", "--save")
    assert [step["after"] for step in more["steps"]] == [100, 100, 99]
    written = (project / "project.toml").read_text()
    assert written.startswith(recipe)
    assert written.count("[[data.curate]]") == 3
    assert answer(home, "clean", "parcels")["rows"] == 99
    assert answer(home, "export", "parcels", "--to", home / "out.jsonl")["rows"] == 99
    for left in (2, 1):
        assert len(answer(home, "clean", "parcels", "--undo", "--save")["steps"]) == left
    assert answer(home, "clean", "parcels", "--undo", "--save")["rows"] == 120
    assert (project / "project.toml").read_text() == recipe
    done = run(home, "clean", "parcels", "--undo")
    assert done.returncode == 2
    assert "has no steps to take back" in done.stderr


def test_steps_that_leave_nothing_are_refused_and_not_saved(home, source):
    project = home / "projects" / "parcels"
    project.mkdir(parents=True)
    recipe = f'[model]\nbase = "a/b" # small\n\n[data]\nsource = "{source}"\n'
    (project / "project.toml").write_text(recipe)
    done = run(home, "clean", "parcels", "--step", "length:most=10", "--save")
    assert done.returncode == 2
    assert "its steps leave no row" in done.stderr
    assert (project / "project.toml").read_text() == recipe


def test_each_side_is_written_with_how_it_came_about(home, source, tmp_path):
    folder = tmp_path / "sides"
    told = answer(home, "split", source, "--by", "time", "--field", "meta.day", "--held-out", "0.2", "--to", folder)
    assert told["rows"] == {"train": 84, "validation": 12, "held_out": 24}
    sides = {side: lines(folder / f"{side}.jsonl") for side in told["rows"]}
    assert {side: len(rows) for side, rows in sides.items()} == told["rows"]
    newest = max(row["meta"]["day"] for row in sides["train"])
    assert all(row["meta"]["day"] >= newest for row in sides["validation"])
    prompts = [{row["prompt"] for row in rows} for rows in sides.values()]
    assert not (prompts[0] & prompts[1] or prompts[0] & prompts[2] or prompts[1] & prompts[2])
    assert json.loads((folder / "split.json").read_text()) == told
    assert run(home, "split", source, "--to", folder).returncode == 2
    again = answer(
        home, "split", source, "--by", "time", "--field", "meta.day", "--held-out", "0.2", "--to", folder, "--force"
    )
    assert again == told


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["--by", "group"], "--by group: looks at a field: add --field NAME"),
        (["--by", "time", "--field", "when"], "--field: no row has a value in when"),
        (["--field", "meta.day"], "--field: has no effect: a random split looks at no field: add --by"),
        (["--form", "csv"], "--form: has no effect: nothing is written: add --to FOLDER"),
        (["--validation", "0.8", "--held-out", "0.8"], "leave none to train on: lower --validation"),
        (["--held-out", "2"], "must be a share from 0 to below 0.9"),
        (["--as", "chatml"], "--as chatml: is none of messages"),
    ],
)
def test_a_split_that_cannot_be_made_is_one_line(home, source, words, part):
    done = run(home, "split", source, *words)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert part in done.stderr


@pytest.mark.parametrize("suffix", ["json", "csv.gz", "parquet", "arrow", "jsonl.zst"])
def test_what_is_exported_opens_again(home, source, tmp_path, suffix):
    path = tmp_path / f"rows.{suffix}"
    assert answer(home, "export", source, "--to", path)["rows"] == 120
    back = tmp_path / "back.jsonl"
    assert answer(home, "export", path, "--to", back, "--as", "messages")["rows"] == 120
    first = lines(back)[0]["messages"]
    assert [turn["role"] for turn in first] == ["user", "assistant"]
    assert first[0]["content"] == lines(source)[0]["prompt"]
    if suffix in ("json", "parquet", "arrow", "jsonl.zst"):
        same = tmp_path / "same.jsonl"
        answer(home, "export", path, "--to", same)
        assert lines(same) == lines(source)


def test_rows_of_no_format_are_exported_and_lines_that_are_none_told(home, tmp_path):
    path = tmp_path / "odd.jsonl"
    path.write_text('{"x": 1, "y": [2]}\n{"x": \n{"x": 3}\n')
    told = answer(home, "export", path, "--to", tmp_path / "odd.csv")
    assert (told["rows"], told["bad_rows"]) == (2, 1)
    assert (tmp_path / "odd.csv").read_text() == "x,y\n1,[2]\n3,\n"
    done = run(home, "export", path, "--to", tmp_path / "odd.json")
    assert "1 line of the source cannot be read" in done.stdout
    refused = run(home, "export", path, "--to", tmp_path / "odd2.jsonl", "--as", "messages")
    assert refused.returncode == 2
    assert "no usable rows" in refused.stderr


def test_a_side_is_exported_and_an_existing_file_kept(home, source, tmp_path):
    path = tmp_path / "train.jsonl"
    told = answer(home, "export", source, "--side", "train", "--as", "sharegpt", "--to", path)
    assert told["rows"] == answer(home, "split", source)["rows"]["train"] == 96
    kept = hashlib.sha256(path.read_bytes()).hexdigest()
    done = run(home, "export", source, "--to", path)
    assert (done.returncode, hashlib.sha256(path.read_bytes()).hexdigest()) == (2, kept)
    assert "is there already: give another file, or --force" in done.stderr
    done = run(home, "export", source, "--to", tmp_path / "x.txt")
    assert done.returncode == 2
    assert "unknown kind of file" in done.stderr
