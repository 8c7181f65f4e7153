"""The answer on top of the Run pane: how it goes or how it ended, in words, and what to do about it."""

import time
from textwrap import wrap

from engine.job import JobView
from engine.method_figures import decides, deciding
from engine.reward_verdict import reward_verdict
from engine.run_state import RunState
from engine.verdict import EARLY_STEPS, Level, verdict
from tui.cli.ending import mend, reason
from tui.figures import clock, duration, loss, plural, roughly, size
from tui.run_words import phase_words, took_s
from tui.visible import one_line, visible
from tui.widgets.painted import Ink, Line, fitting

_LEVELS: dict[Level, tuple[str, Ink]] = {
    "good": ("✓", "good"), "info": ("·", "dim"), "warn": ("!", "warn"), "error": ("✗", "error"),
}  # fmt: skip

MOST_LINES = 5

NO_RUN: list[Line] = [
    [(" No run yet. ", ""), ("t", "key"), (" starts one of this project's recipe.", "")],
    [(" It goes on when this studio is closed, or the line is cut.", "dim")],
]


def answer(view: JobView | None, width: int, most: int = MOST_LINES) -> list[Line]:
    """The answer in at most so many lines of this width."""
    if view is None:
        return NO_RUN[:most]
    said = [paragraph for paragraph in _paragraphs(view) if paragraph[2]]
    lines = [line for glyph, ink, text in said for line in _wrapped(glyph, ink, text, width)]
    if len(lines) > most:
        *head, (text, ink) = lines[most - 1]
        lines = [*lines[: most - 1], [*head, (one_line(f"{text} and more", len(text)), ink)]]
    return lines


def _paragraphs(view: JobView) -> list[tuple[str, Ink, str]]:
    """(glyph, ink, text) of each thing to say, the gravest first."""
    state = view.state
    found: list[tuple[str, Ink, str]] = []
    if view.silent_s is not None:
        text = (
            f"The engine has written nothing for {duration(view.silent_s)} (process {state.pid} lives): "
            "stopped, starved, or deep in one long call."
        )
        found.append(("!", "warn", text))
    if view.condition in ("failed", "dead"):
        found.append(("✗", "error", _capital(reason(view)) + "."))
        found.append(("→", "accent", _capital(mend(view))))
    elif view.condition == "stopped":
        found.append(("■", "dim", _ended("Stopped", state)))
    elif view.condition == "completed":
        found.append(("✓", "good", _ended("Completed", state)))
    elif not state.steps:
        found.append(("·", "dim", _waiting(state)))
    if state.steps and (view.live or len(state.steps) >= EARLY_STEPS):
        judged = reward_verdict(state) or verdict(state)
        glyph, ink = _LEVELS[judged.level]
        found.append((glyph, ink, f"{judged.text} {judged.advice}".strip()))
    return found


def _waiting(state: RunState) -> str:
    """What is being done before the first step."""
    phase = state.phase
    if phase is None:
        return "Its engine is starting."
    words = phase_words(phase).capitalize()
    doing = f": {visible(phase.detail)}" if phase.detail else ""
    usual = {
        "starting": " Importing the training libraries takes some seconds, with Unsloth up to half a minute.",
        "compiling": " The first step compiles kernels; the next ones are quick.",
    }.get(phase.phase, "")
    return f"{words}{doing}.{usual}"


def _ended(how: str, state: RunState) -> str:
    took = took_s(state)
    text = f"{how}{f' after {duration(took)}' if took is not None else ''}"
    if state.finished and state.finished.reason:
        text += f": {visible(state.finished.reason)}"
    text = text.rstrip(".") + "."
    if state.adapter is not None:
        adapter = state.adapter
        kept = " (the best one measured)" if state.best and state.best.step == adapter.step else ""
        text += (
            f" Adapter of step {adapter.step:,}{kept} saved: {size(adapter.bytes)}, "
            f"{plural(adapter.tensors, 'tensor')} read back equal."
        )
    return text


def _capital(text: str) -> str:
    text = visible(text)
    return text[:1].upper() + text[1:].rstrip(".")


def _wrapped(glyph: str, ink: Ink, text: str, width: int) -> list[Line]:
    lines = wrap(text, max(12, width - 4)) or [""]
    strong: Ink = ink if ink in ("error", "warn") else ""
    return [[(f" {glyph if place == 0 else ' '} ", ink), (line, strong)] for place, line in enumerate(lines)]


def figures(state: RunState, width: int, smoothed: float | None) -> Line:
    """The losses in figures (rewards where they decide), as the chart draws them, and when it ends."""
    if not state.steps:
        return []
    best, newest = state.best, state.steps[-1]
    parts: list[Line] = [[(f"{decides(newest)} ", "dim"), (f"{loss(deciding(newest)):>6}", "")]]
    parts.append([("smoothed ", "dim"), (f"{loss(smoothed):>6}", "accent")])
    if state.evaluations:
        measured = f"{loss(deciding(state.evaluations[-1])):>6}"
        parts.append([("◇ ", "bold"), ("validation ", "dim"), (measured, "")])
    if best is not None:
        parts.append([("◆ ", "good"), ("best ", "dim"), (f"{loss(deciding(best))} @{best.step:,}", "")])
    parts.append(_pace(state))
    return [(" ", ""), *fitting([part for part in parts if part], width - 1, between="   ")]


def _pace(state: RunState) -> Line:
    steps = f"step {state.step:,} of {state.plan.steps:,}" if state.plan else f"step {state.step:,}"
    left = state.eta_s
    if left is None:
        return [(steps, "dim")]
    return [(f"{steps}, {roughly(left)} left, at {clock(time.time() + left)}", "dim")]
