"""A run's figures as arrays, extended as the run goes on, so that a frame costs no walk over all steps."""

import math

import numpy as np

from engine.protocol import HardwareRead, StepDone
from engine.run_state import RunState
from tui.widgets.braille import Floats

SMOOTH_SHARE = 0.01
"""Steps that the smoothed curve averages over, as a share of the planned steps."""
SMOOTH_LEAST = 5.0

STEP_COLUMNS = ("step", "loss", "smooth", "learning_rate", "grad_norm", "tokens_per_s")
READING_COLUMNS = ("time", "memory", "busy")


class Table:
    """Columns of numbers that grow together."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self._names = names
        self._cells = np.empty((len(names), 256))
        self.rows = 0

    def __getitem__(self, name: str) -> Floats:
        """A column; a view that later rows do not change."""
        return self._cells[self._names.index(name), : self.rows]

    def append(self, *values: float) -> None:
        """Add a row."""
        if self.rows == self._cells.shape[1]:
            self._cells = np.concatenate((self._cells, np.empty_like(self._cells)), axis=1)
        self._cells[:, self.rows] = values
        self.rows += 1

    def cut(self, rows: int) -> None:
        """Forget all but the first rows."""
        self.rows = min(self.rows, rows)


class Series:
    """What the charts of a run draw."""

    def __init__(self) -> None:
        self.steps = Table(STEP_COLUMNS)
        self.readings = Table(READING_COLUMNS)
        self.breaks: list[float] = []
        """Where a resume took steps up again: curves are interrupted there."""
        self._steps_read = 0
        self._readings_read = 0
        self._mean = math.nan

    def update(self, state: RunState) -> None:
        """Add what is new. `state` is a later state of the same run."""
        span = max(SMOOTH_LEAST, SMOOTH_SHARE * state.plan.steps) if state.plan else SMOOTH_LEAST
        for step in state.steps[self._steps_read :]:
            self._add_step(step, 2 / (span + 1))
        for read in state.readings[self._readings_read :]:
            self._add_reading(read)
        self._steps_read, self._readings_read = len(state.steps), len(state.readings)

    def _add_step(self, step: StepDone, weight: float) -> None:
        if self.steps.rows and step.step <= self.steps["step"][-1]:
            self.steps.cut(int(np.searchsorted(self.steps["step"], step.step)))
            self.breaks.append(step.step - 0.5)
        if step.loss is not None:
            self._mean = step.loss if math.isnan(self._mean) else self._mean + weight * (step.loss - self._mean)
        self.steps.append(
            step.step,
            _number(step.loss),
            self._mean if step.loss is not None else math.nan,
            _number(step.learning_rate),
            _number(step.grad_norm),
            step.tokens / step.seconds if step.seconds > 0 else math.nan,
        )

    def _add_reading(self, read: HardwareRead) -> None:
        reading = read.reading
        if reading.gpus:
            busiest = max(reading.gpus, key=lambda gpu: gpu.memory_used_bytes or 0)
            memory, busy = busiest.memory_used_bytes, busiest.utilisation
        else:
            memory, busy = reading.process_memory_bytes, reading.process_cpu
        self.readings.append(read.time, _number(memory), _number(busy))


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)
