"""Steps as the table of `engine.forecast.pace` has them, beside those that tests/recorded/memory-h100.jsonl has.

Two processes shared each GPU then, so that the fastest step of each training is the nearest to what it takes alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median

import numpy as np

from engine.forecast import forecast
from engine.situation import DataFacts, GpuFacts, ModelFacts, Situation
from tests.gpu.shapes import SHAPES
from tests.measured_memory import Case, cases


@dataclass(frozen=True)
class Step:
    """One training's step."""

    case: Case
    measured_s: float
    forecast_s: float

    @property
    def ratio(self) -> float:
        """Forecast of measured."""
        return self.forecast_s / self.measured_s


def steps() -> Iterator[Step]:
    """A step of every recorded training; the first, which compiles, is not looked at."""
    for case in cases(timed=True):
        yield Step(case, min(case.line["seconds"][1:]), _forecast_s(case))


def _forecast_s(case: Case) -> float:
    line = case.line
    count = line["micro_batch"] * line["accumulation"]
    lengths = np.full(count, line["length"], np.int32)
    data = DataFacts(train=count, lengths=lengths, trained=lengths, exact=True)
    gpu = GpuFacts(line["gpu"], line["gpu_bytes"], line["gpu_bytes"])
    training = case.recipe.training.model_copy(update={"epochs": 1.0})
    found = forecast(
        case.recipe.model_copy(update={"training": training}),
        Situation(ModelFacts(SHAPES[line["shape"]]), data, (gpu,), unsloth=True),
    )
    assert found.seconds is not None
    assert (found.steps, found.seconds.source, found.backend) == (1, "table", line["backend"])
    return found.seconds.mid_s


def main() -> None:
    """Print them."""
    found = list(steps())
    for step in found:
        print(f"{step.case.name:<44} {step.measured_s:>6.2f} s  {step.forecast_s:>6.2f} s  {step.ratio:.2f}")
    ratios = sorted(step.ratio for step in found)
    print(f"{len(found)} trainings: in the middle {median(ratios):.2f}, from {ratios[0]:.2f} to {ratios[-1]:.2f}")


if __name__ == "__main__":
    main()
