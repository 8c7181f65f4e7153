"""What recognising costs: every format told from a million rows, beside trying every format on every row.

    python -m tests.bench.recognise [--rows 1000000]

Rows come from memory, so that reading is not measured (its own column says what passing them along costs). The peer
does what recognising by shape saves: it makes an example of each row by each known format, on a tenth of the rows.
Prints seconds per million rows and the ratio; BENCHMARKS.md holds the table.
"""

import argparse
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from engine.data.conversations import KNOWN, Unfit, recognise
from engine.data.records import Row

TEXT = "the quick brown fox jumps over the lazy dog, and " * 5
DISTINCT = 1000

SHAPES: dict[str, Callable[[int], Row]] = {
    "alpaca": lambda n: {"instruction": TEXT + str(n), "input": TEXT if n % 2 else "", "output": TEXT},
    "prompt_completion": lambda n: {"prompt": TEXT + str(n), "completion": TEXT},
    "messages": lambda n: {"messages": [_turn("system", "Be kind."), *_rounds(n, 2)]},
    "sharegpt": lambda n: {"conversations": [{"from": "human", "value": TEXT}, {"from": "gpt", "value": str(n)}]},
    "text": lambda n: {"text": TEXT, "url": str(n)},
    "segments": lambda n: {"segments": [{"label": False, "text": TEXT}, {"label": True, "text": str(n)}]},
    "preference": lambda n: {"prompt": TEXT, "chosen": TEXT + str(n), "rejected": TEXT},
    "preference, transcripts": lambda n: {"chosen": _rounds(n, 1), "rejected": _rounds(-n - 1, 1)},
    "unpaired": lambda n: {"prompt": TEXT, "completion": str(n), "label": n % 2 == 0},
    "prompt_answer": lambda n: {"prompt": TEXT, "solution": str(n)},
    "guessed fields": lambda n: {"text": TEXT, "category": str(n % 77)},
    "guessed template": lambda n: {"instruction": TEXT, "instances": [{"input": "", "output": str(n)}]},
    "messages, tool calls": lambda n: {"messages": [*_called(n), *_rounds(n, 1)]},
    "half alpaca, half messages": lambda n: SHAPES["messages" if n % 2 else "alpaca"](n),
}


@dataclass(frozen=True, slots=True)
class Repeated:
    """Many rows of a few distinct ones. It is a `Records`."""

    distinct: list[Row]
    count: int

    def row(self, number: int) -> Row:
        """One row."""
        return self.distinct[number % len(self.distinct)]

    def rows(self, start: int = 0, stop: int | None = None) -> Iterator[Row]:
        """Rows in order."""
        distinct, size = self.distinct, len(self.distinct)
        return (distinct[n % size] for n in range(start, self.count if stop is None else min(stop, self.count)))


def main() -> None:
    """Print a line for each shape of row."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    rows = parser.parse_args().rows
    print(f"{'rows':28} {'passing':>8} {'recognise':>10} {'every format':>13} {'ratio':>6}   s per million rows")
    for name, make in SHAPES.items():
        records = Repeated([make(number) for number in range(DISTINCT)], rows)
        few = Repeated(records.distinct, max(DISTINCT, rows // 10))
        passing = _seconds(lambda records=records: sum(1 for _ in records.rows())) / rows
        ours = _seconds(lambda records=records: recognise(records)) / rows
        every = _seconds(lambda few=few: _every_format(few)) / few.count
        figures = f"{passing * 1e6:8.2f} {ours * 1e6:10.2f} {every * 1e6:13.2f} {every / ours:6.1f}"
        print(f"{name:28} {figures}", flush=True)


def _every_format(records: Repeated) -> dict[str, int]:
    fits = dict.fromkeys(KNOWN, 0)
    for row in records.rows():
        for name, known in KNOWN.items():
            try:
                known.example(row)
            except Unfit:
                continue
            fits[name] += 1
    return fits


def _seconds(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _turn(role: str, content: str) -> Row:
    return {"role": role, "content": content}


def _rounds(number: int, count: int) -> list[Row]:
    answers = [TEXT] * (count - 1) + [str(number)]
    return [turn for answer in answers for turn in (_turn("user", TEXT), _turn("assistant", answer))]


def _called(number: int) -> list[Row]:
    call = {"type": "function", "function": {"name": "look_up", "arguments": f'{{"number": {number}}}'}}
    return [_turn("user", TEXT), {"role": "assistant", "content": None, "tool_calls": [call]}, _turn("tool", "7")]


if __name__ == "__main__":
    main()
