"""The recipe while it is edited: what the file says, what was typed and is not yet right, and the way back.

A value that makes the recipe whole is written at once. One that does not is kept here, with what is wrong with it,
and is written as soon as it, or what it depends on, is mended. Nothing typed is lost, the studio's end included, and no
wrong value is written.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine import recipe_file
from engine.errors import RecipeError
from engine.recipe import Recipe
from engine.recipe.migration import ABSENT, at, laid_over
from engine.recipe_form import FieldSpec, fault, field, fields, owner_of, same
from tui.panes.recipe.changes import Beside, Change, State
from tui.unwritten import keep_unwritten, read_unwritten

"""Where the file has no such key."""

Values = dict[str, Any]
"""By dotted key; None stands for the default."""


@dataclass(frozen=True, slots=True)
class FieldState:
    """One setting as a form shows it."""

    value: Any
    default: bool
    """Whether it has its default value."""
    waiting: bool
    """Whether it is not in the file yet."""
    problem: str
    """"" when there is none."""
    template: Any = None
    """Its value in the template that the recipe is from."""
    as_template: bool | None = None
    """Whether it has that value; None where there is no template."""

    @property
    def changed(self) -> bool:
        """Whether it is another than it would be by itself: than in the template, else than the default."""
        return not (self.default if self.as_template is None else self.as_template)


@dataclass(frozen=True, slots=True)
class Trial:
    """What would come of a value."""

    problem: str
    """What would be wrong with it; "" when nothing would."""
    recipe: Recipe | None
    """The recipe as it would be; None where it would be none."""


class Draft:
    """One recipe's file and the changes to it."""

    specs = fields()

    def __init__(self, path: Path) -> None:
        self.path = path
        self.text = ""
        """The file, as it was read last."""
        self.recipe: Recipe | None = None
        """What the file holds; None while that is no recipe."""
        self.fault = ""
        """Why the file cannot be read, or was not written; "" when it can and was."""
        self.readable = False
        """Whether the file is TOML, so that it can be edited as a form."""
        self.notes: tuple[str, ...] = ()
        """What the next change rewrites in a file of an older version, one line each."""
        self.template: Mapping[str, Any] | None = None
        """Values of the template that the recipe is from, by key; None where there is none."""
        self.unkept = ""
        """Why what waits would be lost with the studio; "" when it would not."""
        self._content: dict[str, Any] = {}
        self._waiting: Values = read_unwritten(path)
        self._kept: Values = dict(self._waiting)
        self._problems: dict[str, str] = {}
        self._undo: list[Change] = []
        self._redo: list[Change] = []
        self._stamp: tuple[int, int] | None = None
        self._read()
        self.resumed = self._take_up()
        """Whether what an earlier studio was left with has just been written."""

    def _take_up(self) -> bool:
        """Go on with what an earlier studio was left with, as one change; whether that was written."""
        if not self._waiting:
            return False
        typed, was = {key: self._in_file(key) for key in self._waiting}, State(self.text, {})
        written = self._write_waiting()
        self._undo.append(Change(typed, was, self._state()))
        return written

    def reload(self) -> None:
        """Read the file again; what waits, waits on, or is written where the file is such that it can be now."""
        self._read()
        self._write_waiting()

    def _write_waiting(self) -> bool:
        written = bool(self._waiting) and self.readable and not self._problems and self._write(dict(self._waiting))
        self._keep()
        return written

    def _read(self) -> None:
        self._stamp = self._stamp_now()
        self.fault, self.recipe, self._content, self.readable, self.notes = "", None, {}, False, ()
        try:
            self.text = recipe_file.read_text(self.path)
            content = recipe_file.content_of(self.text, str(self.path))
            self._content, self.readable = recipe_file.newest(content), True
            self.notes = recipe_file.migrated(self.text).notes
        except RecipeError as error:
            self.fault = str(error)
        self._check()

    def changed_outside(self) -> bool:
        """Whether the file is another than the one read last."""
        return self._stamp_now() != self._stamp

    @property
    def problems(self) -> dict[str, str]:
        """What is wrong, by key; a key may be none of the form's."""
        return self._problems

    @property
    def strange_problems(self) -> list[str]:
        """What is wrong with keys that the form does not have."""
        return [f"{key}: {problem}" for key, problem in self._problems.items() if owner_of(key) is None]

    @property
    def waiting(self) -> int:
        """Changes that are not in the file."""
        return len(self._waiting)

    @property
    def can_undo(self) -> bool:
        """Whether there is a change to take back."""
        return bool(self._undo)

    @property
    def can_redo(self) -> bool:
        """Whether a change was taken back that can be made again."""
        return bool(self._redo)

    def value(self, spec: FieldSpec) -> Any:
        """The value of a setting: typed, else in the file, else the default."""
        value = self._raw(spec.key)
        return spec.default if value is ABSENT or value is None else value

    def values(self) -> Values:
        """Every setting's value by key."""
        return {spec.key: self.value(spec) for spec in fields()}

    def state(self, spec: FieldSpec) -> FieldState:
        """A setting as a form shows it."""
        value = self.value(spec)
        problem = next((problem for key, problem in self._problems.items() if owner_of(key) == spec), "")
        theirs = self.template.get(spec.key) if self.template is not None else None
        return FieldState(
            value,
            spec.required or same(value, spec.default),
            spec.key in self._waiting,
            problem,
            theirs,
            None if self.template is None or spec.key not in self.template else same(value, theirs),
        )

    def try_out(self, spec: FieldSpec, value: Any) -> Trial:
        """What would come of a value. Changes nothing."""
        content = laid_over(self._content, {**self._waiting, spec.key: value})
        try:
            recipe, problems = recipe_file.validate(content), dict[str, str]()
        except RecipeError:
            recipe, problems = None, recipe_file.problems_by_key(content)
        problem = fault(spec, value) or next((it for key, it in problems.items() if owner_of(key) == spec), "")
        return Trial(problem, None if problem else recipe)

    def problems_with(self, values: Values) -> dict[str, str]:
        """What would be wrong, by key, with other values. Changes nothing."""
        return self._problems_of({**self._waiting, **values})

    def set(self, spec: FieldSpec, value: Any) -> bool:
        """Change a setting (None: to its default); whether anything was written."""
        return self.set_all({spec.key: value})

    def set_all(self, values: Values) -> bool:
        """Change several settings at once, as one change; whether anything was written."""
        before = {key: self._raw(key) for key, value in values.items() if not self._is(key, value)}
        if not before:
            return False
        self._redo.clear()
        return self._changed(before, {key: values[key] for key in before}, self._undo)

    def leave(self, spec: FieldSpec, value: Any) -> None:
        """Keep what was being typed when the studio was left. Writes no recipe: nobody has said that it stands."""
        if not self._is(spec.key, value):
            self._waiting[spec.key] = value
            self._keep()

    def took_over(self, before: str, beside: Sequence[Beside] = ()) -> None:
        """Remember what something else has just made of the file, as one change.

        `before`: the file's text before that, as `recipe_file.read_text` has it.
        """
        was = State(before, dict(self._waiting))
        self.reload()
        try:
            content = recipe_file.newest(recipe_file.content_of(before, str(self.path)))
        except RecipeError:  # no way back to what was no recipe
            return
        keys = [*(spec.key for spec in fields()), "template"]
        changed = {key: old for key in keys if (old := at(content, key)) != self._in_file(key)}
        if changed:
            self._redo.clear()
            self._undo.append(Change(changed, was, self._state(), tuple(beside)))

    def undo(self) -> FieldSpec | None:
        """Take the last change back; the setting it was about."""
        return self._back(self._undo, self._redo)

    def redo(self) -> FieldSpec | None:
        """Make the change again that was taken back last; the setting it is about."""
        return self._back(self._redo, self._undo)

    def _back(self, changes: list[Change], opposite: list[Change]) -> FieldSpec | None:
        if not changes:
            return None
        last = changes.pop()
        now = {key: self._raw(key) for key in last.values}
        beside = tuple(it.opposite for it in last.beside)
        if self._restored(last):
            opposite.append(Change(now, last.after, last.before, beside))
        else:
            values = {key: None if it is ABSENT else it for key, it in last.values.items()}
            self._changed(now, values, opposite, beside)
        self._put_back(last.beside)
        return owner_of(next(iter(last.values)))

    def _put_back(self, beside: Sequence[Beside]) -> None:
        try:
            for each in beside:
                each.put_back()
        except OSError as error:
            self.fault = f"{error.filename or self.path.parent}: {error.strerror}: not all was taken back"

    def _changed(self, before: Values, values: Values, changes: list[Change], beside: tuple[Beside, ...] = ()) -> bool:
        """Make a change, and remember how to take it back; whether anything was written."""
        was = self._state()
        written = self._put(values)
        self._keep()
        changes.append(Change(before, was, self._state(), beside))
        return written

    def _restored(self, change: Change) -> bool:
        """Bring back text and waiting values of before, comments and all; not where either has changed since."""
        if self._state() != change.after:
            return False
        if change.before.text != self.text:
            try:
                recipe_file.rewrite(self.path, lambda now: self._as_before(now, change))
            except RecipeError:  # it was no recipe before either, or is another now: values alone go back
                return False
        self._waiting = dict(change.before.waiting)
        self._read()
        self._keep()
        return True

    def _as_before(self, now: str, change: Change) -> str:
        if now != self.text:
            raise RecipeError([f"{self.path}: has changed since it was read"])
        return change.before.text

    def _state(self) -> State:
        return State(self.text, dict(self._waiting))

    def _put(self, values: Values) -> bool:
        """Write them with all that waits if that makes a recipe, else alone if that does, else let them wait."""
        self._waiting |= values
        if not self._problems_of(self._waiting):
            return self._write(dict(self._waiting))
        if not self._problems_of(values):
            return self._write(values)
        for key, value in values.items():
            if self._unchanged(key, value):
                del self._waiting[key]
        self._check()
        return False

    def _write(self, settings: Values) -> bool:
        try:
            recipe_file.save(self.path, settings)
        except RecipeError as error:
            self._check()
            self.fault = str(error)
            return False
        for key in settings:
            self._waiting.pop(key, None)
        self._read()
        return True

    def _keep(self) -> None:
        """Keep what waits for the next studio."""
        if self._waiting != self._kept:
            self.unkept = keep_unwritten(self.path, self._waiting)
            self._kept = self._kept if self.unkept else dict(self._waiting)

    def _check(self) -> None:
        self._problems = self._problems_of(self._waiting) if self.readable else {}
        if self.readable:
            try:
                self.recipe = recipe_file.validate(self._content, str(self.path))
            except RecipeError:
                self.recipe = None

    def _problems_of(self, settings: Values) -> dict[str, str]:
        local = {
            key: words for key, value in settings.items() if (spec := field(key)) and (words := fault(spec, value))
        }
        return recipe_file.problems_by_key(laid_over(self._content, settings)) | local

    def _raw(self, key: str) -> Any:
        return self._waiting[key] if key in self._waiting else self._in_file(key)

    def _is(self, key: str, value: Any) -> bool:
        """Whether a setting has a value already."""
        before = self._raw(key)
        if value is None:
            return before is ABSENT or before is None
        return before is not ABSENT and same(before, value)

    def _in_file(self, key: str) -> Any:
        return at(self._content, key)

    def _unchanged(self, key: str, value: Any) -> bool:
        in_file = self._in_file(key)
        return value is None if in_file is ABSENT else value is not None and same(in_file, value)

    def _stamp_now(self) -> tuple[int, int] | None:
        try:
            status = self.path.stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_size
