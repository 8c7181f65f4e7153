"""Start jobs: check what can be checked in a second, freeze the input, launch. Every front end goes through here."""

import platform
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import engine
from engine import recipe_file
from engine.advice import Advice
from engine.advice.at_start import advise_at_start, refusals
from engine.data.audit import audit_key
from engine.data.check.report import DOCUMENT
from engine.data.dataset import Dataset, data_key, open_dataset, opens_at_once
from engine.errors import DataError, JobError, ModelError, UserError
from engine.job import JobFolder, JobSpec, create, launch, new_id
from engine.measurable import why_unmeasurable
from engine.method_limits import check_method
from engine.project import Project, is_hub_id, resolve
from engine.protocol import JobKind
from engine.recipe import Recipe
from engine.rewards import check_rewards


def start_training(
    project: Project,
    settings: recipe_file.Settings | None = None,
    *,
    advised: Callable[[tuple[Advice, ...]], object] = lambda advice: None,
) -> JobFolder:
    """Check the recipe (with `settings` laid over it), freeze it and launch its training.

    `advised`: is told what is to be known of the recipe, the accepted warnings too, before it starts. Raises UserError:
    a line for each mistake in the recipe, for the model or data that cannot be used, and for all advice that blocks.
    """
    text, path = recipe_file.read_text(project.recipe_path), str(project.recipe_path)
    recipe = recipe_file.with_settings(text, settings or {}, path)
    advised(check_inputs(recipe, project))
    return _start(project, "train", recipe, number=project.next_number())


def start_evaluation(project: Project, run: JobFolder, rows: int | None = None) -> JobFolder:
    """Launch the comparison of base and tuned on a run's held-out rows. Raises JobError without an adapter, DataError
    where those rows ask nothing."""
    recipe = trained_recipe(run)
    if problem := why_unmeasurable(run, project.path):
        raise DataError(problem)
    return _start(project, "evaluate", recipe, of=str(run.path), options={"rows": rows or recipe.evaluation.rows})


def start_chat(project: Project, run: JobFolder) -> JobFolder:
    """Launch a chat with a run's base and tuned model; it answers `Ask` commands until stopped."""
    return _start(project, "chat", trained_recipe(run), of=str(run.path))


def start_audit(project: Project, recipe: Recipe) -> JobFolder:
    """Launch the rendering of every row with the real tokenizer and template. The job checks the data itself."""
    _check_model(recipe, project.path)
    return _start(project, "audit", recipe, options={"key": audit_key(recipe, project.path)})


def start_ingest(project: Project, recipe: Recipe) -> JobFolder:
    """Launch the reading and sorting of a large source, or of one on the Hub; one that is at work on it is joined."""
    key = data_key(recipe, project.path)
    for folder in project.jobs("ingest"):
        if folder.is_alive() and folder.spec.options.get("key") == key:
            return folder
    return _start(project, "ingest", recipe, options={"key": key})


def find_check(project: Project, recipe: Recipe) -> JobFolder | None:
    """The newest check of the recipe's data that is complete or at work; None where there is none."""
    key = _check_key(recipe, project)
    same = [folder for folder in project.jobs("check") if folder.spec.options.get("key") == key]
    return next((folder for folder in same if folder.is_alive() or (folder.path / DOCUMENT).is_file()), None)


def start_check(project: Project, recipe: Recipe) -> JobFolder:
    """Launch the checks of the recipe's data; one that is complete or at work on it is joined."""
    return find_check(project, recipe) or _start(project, "check", recipe, options={"key": _check_key(recipe, project)})


def _check_key(recipe: Recipe, project: Project) -> str:
    return f"{data_key(recipe, project.path)} {recipe.training.max_length}"


def check_inputs(recipe: Recipe, project: Project) -> tuple[Advice, ...]:
    """What is to be known of the recipe. Raises UserError when it, its model or its data cannot be used."""
    problems: list[str] = []
    opened: list[Dataset | None] = []
    checks = (_check_model, lambda *of: opened.append(_check_data(*of)), _check_method)
    for check in checks:
        try:
            check(recipe, project.path)
        except UserError as error:
            problems += str(error).splitlines()
    advice = advise_at_start(recipe, project, opened[0] if opened else None)
    said = {line.partition(":")[0] for line in problems}
    unsaid = tuple(one for one in advice if opened or one.code != "data_unusable")  # which its check has said
    problems += [line for line in refusals(unsaid, project.name) if line.partition(":")[0] not in said]
    if problems:
        raise UserError("\n".join(problems))
    return advice


def input_problems(recipe: Recipe, project: Project) -> dict[str, str]:
    """Why training would not start, by the setting that it is about: its model, or rows that open at once."""
    found: dict[str, str] = {}
    for key, check in (("model.base", _check_model), ("data.source", _check_data)):
        try:
            check(recipe, project.path)
        except (UserError, OSError) as error:
            words = (str(error).splitlines() or ["cannot be read"])[0]
            words = words.removeprefix(f"{project.recipe_path}: ").removeprefix(f"{project.path}/")
            held_out = "data.held_out" in words or (recipe.data.held_out and recipe.data.held_out in words)
            found["data.held_out" if key == "data.source" and held_out else key] = words
    return found


def trained_recipe(run: JobFolder) -> Recipe:
    """The recipe a run was trained with. Raises JobError when it left no adapter."""
    if not run.has_trained:
        raise JobError(f"{run.adapter}: no trained adapter: the run saved none; `ttune status {run.id}` says why")
    return recipe_file.validate(run.spec.recipe, str(run.path / "job.toml"))


def _start(
    project: Project,
    kind: JobKind,
    recipe: Recipe,
    *,
    number: int = 0,
    of: str = "",
    options: dict[str, Any] | None = None,
) -> JobFolder:
    spec = JobSpec(
        id=new_id(project.jobs_path, kind, project.name),
        kind=kind,
        project=project.name,
        project_path=str(project.path),
        number=number,
        created=time.time(),
        recipe=recipe.model_dump(mode="json"),
        of=of,
        options=options or {},
        versions={"ttune": engine.__version__, "python": platform.python_version()},
    )
    folder = create(project.jobs_path, spec)
    launch(folder)
    return folder


def _check_data(recipe: Recipe, project: Path) -> Dataset | None:
    """The recipe's data; None where opening it takes long, which is left to the job: it says the same."""
    if not opens_at_once(recipe, project):
        return None
    dataset = open_dataset(recipe, project)
    if dataset.layout.kind == "question" and recipe.method.kind in ("sft", "cpt"):
        raise DataError(f"{recipe.data.source}: {dataset.layout.untrained_by(recipe.method.kind)}")
    return dataset


def _check_method(recipe: Recipe, project: Path) -> None:
    check_method(recipe)
    if recipe.method.kind == "grpo":
        check_rewards(recipe.rewards, project)


def _check_model(recipe: Recipe, project: Path) -> None:
    base = recipe.model.base
    if is_hub_id(base, project):
        return
    path = resolve(base, project)
    if not path.is_dir():
        raise ModelError(f"{path}: no model folder there: set model.base to a folder with config.json, or to a Hub id")
    if not (path / "config.json").is_file():
        raise ModelError(f"{path}: no config.json in it: set model.base to a transformers model's folder")
