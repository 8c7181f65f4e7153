"""What the chosen setting is, why, what it may be, and what advice there is about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import TYPE_CHECKING, Any

from engine.recipe_form import FieldSpec, advised_words, default_words, entry, field, shown
from tui.panes.recipe.draft import FieldState
from tui.panes.recipe.field_line import severity_mark
from tui.visible import visible
from tui.widgets.inked import wrap
from tui.widgets.painted import Line, Painted

if TYPE_CHECKING:
    from engine.advice import Advice

_NAMES = 10
_ROOMY = 10
"""Lines from which paragraphs stand apart."""
_TYPED_AS = {"list": "items, with, commas; space picks, tab completes", "table": "enter opens it"}


@dataclass(frozen=True, slots=True)
class Explained:
    """A setting, and all there is to say about it now."""

    spec: FieldSpec
    state: FieldState
    problem: str = ""
    warning: str = ""
    """That its value is outside what is advised; "" where advice says more."""
    effect: bool = True
    advice: "Sequence[Advice]" = ()
    values: Mapping[str, Any] = dataclass_field(default_factory=dict)
    """The other settings, by key: what is advised depends on them."""
    tiny: bool | None = None
    """Whether the base is smaller than what ranges are advised for; None where that is not known."""


class HelpPanel(Painted):
    """Help of one setting."""

    DEFAULT_CSS = "HelpPanel { height: 1fr; }"

    def __init__(self, id: str = "recipe-help") -> None:
        super().__init__(id=id)
        self._explained: Explained | None = None

    def show(self, explained: Explained) -> None:
        """Show a setting's help."""
        if explained != self._explained:
            self._explained = explained
            self.repaint()

    def paint(self, width: int, height: int) -> list[Line]:
        """As much as fits: the key, what is wrong, advice, the help, the ranges."""
        if self._explained is None:
            return []
        return [[(" ", ""), *line] for line in help_lines(self._explained, max(1, width - 2), roomy=height > _ROOMY)]


def help_lines(explained: Explained, room: int, *, roomy: bool) -> list[Line]:
    """The lines for a width."""
    blank: list[Line] = [[]] if roomy else []
    spec = explained.spec
    lines: list[Line] = [[(spec.key, "bold")], *_alerts(explained, room)]
    for advice in explained.advice:
        lines += [*blank, *advice_lines(advice, room)]
    if spec.help:
        lines += [*blank, *wrapped(spec.help, room)]
    facts = _facts(explained, room)
    return [*lines, *blank, *facts] if facts else lines


def advice_lines(advice: "Advice", room: int) -> list[Line]:
    """What advice says, why, where that is from, and the keys that deal with it."""
    glyph, ink = severity_mark(advice.severity)
    lines = wrapped(f"{glyph} {advice.message}", room, ink)
    lines += wrapped(f"{advice.reason} ({advice.source})" if advice.source else advice.reason, room)
    if advice.accepted:
        return [*lines, *wrapped(f"accepted: {advice.accepted}", room, "dim")]
    keys: Line = []
    if advice.fix:
        keys += [("f", "key"), (f" {fix_words(advice.fix)}  ", "dim")]
    if advice.acceptable:
        keys += [("w", "key"), (" accept it with a reason", "dim")]
    return [*lines, keys] if keys else lines


def fix_words(settings: Mapping[str, Any]) -> str:
    """What a fix sets, in words."""
    parts = []
    for key, value in settings.items():
        spec = field(key)
        label = spec.label if spec is not None else key
        parts.append(f"{label} {shown(value) if value is not None else 'default'}")
    return ", ".join(parts)


def _alerts(explained: Explained, room: int) -> list[Line]:
    waiting = explained.state.waiting
    if explained.problem:
        return wrapped(f"✗ {explained.problem}.{' Not written until it is mended.' if waiting else ''}", room, "error")
    lines = wrapped("waits until the problems are mended", room, "warn") if waiting else []
    if explained.warning:
        lines += wrapped(f"· {explained.warning}", room)
    if not explained.effect:
        lines += wrapped(f"Has an effect with {explained.spec.when_words}.", room, "dim")
    return lines


def _facts(explained: Explained, room: int) -> list[Line]:
    spec, state = explained.spec, explained.state
    template = "" if state.as_template is None else entry(spec, state.template) or "empty"
    default, about = entry(spec, spec.default) or "empty", default_words(spec, explained.values)
    facts = [
        ("default", "" if spec.required else ", ".join(part for part in (default, about) if part)),
        ("template", "" if template == default else template),
        ("choices" if spec.kind == "choice" else "items", ", ".join(spec.choices)),
        ("allowed", spec.bounds.words),
        ("advised", advised_words(spec, explained.values, tiny=explained.tiny)),
        ("unit", spec.unit),
        ("typed as", "items with | between" if spec.separator == "|" else _TYPED_AS.get(spec.kind, "")),
    ]
    lines: list[Line] = []
    for name, words in facts:
        for place, line in enumerate(wrapped(words, room - _NAMES) if words else []):
            lines.append([((name if not place else "").ljust(_NAMES), "dim"), *line])
    return lines


def wrapped(text: str, width: int, ink: str = "") -> list[Line]:
    """Text in lines of a width, made safe to show."""
    shown = visible(text)
    return wrap(shown, [ink] * len(shown), max(1, width))  # type: ignore[return-value]
