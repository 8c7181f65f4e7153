"""The right-hand column of the Run pane: machine, what the method measures, phases, and what is trained on what."""

from collections import Counter

from engine.hardware import GpuReading, HardwareReading
from engine.job import JobView
from engine.run_state import RunState
from tui.figures import UNKNOWN, count, duration, percent, plural, short, size
from tui.panes.run.measured import measured
from tui.run_words import phase_words
from tui.visible import one_line, visible
from tui.widgets.painted import Ink, Line, Painted

BAR = 10
_PARTS = " ▏▎▍▌▋▊▉█"
_LABEL = 10
HOT_C = 85
FULL = 0.95


class Details(Painted):
    """A column of facts."""

    DEFAULT_CSS = """
    Details { height: auto; }
    """

    def __init__(self, id: str) -> None:
        super().__init__(id=id)
        self._view: JobView | None = None

    def show(self, view: JobView | None) -> None:
        """Show a run."""
        before = self._height()
        self._view = view
        self.repaint()
        if self._height() != before:
            self.refresh(layout=True)

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        """As many lines as there are facts."""
        return max(1, len(self.paint(width, 0)))

    def paint(self, width: int, height: int) -> list[Line]:
        """Every section that something is known about."""
        return [] if self._view is None else details(self._view, width)

    def _height(self) -> int:
        return len(self.paint(max(20, self.content_size.width), 0))


def details(view: JobView, width: int) -> list[Line]:
    """All facts in lines of this width."""
    state = view.state
    sections = {
        "Machine": _machine(state.reading) if view.live else [],
        "Measured": measured(view, width - 2),
        "Phases": _phases(state, width),
        "Run": _facts(view, width),
    }
    lines: list[Line] = []
    for title, section in sections.items():
        if section:
            lines += [[(title, "bold")], *([("  ", ""), *line] for line in section), []]
    return lines[:-1]


def bar(share: float | None, width: int = BAR) -> str:
    """A share as a bar of blocks, finer than a cell."""
    if share is None:
        return " " * width
    eighths = round(max(0.0, min(1.0, share)) * width * 8)
    full, part = divmod(eighths, 8)
    return ("█" * full + (_PARTS[part] if part else "")).ljust(width)


def _machine(reading: HardwareReading | None) -> list[Line]:
    if reading is None:
        return []
    lines = [line for gpu in reading.gpus for line in _gpu(gpu, brief=len(reading.gpus) > 2)]
    if not reading.gpus:
        lines = [*_process(reading)]
    elif reading.torch_gpu_bytes is not None:
        lines.append([(f"torch holds {size(reading.torch_gpu_bytes)} of it", "dim")])
    disk = reading.disk_free_bytes
    low = disk is not None and disk < 5 * 1024**3
    lines.append([(f"{'disk':<{_LABEL}}", "dim"), (f"{size(disk)} free", "warn" if low else "")])
    return lines


def _gpu(gpu: GpuReading, *, brief: bool) -> list[Line]:
    held = None
    if gpu.memory_used_bytes is not None and gpu.memory_total_bytes:
        held = gpu.memory_used_bytes / gpu.memory_total_bytes
    memory: Line = [
        (bar(held), "warn" if held is not None and held > FULL else "accent"),
        (f" {size(gpu.memory_used_bytes)} of {size(gpu.memory_total_bytes)}", ""),
    ]
    heat: Line = []
    if gpu.temperature_c is not None:
        heat.append((f"  {gpu.temperature_c}°C", "warn" if gpu.temperature_c >= HOT_C else ""))
    if gpu.power_w is not None:
        limit = f"/{gpu.power_limit_w:.0f}" if gpu.power_limit_w is not None else ""
        heat.append((f"  {gpu.power_w:.0f}{limit}W", "dim"))
    name = f"GPU{gpu.index}"
    if brief:
        return [[(f"{name:<6}", "dim"), (f"{percent(gpu.utilisation)} ", ""), *memory, *heat[:1]]]
    return [
        [(f"{name:<{_LABEL}}", "dim"), (bar(gpu.utilisation), "accent"), (percent(gpu.utilisation), ""), *heat],
        [(f"{'  memory':<{_LABEL}}", "dim"), *memory],
    ]


