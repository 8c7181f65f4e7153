"""The pure fold: events -> what there is to know about a job. Every viewer, live or years later, goes through it."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from statistics import median
from typing import Literal

import msgspec

from engine.hardware import HardwareReading
from engine.log import Log
from engine.packed_figures import packed
from engine.protocol import (
    AdapterSaved,
    AnyEvent,
    BackendChosen,
    CheckpointSaved,
    CommandAnswered,
    DataReady,
    Evaluated,
    Finished,
    HardwareRead,
    JobKind,
    ModelLoaded,
    Notice,
    Phase,
    PhaseProgress,
    PhaseStarted,
    Started,
    StepDone,
    TrainingPlanned,
)

Condition = Literal["queued", "running", "paused", "completed", "stopped", "failed", "dead"]
"""What a person calls the state of a run; `dead` is an engine that is gone without a last word."""

SILENT_AFTER_S = 15.0
"""An engine that holds its lock and has written nothing for this long is reported as not responding."""

_PACE_STEPS = 20


@dataclass(frozen=True, slots=True)
class PhaseSpan:
    """One phase: when it began, when it ended (None while it lasts), and how far it is."""

    phase: Phase
    detail: str
    started: float
    ended: float | None = None
    done: float = 0
    total: float | None = None
    unit: str = ""


@dataclass(frozen=True, slots=True)
class RunState:
    """Everything that the journal says so far. Times are seconds since the epoch."""

    kind: JobKind | None = None
    pid: int | None = None
    host: str = ""
    versions: dict[str, str] = field(default_factory=dict)
    started: float | None = None
    """When the engine first started."""
    last_event: float | None = None
    """When the newest event, a heartbeat included, was written."""
    backend: BackendChosen | None = None
    model: ModelLoaded | None = None
    data: DataReady | None = None
    plan: TrainingPlanned | None = None
    phases: tuple[PhaseSpan, ...] = ()
    steps: Log[StepDone] = field(default_factory=Log)
    evaluations: Log[Evaluated] = field(default_factory=Log)
    checkpoints: tuple[CheckpointSaved, ...] = ()
    adapter: AdapterSaved | None = None
    readings: Log[HardwareRead] = field(default_factory=Log)
    notices: Log[Notice] = field(default_factory=Log)
    answers: tuple[CommandAnswered, ...] = ()
    finished: Finished | None = None

    @property
    def phase(self) -> PhaseSpan | None:
        """The phase that lasts, or the last one."""
        return self.phases[-1] if self.phases else None

    @property
    def step(self) -> int:
        """Optimiser steps done."""
        return self.steps[-1].step if self.steps else 0

    @property
    def loss(self) -> float | None:
        """Training loss of the newest step, nats per trained token."""
        return self.steps[-1].loss if self.steps else None

    @property
    def best(self) -> Evaluated | None:
        """The evaluation with the lowest validation loss."""
        return next((evaluation for evaluation in reversed(self.evaluations) if evaluation.best), None)

    @property
    def reading(self) -> HardwareReading | None:
        """The newest reading of the machine."""
        return self.readings[-1].reading if self.readings else None

    @property
    def seconds_per_step(self) -> float | None:
        """Median of the last 20 steps, so that an evaluation or a slow first step does not sway it."""
        recent = [step.seconds for step in self.steps[-_PACE_STEPS:] if step.seconds > 0]
        return median(recent) if recent else None

    @property
    def eta_s(self) -> float | None:
        """Seconds until the last planned step, evaluations on the way included; None when unknown or over."""
        pace = self.seconds_per_step
        if self.finished or self.plan is None or pace is None:
            return None
        left = max(0, self.plan.steps - self.step)
        evaluating = sum(evaluation.seconds for evaluation in self.evaluations)
        return left * (pace + evaluating / max(1, self.step))


def fold(state: RunState, events: Iterable[AnyEvent]) -> RunState:
    """The state after `events`. Series are added to once per call, so replay a journal in large batches."""
    steps: list[StepDone] = []
    evaluations: list[Evaluated] = []
    readings: list[HardwareRead] = []
    notices: list[Notice] = []
    last: AnyEvent | None = None
    for last in events:
        match last:
            case StepDone():
                steps.append(_packed(last))
            case HardwareRead():
                readings.append(last)
            case Evaluated():
                evaluations.append(last)
            case Notice():
                notices.append(last)
            case _:
                state = _fold_one(state, last)
    return replace(
        state,
        phases=_trained(state, steps),
        steps=state.steps.extended(steps),
        evaluations=state.evaluations.extended(evaluations),
        readings=state.readings.extended(readings),
        notices=state.notices.extended(notices),
        last_event=state.last_event if last is None else last.time,
    )


def condition(state: RunState, alive: bool, age_s: float) -> Condition:
    """What a person calls it. `alive`: the lock is held; `age_s`: seconds since the job was launched."""
    if state.finished is not None:
        return state.finished.outcome
    if alive:
        return "running" if state.started is not None else "queued"
    return "queued" if state.started is None and age_s < SILENT_AFTER_S else "dead"


def _packed(step: StepDone) -> StepDone:
    """The step as it is kept: a long run's dictionaries of figures would take more room than all else."""
    return msgspec.structs.replace(step, metrics=packed(step.metrics))


def _fold_one(state: RunState, event: AnyEvent) -> RunState:
    match event:
        case Started(kind=kind, pid=pid, host=host, versions=versions, time=time):
            first = time if state.started is None else state.started
            return replace(state, kind=kind, pid=pid, host=host, versions=versions, started=first, finished=None)
        case PhaseStarted(phase=phase, detail=detail, time=time):
            return replace(state, phases=(*_close(state.phases, time), PhaseSpan(phase, detail, time)))
        case PhaseProgress(done=done, total=total, unit=unit) if state.phases:
            now = replace(state.phases[-1], done=done, total=total, unit=unit)
            return replace(state, phases=(*state.phases[:-1], now))
        case BackendChosen():
            return replace(state, backend=event)
        case ModelLoaded():
            return replace(state, model=event)
        case DataReady():
            return replace(state, data=event)
        case TrainingPlanned():
            return replace(state, plan=event)
        case CheckpointSaved():
            return replace(state, checkpoints=(*state.checkpoints, event))
        case AdapterSaved():
            return replace(state, adapter=event)
        case CommandAnswered():
            return replace(state, answers=(*state.answers, event))
        case Finished(time=time):
            return replace(state, phases=_close(state.phases, time), finished=event)
    return state


def _trained(state: RunState, steps: list[StepDone]) -> tuple[PhaseSpan, ...]:
    """The phases; while training, the steps done are its progress."""
    if not steps or state.plan is None or not state.phases or state.phases[-1].phase != "training":
        return state.phases
    now = replace(state.phases[-1], done=steps[-1].step, total=state.plan.steps, unit="steps")
    return (*state.phases[:-1], now)


def _close(phases: tuple[PhaseSpan, ...], time: float) -> tuple[PhaseSpan, ...]:
    if not phases or phases[-1].ended is not None:
        return phases
    return (*phases[:-1], replace(phases[-1], ended=time))
