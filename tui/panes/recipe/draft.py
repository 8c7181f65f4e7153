"""The recipe while it is edited: what the file says, what was typed and is not yet right, and the way back.

A value that makes the recipe whole is written at once. One that does not is kept here, with what is wrong with it,
and is written as soon as it, or what it depends on, is mended. Nothing typed is lost, and no wrong value is written.
"""

import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomli

from engine import recipe_file
from engine.errors import RecipeError
from engine.recipe import Recipe
from engine.recipe_form import FieldSpec, fault, field, fields, owner_of, same

_ABSENT = object()
"""Where the file has no such key."""


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


class Draft:
    """One recipe's file and the changes to it."""

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
        self._content: dict[str, Any] = {}
        self._waiting: dict[str, Any] = {}
        self._problems: dict[str, str] = {}
        self._undo: list[tuple[str, Any]] = []
        self._stamp: tuple[int, int] | None = None
        self.reload()

    def reload(self) -> None:
        """Read the file again; what waits, waits on."""
        self._stamp = self._stamp_now()
        self.fault, self.recipe, self._content, self.readable = "", None, {}, False
        try:
            self.text = recipe_file.read_text(self.path)
            self._content = tomli.loads(self.text)
            self.readable = True
        except RecipeError as error:
            self.fault = str(error)
        except tomli.TOMLDecodeError as error:
            self.fault = f"{self.path}: not valid TOML: {error}"
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

    def value(self, spec: FieldSpec) -> Any:
        """The value of a setting: typed, else in the file, else the default."""
        value = self._raw(spec.key)
        return spec.default if value is _ABSENT or value is None else value

    def values(self) -> dict[str, Any]:
        """Every setting's value by key."""
        return {spec.key: self.value(spec) for spec in fields()}

    def state(self, spec: FieldSpec) -> FieldState:
        """A setting as a form shows it."""
        value = self.value(spec)
        return FieldState(
            value, spec.required or same(value, spec.default), spec.key in self._waiting,
            next((problem for key, problem in self._problems.items() if owner_of(key) == spec), ""),
        )  # fmt: skip

    def try_out(self, spec: FieldSpec, value: Any) -> str:
        """What would be wrong with a value; "" when nothing would. Changes nothing."""
        if local := fault(spec, value):
            return local
        problems = recipe_file.problems_by_key(self._merged({**self._waiting, spec.key: value}))
        return next((problem for key, problem in problems.items() if owner_of(key) == spec), "")

    def set(self, spec: FieldSpec, value: Any) -> bool:
        """Change a setting (None: to its default); whether anything was written."""
        before = self._raw(spec.key)
        if (before is _ABSENT or before is None) if value is None else before is not _ABSENT and same(before, value):
            return False
        self._undo.append((spec.key, before))
        return self._put(spec.key, value)

    def undo(self) -> FieldSpec | None:
        """Take the last change back; the setting it was about."""
        if not self._undo:
            return None
        key, before = self._undo.pop()
        self._put(key, None if before is _ABSENT else before)
        return field(key)

    def _put(self, key: str, value: Any) -> bool:
        """Write it with all that waits if that makes a recipe, else alone if that does, else let it wait."""
        self._waiting[key] = value
        if not self._problems_of(self._waiting):
            return self._write(dict(self._waiting))
        if not self._problems_of({key: value}):
            return self._write({key: value})
        if self._unchanged(key, value):
            del self._waiting[key]
        self._check()
        return False

    def _write(self, settings: dict[str, Any]) -> bool:
        try:
            recipe_file.save(self.path, settings)
        except RecipeError as error:
            self._check()
            self.fault = str(error)
            return False
        for key in settings:
            del self._waiting[key]
        self.reload()
        return True

    def _check(self) -> None:
        self._problems = self._problems_of(self._waiting) if self.readable else {}
        if self.readable and not recipe_file.problems_by_key(self._content):
            self.recipe = recipe_file.validate(self._content, str(self.path))

    def _problems_of(self, settings: dict[str, Any]) -> dict[str, str]:
        local = {
            key: words for key, value in settings.items() if (spec := field(key)) and (words := fault(spec, value))
        }
        return recipe_file.problems_by_key(self._merged(settings)) | local

    def _merged(self, settings: dict[str, Any]) -> dict[str, Any]:
        """The file's content with some settings changed."""
        content = copy.deepcopy(self._content)
        for key, value in settings.items():
            *tables, last = key.split(".")
            table = content
            for name in tables:
                below = table.setdefault(name, {})
                if not isinstance(below, dict):  # the file has a value where a section belongs: its own problem
                    break
                table = below
            else:
                if value is None:
                    table.pop(last, None)
                else:
                    table[last] = value
        return content

    def _raw(self, key: str) -> Any:
        return self._waiting[key] if key in self._waiting else self._in_file(key)

    def _in_file(self, key: str) -> Any:
        value: Any = self._content
        for name in key.split("."):
            if not isinstance(value, dict) or name not in value:
                return _ABSENT
            value = value[name]
        return value

    def _unchanged(self, key: str, value: Any) -> bool:
        in_file = self._in_file(key)
        return value is None if in_file is _ABSENT else value is not None and same(in_file, value)

    def _stamp_now(self) -> tuple[int, int] | None:
        try:
            status = self.path.stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_size
