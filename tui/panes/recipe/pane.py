"""The Recipe pane itself: form, forecast, advice, help, the file as it is, and the way to start."""

from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical
from textual.events import Resize
from textual.message import Message

from engine.home import Home, home_path
from engine.project import Project
from engine.recipe import Recipe
from engine.recipe_against import Other, plain_values, template_of
from engine.recipe_form import field, fields, has_effect, same
from tui.panes.recipe.advice_panel import AdvicePanel, counts, remarks
from tui.panes.recipe.bridging_pane import BridgingPane
from tui.panes.recipe.choosing_list import ChoosingList
from tui.panes.recipe.file_text import FileText
from tui.panes.recipe.forecast_panel import ForecastPanel, Gist
from tui.panes.recipe.form import Form
from tui.panes.recipe.help_panel import Explained, HelpPanel
from tui.panes.recipe.kept import draft_of
from tui.panes.recipe.newer_line import NewerLine
from tui.panes.recipe.panels import PanelTabs
from tui.panes.recipe.state_line import StartLine, StateLine, hindrance, start_words, state_parts
from tui.panes.recipe.words import HELP
from tui.widgets.find_line import FindLine

WIDE = 100
"""Cells from which the panels stand beside the form, not below it."""
TALL = 28
"""Lines from which all panels have room beside the form."""
LOOK_EVERY_S = 1.0
"""How often the file is looked at for changes from outside."""
_OWN_KEYS = (
    "find", "problem", "text", "editor", "train", "diff", "fix", "accept", "mend", "panel", "readiness", "update",
    "export", "undo", "redo",
)  # fmt: skip


_OWN = ("description", "template", "data.source", "data.held_out")
"""Settings that a project has of its own: where they are others than the template's, that says nothing."""


class TemplateRead(Message):
    """The template that the recipe is from; None where there is none."""

    def __init__(self, template: Other | None) -> None:
        super().__init__()
        self.template = template


