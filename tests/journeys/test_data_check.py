"""The checks by the real command on real rows, and as a job of a real engine."""

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from engine.data.check.report import DOCUMENT, load
from engine.job import send
from engine.protocol import CheckDone, PhaseProgress, PhaseStarted, Stop
from engine.start import start_check
from tests.support import finished, follow, log_of, quickstart, until

REAL = Path(__file__).parents[1] / "fixtures" / "data" / "findings"
PATIENCE_S = 120
MAIL = "Write to jane.roe@example.com, or call (415) 555-2671"


@pytest.fixture
def folder(home, tmp_path) -> Path:
    """Real files in a folder of their own."""
    return Path(shutil.copytree(REAL, tmp_path / "data"))


def run(folder: Path, *words: str, code: int = 0) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "tui", "data", "check", *words], cwd=folder, capture_output=True, text=True,
        timeout=PATIENCE_S, env=os.environ, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == code, done.stderr + done.stdout
    return done.stdout + done.stderr


def answer(folder: Path, *words: str, code: int = 0) -> dict:
    return json.loads(run(folder, *words, "--json", code=code))


def rows_of(document: dict) -> dict[str, list[int]]:
    return {finding["code"]: finding["rows"] for finding in document["findings"]}


def test_questions_of_the_test_set_that_are_trained_on(folder):
    document = answer(folder, "banking77-train.csv", "--held-out", "banking77-test.csv", code=1)
    assert (document["rows"], document["format"], document["bad_rows"]) == (35, "mapping", [])
    assert len(rows_of(document)["leakage"]) == 7
    assert len(rows_of(document)["duplicates"]) == 4
    told = run(folder, "banking77-train.csv", "--held-out", "banking77-test.csv", "--rows", "leakage", code=1)
    assert "How do I unblock my PIN? | pin_blocked" in told
    assert "leakage" not in rows_of(answer(folder, "banking77-train.csv"))


def test_the_same_words_that_mean_two_things(folder):
    document = answer(folder, "restaurant8k.json")
    assert len(rows_of(document)["contradictions"]) == 11
    assert "data.mapping.prompt" in next(it["mend"] for it in document["findings"] if it["code"] == "contradictions")


def test_near_copies_of_a_benchmark_and_an_invisible_character(folder):
    rows = rows_of(answer(folder, "gsm8k-train.jsonl"))
    assert (rows["benchmarks"], rows["odd_characters"]) == ([5, 6, 7], [8])
    assert "personal_data" not in rows, "sums are no telephone numbers"


def test_people_s_data_is_only_ever_shown_masked(folder):
    (folder / "notes.jsonl").write_text(
        "\n".join(json.dumps({"prompt": f"note {n}?", "completion": f"{MAIL} {n}"}) for n in range(3))
    )
    for name, count in (("alpaca-seed-tasks.jsonl", 2), ("notes.jsonl", 3)):
        document = answer(folder, name)
        found = next(it for it in document["findings"] if it["code"] == "personal_data")
        assert found["count"] == len(found["rows"]) == count
        told = run(folder, name) + json.dumps(document) + run(folder, name, "--rows", "personal_data")
        assert "***@***.com" in told and "[EMAIL]" in told
        assert "jane" not in told and "emoore" not in told and "555-2671" not in told and "456-7891" not in told
    kept = "".join(path.read_text(errors="replace") for path in (folder.parent / "home").rglob(DOCUMENT))
    assert "***@***" in kept and "jane" not in kept


def test_lines_that_are_no_rows_are_listed_and_make_it_fail(folder):
    (folder / "torn.jsonl").write_bytes(
        b'{"prompt": "a question", "completion": "an answer"}\n{"prompt": \n{"prompt": "b", "completion": ""}\n' * 3
    )
    document = answer(folder, "torn.jsonl", code=1)
    assert [(bad["line"], bad["offset"]) for bad in document["bad_rows"]] == [(2, 52), (5, 150), (8, 248)]
    assert rows_of(document)["empty"] == [2, 4, 6]
    told = run(folder, "torn.jsonl", code=1)
    assert "✗ bad_lines: 3 lines cannot be read (first: line 2" in told and "→ correct them" in told


def test_what_was_found_is_taken_again_until_something_changes(folder):
    first, again = answer(folder, "gsm8k-train.jsonl"), answer(folder, "gsm8k-train.jsonl")
    assert first == again, "the seconds of the first check too"
    path = folder / "gsm8k-train.jsonl"
    path.write_text(path.read_text() * 2)
    assert answer(folder, "gsm8k-train.jsonl")["rows"] == 16


