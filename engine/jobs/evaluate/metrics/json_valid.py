"""The shape of a JSON answer."""

from typing import Any

from engine.jobs.evaluate import row_metric


class JsonValid(row_metric.RowMetric):
    """Whether the answer is a JSON object of the expected shape, whatever its fields hold."""

    def row_score(self, prediction: str, reference: str) -> float:
        """1 when every field of the reference is there, with a value of the same type, else 0."""
        said, wanted = row_metric.json_object(prediction), row_metric.json_object(reference)
        if said is None or wanted is None:
            return 0.0
        return float(all(name in said and kind(said[name]) is kind(wanted[name]) for name in wanted))


def kind(value: Any) -> type:
    """The JSON type of a value: whole numbers and others are both numbers."""
    return float if type(value) is int else type(value)
