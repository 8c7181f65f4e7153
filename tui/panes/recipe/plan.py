"""What starting this recipe would do: steps, rows a step, rows in all. Read from the data in a worker thread."""

from collections.abc import Callable
from dataclasses import dataclass

from textual.message import Message

from engine.errors import UserError
from engine.project import Project
from engine.recipe import Recipe
from engine.steps import planned_steps, steps_per_epoch
from tui.figures import plural
from tui.panes.data.opened import open_data, opened_key
from tui.visible import visible
from tui.widgets.painted import Line, Painted, fitting


@dataclass(frozen=True, slots=True)
class Counted:
    """How many rows a recipe's data gives."""

    key: str
    """Names the data that was counted."""
    train: int = 0
    validation: int = 0
    held_out: int = 0
    problem: str = ""
    """Why there are none."""


class RowsCounted(Message):
    """The data was opened, or cannot be."""

    def __init__(self, counted: Counted) -> None:
        super().__init__()
        self.counted = counted


def count_rows(project: Project, key: str, post: Callable[[Message], object]) -> None:
    """Open the data and count."""
    try:
        opened = open_data(project)
    except UserError as error:
        post(RowsCounted(Counted(key, problem=str(error).splitlines()[0])))
        return
    split = opened.dataset.split
    held_out = len(opened.dataset.held_out)
    post(RowsCounted(Counted(opened.key, len(split.train), len(split.validation), held_out)))


def counting_key(recipe: Recipe, project: Project) -> str:
    """Names the data that a recipe's rows would be counted in."""
    return opened_key(recipe, project)


class PlanLines(Painted):
    """Two lines above the form: the plan, and the state of the file."""

    DEFAULT_CSS = "PlanLines { height: 2; }"

    def __init__(self) -> None:
        super().__init__(id="recipe-plan")
        self._plan: list[Line] = []
        self._file: list[Line] = []

    def show(self, plan: list[Line], file: list[Line]) -> None:
        """Show other lines; each is given in parts, the ones that matter most first."""
        self._plan, self._file = plan, file
        self.repaint()

    def paint(self, width: int, height: int) -> list[Line]:
        """As many parts as fit."""
        return [[(" ", ""), *fitting(parts, width - 2)] for parts in (self._plan, self._file)]


class StartLine(Painted):
    """The way to start, at the bottom, and what would be started."""

    DEFAULT_CSS = "StartLine { height: 1; background: $surface; }"

    class Pressed(Message):
        """The line was clicked."""

    def __init__(self) -> None:
        super().__init__(id="recipe-start")
        self._problems = 0
        self._words = ""

    def show(self, problems: int, words: str) -> None:
        """`words`: what would be started."""
        self._problems, self._words = problems, words
        self.repaint()

    def paint(self, width: int, height: int) -> list[Line]:
        """The key as a button."""
        if self._problems:
            return [[(f" ✗ {plural(self._problems, 'problem')} to mend before training can start ", "error")]]
        return [[(" t  start training ", "front"), (f"  {self._words}", "")]]

    def on_click(self) -> None:
        """A click does what the key does."""
        self.post_message(self.Pressed())


def plan_parts(recipe: Recipe | None, counted: Counted | None) -> list[Line]:
    """The plan in parts."""
    if recipe is None:
        return [[("no plan: the recipe has problems", "dim")]]
    if counted is None:
        return [[("reading the data for the plan …", "dim")]]
    if counted.problem:
        return [[("! no plan: ", "warn"), (visible(counted.problem), "")]]
    training = recipe.training
    effective = training.micro_batch * training.accumulation
    parts: list[Line] = [
        [(plural(planned_steps(counted.train, training), "step"), "bold"), (f", {plural(effective, 'row')} each", "")]
    ]
    if training.accumulation > 1:
        parts[0].append((f" ({training.micro_batch} × {training.accumulation})", "dim"))
    parts.append([(f"{steps_per_epoch(counted.train, training):,} an epoch", "")])
    parts.append([(f"{counted.train:,} train / {counted.validation:,} val / {counted.held_out:,} held", "")])
    return parts


def start_words(recipe: Recipe | None, counted: Counted | None) -> str:
    """What would be started."""
    if recipe is None:
        return ""
    words = f"{recipe.adapter.kind} r {recipe.adapter.rank} on {visible(recipe.model.base)}"
    if counted is None or counted.problem:
        return words
    return f"{words}, {plural(planned_steps(counted.train, recipe.training), 'step')}"
