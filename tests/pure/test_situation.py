"""What is gathered around a recipe: its model's files, its rows, the machine, and the runs of before."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from engine.data.audit import TABLE, audit_key
from engine.data.audit_flags import Flag
from engine.data.audit_table import COUNT_COLUMNS, counts_path
from engine.data.dataset import open_dataset
from engine.gathering.model import cached_snapshot
from engine.gathering.past import past_runs
from engine.home import Home
from engine.job import JobFolder, JobSpec, create
from engine.project import Project
from engine.protocol import JobKind
from engine.situation import DataFacts, gather
from projects import resource
from tests.support import quickstart

RECORDED = Path(__file__).parent.parent / "recorded"


def job(project: Project, kind: JobKind, number: int = 1, **options: Any) -> JobFolder:
    """A job's folder as a front end makes it, without its process."""
    spec = JobSpec(
        id=f"20260101-00000{number}-{kind}-x", kind=kind, project=project.name, project_path=str(project.path),
        number=number, created=float(number), recipe=project.recipe().model_dump(mode="json"), options=options,
    )  # fmt: skip
    return create(project.jobs_path, spec)


def audited(project: Project, **columns: Any) -> "np.ndarray[Any, Any]":
    """A complete audit of a project's rows, its counts made up: rows of 10, 11, 12... tokens, half of them trained."""
    recipe = project.recipe()
    folder = job(project, "audit", 1 + len(project.jobs("audit")), key=audit_key(recipe, project.path))
    table = np.zeros(len(open_dataset(recipe, project.path).usable), dtype=COUNT_COLUMNS)
    table["tokens"] = 10 + np.arange(len(table)) % 50
    table["trained"], table["rejected"] = table["tokens"] // 2, -1
    for name, values in columns.items():
        table[name] = values
    path = folder.path / TABLE
    counts_path(path).write_bytes(table.tobytes())
    path.touch()
    return table


def data_of(project: Project) -> DataFacts:
    return gather(project, project.recipe()).data


def test_the_starter_project(home: Home) -> None:
    project = quickstart(home)
    found = gather(project, project.recipe())
    assert found.model.config is not None
    assert found.model.config["model_type"] == "llama"
    assert found.model.weight_bytes == (resource("ttune:quickstart/model") / "model.safetensors").stat().st_size
    assert found.model.chat_template is True
    assert (found.data.train, found.data.validation, found.data.held_out) == (950, 50, 200)
    assert found.data.format == "messages"
    assert found.data.findings == {}
    assert found.past == ()
    assert found.cores
    assert found.disk_free_bytes
    assert found.host_free_bytes


def test_lengths_are_estimated_where_nobody_counted(home: Home) -> None:
    data = data_of(quickstart(home))
    assert data.lengths is not None
    assert data.validation_lengths is not None
    assert (len(data.lengths), len(data.validation_lengths)) == (950, 50)
    assert (data.exact, data.trained) == (False, None)
    assert 40 < data.lengths.mean() < 160


def test_an_audits_lengths_are_those_of_training_rows(home: Home) -> None:
    project = quickstart(home)
    table = audited(project)
    data, split = data_of(project), open_dataset(project.recipe(), project.path).split
    assert data.exact
    assert data.counted_at is None
    assert data.lengths is not None
    assert data.trained is not None
    assert data.validation_lengths is not None
    assert np.array_equal(data.lengths, table["tokens"][list(split.train)])
    assert np.array_equal(data.trained, table["trained"][list(split.train)])
    assert np.array_equal(data.validation_lengths, table["tokens"][list(split.validation)])


def test_an_audit_at_another_length_is_taken_and_said(home: Home) -> None:
    project = quickstart(home)
    flags = np.zeros(1000, np.uint16)
    flags[3] = Flag.CUT
    audited(project, flags=flags)
    recipe = project.recipe()
    longer = recipe.model_copy(update={"training": recipe.training.model_copy(update={"max_length": 512})})
    data = gather(project, longer).data
    assert data.exact
    assert data.counted_at == recipe.training.max_length == 256


def test_an_audit_of_other_rows_is_not_taken(home: Home) -> None:
    project = quickstart(home)
    audited(project)
    recipe = project.recipe()
    prompts = recipe.model_copy(update={"method": recipe.method.model_copy(update={"answers_only": False})})
    assert gather(project, prompts).data.exact is False


def test_rows_that_cannot_be_read_say_why(home: Home) -> None:
    project = quickstart(home, data__source="nowhere.jsonl")
    data = data_of(project)
    assert data.lengths is None
    assert "nowhere.jsonl" in data.problem


def test_answers_that_are_classes(home: Home) -> None:
    project = quickstart(home, data__source="data/rows.jsonl", data__held_out=None)
    lines = [json.dumps({"prompt": f"q{n}", "completion": "yes" if n % 3 else "no"}) for n in range(90)]
    (project.path / "data" / "rows.jsonl").write_text("\n".join(lines))
    labels = dict(data_of(project).labels)
    assert set(labels) == {"yes", "no"}
    assert labels["yes"] > labels["no"]
    assert data_of(quickstart(home, "tickets-2")).labels == ()


