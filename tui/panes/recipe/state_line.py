"""What stands in the file's way, or that all is written; and the line at the bottom that starts the training."""

from typing import TYPE_CHECKING

from textual.message import Message

from engine.recipe import Recipe
from tui.figures import plural
from tui.panes.recipe.draft import Draft
from tui.panes.recipe.words import fault_line
from tui.visible import one_line, visible
from tui.widgets.painted import Line, Painted, fitting

if TYPE_CHECKING:
    from engine.advice import Advice


class StateLine(Painted):
    """One line: the state of the file."""

    DEFAULT_CSS = "StateLine { height: 1; }"

    def __init__(self) -> None:
        super().__init__(id="recipe-state")
        self._parts: list[Line] = []

    def show(self, parts: list[Line]) -> None:
        """`parts`: the ones that matter most first."""
        self._parts = parts
        self.repaint()

    def paint(self, width: int, height: int) -> list[Line]:
        """As many parts as fit."""
        return [[(" ", ""), *fitting(self._parts, width - 2)]]


class StartLine(Painted):
    """The way to start, at the bottom, and what would be started."""

    DEFAULT_CSS = "StartLine { height: 1; background: $surface; }"

    class Pressed(Message):
        """The line was clicked."""

    def __init__(self) -> None:
        super().__init__(id="recipe-start")
        self._hindered = ""
        self._words = ""

    def show(self, hindered: str, words: str) -> None:
        """`hindered`: why it cannot be started. `words`: what would be started."""
        self._hindered, self._words = hindered, words
        self.repaint()

    def paint(self, width: int, height: int) -> list[Line]:
        """The key as a button."""
        if self._hindered:
            return [[(f" ✗ {one_line(self._hindered, width - 4)} ", "error")]]
        return [[(" t  start training ", "front"), (f"  {self._words}", "")]]

    def on_click(self) -> None:
        """A click does what the key does."""
        self.post_message(self.Pressed())


def state_parts(draft: Draft, template: str, done: str = "") -> list[Line]:
    """The state of a draft's file. `template`: the name of the one it is from; "" without one.

    `done`: what a key has just done to several settings; "" where that is not the last change.
    """
    if draft.fault:
        line = None if draft.readable else fault_line(draft.fault, draft.text)
        if line is None:
            return [[(f"✗ {visible(draft.fault)}", "error")], *_unkept(draft)]
        words = f"✗ {visible(draft.path.name)} cannot be read: see line {line + 1}"
        return [[(words, "error"), (" · ", "dim"), ("e", "key"), (" opens it there", "dim")]]
    if draft.problems:
        return _problem_parts(draft)
    parts: list[Line] = [[("✓", "good"), (f" written to {visible(draft.path.name)}", "dim")]]
    if done:
        parts.insert(0, [("✓", "good"), (f" {visible(done)}: ", ""), ("u", "key"), (" takes it back", "dim")])
    if draft.notes:
        words = f"{draft.notes[0]}, {plural(len(draft.notes) - 1, 'setting')} renamed, with the next change"
        parts.append([(words, "warn"), (": ", "dim"), ("v", "key"), (" shows them", "dim")])
    if template:
        parts.append([(f"from {visible(template)}", "dim")])
    return parts


def _problem_parts(draft: Draft) -> list[Line]:
    strange = draft.strange_problems
    parts: list[Line] = []
    if strange:
        parts.append([(f"✗ {visible(strange[0])}", "error"), (" · ", "dim"), ("e", "key"), (" opens the file", "dim")])
    words = f"✗ {plural(len(draft.problems), 'problem')}"
    parts.append([(words, "error"), (", ", "dim"), ("p", "key"), (" goes to it", "dim")])
    if draft.waiting:
        parts.append([(f"{plural(draft.waiting, 'change')} not written yet", "warn")])
    return [*parts, *_unkept(draft)]


def _unkept(draft: Draft) -> list[Line]:
    """That what waits is in no file at all."""
    if not (draft.waiting and draft.unkept):
        return []
    return [[(f"✗ lost when the studio ends: {visible(draft.unkept)}", "error")]]


def hindrance(draft: Draft, advice: "tuple[Advice, ...]") -> str:
    """Why training cannot start; "" when it can."""
    if draft.problems or not draft.readable:
        return f"{plural(max(1, len(draft.problems)), 'problem')} to mend before training can start"
    blocking = [each for each in advice if each.blocking]
    return f"training cannot start: {visible(blocking[0].message)}" if blocking else ""


def start_words(recipe: Recipe | None, steps: int | None) -> str:
    """What would be started."""
    if recipe is None:
        return ""
    kind = recipe.adapter.kind if recipe.adapter.kind == "full" else f"{recipe.adapter.kind} r {recipe.adapter.rank}"
    words = f"{recipe.method.kind} {kind} on {visible(recipe.model.base)}"
    return words if steps is None else f"{words}, {plural(steps, 'step')}"
