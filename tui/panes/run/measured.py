"""What the method measures beside its loss, as lines of the Run pane's details."""

from engine.job import JobView
from engine.method_figures import FIGURES, LAST, WAYS, Figure, figure, method_of, ordered, recent, validated, written
from tui.figures import UNKNOWN, plural
from tui.visible import visible
from tui.widgets.painted import Ink, Line, cells, fit

_NUMBER = 11
_WIDTH = 44
"""More would tear names and numbers apart."""


def explained() -> str:
    """Markdown for the help screen: every figure of the methods that have some, with what it says."""
    methods = (
        f"- *{method}*: " + "; ".join(f"**{_named(known)}**: {known.told}" for known in of_method.values())
        for method, of_method in FIGURES.items()
        if len(of_method) > 1
    )
    return "\n".join(methods)


def _named(known: Figure) -> str:
    return f"{known.label or 'each reward'} {WAYS[known.good]}".rstrip()


def measured(view: JobView, width: int) -> list[Line]:
    """A line a figure: its name, ↑ or ↓ where one way is good, its mean over the last steps, and at validation."""
    steps, evaluations = view.state.steps, view.state.evaluations
    method = method_of(view.folder.spec.recipe)
    told = validated(evaluations[-1] if evaluations else None)
    names = ordered(method, told, *(step.metrics for step in steps[-LAST:]))
    if not names:
        return []
    room = min(width, _WIDTH) - 2 * _NUMBER
    head = plural(min(LAST, len(steps)), "step")
    lines: list[Line] = [[(fit("mean of the last", room), "dim"), *_numbers(head, "validation", "dim")]]
    for name in names:
        known = figure(method, name)
        numbers = _numbers(_text(known, recent(steps, name)), _text(known, told.get(name)))
        lines.append([*_label(known, room), *numbers])
    return lines


def _label(known: Figure, width: int) -> Line:
    name = fit(visible(known.label), width - 2).rstrip()
    return [(name, ""), (fit(f" {WAYS[known.good]}", width - cells([(name, "")])), "dim")]


def _numbers(left: str, right: str, ink: Ink = "") -> Line:
    return [(fit(left, _NUMBER, right=True), ink), (fit(right, _NUMBER, right=True), ink)]


def _text(known: Figure, value: float | None) -> str:
    return written(known.unit, value) or UNKNOWN
