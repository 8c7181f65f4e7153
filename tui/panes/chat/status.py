"""The line above the answers: who is being talked to, or what is in the way."""

import time
from dataclasses import dataclass, field
from textwrap import wrap

from engine.chat_state import ChatState
from engine.job import JobView
from tui.cli.ending import mend, reason
from tui.figures import duration
from tui.panes.model_loading import waiting_words
from tui.visible import visible
from tui.widgets.painted import Ink, Line, fitting
from tui.widgets.said import Said


@dataclass(frozen=True, slots=True)
class Shown:
    """What the pane knows."""

    run: str = ""
    """What the run is called; "" where the project has none."""
    trained: bool = False
    """Whether the run has left an adapter."""
    view: JobView | None = None
    """The chat; None while there is none."""
    state: ChatState = field(default_factory=ChatState)
    starting: bool = False
    usual_s: float | None = None
    """Seconds that loading usually takes here."""
    problem: str = ""
    """Why no chat could be started."""
    temperature: float = 0.0
    note: str = ""
    """What the field holds, where it was filled by key."""

    @property
    def live(self) -> bool:
        """Whether there is an engine that answers, or soon will."""
        return self.starting or (self.view is not None and self.view.live)


class Status(Said):
    """As many lines as there is to say."""

    def __init__(self) -> None:
        super().__init__()
        self._shown = Shown()

    def show(self, shown: Shown) -> None:
        """Show what the pane knows now."""
        self._shown = shown
        self.say()

    def lines(self, width: int) -> list[Line]:
        """What is known."""
        return status(self._shown, width, time.time())


def status(shown: Shown, width: int, now: float) -> list[Line]:
    """The lines for a width."""
    if shown.problem:
        return [line for said in shown.problem.splitlines() for line in _said("✗", "error", said, width)]
    if not shown.run:
        return _said("·", "dim", "No run yet: once one is trained (t), base and tuned answer here side by side.", width)
    if shown.starting or shown.view is None:
        return _before(shown, width)
    if shown.view.live:
        return _alive(shown.view, shown, width, now)
    return _ended(shown.view, width)


def _before(shown: Shown, width: int) -> list[Line]:
    if shown.starting:
        return _said("●", "accent", "Starting an engine for base and tuned.", width)
    if not shown.trained:
        return _said("·", "dim", f"{shown.run} has no adapter yet: it can be talked to once it has trained.", width)
    takes = f", about {duration(shown.usual_s)} here" if shown.usual_s is not None else ""
    text = f"Base and {shown.run} answer side by side. The first prompt loads both into memory{takes}."
    return _said("·", "dim", text, width) + _prompt_hints(shown, width)


def _alive(view: JobView, shown: Shown, width: int, now: float) -> list[Line]:
    if view.silent_s is not None:
        return _said("!", "warn", f"The engine has written nothing for {duration(view.silent_s)}.", width)
    if not shown.state.ready:
        return _said("●", "accent", waiting_words(shown.state.run, now, shown.usual_s), width)
    model = shown.state.run.model
    device = f" on {visible(model.device)}" if model is not None else ""
    parts: list[Line] = [
        [("base ", "base"), (visible(model.name) if model is not None else "", "")],
        [("tuned ", "tuned"), (shown.run, "")],
        [(f"{'answering' if shown.state.answering else 'ready'}{device}", "dim")],
        [("greedy" if shown.temperature == 0 else f"sampled at {shown.temperature:g}", "dim")],
    ]
    return [[(" ", ""), *fitting(parts, width - 1)], *_prompt_hints(shown, width), *_troubles(shown.state, width)]


def _prompt_hints(shown: Shown, width: int) -> list[Line]:
    return [[("   ", ""), (shown.note, "dim")]] if shown.note else []


def _troubles(state: ChatState, width: int) -> list[Line]:
    """The newest thing that went wrong, while it is the newest."""
    told = next((notice for notice in reversed(state.run.notices) if notice.level != "info"), None)
    if told is None:
        return []
    return _said("!", "warn", told.text, width)


def _ended(view: JobView, width: int) -> list[Line]:
    why = reason(view) or view.condition
    if view.condition in ("failed", "dead"):
        lines = _said("✗", "error", f"{why[:1].upper()}{why[1:].rstrip('.')}.", width)
        return lines + (_said("→", "accent", f"{mend(view)}.", width) if mend(view) else [])
    return _said("■", "dim", f"{why[:1].upper()}{why[1:].rstrip('.')}. The next prompt loads the models again.", width)


def _said(glyph: str, ink: Ink, text: str, width: int) -> list[Line]:
    lines = wrap(visible(text), max(12, width - 4), break_on_hyphens=False) or [""]
    words: Ink = ink if ink in ("error", "warn") else ""
    return [[(f" {glyph if place == 0 else ' '} ", ink), (line, words)] for place, line in enumerate(lines)]
