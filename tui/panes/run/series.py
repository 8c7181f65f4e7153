"""A run's figures as arrays, extended as the run goes on, so that a frame costs no walk over all steps."""

import math
from itertools import pairwise
from typing import Literal

import numpy as np

from engine.method_figures import decides, deciding
from engine.protocol import HardwareRead, StepDone
from engine.run_state import RunState
from tui.widgets.braille import Floats

SMOOTH_SHARE = 0.01
"""Steps that the smoothed curve averages over, as a share of the planned steps."""
SMOOTH_LEAST = 5.0

STEP_COLUMNS = ("step", "value", "smooth", "learning_rate", "grad_norm", "tokens_per_s")
"""`value` is the loss, or where it says nothing the reward; `smooth` its exponential mean."""
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

    def extend(self, cells: Floats) -> None:
        """Add rows, given as (columns, rows)."""
        rows = self.rows + cells.shape[1]
        if rows > self._cells.shape[1]:
            room = np.empty((len(self._names), max(rows, 2 * self.rows)))
            room[:, : self.rows] = self._cells[:, : self.rows]
            self._cells = room
        self._cells[:, self.rows : rows] = cells
        self.rows = rows

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
        self.of: Literal["loss", "reward"] = "loss"
        """What `value` is."""

    def update(self, state: RunState) -> None:
        """Add what is new. `state` is a later state of the same run."""
        span = max(SMOOTH_LEAST, SMOOTH_SHARE * state.plan.steps) if state.plan else SMOOTH_LEAST
        if steps := state.steps[self._steps_read :]:
            self._add_steps(steps, 2 / (span + 1))
        if reads := state.readings[self._readings_read :]:
            self.readings.extend(np.array([_reading_cells(read) for read in reads]).T)
        self._steps_read, self._readings_read = len(state.steps), len(state.readings)

    def _add_steps(self, steps: list[StepDone], weight: float) -> None:
        """Add steps; a step that was done before, and again after a resume, takes the earlier one's place."""
        numbers = np.array([step.step for step in steps], dtype=float)
        before = np.concatenate(([self.steps["step"][-1] if self.steps.rows else -np.inf], numbers[:-1]))
        resumes = np.flatnonzero(numbers <= before).tolist()
        for start, end in pairwise([0, *(place for place in resumes if place), len(steps)]):
            if start in resumes:
                self.steps.cut(int(np.searchsorted(self.steps["step"], numbers[start])))
                self.breaks.append(numbers[start] - 0.5)
            self.steps.extend(self._step_cells(steps[start:end], weight))

    def _step_cells(self, steps: list[StepDone], weight: float) -> Floats:
        self.of = decides(steps[-1])
        values = [deciding(step) for step in steps]
        return np.array(
            [
                [step.step for step in steps],
                [_number(value) for value in values],
                [self._smoothed(value, weight) for value in values],
                [_number(step.learning_rate) for step in steps],
                [_number(step.grad_norm) for step in steps],
                [step.tokens / step.seconds if step.seconds > 0 else math.nan for step in steps],
            ],
            dtype=float,
        )

    def _smoothed(self, value: float | None, weight: float) -> float:
        """The exponential mean with this value in it; a gap where it was not a number."""
        if value is None:
            return math.nan
        self._mean = value if math.isnan(self._mean) else self._mean + weight * (value - self._mean)
        return self._mean


def _reading_cells(read: HardwareRead) -> tuple[float, float, float]:
    reading = read.reading
    if not reading.gpus:
        return read.time, _number(reading.process_memory_bytes), _number(reading.process_cpu)
    busiest = max(reading.gpus, key=lambda gpu: gpu.memory_used_bytes or 0)
    return read.time, _number(busiest.memory_used_bytes), _number(busiest.utilisation)


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)
