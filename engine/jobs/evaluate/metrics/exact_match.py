"""Exact match."""

from engine.jobs.evaluate import row_metric


class ExactMatch(row_metric.RowMetric):
    """Whether the answer is the expected text, however much white space stands around and between its words."""

    def row_score(self, prediction: str, reference: str) -> float:
        """1 when both say the same, else 0."""
        return float(prediction.split() == reference.split())