def test_questions_of_another_benchmark_and_classes_by_a_field(folder):
    (folder / "ours.txt.jsonl").write_text((folder / "gsm8k-train.jsonl").read_text().splitlines()[1])
    rows = rows_of(answer(folder, "gsm8k-train.jsonl", "--benchmark", "ours.txt.jsonl"))
    assert 2 in rows["benchmarks"]
    assert "small_classes" in rows_of(answer(folder, "alpaca-seed-tasks.jsonl", "--label", "is_classification"))


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["nowhere.jsonl"], "no such project"),
        (["gsm8k-train.jsonl", "--rows", "leakage"], "no such finding here (there: "),
        (["gsm8k-train.jsonl", "--held-out", "none.csv"], "none.csv: no such file: set --held-out"),
        (["gsm8k-train.jsonl", "--benchmark", "none.csv"], "none.csv: no such file: set --benchmark"),
    ],
)
def test_what_cannot_be_checked_says_why_in_one_line(folder, words, told):
    out = run(folder, *words, code=2)
    assert told in out and len(out.splitlines()) == 1


def test_rows_of_a_curated_project_are_told_by_their_numbers_in_the_source_too(home):
    project = own_data(home, 300)
    path = project.path / "data" / "rows.jsonl"
    lines = path.read_text().splitlines()
    path.write_text("\n".join([lines[0], *lines, lines[9].replace("?", "\\ufffd")]))
    project.recipe_path.write_text(project.recipe_path.read_text() + '\n[[data.curate]]\nstep = "drop_duplicates"\n')
    document = answer(project.path, project.name)
    found = next(it for it in document["findings"] if it["code"] == "odd_characters")
    assert (document["rows"], found["rows"], found["source_rows"]) == (301, [301], [302])
    assert "row 301 (302 in the source): Where is" in run(project.path, project.name, "--rows", "odd_characters")


def own_data(home, count: int, **more: str):
    project = quickstart(home, data__source="data/rows.jsonl", data__held_out=None)
    rows = [
        {"prompt": f"Where is number {n} of them, please?", "completion": f"It is at {n * n}. " + f"word{n} " * 60}
        | more
        for n in range(count)
    ]
    (project.path / "data" / "rows.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    return project


def test_a_job_checks_a_project_and_leaves_its_findings(home):
    project = own_data(home, 300, completion=MAIL)
    folder = start_check(project, project.recipe())
    view, events = finished(folder)
    assert view.condition == "completed", log_of(folder)
    done = next(event for event in events if isinstance(event, CheckDone))
    report = load(folder.path / done.path if (folder.path / done.path).is_dir() else folder.path)
    assert (done.path, done.rows, done.findings) == (DOCUMENT, 300, report.counts)
    assert report.counts["personal_data"] == 300
    assert "jane" not in folder.events.read_text() + (folder.path / DOCUMENT).read_text()
    phases = [event.phase for event in events if isinstance(event, PhaseStarted)]
    assert phases[-2:] == ["checking", "saving"]
    assert [event.done for event in events if isinstance(event, PhaseProgress) if event.unit == "rows"][-1] == 300
    assert answer(project.path, project.name)["findings"][0]["count"] == report.findings[0].count


def test_a_stop_ends_it_and_leaves_nothing_behind(home):
    project = own_data(home, 40_000)
    folder = start_check(project, project.recipe())
    follow(
        folder,
        lambda view: (
            view.state.phase is not None and view.state.phase.phase == "checking" and view.state.phase.done > 0
        ),
        "progress",
    )
    send(folder, Stop())
    view, _ = finished(folder)
    assert view.condition == "stopped", log_of(folder)
    assert not (folder.path / DOCUMENT).exists()
    assert not list((project.path / "data").rglob(DOCUMENT))


def test_its_processes_end_with_it_when_it_is_killed(home):
    project = own_data(home, 40_000)
    folder = start_check(project, project.recipe())
    follow(folder, lambda view: view.state.phase is not None and view.state.phase.phase == "checking", "its processes")
    engine = int(folder.lock.read_text())
    children = until(lambda: children_of(engine), "its processes")
    os.kill(engine, signal.SIGKILL)
    until(lambda: not any(Path(f"/proc/{child}").exists() for child in children), "their end")


def children_of(engine: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{engine}/task/{engine}/children").read_text().split()]
