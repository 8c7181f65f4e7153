"""The pulse line: where one looks after reconnecting. Project, run, phase, loss, time left, GPU."""

from typing import TYPE_CHECKING

from tui.visible import one_line, visible
from tui.widgets.painted import Line, Painted, cells, fitting

if TYPE_CHECKING:
    from engine.hardware import HardwareReading
    from engine.job import JobView

NAME_WIDTH = 32


class PulseLine(Painted):
    """One line on top of every pane."""

    DEFAULT_CSS = """
    PulseLine { height: 1; background: $surface; }
    """

    def __init__(self, project: str) -> None:
        super().__init__(id="pulse")
        self._project = project
        self._view: JobView | None = None
        self._note = "opening…"

    def show(self, view: "JobView | None", note: str = "") -> None:
        """Show a run as it is now. `note`: something that goes on and is not in the journal yet."""
        self._view = view
        self._note = note
        self.repaint()

    def paint(self, width: int, height: int) -> list[Line]:
        """What fits, the most telling first."""
        name: Line = [(f" {one_line(self._project, NAME_WIDTH)} ", "bold")]
        parts: list[Line] = [[(self._note, "accent")]] if self._note else []
        if self._view is not None:
            parts = [*_parts(self._view)[:1], *parts, *_parts(self._view)[1:]]
        elif not parts:
            parts = [[("no run yet", "dim")]]
        line = fitting(parts, width - cells(name) - 1)
        if self._view is not None and self._view.live and self._view.state.reading is not None:
            with_machine = fitting(
                [line, machine_part(self._view.state.reading, width - cells(name) - cells(line) - 4)], width
            )
            line = with_machine if cells(name) + cells(with_machine) < width else line
        return [[*name, *line]]


def _parts(view: "JobView") -> list[Line]:
    """The run in parts, the most telling first."""
    from tui.run_words import GLYPHS, condition_words

    glyph, ink = GLYPHS[view.condition]
    words, words_ink = condition_words(view)
    number = view.folder.spec.number
    parts: list[Line] = [[(f"{glyph} ", ink), (f"#{number} ", ""), (words, words_ink)]]
    if view.live:
        return parts + _live_parts(view)
    return parts + _ended_parts(view)


def _live_parts(view: "JobView") -> list[Line]:
    from engine.verdict import smoothed_trend
    from tui.figures import loss, roughly
    from tui.run_words import measured

    state = view.state
    parts: list[Line] = []
    if (found := measured(state)) is not None:
        name, value = found
        trend, bad = smoothed_trend(state.steps), value is None
        parts.append([(f"{name} ", "dim"), ("not a number" if bad else loss(value), "error" if bad else "")])
        wrong = "↑" if name == "loss" else "↓"
        parts[-1] += [(f" {trend}", "warn" if trend == wrong else "accent")] if trend else []
    if state.eta_s is not None:
        parts.append([(f"{roughly(state.eta_s)} left", "")])
    return parts


def _ended_parts(view: "JobView") -> list[Line]:
    from tui.figures import duration
    from tui.run_words import best_words, took_s

    state = view.state
    parts: list[Line] = []
    if state.finished and state.finished.reason and view.condition == "failed":
        parts.append([(one_line(state.finished.reason, 60), "error")])
    if state.best:
        parts.append([("validation ", "dim"), (best_words(state), "")])
    took = took_s(state)
    if took is not None:
        parts.append([(f"took {duration(took)}", "dim")])
    return parts


def machine_part(reading: "HardwareReading", width: int) -> Line:
    """`GPU0 98% 31.2/139.8G 64°C`, or `CPU 190% 1.2G` where there is none; as much of it as fits."""
    from tui.figures import size

    if not reading.gpus:
        words = ["CPU" if reading.process_cpu is None else f"CPU {reading.process_cpu:4.0%}"]
        words.append(size(reading.process_memory_bytes))
    else:
        gpu = max(reading.gpus, key=lambda gpu: (gpu.memory_used_bytes or 0, gpu.utilisation or 0.0))
        words = [f"GPU{gpu.index}" + ("" if gpu.utilisation is None else f" {gpu.utilisation:4.0%}")]
        if gpu.memory_used_bytes is not None:
            words.append(f"{size(gpu.memory_used_bytes).rstrip('G')}/{size(gpu.memory_total_bytes)}")
        if gpu.temperature_c is not None:
            words.append(f"{gpu.temperature_c}°C")
    return fitting([[(visible(word), "dim")] for word in words], width, between=" ")
