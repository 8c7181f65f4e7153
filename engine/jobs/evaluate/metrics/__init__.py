"""What an answer is scored by. One file a metric, loaded by path with the `evaluate` package: nothing is downloaded.

To add a metric, write one file here, named as the metric, with a subclass of `row_metric.RowMetric` in it that says
how `row_score` scores a row (import the module, not the class: `evaluate` takes the first class that it finds). So that
a recipe can name it, add the name to `Evaluation.metric` in engine/recipe/running.py; so that runs of another metric
report it too, add it to `BESIDE`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent

BESIDE = {"json_fields": ("json_valid",)}
"""What is reported beside a metric that decides."""

ALWAYS = "token_f1"
"""Reported for every run: it moves long before an all-or-nothing metric does."""


def reported(main: str) -> list[str]:
    """The metrics of a comparison, the one that decides first."""
    return list(dict.fromkeys((main, *BESIDE.get(main, ()), ALWAYS)))


@dataclass(frozen=True)
class Metrics:
    """Loaded metrics."""

    modules: dict[str, Any]
    """`evaluate` modules by name, the one that decides first."""

    def score(self, answers: Sequence[str], expected: Sequence[str]) -> list[dict[str, float]]:
        """Scores by metric, one dictionary a row."""
        columns = {
            name: module.compute(predictions=list(answers), references=list(expected))["scores"]
            for name, module in self.modules.items()
        }
        return [{name: scores[row] for name, scores in columns.items()} for row in range(len(answers))]


def load_metrics(main: str, fields: Sequence[str]) -> Metrics:
    """Load what a comparison reports. `fields`: which fields of a JSON answer count. Takes seconds to import."""
    import evaluate

    return Metrics({
        name: evaluate.load(str(FOLDER / f"{name}.py"), keep_in_memory=True, fields=tuple(fields))
        for name in reported(main)
    })  # fmt: skip
