"""Memory of a long run's steps as a front end keeps them, against the same events with their dictionaries.

    python -m tests.bench.run_memory [--steps 100000]

Prints a row a method: MiB of both by tracemalloc, their ratio, and the fold's time (it packs) as a share of decoding's.
"""

import argparse
import random
import time
import tracemalloc

import msgspec

from engine.method_figures import FIGURES
from engine.protocol import AnyEvent, StepDone
from engine.run_state import RunState, fold

_BATCH = 1000
_MIB = 2**20


def lines_of(method: str, steps: int) -> list[bytes]:
    """A journal's lines of steps, each with all figures of the method; grpo with three rewards."""
    chance = random.Random(3407)
    names = [name for name in FIGURES[method] if "*" not in name]
    names += [f"rewards/{name}/mean" for name in ("numeric", "regex", "length")] if method == "grpo" else []
    return [
        msgspec.json.encode(
            StepDone(
                seq=step, time=1.7e9 + step, step=step, epoch=step / 1000, loss=chance.random(),
                learning_rate=chance.random(), grad_norm=chance.random(), tokens=2000 + step, trained_tokens=900 + step,
                seconds=chance.random(), gpu_peak_bytes=2**35 + step, metrics={it: chance.random() for it in names},
            )
        )
        for step in range(1, steps + 1)
    ]  # fmt: skip


def traced(lines: list[bytes], *, packed: bool) -> int:
    """Bytes that the steps of a journal take."""
    decoder = msgspec.json.Decoder(AnyEvent)
    state, kept = RunState(), list[AnyEvent]()
    tracemalloc.start()
    for start in range(0, len(lines), _BATCH):
        events = [decoder.decode(line) for line in lines[start : start + _BATCH]]
        if packed:
            state = fold(state, events)
        else:
            kept += events
    del events
    taken = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return taken


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=100_000)
    options = parser.parse_args()
    print(f"{'method':8}{'figures':>9}{'dictionaries':>14}{'packed':>9}{'ratio':>9}{'fold':>7}")
    for method in FIGURES:
        lines = lines_of(method, options.steps)
        figures = len(msgspec.json.decode(lines[0])["metrics"])
        before, after = traced(lines, packed=False), traced(lines, packed=True)
        began = time.perf_counter()
        events = [msgspec.json.decode(line, type=StepDone) for line in lines]
        decoded = time.perf_counter()
        fold(RunState(), events)
        folded = time.perf_counter()
        print(
            f"{method:8}{figures:9}{before / _MIB:10.1f} MiB{after / _MIB:7.1f} MiB{after / before:7.2f}"
            f"{(folded - decoded) / (decoded - began):6.2f} of decoding"
        )


if __name__ == "__main__":
    main()
