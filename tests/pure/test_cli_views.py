"""Runs as `runs`, `status`, `attach` and `eval` tell them, from prewritten journals."""

import json
import os
import shlex
import time
from pathlib import Path

import pytest

from engine import lock
from engine.hardware import GpuReading, HardwareReading
from engine.job import JobFolder, JobSpec, create
from engine.journal import Writer
from engine.protocol import (
    AdapterSaved,
    BackendChosen,
    Evaluated,
    EvaluationDone,
    Finished,
    HardwareRead,
    HeldOutRow,
    MetricCompared,
    PhaseStarted,
    RowAnswered,
    Started,
    StepDone,
    TrainingPlanned,
)
from tui.cli import ending
from tui.cli.main import main

BEGINNING = [
    Started(kind="train", pid=4242, host="box"),
    BackendChosen(backend="hf", reason="there is no GPU"),
    PhaseStarted(phase="training", detail="LoRA"),
    TrainingPlanned(steps=100, epochs=1, micro_batch=4, accumulation=4),
    *(StepDone(step=step, epoch=step / 100, loss=3 - step / 20, seconds=2.0) for step in range(1, 41)),
    Evaluated(step=40, loss=1.2, seconds=1.0, best=True),
    HardwareRead(
        reading=HardwareReading(
            process_memory_bytes=3 << 30, memory_used_bytes=8 << 30, memory_total_bytes=64 << 30,
            gpus=(
                GpuReading(index=0, name="H200", memory_used_bytes=31 << 30, memory_total_bytes=139 << 30, power_w=512),
            ),
        )
    ),
]  # fmt: skip
SAVED = AdapterSaved(step=40, path="adapter", bytes=1024, tensors=28)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TTUNE_HOME", str(tmp_path))
    folder = tmp_path / "projects" / "triage"
    (folder / "jobs").mkdir(parents=True)
    (folder / "project.toml").write_text('[model]\nbase = "model"\n')
    return folder


def add_run(project: Path, number: int, *events, age_s: float = 100.0) -> JobFolder:
    spec = JobSpec(
        id=f"2026010{number}-120000-train-triage", kind="train", project="triage", project_path=str(project),
        number=number, created=time.time() - age_s, recipe={"model": {"base": "model"}},
    )  # fmt: skip
    return add_job(project, spec, *events)


def add_job(project: Path, spec: JobSpec, *events) -> JobFolder:
    folder = create(project / "jobs", spec)
    journal = Writer(folder.events)
    for event in events:
        journal.append(event)
    journal.close()
    return folder


@pytest.fixture
def running(project):
    """A run whose lock another process holds, as an engine's would be."""
    folder = add_run(project, 2, *BEGINNING, age_s=10.0)
    telling, told = os.pipe()
    child = os.fork()
    if not child:
        lock.acquire(folder.lock)
        os.write(told, b"held")
        os.read(os.pipe()[0], 1)
    os.read(telling, 4)
    yield folder
    os.kill(child, 9)
    os.waitpid(child, 0)


def test_runs_are_listed_live_first(project, running, capsys):
    add_run(project, 1, *BEGINNING, SAVED, Finished(outcome="completed"))
    add_run(project, 3, *BEGINNING, Finished(outcome="failed", reason="out of memory", mend="halve it"), age_s=5.0)
    assert main(["runs"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:4] for line in lines[1:]] == [
        ["●", "triage", "#2", "training"], ["✗", "triage", "#3", "failed"], ["✓", "triage", "#1", "completed"],
    ]  # fmt: skip
    assert "40/100" in lines[1]
    starts = {line.index("2026010") for line in lines[1:]}
    assert len(starts) == 1


