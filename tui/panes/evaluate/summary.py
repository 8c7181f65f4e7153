"""The upper part of the Evaluate pane: the answer in a sentence, the metrics, and how many rows changed."""

import time
from dataclasses import dataclass, field
from textwrap import wrap

from engine.evaluation_state import Change, EvaluationState, Finding, label, points, signed, sure, verdict
from engine.job import JobView
from engine.protocol import MetricCompared
from tui.cli.ending import mend, reason
from tui.figures import plural, roughly
from tui.panes.evaluate.forest import forest
from tui.panes.model_loading import waiting_words
from tui.visible import visible
from tui.widgets.painted import Ink, Line, cells, fit
from tui.widgets.said import Said

FILTERS: dict[str, tuple[Change | None, str]] = {
    "f": ("fixed", "fixed"),
    "b": ("broken", "broken"),
    "r": ("both_right", "both right"),
    "w": ("both_wrong", "both wrong"),
    "a": (None, "all"),
}
"""Keys of the groups that rows fall into, and what they are called."""

_GLYPHS: dict[Finding, tuple[str, Ink]] = {"better": ("✓", "good"), "worse": ("✗", "error"), "unclear": ("≈", "warn")}
CUT_SHARE = 0.02
"""More tuned answers than this that were cut off are worth a word; a base that rambles is none."""

_NAME = 14
_FIGURE = 8
_LEAST_PLOT = 18


@dataclass(frozen=True, slots=True)
class Shown:
    """What the pane knows."""

    view: JobView | None = None
    """The evaluation; None while there is none."""
    state: EvaluationState = field(default_factory=EvaluationState)
    run: str = ""
    """What the run is called; "" where the project has none."""
    trained: bool = False
    """Whether the run has left an adapter."""
    refusal: str | None = None
    """Why the run cannot be measured, with the mend; "" where it can, None before its data was looked at."""
    rows: int | None = None
    """Rows that an evaluation would answer."""
    starting: bool = False
    usual_s: float | None = None
    """Seconds that loading the models usually takes here."""
    trouble: tuple[str, ...] = ()
    """Why no evaluation could be started."""
    filter: Change | None = None
    """The group of rows that is listed; None: all."""
    brief: bool = False
    """Whether there are few lines: none is left blank."""

    @property
    def measurable(self) -> bool:
        """Whether an evaluation could be started now, were none at work."""
        return self.trained and not self.refusal and not self.starting


class Summary(Said):
    """As many lines as there is to say."""

    DEFAULT_CSS = "Summary { padding-bottom: 1; }"

    def __init__(self) -> None:
        super().__init__()
        self._shown = Shown()

    def show(self, shown: Shown) -> None:
        """Show what the pane knows now."""
        self._shown = shown
        self.say()

    def lines(self, width: int) -> list[Line]:
        """What is known."""
        return summary(self._shown, width, time.time())


def summary(shown: Shown, width: int, now: float) -> list[Line]:
    """All lines for a width."""
    lines = [line for problem in shown.trouble for line in _said("✗", "error", visible(problem), width)]
    if shown.starting:
        return [*lines, *_said("●", "accent", "Starting the evaluation.", width)]
    if shown.view is None:
        return [*lines, *_empty(shown, width)]
    gap: list[Line] = [] if shown.brief else [[]]
    lines += _answer(shown.view, shown, width, now)
    lines += [line for text in _cautions(shown.state) for line in _said("!", "warn", text, width)]
    if table := _table(shown.state, width):
        lines += [*gap, *table]
    if shown.state.tuned:
        lines += [*gap, counts(shown.state, shown.filter, width)]
    return lines


def _empty(shown: Shown, width: int) -> list[Line]:
    """What will be here, and the key that makes it."""
    question = "Is the tuned model better than the base? Both answer the held-out rows, which training never saw."
    if not shown.run:
        return [*_said("·", "dim", f"No run yet. {question}", width), _key("t", "trains one")]
    if shown.refusal:
        return _said("·", "dim", f"{shown.run} cannot be measured: {visible(shown.refusal)}.", width)
    if not shown.trained:
        wait = f"{shown.run} has no adapter yet: it can be measured once it has trained. {question}"
        return _said("·", "dim", wait, width)
    rows = f"up to {plural(shown.rows, 'row')}" if shown.rows else "the held-out rows"
    how = f"{shown.run} is not measured yet. {question}"
    return [*_said("·", "dim", how, width), _key("e", f"asks both {rows}, scores the answers and says how sure it is")]


def _key(key: str, does: str) -> Line:
    return [("   ", ""), (key, "key"), (f" {does}.", "")]


