"""Events -> the lines of `ttune attach`: one for each phase, step, evaluation, save and notice."""

import time
from collections.abc import Iterable, Iterator

from engine.method_figures import brief, decides, deciding, figure, validated, written
from engine.protocol import (
    AdapterSaved,
    AnyEvent,
    BackendChosen,
    CheckpointSaved,
    CommandAnswered,
    DataReady,
    Evaluated,
    ModelLoaded,
    Notice,
    PhaseProgress,
    PhaseStarted,
    Started,
    StepDone,
    TrainingPlanned,
)
from engine.run_state import RunState
from tui.figures import UNKNOWN, duration, loss, rate, size

PROGRESS_EVERY_S = 5.0
"""Progress within a phase, other than steps, is told this often at most."""

STAMP_WIDTH = 10
"""Columns of the time of day at the beginning of each line, with the space behind it."""

_WIDTHS = {"share": 4, "tokens": 4, "nats": 7, "": 7}
"""Cells of a figure, so that those of neighbouring lines stand below each other."""

_TAKE_TURNS = ("training", "evaluating")


class Narrator:
    """Tells a job's events, each at most once. It remembers only what a line needs from events before it."""

    def __init__(self, method: str = "sft") -> None:
        """`method`: of the run; it says which figures stand beside the loss."""
        self._method = method
        self._steps: int | None = None
        self._told = 0.0
        self._now = ""
        self._announced: set[str] = set()

    def tell(self, events: Iterable[AnyEvent], state: RunState) -> Iterator[str]:
        """Lines for new events; `state` is what the journal says after them."""
        self._steps = state.plan.steps if state.plan else None
        for event in events:
            text = self._progress(event) or self._line(event)
            if text:
                self._told = event.time
                yield stamped(event.time, text)

    def _line(self, event: AnyEvent) -> str:
        match event:
            case StepDone():
                return self._step(event)
            case Evaluated():
                return self._evaluation(event)
            case PhaseStarted():
                return self._phase(event)
            case Notice(level=level, text=text):
                return text if level == "info" else f"{level}: {text}"
            case CommandAnswered(text=text):
                return text
            case _:
                return _fact(event)

    def _phase(self, event: PhaseStarted) -> str:
        """Training and evaluating take turns all the time: each is announced once."""
        self._now = event.phase
        if event.phase in _TAKE_TURNS and event.phase in self._announced:
            return ""
        self._announced.add(event.phase)
        return f"{event.phase}  {event.detail}".rstrip()

    def _step(self, event: StepDone) -> str:
        total = f"/{self._steps}" if self._steps else ""
        place = f"{event.step:>{len(total) - 1 if total else 1}}{total}"
        norm = UNKNOWN if event.grad_norm is None else f"{event.grad_norm:.2f}"
        pace = f"lr {rate(event.learning_rate):<6}  grad {norm:>5}  {event.seconds:.2f}s"
        return "  ".join([f"step {place}", f"{decides(event)} {loss(deciding(event))}", *self._figures(event), pace])

    def _evaluation(self, event: Evaluated) -> str:
        told = f"validation {decides(event)} {loss(deciding(event))} at step {event.step}"
        best = ["best so far"] if event.best else []
        return "  ".join([told, duration(event.seconds), *best, *self._figures(event)])

    def _figures(self, event: StepDone | Evaluated) -> Iterator[str]:
        """The few that a line has room for."""
        metrics = validated(event) if isinstance(event, Evaluated) else event.metrics
        for name in brief(self._method, metrics):
            known = figure(self._method, name)
            yield f"{known.label} {written(known.unit, metrics[name]) or UNKNOWN:>{_WIDTHS[known.unit]}}"

    def _progress(self, event: AnyEvent) -> str:
        """Progress within a phase, unless something was told a moment ago."""
        if not isinstance(event, PhaseProgress) or event.time - self._told < PROGRESS_EVERY_S:
            return ""
        total = "" if event.total is None else f" of {event.total:g}"
        return f"{self._now}  {event.done:g}{total} {event.unit}".rstrip()


def stamped(moment: float, text: str) -> str:
    """A line that begins with the local time of day."""
    return f"{time.strftime('%H:%M:%S', time.localtime(moment))}  {text}"


def _fact(event: AnyEvent) -> str:
    """What is said once in a job."""
    match event:
        case Started(pid=pid, host=host):
            return f"engine started on {host}, process {pid}"
        case BackendChosen(backend=backend, reason=reason):
            return f"backend {backend}: {reason}"
        case ModelLoaded(name=name, parameters=parameters, trainable=trainable, device=device, dtype=dtype):
            return f"model {name}: {parameters:,} parameters, {trainable:,} trained, {dtype} on {device}"
        case DataReady(train_rows=rows, validation_rows=validation, tokens=tokens, trained_tokens=trained):
            return f"data {rows:,} rows to train, {validation:,} to validate; {tokens:,} tokens, {trained:,} trained"
        case TrainingPlanned(steps=steps, epochs=epochs, micro_batch=rows, accumulation=accumulation):
            return f"plan {steps:,} steps, {epochs:g} epochs, {rows} × {accumulation} rows a step"
        case CheckpointSaved(step=step, bytes=count):
            return f"checkpoint of step {step} saved, {size(count)}"
        case AdapterSaved(step=step, bytes=count, tensors=tensors):
            return f"adapter of step {step} saved, {size(count)}; {tensors} tensors read back and equal"
    return ""