def _process(reading: HardwareReading) -> list[Line]:
    cpu, cores = reading.process_cpu, reading.cores
    busy = None if cpu is None or not cores else cpu / cores
    used, total = reading.process_memory_bytes, reading.memory_total_bytes
    held = used / total if used is not None and total else None
    cpu_words = UNKNOWN if cpu is None else f"{cpu:.1f}"
    return [
        [(f"{'CPU':<{_LABEL}}", "dim"), (bar(busy), "accent"), (f" {cpu_words} of {plural(cores or 1, 'core')}", "")],
        [
            (f"{'memory':<{_LABEL}}", "dim"),
            (bar(held), "accent"),
            (f" {size(used)} of {size(total)}", ""),
        ],
    ]


def _phases(state: RunState, width: int) -> list[Line]:
    """Time by phase, in the order of their first coming; the one that lasts with how far it is."""
    now = state.last_event or 0.0
    seconds: Counter[str] = Counter()
    for span in state.phases:
        seconds[span.phase] += max(0.0, (now if span.ended is None else span.ended) - span.started)  # type: ignore[assignment]
    current = state.phase if state.finished is None else None
    lines: list[Line] = []
    for phase, taken in seconds.items():
        lasts = current is not None and current.phase == phase
        ink: Ink = "accent" if lasts else "dim"
        lines.append([(f"{phase:<{_LABEL}}", ink), (f" {duration(taken):>7}", "")])
        if lasts and current is not None and (note := _phase_note(state, width - _LABEL - 12)):
            lines[-1].append((f"  {note}", "dim"))
    return lines


def _phase_note(state: RunState, room: int) -> str:
    span = state.phase
    if span is None:
        return ""
    if span.phase == "training" and state.plan:
        return f"step {state.step:,} of {state.plan.steps:,}"
    return one_line(phase_words(span).removeprefix(span.phase).strip() or span.detail, max(8, room))


def _facts(view: JobView, width: int) -> list[Line]:
    state = view.state
    facts: list[tuple[str, str]] = []
    if state.model:
        share = state.model.trainable / state.model.parameters if state.model.parameters else 0
        facts.append(("model", visible(state.model.name)))
        facts.append(("", f"{short(state.model.parameters)} parameters in {visible(state.model.dtype)}"))
        facts.append(("", f"{short(state.model.trainable)} of them trained ({share:.1%})"))
        facts.append(("device", visible(state.model.device)))
    if state.backend:
        facts.append(("backend", f"{visible(state.backend.backend)}: {visible(state.backend.reason)}"))
    if state.data:
        facts += _data_facts(state)
    if state.plan:
        rows = state.plan.micro_batch * state.plan.accumulation
        facts.append(("batch", f"{state.plan.micro_batch} × {state.plan.accumulation} = {rows} rows a step"))
        facts.append(("length", f"{count(state.plan.steps)} steps, {state.plan.epochs:g} epochs"))
    if state.checkpoints:
        newest = state.checkpoints[-1]
        facts.append(("saved", f"checkpoint of step {newest.step:,}, {size(newest.bytes)}"))
    if view.skipped:
        facts.append(("journal", f"{plural(view.skipped, 'line')} passed over (torn, or of a newer ttune)"))
    return [line for label, text in facts for line in _fact(label, text, width - 2)]


def _data_facts(state: RunState) -> list[tuple[str, str]]:
    data = state.data
    assert data is not None
    facts = [
        ("data", f"{count(data.train_rows)} rows, {count(data.validation_rows)} to validate"),
        ("", f"{short(data.tokens)} tokens, {short(data.trained_tokens)} trained"),
    ]
    if data.cut_rows:
        facts.append(("", f"{plural(data.cut_rows, 'row')} cut to the longest length"))
    if data.dropped_rows:
        facts.append(("", f"{plural(data.dropped_rows, 'row')} left out: nothing to train"))
    return facts


def _fact(label: str, text: str, width: int) -> list[Line]:
    from textwrap import wrap

    parts = wrap(text, max(12, width - _LABEL)) or [""]
    return [[(f"{label if place == 0 else '':<{_LABEL}}", "dim"), (part, "")] for place, part in enumerate(parts)]