def _answer(view: JobView, shown: Shown, width: int, now: float) -> list[Line]:
    """The verdict, or how far it is, or why there is none."""
    state = shown.state
    if state.done is not None:
        found = verdict(state.done)
        glyph, ink = _GLYPHS[found.finding]
        return _said(glyph, ink, found.text, width, strong=True)
    if view.silent_s is not None:
        return _said("!", "warn", f"The engine has written nothing for {roughly(view.silent_s)}.", width)
    if view.live:
        return _said("●", "accent", progress_words(state, now, shown.usual_s), width)
    glyph, ink = ("■", "warn") if view.condition == "stopped" else ("✗", "error")
    why = visible(reason(view)) or view.condition
    lines = _said(glyph, ink, f"{why[:1].upper()}{why[1:].rstrip('.')}.", width)
    if advice := mend(view):
        lines += _said("→", "accent", f"{visible(advice)}.", width)
    return [*lines, _key("e", "measures again")] if shown.measurable else lines


def _cautions(state: EvaluationState) -> list[str]:
    """What to know before the figures are trusted."""
    told = [visible(notice.text) for notice in state.run.notices if notice.level != "info"]
    base, tuned = state.cut
    if tuned > CUT_SHARE * len(state.tuned):
        both = f"{tuned:,} of {len(state.tuned):,} tuned answers and {base:,} of {len(state.base):,} base answers"
        told.append(f"{both} were cut off: raise evaluation.max_new_tokens.")
    return told


def progress_words(state: EvaluationState, now: float, usual_s: float | None) -> str:
    """What is being done, how far it is, and how long it will take."""
    phase = state.run.phase
    if phase is None or phase.phase != "evaluating":
        return waiting_words(state.run, now, usual_s)
    total = 2 * len(state.rows)
    words = f"Answering: {state.answered:,} of {total:,} answers, base and tuned in turns"
    if not state.answered or not total:
        return words
    left = (now - phase.started) / state.answered * (total - state.answered)
    return f"{words} · about {roughly(left)} left"


def _table(state: EvaluationState, width: int) -> list[Line]:
    """Metrics, one a line; with their intervals once it is done."""
    if state.done is None:
        return _means(state)
    metrics = state.done.metrics
    head = f"{'':{_NAME}}{'base':>{_FIGURE}}{'tuned':>{_FIGURE}}{'difference':>12}   "
    room = width - len(head) - 1
    plot = forest(list(metrics.values()), room) if room >= _LEAST_PLOT else None
    lines: list[Line] = [_head(head, plot.ticks() if plot else "")]
    for name, metric in metrics.items():
        ink = _ink(metric)
        line = _figures(name, metric.base, metric.tuned, ink, main=name == state.done.main)
        lines.append([*line, ("   ", ""), (plot.row(metric) if plot else "", ink)])
    return lines


def _head(text: str, ticks: str) -> Line:
    """The names of the columns, those of the sides in their colours."""
    before, _, rest = text.partition("base")
    between, _, after = rest.partition("tuned")
    return [(before, ""), ("base", "base"), (between, ""), ("tuned", "tuned"), (after, "dim"), (ticks, "dim")]


def _means(state: EvaluationState) -> list[Line]:
    """What both sides have so far; without a word on which is better."""
    means = state.means()
    if not means:
        return []
    both = sum(len(rows) for rows in state.changes().values())
    head = f"{'':{_NAME}}{'base':>{_FIGURE}}{'tuned':>{_FIGURE}}{'difference':>12}   so far, over {plural(both, 'row')}"
    return [_head(head, "")] + [_figures(name, *each, "dim", main=name == state.main) for name, each in means.items()]


def _figures(name: str, base: float, tuned: float, ink: Ink, *, main: bool) -> Line:
    return [
        (f" {fit(label(visible(name)), _NAME - 1)}", "bold" if main else ""),
        (f"{points(base):>{_FIGURE}}", ""),
        (f"{points(tuned):>{_FIGURE}}", ""),
        (f"{signed(tuned - base):>12}", ink),
    ]


def _ink(metric: MetricCompared) -> Ink:
    if not sure(metric):
        return "dim"
    return "good" if metric.difference > 0 else "error"


def counts(state: EvaluationState, chosen: Change | None, width: int) -> Line:
    """How many rows fell into each group, with the keys that show them."""
    rows = state.changes()
    numbers = {key: len(rows[change]) if change else len(state.rows) for key, (change, _) in FILTERS.items()}
    gap = "   "
    while True:
        line: Line = [(" ", "")]
        for key, (change, name) in FILTERS.items():
            front = change == chosen
            line += [
                (f"{key}", "front" if front else "key"),
                (f" {name} {numbers[key]:,}", "bold" if front else ""),
                (gap, ""),
            ]
        if cells(line) <= width + len(gap) or len(gap) == 1:
            return line
        gap = gap[1:]


def _said(glyph: str, ink: Ink, text: str, width: int, *, strong: bool = False) -> list[Line]:
    lines = wrap(text, max(12, width - 4), break_on_hyphens=False) or [""]
    words: Ink = "bold" if strong else ink if ink in ("error", "warn") else ""
    return [[(f" {glyph if place == 0 else ' '} ", ink), (line, words)] for place, line in enumerate(lines)]
