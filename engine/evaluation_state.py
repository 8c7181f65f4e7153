"""The fold of an evaluation's journal, and what it says in words: is the tuned model better?"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, get_args

from engine import run_state
from engine.protocol import AnyEvent, EvaluationDone, HeldOutRow, MetricCompared, RowAnswered, Side, Started
from engine.run_state import RunState
from engine.statistics import mean

Change = Literal["fixed", "broken", "both_right", "both_wrong"]
"""What training did to one row: base had it wrong and tuned has it right, the reverse, or neither moved."""

Finding = Literal["better", "worse", "unclear"]

SURE = 0.05
"""A p-value below this counts as a difference."""

FEW_ROWS = 50
"""Below this many rows even a real difference is hard to see (the guide asks for 100 to 500)."""

_LABELS = {"token_f1": "token F1", "json_valid": "JSON valid", "json_fields": "JSON fields"}


@dataclass(frozen=True, slots=True)
class EvaluationState:
    """Everything that an evaluation's journal says so far."""

    run: RunState = field(default_factory=RunState)
    """What every job has: phases, notices, how it ended."""
    rows: Mapping[int, HeldOutRow] = field(default_factory=dict)
    """By row, in the order of the held-out set."""
    base: Mapping[int, RowAnswered] = field(default_factory=dict)
    tuned: Mapping[int, RowAnswered] = field(default_factory=dict)
    done: EvaluationDone | None = None

    def answer(self, side: Side, row: int) -> RowAnswered | None:
        """A side's answer to a row; None while there is none."""
        return (self.base if side == "base" else self.tuned).get(row)

    @property
    def main(self) -> str | None:
        """The metric that decides; None before the first answer."""
        if self.done is not None:
            return self.done.main
        first = next(iter(self.base.values()), None)
        return next(iter(first.scores), None) if first else None

    @property
    def answered(self) -> int:
        """Answers of both sides so far."""
        return len(self.base) + len(self.tuned)

    @property
    def cut(self) -> tuple[int, int]:
        """Answers of base and of tuned that the limit on new tokens ended."""
        return sum(one.cut for one in self.base.values()), sum(one.cut for one in self.tuned.values())

    def change(self, row: int) -> Change | None:
        """What training did to a row, by the metric that decides; None until both sides have answered it."""
        base, tuned, main = self.base.get(row), self.tuned.get(row), self.main
        if base is None or tuned is None or main is None:
            return None
        right = base.scores.get(main, 0) >= 1, tuned.scores.get(main, 0) >= 1
        return _CHANGES[right]

    def changes(self) -> dict[Change, list[int]]:
        """Rows that both sides have answered, by what training did to them."""
        found: dict[Change, list[int]] = {change: [] for change in get_args(Change)}
        for row in self.rows:
            change = self.change(row)
            if change is not None:
                found[change].append(row)
        return found

    def means(self) -> dict[str, tuple[float, float]]:
        """Base and tuned by metric so far, over the rows that both have answered, from 0 to 1."""
        both = [(self.base[row].scores, self.tuned[row].scores) for row in self.rows if self.change(row) is not None]
        if not both:
            return {}
        return {
            metric: (mean([base[metric] for base, _ in both]), mean([tuned[metric] for _, tuned in both]))
            for metric in both[0][0]
        }


_CHANGES: dict[tuple[bool, bool], Change] = {
    (False, True): "fixed", (True, False): "broken", (True, True): "both_right", (False, False): "both_wrong",
}  # fmt: skip


def fold(state: EvaluationState, events: Iterable[AnyEvent]) -> EvaluationState:
    """The state after `events`; replay a journal in large batches."""
    events = list(events)
    rows: dict[int, HeldOutRow] = {}
    answers: dict[Side, dict[int, RowAnswered]] = {"base": {}, "tuned": {}}
    done = state.done
    for event in events:
        match event:
            case HeldOutRow():
                rows[event.row] = event
            case RowAnswered():
                answers[event.side][event.row] = event
            case EvaluationDone():
                done = event
            case Started():
                done = None
    return replace(
        state,
        run=run_state.fold(state.run, events),
        rows={**state.rows, **rows} if rows else state.rows,
        base={**state.base, **answers["base"]} if answers["base"] else state.base,
        tuned={**state.tuned, **answers["tuned"]} if answers["tuned"] else state.tuned,
        done=done,
    )


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer to the question that an evaluation asks."""

    finding: Finding
    text: str


def verdict(done: EvaluationDone) -> Verdict:
    """Is tuned better? Only where the interval leaves 0 out and the test agrees; else the words say that it is open."""
    main = done.metrics[done.main]
    figures = f"{label(done.main)} {signed(main.difference)} points ({evidence(main)}, {_counted(done.rows)})."
    if sure(main):
        better = main.difference > 0
        return Verdict("better" if better else "worse", f"Tuned is {'better' if better else 'worse'}: {figures}")
    if not main.difference and main.p == 1 and main.interval == (0, 0):
        same = (
            f"No difference: every row scores the same, {label(done.main)} {points(main.base)} ({_counted(done.rows)})."
        )
        return Verdict("unclear", same)
    hint = " Too few rows to tell: hold out 100 or more." if done.rows < FEW_ROWS else " It may be chance."
    return Verdict("unclear", f"No clear difference: {figures}{hint}")


def sure(metric: MetricCompared) -> bool:
    """Whether both the interval and the test say that the two differ."""
    low, high = metric.interval
    return (low > 0 or high < 0) and metric.p < SURE


def evidence(metric: MetricCompared) -> str:
    """Interval and p-value in words, such as `95%: +27.9 to +34.4, p < 0.001`."""
    low, high = metric.interval
    p = "p < 0.001" if metric.p < 0.001 else f"p = {metric.p:.3f}" if metric.p < 1 else "p = 1"
    return f"95%: {signed(low)} to {signed(high)}, {p}"


def label(metric: str) -> str:
    """A metric's name as a person writes it."""
    return _LABELS.get(metric, metric.replace("_", " "))


def points(share: float) -> str:
    """A share from 0 to 1 in points of a hundred, with one decimal."""
    return f"{100 * share:.1f}"


def signed(share: float) -> str:
    """A difference in points with its sign; one that rounds to nothing has none."""
    text = points(abs(share))
    return text if text == "0.0" else f"{'+' if share > 0 else '−'}{text}"


def _counted(rows: int) -> str:
    return "1 row" if rows == 1 else f"{rows:,} rows"
