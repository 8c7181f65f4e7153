"""Advice as a run is about to start: from what is known at once, since starting takes a second and not a minute."""

import json
from pathlib import Path
from typing import Any

from engine.advice.advising import advise
from engine.advice.looking import gather, looked
from engine.advice.types import Advice
from engine.data.dataset import Dataset
from engine.forecast.shape import read_shape
from engine.project import Project, is_hub_id, resolve
from engine.recipe import Recipe
from engine.situation import DataFacts, ModelFacts, Situation

LARGE_FOR_CPU = 100_000_000
"""Parameters from which it is foreseen whether the machine's own memory holds a run without a GPU."""


def advise_at_start(recipe: Recipe, project: Project, dataset: Dataset | None) -> tuple[Advice, ...]:
    """What recipe, model folder and rows say, and the files that the recipe names. Of this machine the job itself says
    what it cannot do.

    `dataset`: the recipe's data; None where opening it takes long. A recipe with a budget is forecast, and one that
    goes onto a GPU or whose base is large for a CPU, which takes up to some seconds more.
    """
    model = _model(recipe, project.path)
    budget = recipe.budget.limit is not None or recipe.budget.hours is not None
    if budget or (dataset and (_is_large(model) or _has_gpu(project))):
        return _forecast(recipe, project)
    if dataset and recipe.method.kind == "grpo":  # whether its prompts have room, from the lengths of a sample
        data = _sampled(recipe, project)
    else:
        data = _rows(dataset, recipe, project) if dataset else DataFacts()
    return advise(recipe, looked(Situation(model=model, data=data), recipe, project.path), machine=False)


def refusals(advice: tuple[Advice, ...], project: str) -> list[str]:
    """A line with key, reason and mend for each thing because of which training must not start."""
    return [_line(one, project) for one in advice if one.blocking]


def _line(advice: Advice, project: str) -> str:
    mend = f"set {advice.fix_words}" if advice.fix else "change it"
    if advice.acceptable:
        mend = f"{mend}, or accept it: `ttune advice {project} --accept {advice.code} --because TEXT`"
    return f"{advice.key}: {advice.begun}: {mend}"


def _has_gpu(project: Project) -> bool:
    from engine.gathering.machine import read_machine

    return bool(read_machine(project.path, 1).gpus)


def _sampled(recipe: Recipe, project: Project) -> DataFacts:
    from engine.data.arrow_alone import arrow_alone
    from engine.gathering.data import data_facts

    arrow_alone()
    return data_facts(recipe, project)


def _is_large(model: ModelFacts) -> bool:
    """Whether a model is more than a toy, by its config."""
    try:
        shape = read_shape(model.config or {}, model.weight_bytes)
    except (ValueError, TypeError):
        return False
    return shape.parameters >= LARGE_FOR_CPU


def _forecast(recipe: Recipe, project: Project) -> tuple[Advice, ...]:
    from engine.data.arrow_alone import arrow_alone
    from engine.forecast import forecast

    arrow_alone()
    situation = gather(project, recipe)
    # on the GPU that is here, or on none, whatever the recipe plans for
    here = recipe.model_copy(update={"hardware": recipe.hardware.model_copy(update={"gpu": ""})})
    return advise(here, situation, forecast(here, situation))


def _model(recipe: Recipe, project: Path) -> ModelFacts:
    base = recipe.model.base
    if is_hub_id(base, project):
        return ModelFacts()
    folder = resolve(base, project)
    return ModelFacts(config=_config(folder / "config.json"), weight_bytes=_weight_bytes(folder))


def _config(path: Path) -> dict[str, Any] | None:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) else None


def _weight_bytes(folder: Path) -> int | None:
    try:
        return sum(file.stat().st_size for file in folder.glob("*.safetensors")) or None
    except OSError:
        return None


def _rows(dataset: Dataset, recipe: Recipe, project: Project) -> DataFacts:
    """What is known of rows without reading them: their number, and what earlier checks have found."""
    from engine.data.check.standing import standing
    from engine.data.dataset import folders_of

    split, file = dataset.split, dataset.held_out_survey
    checked = standing(dataset, recipe.data, folders_of(project.path))
    return DataFacts(
        of=recipe.data,
        train=len(split.train),
        validation=len(split.validation),
        held_out=len(file.usable) if file is not None else len(split.held_out),
        format=dataset.layout.format,
        findings=checked.counts,
        checked_after=checked.after,
        held_out_is_source=dataset.held_out_is_source,
    )
