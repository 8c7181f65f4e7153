"""The lines of a form: settings under their groups, those without effect folded away, or the hits of a search."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from engine.recipe_form import FieldSpec, entry, has_effect
from tui.figures import plural
from tui.panes.recipe.draft import FieldState

_WHOLE = ("Mapping",)
"""Groups that are folded away while none of their settings is said: where the format is recognised, none is needed."""


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a form: a setting, a group's name, what is not shown, or nothing."""

    words: str = ""
    spec: FieldSpec | None = None


@dataclass(frozen=True, slots=True)
class Arranged:
    """The lines of a form."""

    items: tuple[Item, ...]
    folded: int
    """Settings that are not shown because they have no effect."""

    @property
    def specs(self) -> list[FieldSpec]:
        """The settings that are shown, in order."""
        return [item.spec for item in self.items if item.spec is not None]

    def place(self, spec: FieldSpec) -> int | None:
        """The line of a setting."""
        return next((place for place, item in enumerate(self.items) if item.spec == spec), None)


def arranged(
    specs: Sequence[FieldSpec],
    states: Mapping[str, FieldState],
    *,
    search: str = "",
    everything: bool = False,
    keep: FieldSpec | None = None,
    airy: bool = True,
    headings: bool = True,
) -> Arranged:
    """The lines. `everything`: also what has no effect. `keep`: a setting that is shown in any case.

    `airy`: with an empty line before each group. `headings`: with the groups' names.
    """
    values = {key: state.value for key, state in states.items()}
    if not headings:
        return Arranged(tuple(Item(spec=spec) for spec in specs), 0)
    if search.strip():
        shown = [spec for spec in specs if matches(spec, values.get(spec.key), search)]
        return Arranged(tuple(_lines(shown, airy)), 0)
    shown = [spec for spec in specs if everything or spec == keep or _wanted(spec, specs, states, values)]
    items = list(_lines(shown, airy))
    folded = len(specs) - len(shown)
    if folded:
        words = f"{plural(folded, 'setting')} without effect here: a shows {'it' if folded == 1 else 'them'}"
        items += [*([Item()] if airy else []), Item(words)]
    return Arranged(tuple(items), folded)


def matches(spec: FieldSpec, value: Any, search: str) -> bool:
    """Whether every word of a search is in a setting's names, help, unit, choices or value."""
    parts = (spec.group, spec.label, spec.key, spec.help, spec.unit, spec.advice, *spec.choices, entry(spec, value))
    where = " ".join(parts).lower()
    return all(word in where for word in search.lower().split())


def best(specs: Sequence[FieldSpec], search: str) -> FieldSpec | None:
    """The hit of a search that was most likely meant: one named so, before one whose name has a word that begins so,
    before one with these letters anywhere; else the first."""
    wanted = search.lower().strip()
    ranked = sorted(specs, key=lambda spec: _named_so(spec, wanted))  # stable: of equals the first stays the first
    return ranked[0] if ranked else None


def _named_so(spec: FieldSpec, wanted: str) -> int:
    """How well a setting's names fit what is searched, 0 best."""
    label, whole = spec.label.lower(), f"{spec.group} {spec.label}".lower()
    ranks = (
        wanted in (label, spec.key),
        label.startswith(wanted),
        f" {wanted}" in label,
        whole.startswith(wanted) or f" {wanted}" in whole or f".{wanted}" in spec.key,
        wanted in whole or wanted in spec.key,
        True,
    )
    return ranks.index(True)


def _wanted(
    spec: FieldSpec, specs: Sequence[FieldSpec], states: Mapping[str, FieldState], values: Mapping[str, Any]
) -> bool:
    state = states[spec.key]
    if state.problem or state.waiting:
        return True
    if spec.group in _WHOLE and all(states[one.key].default for one in specs if one.group == spec.group):
        return any(states[one.key].problem for one in specs if one.group == spec.group)
    return has_effect(spec, values)


def _lines(specs: Sequence[FieldSpec], airy: bool) -> Iterator[Item]:
    for place, (group, members) in enumerate(groupby(specs, key=lambda spec: spec.group)):
        if place and airy:
            yield Item()
        yield Item(group)
        for spec in members:
            yield Item(spec=spec)