class RecipePane(BridgingPane):
    """The project's recipe."""

    NAME = "Recipe"
    HELP = HELP
    DEFAULT_CSS = """
    RecipePane {
        #recipe-body { height: 1fr; layout: vertical; }
        #recipe-form { height: 1fr; }
        #recipe-side { height: 8; background: $surface; }
        &.-on-forecast #recipe-side { height: 12; }
        #recipe-text { display: none; height: 1fr; }
        & ForecastPanel, & AdvicePanel, & HelpPanel { display: none; height: 1fr; max-height: 100%; }
        &.-on-help HelpPanel, &.-on-forecast ForecastPanel, &.-on-advice AdvicePanel { display: block; }
        &.-wide #recipe-body { layout: horizontal; }
        &.-wide #recipe-form { width: 11fr; }
        &.-wide #recipe-side {
            width: 9fr; min-width: 46; height: 1fr; background: $background; border-left: solid $panel;
        }
        &.-open ForecastPanel { display: block; height: auto; margin-bottom: 1; }
        &.-open AdvicePanel { display: block; height: 7; margin-bottom: 1; }
        &.-open HelpPanel { display: block; height: 1fr; }
        &.-open PanelTabs, &.-open Gist { display: none; }
        &.-text #recipe-text { display: block; }
        &.-text #recipe-body { display: none; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("t", "train", "start training"),
        Binding("escape", "back", "back"),
        Binding("slash", "find", "search", key_display="/"),
        Binding("p", "problem", "next problem"),
        Binding("f", "fix", "fix", tooltip="do what the advice on this setting says"),
        Binding("w", "accept", "accept", tooltip="accept the warning with a reason, which is kept with each run"),
        Binding("m", "mend", "make it fit", tooltip="the smallest changes after which it fits the GPU's memory"),
        Binding("o", "panel", "panels", tooltip="the next panel: help, forecast, advice; or the list of advice"),
        Binding("d", "diff", "compare", tooltip="what differs from the template, a run, or the defaults"),
        Binding("v", "text", "file"),
        Binding("R", "readiness", "ready?", tooltip="is fine-tuning the right thing to do here?"),
        Binding("e", "editor", "open in editor"),
        Binding("E", "export", "export", tooltip="train.py or Axolotl's YAML; what has no equivalent is shown first"),
        Binding("T", "update", "update", tooltip="what the newer edition of its template changes; take it over"),
        Binding("u", "undo", "undo", tooltip="take the last change back"),
        Binding("ctrl+r,U", "redo", "redo", key_display="U", show=False, tooltip="make it again"),
        Binding("m", "why_not('mend')", show=False),
        Binding("f", "why_not('fix')", show=False),
        Binding("w", "why_not('accept')", show=False),
    ]

    def __init__(self, project: Project) -> None:
        super().__init__(project, draft_of(project.recipe_path))
        self._unreadable = False
        self._template = ""
        self._live = False
        if self.draft.resumed:
            self.done, self.draft.resumed = "written now, as it was left last time", False

    def compose(self) -> ComposeResult:
        """State, search, form and panels, the file, start."""
        yield StateLine()
        yield NewerLine(self.project)
        yield Gist()
        yield FindLine()
        with Container(id="recipe-body"):
            yield Form(self.draft, together=True)
            with Vertical(id="recipe-side"):
                yield PanelTabs()
                yield ForecastPanel()
                yield AdvicePanel()
                yield HelpPanel()
        yield FileText(id="recipe-text")
        yield StartLine()

    def on_mount(self) -> None:
        """Look at the file now and then."""
        self.show_panel("help")
        self.set_interval(LOOK_EVERY_S, self.look)

    def opened(self) -> None:
        """Look at file, template and machine again, and give the form the focus."""
        self.look()
        self.refresh_all()
        self.gather_again()
        self._read_template()
        self.newer.read()
        (self.text if self.has_class("-text") else self.form).focus()

    def summary(self) -> str:
        """What there is to say, and what is another than the default."""
        if not self.draft.readable:
            return "✗ the file cannot be read"
        changed = sum(not self.draft.state(spec).default for spec in fields())
        said = counts(self.advice, terse=not self.has_class("-wide")) if self.advice else ""
        if said:
            return f"{said}, {changed} not default"
        return f"{changed} of {len(fields())} settings not default" if changed else "all defaults"

    def on_resize(self, event: Resize) -> None:
        """Beside each other where there is room."""
        wide, open_ = event.size.width >= WIDE, event.size.width >= WIDE and event.size.height >= TALL
        self.set_class(wide, "-wide")
        self.set_class(open_, "-open")

    def watch_view(self) -> None:
        """A run that has ended has left figures to foresee others by, and memory free."""
        live = self.view is not None and self.view.live
        if self._live and not live:
            self.gather_again()
        self._live = live

    def recipe_changed(self) -> None:
        """Another pane wrote the file."""
        self.look()
        self.newer.read()

    # The file

    def refresh_all(self) -> None:
        """Show the draft as it is now."""
        self.show_text()
        if self.draft.readable == self._unreadable:  # the form gives way to the file, or comes back
            self._unreadable = not self.draft.readable
            self.set_class(self._unreadable, "-text")
            (self.text if self._unreadable else self.form).focus()
            self.call_after_refresh(self.go_to_line)
        self.form.take_up()
        if not self.foresee(self._written()):
            self.foreseen_changed()

    def _show_state(self) -> None:
        self.query_one(StateLine).show(state_parts(self.draft, self._template, self.done))
        recipe = self._written()
        steps = self.foreseen.forecast.steps if self.foreseen is not None and self.foreseen.recipe == recipe else None
        self.query_one(StartLine).show(hindrance(self.draft, self.advice or ()), start_words(recipe, steps))

    def _written(self) -> Recipe | None:
        return None if self.draft.problems or not self.draft.readable else self.draft.recipe

    @on(NewerLine.Followed)
    @work(thread=True, exclusive=True, group="template")
    def _read_template(self) -> None:
        self.post_message(TemplateRead(template_of(Home(home_path()), self.project)))

    @on(TemplateRead)
    def _take_template(self, message: TemplateRead) -> None:
        message.stop()
        if message.template is not None:
            self._template = message.template.name
            mine, theirs = self.draft.values(), plain_values(message.template.recipe)
            self.draft.template = {
                key: value for key, value in theirs.items() if key not in _OWN or same(mine.get(key), value)
            }
            self.refresh_all()

    # What is foreseen

    def foreseen_changed(self) -> None:
        """Show forecast and advice."""
        super().foreseen_changed()
        self._show_forecast()
        hindered = bool(self.draft.problems) or not self.draft.readable
        self.query_one(AdvicePanel).show_advice(self.advice, hindered=hindered and self.advice is None)
        self.query_one(PanelTabs).show(self.panel, counts(self.advice or ()))
        tiny = self.foreseen.tiny if self.foreseen is not None else None
        self.form.remark(remarks(self.advice or ()), tiny=tiny)
        self._show_help()
        self._show_state()
        self.refresh_bindings()

    def _show_forecast(self) -> None:
        """While recipe or what is typed has problems, the forecast is that of before."""
        problem = self.problem
        if not self.foreseen and (self.draft.problems or not self.draft.readable):
            problem = "no forecast: the recipe has problems" if self.draft.readable else "no forecast"
        trial = self.form.trial
        old = (self._written() if trial is None else trial.recipe) is None
        for shown in (self.query_one(ForecastPanel), self.query_one(Gist)):
            shown.show(self.foreseen, self.was, problem, old=old)

    @on(Form.Chosen)
    def _chosen(self, message: Form.Chosen) -> None:
        message.stop()
        shown = False
        if message.trial is not None:
            shown = self.foresee(message.trial.recipe)
        elif message.form.chosen != self._explained:
            self.settle()
            self.foreseen_changed()
            self.show_text()
            shown = True
        elif self.foreseen is not None and self.foreseen.recipe != self._written():  # what was typed was given up
            shown = self.foresee(self._written())
        self._explained = message.form.chosen
        self._show_help(message.trial.problem if message.trial is not None else None)
        if not shown:
            self._show_forecast()
            self.form.repaint()
            self.refresh_bindings()

    _explained: object = None
    """The setting that was explained last."""

    @on(ChoosingList.Chosen)
    def _chosen_advice(self, message: ChoosingList.Chosen) -> None:
        message.stop()
        self._show_help()

    def on_descendant_focus(self) -> None:
        """While the list of advice has the focus, keys and help are about what is chosen there."""
        self._show_help()

    def _show_help(self, typed_problem: str | None = None) -> None:
        form, panel = self.form, self.query_one(AdvicePanel)
        listed = panel.advice if panel.has_focus else None
        about = field(listed.key) if listed is not None else None
        if listed is not None and about is not None:
            said = Explained(about, self.draft.state(about), advice=(listed,), values=form.values, tiny=form.tiny)
            self.query_one(HelpPanel).show(said)
            return
        spec = form.chosen
        state, effect = form.state, has_effect(spec, form.values)
        advice = tuple(each for each in self.advice or () if each.key == spec.key)
        warning = "" if advice else form.outside(spec)
        problem = state.problem if typed_problem is None else typed_problem
        said = Explained(spec, state, problem, warning, effect, advice, form.values, form.tiny)
        self.query_one(HelpPanel).show(said)

    # The form

    @on(Form.Changed)
    def _changed(self, message: Form.Changed) -> None:
        message.stop()
        self.after_change(message.written)

    @on(FindLine.Typed)
    def _filter(self, message: FindLine.Typed) -> None:
        message.stop()
        count = self.form.filter(message.text)
        self.query_one(FindLine).say(f"{count:3} found" if message.text else "")

    @on(FindLine.Sent)
    def _filtered(self, message: FindLine.Sent) -> None:
        message.stop()
        if not message.text:
            self.query_one(FindLine).close()
        self.form.focus()

    @on(FindLine.GivenUp)
    def _unfilter(self, message: FindLine.GivenUp) -> None:
        message.stop()
        self.end_filter()

    def end_filter(self) -> None:
        """Show all settings again."""
        self.query_one(FindLine).close()
        self.form.filter("")
        self.form.focus()

    # Keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys that would do nothing are left to the screen, and out of the footer."""
        if self.form.editing and action in _OWN_KEYS:
            return False
        match action:
            case "problem":
                return self.draft.readable and len(self.draft.problems) > len(self.draft.strange_problems)
            case "find" | "panel" | "diff":
                return not self.has_class("-text")
            case "undo":
                return self.draft.can_undo and self.draft.readable
            case "redo":
                return self.draft.can_redo and self.draft.readable
            case "update":
                return self.newer.offers
            case "fix" | "accept" | "mend":
                return not self.has_class("-text") and self.can(action)
            case "why_not":
                asked = str(parameters[0]) if parameters else ""
                return not self.form.editing and not self.has_class("-text") and not self.can(asked)
            case "back":
                inside = self.query_one(AdvicePanel).has_focus or self.query_one(FindLine).is_open
                return inside or (self.has_class("-text") and self.draft.readable)
        return super().check_action(action, parameters)

    def action_find(self) -> None:
        """Search the settings."""
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
        self.end_filter()
        self.form.choose(next((spec for spec in specs if order.index(spec.key) > here), specs[0]))

    def action_back(self) -> None:
        """From the file to the form, from the list of advice to the form, from a search to all settings."""
        if self.has_class("-text"):
            self.action_text()
        elif self.query_one(AdvicePanel).has_focus:
            self.show_panel("help")
            self.form.focus()
        else:
            self.end_filter()
