"""What is said of templates when something was done, or would be: the studio says the same."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tui.figures import plural

if TYPE_CHECKING:
    from engine.templates import Template
    from engine.templates.pins import Pin, Update
    from engine.templates.sharing import Shared

_NAMED = 5
_SHOWN = 60
"""Characters of a value that are shown."""
ChangeRow = tuple[str, str, str, str, str]


def edition_words(template: "Template", count: int) -> str:
    """Whose it is, and which edition of how many."""
    if template.builtin:
        return "comes with ttune"
    return f"yours, @{template.edition}" + (f" of {plural(count, 'edition')}" if count > 1 else "")


def deleted_words(reference: str, gone: "Sequence[Template]") -> str:
    """That it is gone."""
    more = f" ({plural(len(gone), 'edition')})" if len(gone) > 1 else ""
    return f"{reference} deleted{more}"


def saved_lines(template: "Template", *, new: bool, behind: "Sequence[str]") -> list[str]:
    """Where it is; `new`: it was not there before. `behind`: projects of earlier editions."""
    if not new:
        return [f"{template.reference} says the same already: nothing was saved", f"  it is in {template.path}"]
    lines = [
        f"{template.reference} saved, without data: {template.path}",
        f"  `ttune new NAME --template {template.name} --data PATH` starts from it",
    ]
    if not behind:
        return lines
    stay, first = ("stays at its", behind[0]) if len(behind) == 1 else ("stay at their", "PROJECT")
    return [
        *lines, f"  {named(behind)} {stay} earlier edition; `ttune templates update {first}` brings one up to it"
    ]  # fmt: skip


def named(names: "Sequence[str]") -> str:
    """Some names, and how many more there are."""
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def pin_words(name: str, pin: "Pin | None") -> str:
    """What a project is of, and whether that is still what it was made from."""
    if pin is None:
        return f"{name} names no template"
    if pin.newest is None:
        return f"{name} is of {pin.reference}, a template that is not here any more"
    if pin.rewritten:
        newer = f"; {pin.newest.reference} is there" if pin.behind else ""
        return f"{name} is of {pin.reference}, whose text is not the one that it was made from: it was changed{newer}"
    if pin.behind:
        return f"{name} is of {pin.reference}; {pin.newest.reference} is there"
    if pin.gone:
        return f"{name} is of {pin.reference}, which is not here any more; there is none newer"
    return f"{name} is of {pin.reference}, its newest edition"


def exported_lines(template: "Template", path: Path) -> list[str]:
    """Where it was written, and what takes it in."""
    return [
        f"{template.reference} written: {path}",
        f"  `ttune templates import {path.name}` takes it in on another machine",
    ]


def kept_lines(template: "Template", shared: "Shared", *, new: bool) -> list[str]:
    """What was kept; `new`: it was not there before."""
    lines = [f"{template.reference} {'kept' if new else 'is there already'}: {template.path}"]
    if services := services_words(shared):
        lines.append(f"  {services}")
    return [*lines, f"  `ttune new NAME --template {template.name} --data PATH` starts from it"]


def services_words(shared: "Shared") -> str:
    """Where its runs send figures; "" where they send none."""
    return f"its runs send their figures to {', '.join(shared.services)}" if shared.services else ""


def code_words(shared: "Shared") -> str:
    """The code that it brings, named; "" where there is none."""
    files = ", ".join(f"{name} ({plural(lines, 'line')})" for name, lines in shared.code.items())
    return f"it brings code that its runs execute with your rights: {files}" if files else ""


def change_rows(update: "Update", taken: str, kept: str) -> list[ChangeRow]:
    """Key, was, yours, theirs and what becomes of it, for each that a newer edition says differently."""
    return [
        (it.key, shown(it.before), shown(it.yours), shown(it.theirs), what)
        for found, what in ((update.taken, taken), (update.conflicts, kept))
        for it in found
    ]


def shown(value: Any) -> str:
    """A value in a line."""
    from engine.recipe_form import shown as in_form

    text = " ".join(in_form(value).split()) or "–"
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
