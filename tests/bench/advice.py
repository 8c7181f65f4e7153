"""How long advice takes as one types: a recipe with a million rows, beside reading that recipe's own text.

python -m tests.bench.advice
"""

import statistics
import time
from collections.abc import Callable
from dataclasses import replace

from engine.advice import advise, readiness
from engine.recipe_file import parse
from tests.pure.advising import HEALTHY, forecast, lengths, scene

RUNS = 50
TEXT = """\
version = 2
[model]
base = "models/llama"
[method]
kind = "dpo"
[adapter]
alpha = 200
dropout = 0.3
[training]
schedule = "constant"
max_length = 1024
"""


def milliseconds(work: Callable[[], object]) -> float:
    """Median over some runs."""
    taken = []
    for _ in range(RUNS):
        began = time.perf_counter()
        work()
        taken.append(1000 * (time.perf_counter() - began))
    return statistics.median(taken)


def main() -> None:
    """Print the table."""
    recipe, foreseen = parse(TEXT), forecast(verdict="tight")
    million = replace(HEALTHY.data, train=10**6, lengths=lengths(rows=10**6), trained=lengths(rows=10**6))
    situation = replace(scene().situation, data=million)
    began = time.perf_counter()
    advise(recipe, situation, foreseen)
    first = 1000 * (time.perf_counter() - began)
    peer = milliseconds(lambda: parse(TEXT))
    rows = {
        "reading the recipe (peer)": peer,
        "advice": milliseconds(lambda: advise(recipe, situation, foreseen)),
        "advice, once for new lengths": first,
        "readiness": milliseconds(lambda: readiness(recipe, situation, foreseen)),
    }
    for name, taken in rows.items():
        print(f"{name:<30} {taken:8.2f} ms  {taken / peer:6.2f} x")


if __name__ == "__main__":
    main()
