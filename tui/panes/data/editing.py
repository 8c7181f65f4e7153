"""Changes of the data that a person makes row by row: kept as steps in the recipe, the source stays as it is."""

import json
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from engine import recipe_file
from engine.errors import RecipeError, UserError
from engine.project import Project
from tui.figures import plural

if TYPE_CHECKING:
    from engine.recipe import CurationStep
    from tui.panes.data.shown import ShownRows


@dataclass(frozen=True, slots=True)
class Change:
    """A change of the recipe's text, or why there is none."""

    words: str = ""
    """What was done."""
    problem: str = ""
    before: str = ""
    after: str = ""


@dataclass
class Undo:
    """Changes that can be taken back, the newest last."""

    _changes: list[Change] = field(default_factory=list)

    def remember(self, change: Change) -> None:
        """A change was made."""
        if change.before != change.after and change.words:
            self._changes.append(change)

    def back(self, project: Project) -> Change:
        """Take the newest change back; where none was made here, or the recipe has changed since, the last step."""
        from engine.data.curate.recipe_steps import remove_step

        try:
            text = recipe_file.read_text(project.recipe_path)
        except RecipeError as error:
            return Change(problem=str(error))
        last = self._changes.pop() if self._changes else None
        if last is not None and last.after == text:
            made = _rewritten(project, lambda _: last.before, "")
            return Change(problem=made.problem) if made.problem else Change()
        if not project_steps(project):
            return Change(problem="nothing to undo: the data is as the source has it")
        made = _rewritten(project, lambda now: remove_step(now, name=str(project.recipe_path)), "")
        return Change(problem=made.problem)


def drop(project: Project, rows: "ShownRows", numbers: Collection[int]) -> Change:
    """Leave rows out, as a step; together with those of a step before it that does the same."""
    from engine.data.curate.recipe_steps import add_step, remove_step
    from engine.recipe import DropRows

    if any(rows.mixed_in(number) for number in numbers):
        return Change(problem="rows of a second source cannot be dropped one by one: leave them out there")
    names = {rows.name(number) for number in numbers}
    before = project_steps(project)
    last = before[-1] if before and isinstance(before[-1], DropRows) else None
    step = DropRows(step="drop_rows", rows=tuple(sorted(names | set(last.rows if last else ()))))

    def changed(text: str) -> str:
        path = str(project.recipe_path)
        return add_step(remove_step(text, name=path) if last else text, step, path)

    return _rewritten(project, changed, f"{plural(len(names), 'row')} left out: u brings back")


def edit(project: Project, name: int, record: str) -> Change:
    """Put another record in the place of a row, as a step."""
    from engine.recipe import EditRow

    return add(project, EditRow(step="edit_row", row=name, record=record), f"row {name:,} is changed: u takes it back")


def add(project: Project, step: "CurationStep", words: str) -> Change:
    """Add a step after the others."""
    from engine.data.curate.recipe_steps import add_step

    return _rewritten(project, lambda text: add_step(text, step, str(project.recipe_path)), words)


def take_out(project: Project, place: int, words: str) -> Change:
    """Take a step out; `place` from 0."""
    from engine.data.curate.recipe_steps import remove_step

    return _rewritten(project, lambda text: remove_step(text, place, str(project.recipe_path)), words)


def map_fields(project: Project, patterns: dict[str, str]) -> Change:
    """Map roles to fields; none: the format is recognised again."""
    settings: dict[str, Any] = {f"data.mapping.{role}": pattern or None for role, pattern in patterns.items()}
    words = (
        "the mapping is in the recipe: u takes it back" if any(patterns.values()) else "the format is recognised again"
    )
    return _rewritten(project, lambda text: recipe_file.edit(text, settings, str(project.recipe_path)), words)


def project_steps(project: Project) -> "tuple[CurationStep, ...]":
    """The recipe's steps as they are on disk; () where it cannot be read."""
    try:
        return project.recipe().data.curate
    except UserError:
        return ()


def as_json(record: Any) -> str:
    """A record as a person edits it."""
    return json.dumps(record, indent=2, ensure_ascii=False, default=str)


def _rewritten(project: Project, change: Callable[[str], str], words: str) -> Change:
    try:
        before = recipe_file.read_text(project.recipe_path)
        recipe_file.rewrite(project.recipe_path, change)
        return Change(words, "", before, recipe_file.read_text(project.recipe_path))
    except RecipeError as error:
        return Change(problem=error.problems[0])