def test_runs_as_json_have_the_promised_keys(project, running, capsys):
    add_run(project, 1, *BEGINNING, Finished(outcome="stopped"))
    assert main(["runs", "triage", "--json"]) == 0
    first, second = json.loads(capsys.readouterr().out)
    assert first["run"] == running.id
    assert (first["project"], first["state"], first["phase"], first["step"], first["steps"], first["loss"]) == (
        "triage", "running", "training", 40, 100, 1.0,
    )  # fmt: skip
    assert first["eta_s"] == pytest.approx(121.5)
    assert (second["state"], second["phase"], second["eta_s"]) == ("stopped", None, None)


def test_an_unreadable_run_does_not_hide_the_others(project, capsys):
    add_run(project, 1, *BEGINNING, Finished(outcome="completed"))
    broken = project / "jobs" / "20260109-120000-train-triage"
    broken.mkdir()
    (broken / "job.toml").write_text("id = ")
    assert main(["runs"]) == 0
    captured = capsys.readouterr()
    assert "triage #1" in captured.out
    assert str(broken / "job.toml") in captured.err


def test_status_of_a_running_run(running, capsys):
    assert main(["status", "triage"]) == 0
    told = capsys.readouterr().out
    for part in (
        "● triage #2 running", "training  LoRA", "40 of 100  (40%)", "1.000  validation 1.200", "best 1.200 at step 40",
        "2m, at ", "engine 3.0G  machine 8.0G of 64.0G", "H200  31.0G of 139G", "512 W", "hf: there is no GPU",
    ):  # fmt: skip
        assert part in told


def test_status_of_a_dead_run_says_where_it_died_and_the_mend(project, capsys):
    folder = add_run(project, 1, *BEGINNING)
    folder.log.write_text("loading\nKilled by \x1b[31msomeone\n\n")
    with open(folder.events, "ab") as events:
        events.write(b'{"event":"step_done","step":41,')
    assert main(["status", "triage#1"]) == 0
    told = capsys.readouterr().out
    assert "✗ triage #1 dead" in told
    assert "gone at step 40 without a last word" in told
    assert "Killed by ␛[31msomeone" in told
    assert "mend: `ttune train triage` starts again" in told


