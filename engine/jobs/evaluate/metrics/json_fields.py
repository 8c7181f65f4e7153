"""Fields of a JSON answer."""

from typing import Any

from engine.jobs.evaluate import row_metric


class JsonFields(row_metric.RowMetric):
    """Whether the answer is a JSON object whose fields hold what is expected; all that count must be right."""

    def row_score(self, prediction: str, reference: str) -> float:
        """1 when every field that counts is as in the reference, else 0."""
        said, wanted = row_metric.json_object(prediction), row_metric.json_object(reference)
        if said is None or wanted is None:
            return 0.0
        fields = self.fields or tuple(wanted)
        return float(all(name in said and name in wanted and same(said[name], wanted[name]) for name in fields))


def same(said: Any, wanted: Any) -> bool:
    """Whether two JSON values are equal. White space around text does not count; true is not 1, but 1.0 is."""
    if isinstance(said, str) and isinstance(wanted, str):
        return said.strip() == wanted.strip()
    if isinstance(said, bool) or isinstance(wanted, bool):
        return said is wanted
    return bool(said == wanted)
