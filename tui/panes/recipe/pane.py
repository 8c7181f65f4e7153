"""The Recipe pane itself: plan, form, help, the file as it is, and the way to start."""

import os
import shlex
import subprocess
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult, SuspendNotSupported
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.events import Resize
from textual.worker import get_current_worker

from engine.project import Project
from engine.recipe_form import fields, outside_advice
from tui.figures import plural
from tui.messages import RecipeChanged, ToldUser, TrainingWanted
from tui.panes.pane import Pane
from tui.panes.recipe.draft import Draft
from tui.panes.recipe.form import Form
from tui.panes.recipe.help_panel import HelpPanel
from tui.panes.recipe.plan import (
    Counted,
    PlanLines,
    RowsCounted,
    StartLine,
    count_rows,
    counting_key,
    plan_parts,
    start_words,
)
from tui.panes.recipe.words import HELP, toml_lines
from tui.visible import visible
from tui.widgets.find_line import FindLine
from tui.widgets.painted import Line
from tui.widgets.reading import Reading

WIDE = 100
"""Cells from which the help stands beside the form, not below it."""
LOOK_EVERY_S = 1.0
"""How often the file is looked at for changes from outside."""


class RecipePane(Pane):
    """The project's recipe."""

    NAME = "Recipe"
    HELP = HELP
    DEFAULT_CSS = """
    RecipePane {
        #recipe-body { height: 1fr; layout: vertical; }
        #recipe-form { height: 1fr; }
        #recipe-help { height: 6; background: $surface; }
        &.-wide #recipe-body { layout: horizontal; }
        &.-wide #recipe-form { width: 1fr; }
        &.-wide #recipe-help { width: 44; height: 1fr; background: $background; border-left: solid $panel; }
        #recipe-text { display: none; height: 1fr; }
        &.-text #recipe-text { display: block; }
        &.-text #recipe-body { display: none; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("t", "train", "start training"),
        Binding("slash", "find", "filter", key_display="/"),
        Binding("p", "problem", "next problem"),
        Binding("v", "text", "file"),
        Binding("e", "editor", "open in editor"),
        Binding("escape", "back", "back", show=False),
    ]

    def __init__(self, project: Project) -> None:
        super().__init__(project)
        self.draft = Draft(project.recipe_path)
        self._counted: Counted | None = None
        self._counting = ""
        self._unreadable = False

    def compose(self) -> ComposeResult:
        """Plan, filter, form and help, the file, start."""
        yield PlanLines()
        yield FindLine()
        with Container(id="recipe-body"):
            yield Form(self.draft)
            yield HelpPanel()
        yield Reading(id="recipe-text")
        yield StartLine()

    def on_mount(self) -> None:
        """Look at the file now and then."""
        self.set_interval(LOOK_EVERY_S, self._look)

    @property
    def form(self) -> Form:
        """The form."""
        return self.query_one(Form)

    @property
    def text(self) -> Reading:
        """The file as it is."""
        return self.query_one("#recipe-text", Reading)

    def opened(self) -> None:
        """Read the file again if it changed, and give the form the focus."""
        self._look()
        self._refresh()
        (self.text if self.has_class("-text") else self.form).focus()

    def summary(self) -> str:
        """What is another than the default."""
        changed = sum(not self.draft.state(spec).default for spec in fields())
        return f"{changed} of {len(fields())} settings changed" if changed else "all defaults"

    def on_resize(self, event: Resize) -> None:
        """Beside each other where there is room."""
        self.set_class(event.size.width >= WIDE, "-wide")

    # The file

    def _look(self) -> None:
        if self.is_on_screen and self.draft.changed_outside() and not self.form.editing:
            self.draft.reload()
            self._refresh()
            self.post_message(RecipeChanged())

    def _refresh(self) -> None:
        """Show the draft as it is now."""
        self._show_text()
        if self.draft.readable == self._unreadable:  # the form gives way to the file, or comes back
            self._unreadable = not self.draft.readable
            self.set_class(self._unreadable, "-text")
            (self.text if self._unreadable else self.form).focus()
        self.form.show()
        self._show_plan()
        self.refresh_bindings()

    def _show_text(self) -> None:
        text, fault = self.draft.text, "" if self.draft.readable else self.draft.fault
        self.text.show(lambda width: toml_lines(text, fault, width), keep_place=True)

    def _show_plan(self) -> None:
        self._count()
        recipe = None if self.draft.problems or not self.draft.readable else self.draft.recipe
        strange: list[Line] = [[(f"✗ {visible(problem)}", "error")] for problem in self.draft.strange_problems]
        self.query_one(PlanLines).show(strange or plan_parts(recipe, self._counted), self._file_parts())
        blocking = len(self.draft.problems) or int(not self.draft.readable)
        self.query_one(StartLine).show(blocking, start_words(recipe, self._counted))

    def _file_parts(self) -> list[Line]:
        """What stands in the file's way, or that all is written."""
        draft = self.draft
        if draft.fault:
            return [[(f"✗ {visible(draft.fault)}", "error")]]
        if not draft.problems:
            return [[("✓", "good"), (f" written to {visible(draft.path.name)}", "dim")]]
        parts: list[Line] = [
            [
                (f"✗ {plural(len(draft.problems), 'problem')}", "error"),
                (", ", "dim"),
                ("p", "key"),
                (" goes to it", "dim"),
            ]
        ]
        if draft.strange_problems:
            parts.append([("e", "key"), (" opens the file", "dim")])
        if draft.waiting:
            parts.append([(f"{plural(draft.waiting, 'change')} not written yet", "warn")])
        return parts

    # The plan

    def _count(self) -> None:
        """Count rows again when the data is another than what was counted."""
        if self.draft.recipe is None:
            return
        key = counting_key(self.draft.recipe, self.project)
        if key != self._counting:
            self._counting, self._counted = key, None
            self._count_rows(key)

    @work(thread=True, exclusive=True, group="plan")
    def _count_rows(self, key: str) -> None:
        worker = get_current_worker()
        count_rows(self.project, key, lambda message: worker.is_cancelled or self.post_message(message))

    @on(RowsCounted)
    def _rows_counted(self, message: RowsCounted) -> None:
        message.stop()
        self._counted = message.counted
        self._show_plan()

    # The form

    @on(Form.Chosen)
    def _show_help(self, message: Form.Chosen) -> None:
        message.stop()
        state = self.draft.state(message.spec)
        problem = state.problem if message.typed_problem is None else message.typed_problem
        warning = outside_advice(message.spec, state.value, self.draft.values())
        self.query_one(HelpPanel).show(message.spec, state, problem, warning)
        self.refresh_bindings()

    @on(Form.Changed)
    def _changed(self, message: Form.Changed) -> None:
        message.stop()
        self._refresh()
        if message.written:
            self.post_message(RecipeChanged())

    @on(FindLine.Typed)
    def _filter(self, message: FindLine.Typed) -> None:
        message.stop()
        count = self.form.filter(message.text)
        self.query_one(FindLine).say(f"{plural(count, 'setting')}" if message.text else "")

    @on(FindLine.Sent)
    def _filtered(self, message: FindLine.Sent) -> None:
        message.stop()
        if not message.text:
            self.query_one(FindLine).close()
        self.form.focus()

    @on(FindLine.GivenUp)
    def _unfilter(self, message: FindLine.GivenUp) -> None:
        message.stop()
        self._end_filter()

    @on(StartLine.Pressed)
    def _pressed(self, message: StartLine.Pressed) -> None:
        message.stop()
        self.action_train()

    def _end_filter(self) -> None:
        self.query_one(FindLine).close()
        self.form.filter("")
        self.form.focus()

    # Keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that would do nothing are left to the screen, and out of the footer."""
        if self.form.editing and action in ("find", "problem", "text", "editor", "train"):
            return False
        if action == "problem":
            return self.draft.readable and len(self.draft.problems) > len(self.draft.strange_problems)
        if action == "find":
            return not self.has_class("-text")
        if action == "back":
            return self.query_one(FindLine).is_open or (self.has_class("-text") and self.draft.readable)
        return super().check_action(action, parameters)

    def action_train(self) -> None:
        """Start training, or go to what stands in the way."""
        if self.draft.problems or not self.draft.readable:
            self.post_message(ToldUser("Training cannot start: the recipe has problems."))
            self.action_problem()
        else:
            self.post_message(TrainingWanted())

    def action_find(self) -> None:
        """Filter the settings by a word."""
        self.query_one(FindLine).ask("search")

    def action_problem(self) -> None:
        """Choose the next setting that has a problem."""
        specs = [spec for spec in fields() if self.draft.state(spec).problem]
        if not specs:
            return
        if self.has_class("-text"):
            self.action_text()
        order = [spec.key for spec in fields()]
        here = order.index(self.form.chosen.key)
        self._end_filter()
        self.form.choose(next((spec for spec in specs if order.index(spec.key) > here), specs[0]))

    def action_text(self) -> None:
        """The file as it is, or the form again."""
        if self.has_class("-text") and not self.draft.readable:
            return
        self.toggle_class("-text")
        (self.text if self.has_class("-text") else self.form).focus()
        self.refresh_bindings()

    def action_back(self) -> None:
        """From the file to the form, from a filter to all settings."""
        if self.has_class("-text"):
            self.action_text()
        else:
            self._end_filter()

    def action_editor(self) -> None:
        """Open the file in the editor that the environment names; the studio waits for it."""
        editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
        try:
            with self.app.suspend():
                subprocess.run([*shlex.split(editor), str(self.draft.path)], check=False)
        except SuspendNotSupported:
            self.post_message(ToldUser("an editor cannot be opened from this terminal", error=True))
        except (OSError, ValueError) as error:
            self.post_message(ToldUser(f"{editor}: cannot be started: {error}: set EDITOR to your editor", error=True))
        self._look()