def test_status_of_a_failed_run_as_json(project, capsys):
    add_run(project, 1, *BEGINNING, Finished(outcome="failed", reason="out of memory", mend="halve it"))
    assert main(["status", "20260101", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["state"], told["reason"], told["mend"]) == ("failed", "out of memory", "halve it")


@pytest.mark.parametrize(
    ("end", "code"),
    [
        ([Finished(outcome="completed")], 0),
        ([Finished(outcome="stopped", reason="stopped at step 40, saved")], 0),
        ([Finished(outcome="failed", reason="out of memory")], 1),
        ([], 1),
    ],
)
def test_attach_ends_with_the_outcome(project, end, code, capsys):
    add_run(project, 1, *BEGINNING, *end)
    assert main(["attach", "triage"]) == code
    lines = capsys.readouterr().out.splitlines()
    assert sum("  step " in line for line in lines) == 40
    outcome = end[0].outcome if end else "dead"
    assert any(f"triage #1 {outcome}" in line for line in lines[-3:])


def test_attach_from_now_passes_over_the_past(project, capsys):
    add_run(project, 1, *BEGINNING, Finished(outcome="completed"))
    assert main(["attach", "triage", "--from-now"]) == 0
    assert "  step " not in capsys.readouterr().out


def test_attach_as_json_is_one_document_with_every_step(project, capsys):
    add_run(project, 1, *BEGINNING, Finished(outcome="completed"))
    assert main(["attach", "triage", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["state"] == "completed"
    assert [event["step"] for event in told["events"] if event["event"] == "step_done"] == list(range(1, 41))


def test_stop_leaves_a_run_that_is_over_as_it_is(project, capsys):
    folder = add_run(project, 1, *BEGINNING, Finished(outcome="completed"))
    assert main(["stop", "triage"]) == 0
    assert "completed" in capsys.readouterr().out
    assert not folder.commands.exists()


def evaluated(project: Path, of: JobFolder, rows: int = 200) -> JobFolder:
    spec = JobSpec(
        id="20260105-120000-evaluate-triage", kind="evaluate", project="triage", project_path=str(project),
        created=time.time() - 50, recipe={"model": {"base": "model"}}, of=str(of.path), options={"rows": rows},
    )  # fmt: skip
    compared = MetricCompared(base=0.5, tuned=1.0, difference=0.5, interval=(0.2, 0.8), p=0.0001)
    return add_job(
        project, spec,
        Started(kind="evaluate", pid=1, host="box"),
        HeldOutRow(row=0, prompt="Where is\nmy \x1b[2Jcard?", expected="card_arrival"),
        HeldOutRow(row=1, prompt="Hello", expected="greeting"),
        RowAnswered(side="base", row=0, answer="Sure!", scores={"exact_match": 0.0}),
        RowAnswered(side="base", row=1, answer="greeting", scores={"exact_match": 1.0}),
        RowAnswered(side="tuned", row=0, answer="card_arrival", scores={"exact_match": 1.0}),
        RowAnswered(side="tuned", row=1, answer="greeting", scores={"exact_match": 1.0}),
        EvaluationDone(rows=2, main="exact_match", metrics={"exact_match": compared}, fixed=[0], broken=[]),
        Finished(outcome="completed"),
    )  # fmt: skip


def test_eval_shows_the_evaluation_there_is(project, capsys):
    evaluated(project, add_run(project, 1, *BEGINNING, SAVED, Finished(outcome="completed")))
    assert main(["eval", "triage"]) == 0
    told = capsys.readouterr().out
    assert told.startswith("Tuned is better: exact match +50.0 points (95%: +20.0 to +80.0, p < 0.001")
    assert "exact match  50.0  100.0       +50.0" in told
    assert "fixed 1   broken 0   both right 1   both wrong 0" in told
    assert "fixed  row 1  Where is my ␛[2Jcard?" in told


def test_eval_as_json_has_the_promised_keys(project, capsys):
    evaluated(project, add_run(project, 1, *BEGINNING, SAVED, Finished(outcome="completed")), rows=2)
    assert main(["eval", "triage", "--json", "--rows", "2"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["rows"] == 2
    assert told["metrics"] == {
        "exact_match": {"base": 0.5, "tuned": 1.0, "difference": 0.5, "interval": [0.2, 0.8], "p": 0.0001}
    }


def test_eval_passes_over_an_evaluation_of_other_rows(project, capsys):
    """A new one would be launched; without an adapter that is refused."""
    evaluated(project, add_run(project, 1, *BEGINNING, Finished(outcome="completed")), rows=5)
    assert main(["eval", "triage"]) == 2
    assert "no trained adapter" in capsys.readouterr().err
    assert main(["eval", "triage", "--rows", "5"]) == 0


def test_a_run_outside_the_home_is_named_by_its_path(project, tmp_path, capsys):
    outside = tmp_path / "my models" / "triage"
    (outside / "jobs").mkdir(parents=True)
    at_home, folder = add_run(project, 1, *BEGINNING), add_run(outside, 1, *BEGINNING)
    assert ending.reference(at_home) == "triage#1"
    (named,) = shlex.split(ending.reference(folder))
    assert main(["status", named]) == 0
    told = capsys.readouterr().out
    assert f"`ttune train '{outside}'` starts again" in told


def test_eval_of_a_run_without_an_adapter_is_refused(project, capsys):
    add_run(project, 1, *BEGINNING, Finished(outcome="failed", reason="out of memory"))
    assert main(["eval", "triage"]) == 2
    told = capsys.readouterr().err
    assert "no trained adapter" in told
    assert told.count("\n") == 1


def test_an_ambiguous_run_is_refused_with_what_it_may_mean(project, capsys):
    for number in (1, 2):
        add_run(project, number, *BEGINNING, Finished(outcome="completed"))
    assert main(["status", "202601"]) == 2
    assert "20260102-120000-train-triage" in capsys.readouterr().err
