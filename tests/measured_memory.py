"""Measured peaks beside forecast ones: the lines that `tests.gpu.memory_grid` wrote, as tests/recorded keeps them.

Where several processes shared a GPU, NVML's figures and the seconds mean nothing; torch's do. So what is compared is
torch's reserved memory with the forecast less CUDA's context. Four at a time shared it for memory-*-shared.jsonl.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.forecast.gpus import kind_of
from engine.forecast.memory import Situated, peak_memory
from engine.forecast.rows import Widest
from engine.forecast.shape import ModelShape, read_shape
from engine.forecast.types import Memory
from engine.recipe import Recipe
from engine.recipe_file import validate
from tests.gpu.shapes import SHAPES

RECORDED = Path(__file__).parent / "recorded"


@dataclass(frozen=True)
class Case:
    """One training that was measured."""

    line: dict[str, Any]
    recipe: Recipe
    shape: ModelShape
    memory: Memory

    @property
    def name(self) -> str:
        """Which one, in a few words."""
        line = self.line
        how = "" if line["checkpointing"] == "unsloth" else f" {line['checkpointing']}"
        what = f"{line['shape']:<9} {line['adapter']:<5} {line['backend']:<7}"
        return f"{what} {line['length']:>5} x {line['micro_batch']}{how}"

    @property
    def measured_bytes(self) -> int:
        """The most that torch took from the GPU."""
        return int(self.line["peak_reserved"])

    @property
    def forecast_bytes(self) -> int:
        """The same as forecast."""
        return self.memory.peak_bytes - self.memory.parts["context"]

    @property
    def error(self) -> float:
        """How far the forecast is off; below 0 it is too low."""
        return self.forecast_bytes / self.measured_bytes - 1


def cases(*, timed: bool = False) -> Iterator[Case]:
    """Every recorded training that did not run out of memory; `timed`: those whose steps say how fast the GPU is."""
    for path in sorted(RECORDED.glob("memory-*.jsonl")):
        if timed and path.stem.endswith("-shared"):
            continue
        for text in path.read_text().splitlines():
            line = json.loads(text)
            if "peak_reserved" in line and "problem" not in line:
                yield _case(line)


def _case(line: dict[str, Any]) -> Case:
    recipe = recipe_of(line)
    shape = read_shape(SHAPES[line["shape"]])
    rows, length = line["micro_batch"], line["length"]
    batch = Widest(rows, length, round(rows * length * line["trained"]))
    kind = kind_of(line["gpu"])
    assert kind is not None
    situated = Situated(line["backend"], batch, batch, masked=False, workspace_bytes=kind.workspace_bytes)
    return Case(line, recipe, shape, peak_memory(recipe, shape, situated))


def recipe_of(line: dict[str, Any]) -> Recipe:
    """The recipe that a line was measured with."""
    return validate(
        {
            "model": {"base": line["shape"]},
            "adapter": {"kind": line["adapter"], "rank": line["rank"], "alpha": line["rank"]},
            "training": {
                "micro_batch": line["micro_batch"], "accumulation": line["accumulation"], "max_length": line["length"],
                "optimiser": line["optimiser"], "gradient_checkpointing": line["checkpointing"],
                "precision": line["precision"],
            },
            "hardware": {"backend": line["backend"]},
        }
    )  # fmt: skip
