"""Looks at the files that a recipe names: its adapter, those of its rewards, and which commit of its base is here."""

import json
from dataclasses import fields, replace
from pathlib import Path

from engine.advice.named import AdapterFacts, Looked, Named
from engine.errors import UserError
from engine.project import Project, is_hub_id, resolve
from engine.recipe import Recipe
from engine.rewards import reward_problems
from engine.saved_adapter import NOTE, adapter_config, adapter_folder, adapter_shape
from engine.situation import Situation

_COMMIT = 40
"""Letters of a commit."""


def gather(project: Project, recipe: Recipe) -> Looked:
    """The situation of a project's recipe, as `engine.situation.gather` reads it, and the files that it names."""
    from engine.situation import gather as gather_situation

    return looked(gather_situation(project, recipe), recipe, project.path)


def looked(situation: Situation, recipe: Recipe, project: Path) -> Looked:
    """A situation with the files that a recipe names; takes milliseconds, and loads nothing that trains."""
    known = {field.name: getattr(situation, field.name) for field in fields(Situation)}
    return Looked(**known, named=look(recipe, project))


def look(recipe: Recipe, project: Path) -> Named:
    """What there is of the files that a recipe names."""
    return Named(
        adapter=_adapter(recipe, project),
        rewards=recipe.rewards,
        reward_problems=tuple(reward_problems(recipe.rewards, project)),
        commit=_commit(recipe, project),
        base=recipe.model.base,
    )


def _adapter(recipe: Recipe, project: Path) -> AdapterFacts | None:
    reference, base = recipe.model.adapter, recipe.model.base
    if not reference:
        return None
    facts = AdapterFacts(reference, base)
    try:
        folder = adapter_folder(reference, project)
        shape = adapter_shape(adapter_config(folder))
    except (UserError, OSError) as error:
        return replace(facts, problem=str(error).splitlines()[0])
    rank, alpha = shape["rank"], shape["alpha"]
    shape["rank"] = rank if isinstance(rank, int) else None
    shape["alpha"] = float(alpha) if isinstance(alpha, int | float) else None
    return replace(facts, other_base=_other_base(folder, base, project), **shape)


def _other_base(adapter: Path, base: str, project: Path) -> str:
    """The base that is noted beside an adapter, where it is surely not this one; "" else."""
    try:
        noted = json.loads((adapter / NOTE).read_text(encoding="utf-8"))["base"]
    except (OSError, ValueError, KeyError, TypeError):
        return ""
    if not isinstance(noted, str) or not noted or noted == base:
        return ""
    here = None if is_hub_id(base, project) else resolve(base, project)
    if here is None or not Path(noted).is_absolute():
        return noted if here is None or is_hub_id(noted, project) else ""
    return noted if Path(noted).is_dir() and not _alike(Path(noted), here) else ""


def _alike(one: Path, other: Path) -> bool:
    """Whether two folders hold the same config and weight files of the same sizes: copies of one model."""
    try:
        return _outline(one) == _outline(other)
    except OSError:
        return True  # one that cannot be read is told of elsewhere


def _outline(folder: Path) -> tuple[bytes, list[tuple[str, int]]]:
    weights = sorted((file.name, file.stat().st_size) for file in folder.glob("*.safetensors"))
    return (folder / "config.json").read_bytes(), weights


def _commit(recipe: Recipe, project: Path) -> str:
    """The commit of a Hub id's files that are here; "" where they are not, or where it is no Hub id."""
    from engine.gathering.model import cached_snapshot

    base = recipe.model.base
    folder = cached_snapshot(base, recipe.model.revision) if is_hub_id(base, project) else None
    return folder.name if folder is not None and len(folder.name) == _COMMIT else ""
