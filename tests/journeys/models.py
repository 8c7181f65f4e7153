"""A trained run of one's own to measure and to talk to, and a job's surroundings without its process."""

import shutil
import time
from pathlib import Path

import tomlkit

from engine.job import JobFolder, JobSpec, create, new_id
from engine.jobs.context import JobContext
from engine.journal import Writer
from engine.project import Project
from engine.protocol import JobKind
from tests.support import until


def copy_run(trained: JobFolder, home: Path, **settings: object) -> JobFolder:
    """A copy of a run's project in another home; `settings` change the recipe that the run was trained with."""
    project = trained.path.parent.parent
    run = JobFolder(home / "projects" / project.name / "jobs" / trained.id)
    until(lambda: not trained.is_alive(), "the end of the run's engine")
    shutil.copytree(trained.path, run.path, ignore=shutil.ignore_patterns("checkpoints"), dirs_exist_ok=True)
    shutil.copy(project / "project.toml", run.path.parent.parent)
    spec = tomlkit.parse((run.path / "job.toml").read_text())
    for key, value in settings.items():
        section, name = key.split("__")
        spec["recipe"].setdefault(section, {})[name] = value
    (run.path / "job.toml").write_text(tomlkit.dumps(spec))
    return run


def project_of(run: JobFolder) -> Project:
    """The project that a run belongs to."""
    return Project(run.path.parent.parent)


def context_of(run: JobFolder, kind: JobKind, recipe: dict | None = None, **options: object) -> JobContext:
    """What a job about a run has to hand, its journal on disk; no engine is started."""
    project = project_of(run)
    spec = JobSpec(
        id=new_id(project.jobs_path, kind, project.name), kind=kind, project=project.name,
        project_path=str(project.path), created=time.time(), recipe=recipe or run.spec.recipe, of=str(run.path),
        options=options,
    )  # fmt: skip
    folder = create(project.jobs_path, spec)
    return JobContext(folder, Writer(folder.events))
