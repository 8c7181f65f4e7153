"""Whether a peak fits where it has to."""

from dataclasses import dataclass

from engine.forecast.gpus import GIB
from engine.forecast.types import Verdict
from engine.situation import GpuFacts, Situation

TIGHT_FROM = 0.92
"""Above this share of what is free a run is called tight: forecasts of those that fit may be 5% too low."""


@dataclass(frozen=True, slots=True)
class Room:
    """Memory that a run may take."""

    free_bytes: int | None
    """None where it cannot be read."""
    total_bytes: int | None
    """All that there is; None where what is free is all that counts."""
    where: str

    def judge(self, peak: int) -> Verdict:
        """The verdict on a peak."""
        if self.free_bytes is None:
            return "unknown"
        return (
            "fits" if peak <= TIGHT_FROM * self.free_bytes else "tight" if peak <= self.free_bytes else "will not fit"
        )

    def told(self, peak: int) -> str:
        """The verdict's reason in one line."""
        if self.free_bytes is None:
            return f"{_gb(peak)}, and what is free on {self.where} cannot be read"
        words = f"{_gb(peak)} of {_gb(self.free_bytes)} on {self.where}"
        if self.total_bytes is None:
            return words
        words = f"{_gb(peak)} of {_gb(self.free_bytes)} that are free on {self.where}"
        if peak > self.free_bytes and peak <= TIGHT_FROM * self.total_bytes:
            words += f": it would fit if all of its {_gb(self.total_bytes)} were"
        return words


def room_of(gpu: GpuFacts | None, situation: Situation) -> Room:
    """What is free now on a GPU that is here, all of one that is not; free host memory without a GPU."""
    if gpu is None:
        return Room(situation.host_free_bytes, situation.host_free_bytes, "the CPU, for there is no GPU")
    if gpu.free_bytes is None:
        return Room(gpu.total_bytes, None, gpu.name)
    return Room(gpu.free_bytes, gpu.total_bytes, gpu.name)


def _gb(size: int) -> str:
    return f"{size / GIB:.1f}G"
