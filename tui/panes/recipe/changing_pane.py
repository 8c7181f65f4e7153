"""What a person does to a recipe besides typing: fixes, mends, accepted warnings, tables, comparisons, the start."""

from typing import TYPE_CHECKING

from textual import on

from engine.base_models import suggested
from engine.project import Project
from engine.recipe import TARGET_GROUPS
from engine.recipe_form import FieldSpec, field
from tui.figures import size
from tui.messages import PaneWanted, RecipeChanged, ToldUser, TrainingWanted
from tui.panes.recipe.advice_panel import AdvicePanel
from tui.panes.recipe.asking import AskText, Choice, Pick
from tui.panes.recipe.draft import Draft, Values
from tui.panes.recipe.foreseeing_pane import ForeseeingPane
from tui.panes.recipe.form import Form
from tui.panes.recipe.panels import PANELS, PanelName
from tui.panes.recipe.state_line import StartLine, hindrance

if TYPE_CHECKING:
    from engine.advice import Advice
    from tui.panes.recipe.readiness_screen import ReadinessScreen


_TARGETS = {
    "all": "all seven linear layers; it holds the others",
    **{group: f"holds {', '.join(layers)}" for group, layers in TARGET_GROUPS.items()},
    **{layer: f"in {group}, and in all" for group, layers in TARGET_GROUPS.items() for layer in layers},
}


