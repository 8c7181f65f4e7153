"""What the metrics in metrics/ share: they score each row by itself, which is what a paired comparison needs."""

from collections.abc import Sequence
from typing import Any

import datasets
import evaluate
import msgspec


class RowMetric(evaluate.Metric):  # type: ignore[misc]
    """A module of the `evaluate` package whose `compute` gives the mean, `score`, and each row's own, `scores`."""

    def __init__(self, *arguments: Any, fields: Sequence[str] = (), **options: Any) -> None:
        """`fields`: which fields of a JSON answer count, for metrics that look at them; none: all of the reference."""
        super().__init__(*arguments, **options)
        self.fields = tuple(fields)

    def row_score(self, prediction: str, reference: str) -> float:
        """From 0 (wrong) to 1 (right). A reference scores 1 against itself, where the metric can score it."""
        raise AssertionError(f"{type(self).__name__} does not say how it scores a row")

    def _info(self) -> evaluate.MetricInfo:
        return evaluate.MetricInfo(
            description=self.__doc__,
            citation="",
            inputs_description="predictions and references: one text a row",
            features=datasets.Features({name: datasets.Value("string") for name in ("predictions", "references")}),
        )

    def _compute(self, predictions: Sequence[str], references: Sequence[str]) -> dict[str, Any]:
        scores = [float(self.row_score(*pair)) for pair in zip(predictions, references, strict=True)]
        return {"score": sum(scores) / len(scores), "scores": scores}


def json_object(text: str) -> dict[str, Any] | None:
    """The JSON object that a text is; None when it is none, or when anything stands beside it."""
    try:
        value = msgspec.json.decode(text.strip())
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