def test_pairs_have_lengths_of_both_answers(home: Home) -> None:
    project = quickstart(home, data__source="data/rows.jsonl", data__held_out=None)
    lines = [json.dumps({"prompt": f"q{n}", "chosen": "x" * 40, "rejected": "x" * 400}) for n in range(40)]
    (project.path / "data" / "rows.jsonl").write_text("\n".join(lines))
    data = data_of(project)
    assert data.lengths is not None
    assert data.rejected is not None
    assert np.array_equal(data.rejected - data.lengths, np.full(len(data.lengths), 90))


def test_a_model_that_is_not_here(home: Home) -> None:
    for base, said in (("owner/name", "not fetched from the Hub"), ("no-such-folder", "no model folder there")):
        project = quickstart(home, f"p-{len(base)}", model__base=base)
        model = gather(project, project.recipe()).model
        assert model.config is None
        assert said in model.problem
        assert model.weight_bytes is None


def test_a_broken_config_says_so(home: Home, tmp_path: Path) -> None:
    for text in ("{", "[1]"):
        (tmp_path / "config.json").write_text(text)
        project = quickstart(home, f"p-{len(text)}", model__base=str(tmp_path))
        assert "is the folder whole?" in gather(project, project.recipe()).model.problem


@pytest.mark.parametrize("variable", ["HF_HUB_CACHE", "HF_HOME"])
def test_the_hubs_cache_is_looked_into(variable: str, home: Home, tmp_path: Path, monkeypatch: Any) -> None:
    hub = tmp_path if variable == "HF_HUB_CACHE" else tmp_path / "hub"
    for name in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(variable, str(tmp_path))
    repository = hub / "models--owner--name"
    shutil.copytree(resource("ttune:quickstart/model"), repository / "snapshots" / "abc")
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text("abc")
    assert cached_snapshot("owner/name") == repository / "snapshots" / "abc"
    assert cached_snapshot("owner/name", "abc") == repository / "snapshots" / "abc"
    assert cached_snapshot("owner/name", "other") is None
    project = quickstart(home, model__base="owner/name")
    assert gather(project, project.recipe()).model.config is not None


def recorded_run(project: Project, journal: str, number: int = 1) -> JobFolder:
    """A run whose journal was recorded on a real machine."""
    run = job(project, "train", number)
    shutil.copy(RECORDED / journal, run.events)
    return run


def test_past_runs_are_told_by_their_journals(home: Home) -> None:
    project = quickstart(home, adapter__kind="qlora")
    recorded_run(project, "h200-quickstart.jsonl")
    recorded_run(quickstart(home, "other"), "h200-llama-1b-qlora.jsonl", 2)
    newest, before = past_runs(home)
    assert (newest.name, before.name) == ("other#2", "tickets#1")
    assert newest.backend == before.backend == "unsloth"
    assert newest.gpu == before.gpu != ""
    assert before.adapter == "qlora"
    assert 1.2e9 < newest.parameters < 1.3e9
    assert newest.tokens_per_s > 0
    assert newest.load_s > 1
    assert newest.peak_bytes
    assert newest.peak_bytes > 10**9


def test_runs_that_tell_nothing_are_left_out(home: Home) -> None:
    project = quickstart(home)
    job(project, "train", 1)
    run = recorded_run(project, "h200-quickstart.jsonl", 2)
    lines = run.events.read_text().splitlines()
    before_steps = [line for line in lines if '"step_done"' not in line]
    run.events.write_text("\n".join(before_steps) + "\n")
    assert past_runs(home) == ()
    run.events.write_text("\n".join(lines) + "\n")
    assert len(past_runs(home)) == 1, "a journal that grew is read again"


def test_the_method_of_an_adapter_to_go_on_from(home: Home) -> None:
    project = quickstart(home, "tone", method__kind="dpo")
    run = job(project, "train", 3)
    run.adapter.mkdir()
    for reference, method in (("tone#3", "dpo"), (str(run.adapter), "dpo"), ("nobody#1", ""), ("", "")):
        other = quickstart(home, f"next-{len(reference)}", model__adapter=reference)
        assert gather(other, other.recipe()).model.adapter_method == method


def test_nothing_that_trains_is_loaded(home: Home) -> None:
    project = quickstart(home)
    script = (
        "import sys\nfrom pathlib import Path\nfrom engine.data.arrow_alone import arrow_alone\narrow_alone()\n"
        "from engine.forecast import forecast\nfrom engine.project import Project\n"
        "from engine.situation import gather\n"
        f"project = Project(Path({str(project.path)!r}))\nrecipe = project.recipe()\n"
        "forecast(recipe, gather(project, recipe))\n"
        "heavy = {'torch', 'transformers', 'pandas', 'datasets', 'trl', 'peft', 'textual', 'huggingface_hub'}\n"
        "found = {name.split('.')[0] for name in sys.modules} & heavy\n"
        "found |= {name for name in sys.modules if name.startswith(('engine.jobs', 'tui'))}\n"
        "print(sorted(found))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True,
        env=os.environ | {"TTUNE_HOME": str(home.path)},
    )  # fmt: skip
    assert done.stdout.strip() == "[]"


def test_types_of_the_situation_load_nothing_heavy() -> None:
    script = (
        "import sys\nimport engine.situation, engine.forecast.types\n"
        "print(sorted({'numpy', 'pyarrow', 'pydantic'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert "numpy" not in done.stdout
    assert "pyarrow" not in done.stdout