class ChangingPane(ForeseeingPane):
    """Keys that change the recipe."""

    def __init__(self, project: Project, draft: Draft) -> None:
        super().__init__(project)
        self.draft = draft
        self.panel: PanelName = "help"
        self.done = ""
        """What a key has just done to several settings; "" once another change was made."""

    @property
    def form(self) -> Form:
        """The form."""
        return self.query_one("#recipe-form", Form)

    def refresh_all(self) -> None:
        """Show the draft as it is now."""
        raise NotImplementedError

    def after_change(self, written: bool) -> None:
        """A setting was changed; `written`: and the file with it."""
        self.done = ""
        self._changed_now(written)

    def _changed_now(self, written: bool) -> None:
        self.refresh_all()
        if written:
            self.post_message(RecipeChanged())

    def _set_all(self, values: Values, words: str) -> None:
        """Change several settings as one change."""
        written = self.draft.set_all(values)
        spec = field(next(iter(values)))
        if spec is not None:
            self.form.choose(spec)
        self.done = words if written else ""
        self._changed_now(written)

    def action_undo(self) -> None:
        """Take the last change back, wherever the focus is: the list of advice and the file are seen to change."""
        self.form.action_undo()

    def action_redo(self) -> None:
        """Make the change again that was taken back last."""
        self.form.action_redo()

    # Advice

    def _meant(self) -> "list[Advice]":
        """The advice that keys are about: the chosen one of the list, else what there is about the chosen setting."""
        panel = self.query_one(AdvicePanel)
        if panel.has_focus:
            return [panel.advice] if panel.advice is not None else []
        return [each for each in self.advice or () if each.key == self.form.chosen.key and not each.accepted]

    def can(self, action: str) -> bool:
        """Whether there is something to fix, to accept, or to mend."""
        match action:
            case "fix":
                return any(each.fix for each in self._meant())
            case "accept":
                return any(each.acceptable and not each.accepted for each in self._meant())
        return self.foreseen is not None and bool(self.foreseen.forecast.mends)

    def action_why_not(self, action: str) -> None:
        """Say why a key does nothing here."""
        self.post_message(ToldUser(self._nothing_to_fix(action) if action != "mend" else self._nothing_to_mend()))

    def _nothing_to_fix(self, action: str) -> str:
        there = self._meant()
        if not there:
            return f"there is no advice on {self.form.chosen.label}: o shows all there is"
        if action == "fix":
            return "no one value mends this: it says what to look at, and enter changes the setting"
        if there[0].accepted:
            return "this is accepted already: enter on accepted warnings takes it back"
        if there[0].blocking:
            return "this cannot be accepted: training would not start"
        return "only warnings can be accepted: a note needs no answer"

    def _nothing_to_mend(self) -> str:
        if self.foreseen is None:
            return self.problem or "model, data and machine are still being read"
        forecast = self.foreseen.forecast
        if forecast.verdict == "fits":
            return "nothing has to give way: it fits"
        if forecast.verdict == "unknown":
            return f"how much memory it takes is not known: {forecast.reason or 'there is no GPU to compare with'}"
        return "no smaller setting with the same effective batch makes it fit: a smaller base or a larger GPU does"

    def action_fix(self) -> None:
        """Do what the advice says."""
        for each in self._meant():
            if each.fix:
                self._set_all(dict(each.fix), "done as advised")
                return

    def action_accept(self) -> None:
        """Accept a warning; why is kept with each run."""
        found = next((each for each in self._meant() if each.acceptable and not each.accepted), None)
        if found is None:
            return
        spec = field("advice.accepted")
        assert spec is not None

        def accept(reason: str) -> None:
            here = self.form.chosen
            written = self.draft.set(spec, {**self.draft.value(spec), found.code: reason})
            self.form.choose(here)
            self.after_change(written)

        self.app.push_screen(AskText("Accept this warning?", f"{found.message} Why does it not apply here?", accept))

    @on(AdvicePanel.Opened, "#recipe-advice")
    def _go_to_advice(self, message: AdvicePanel.Opened) -> None:
        """To the setting that it is about."""
        message.stop()
        found = self.query_one(AdvicePanel).advice
        spec = field(found.key) if found is not None else None
        if spec is not None:
            self._to_form(spec)

    def _to_form(self, spec: FieldSpec) -> None:
        """To a setting: keys are about it, and not about the list of advice, from now on."""
        self.remove_class("-text")
        self.show_panel("help")
        self.form.focus()
        self.form.choose(spec)

    def action_mend(self) -> None:
        """Make it fit the GPU's memory: with the one change there is, or the one that is chosen."""
        mends = self.foreseen.forecast.mends if self.foreseen is not None else ()
        if len(mends) == 1:
            self._set_all(dict(mends[0].settings), mends[0].words)
        elif mends:
            choices = [
                Choice(str(place), mend.words, f"{size(mend.vram_bytes)}, {mend.verdict}")
                for place, mend in enumerate(mends)
            ]
            self.app.push_screen(
                Pick(
                    "What shall give way?",
                    choices,
                    lambda keys: self._mend(int(keys[0])),
                    hint="The effective batch stays.",
                )
            )

    def _mend(self, place: int) -> None:
        mends = self.foreseen.forecast.mends if self.foreseen is not None else ()
        if place < len(mends):
            self._set_all(dict(mends[place].settings), mends[place].words)

    # Panels

    def show_panel(self, panel: PanelName) -> None:
        """Bring a panel to the front, where there is room for one only."""
        self.panel = panel
        for name in PANELS:
            self.set_class(name == panel, f"-on-{name}")
        self.foreseen_changed()

    def action_panel(self) -> None:
        """The next panel, or the list of advice where all are shown."""
        advice = self.query_one(AdvicePanel)
        if self.has_class("-open"):
            (self.form if advice.has_focus else advice).focus()
            return
        after = PANELS[(PANELS.index(self.panel) + 1) % len(PANELS)]
        self.show_panel(after)
        (advice if after == "advice" else self.form).focus()

    # Tables and lists

    @on(Form.PickWanted)
    def _pick(self, message: Form.PickWanted) -> None:
        message.stop()
        spec = message.spec
        match spec.key:
            case "data.curate":
                self.post_message(ToldUser("Here are the rows that the steps lead to: C lists the steps"))
                self.post_message(PaneWanted("data"))
            case "rewards":
                self._open_rewards()
            case "advice.accepted":
                self._open_accepted(spec)
            case "model.base":
                self._open_bases(spec)
            case _:
                self._open_items(spec)

    def _change(self, spec: FieldSpec, value: object) -> None:
        self.form.choose(spec)
        self.form.change(value)

    def _open_items(self, spec: FieldSpec) -> None:
        there = [str(item) for item in self.draft.value(spec)]
        others = [item for item in there if item not in spec.choices]
        known = _TARGETS if spec.key == "adapter.targets" else {}
        choices = [Choice(item, item, known.get(item, "")) for item in (*spec.choices, *others)]
        self.app.push_screen(Pick(spec.label, choices, lambda keys: self._change(spec, keys), there, spec.help))

    def _open_accepted(self, spec: FieldSpec) -> None:
        accepted: dict[str, str] = dict(self.draft.value(spec))
        choices = [Choice(code, code.replace("_", " "), reason) for code, reason in accepted.items()]
        if not choices:
            self.post_message(ToldUser("no warning is accepted: w on a setting with a warning (!) accepts it"))
            return
        self.app.push_screen(
            Pick(
                "Accepted warnings", choices,
                lambda keys: self._change(spec, {code: accepted[code] for code in keys} or None),
                accepted, "space takes one back: it warns again.",
            )
        )  # fmt: skip

    def _open_bases(self, spec: FieldSpec) -> None:
        recipe = self._written()
        if recipe is None:
            self.post_message(ToldUser("mend the problems first: which models suit follows from the recipe"))
            return
        choices = [
            Choice(model.id, model.id, f"{model.billions} · {model.why} · {model.licence}")
            for model in suggested(recipe)
        ]
        self.app.push_screen(
            Pick(
                "Base models for this recipe", choices, lambda keys: self._change(spec, keys[0]), hint="enter takes one"
            )
        )

    def _open_rewards(self) -> None:
        from tui.panes.recipe.rewards_screen import RewardsScreen

        self.app.push_screen(RewardsScreen(self.project, self.draft), lambda written: self.after_change(bool(written)))

    # Screens

    def action_diff(self) -> None:
        """What differs from the template, a run or the defaults."""
        from tui.panes.recipe.diff_screen import DiffScreen

        self.app.push_screen(DiffScreen(self.project, self.draft), lambda written: self.after_change(bool(written)))

    def action_readiness(self) -> None:
        """Is fine-tuning the right thing to do?"""
        from tui.panes.recipe.readiness_screen import ReadinessScreen

        def closed(written: bool | None) -> None:
            self._asking = None
            self.after_change(bool(written))

        self._asking = ReadinessScreen(self.draft, self.foreseen, self.measured)
        self.app.push_screen(self._asking, closed)

    _asking: "ReadinessScreen | None" = None
    """The readiness check while it is open."""

    def foreseen_changed(self) -> None:
        """The readiness check is opened before all is known, too."""
        if self._asking is not None:
            self._asking.foreseen_changed(self.foreseen, self.measured)

    # The start

    @on(StartLine.Pressed)
    def _pressed(self, message: StartLine.Pressed) -> None:
        message.stop()
        self.action_train()

    def action_train(self) -> None:
        """Start training, or go to what stands in the way."""
        hindered = hindrance(self.draft, self.advice or ())
        if self.draft.problems or not self.draft.readable:
            self.post_message(ToldUser("Training cannot start: the recipe has problems."))
            self.action_problem()
        elif hindered:
            self._go_to_blocking()
        else:
            self.post_message(TrainingWanted())

    def action_problem(self) -> None:
        """Go to the next problem."""
        raise NotImplementedError

    def _go_to_blocking(self) -> None:
        """To the setting that stands in the way, with the keys that deal with it."""
        blocking = next(each for each in self.advice or () if each.blocking)
        spec = field(blocking.key)
        if spec is None or (spec == self.form.chosen and self.form.has_focus):  # nothing else would be seen to happen
            self.post_message(ToldUser(f"Training cannot start: {blocking.message}"))
        if spec is not None:
            self._to_form(spec)
