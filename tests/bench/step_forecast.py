"""`python -m tests.bench.step_forecast CSV PROMPT ANSWER`: steps and tokens as forecast, beside a real training.

Trains the tiny base on the file with and without packing, in each order, for the first steps of a run of 2.5 epochs,
and prints what was forecast and what the trainer said.
"""

import os
import sys
import tempfile
import time
from pathlib import Path

STEPS = 12


def main(source: str, prompt: str, answer: str) -> None:
    """Print a table."""
    os.environ["TTUNE_HOME"] = str(Path(tempfile.mkdtemp()) / "home")
    print("order      packed  rows    sequences  steps forecast/trained  tokens of the first steps forecast/trained")
    for packing in (False, True):
        for order in ("by_length", "random", "given"):
            _row(source, prompt, answer, packing=packing, order=order)


def _row(source: str, prompt: str, answer: str, *, packing: bool, order: str) -> None:
    from engine.home import open_home
    from engine.job import send
    from engine.protocol import StepDone, Stop
    from engine.start import start_training
    from tests.support import follow, quickstart
    from tests.training_runs import forecast

    project = quickstart(
        open_home(), f"steps-{order}-{packing}", data__source=source, data__held_out=None, data__mapping__prompt=prompt,
        data__mapping__answer=answer, training__packing=packing, training__order=order, training__epochs=2.5,
        training__micro_batch=8, training__accumulation=2, training__max_length=256,
    )  # fmt: skip
    made, steps = forecast(project)
    run = start_training(project)
    view, events = follow(run, lambda view: view.state.step >= STEPS or not view.live, "the first steps")
    send(run, Stop())
    follow(run, lambda view: not view.live, "the end")
    seen = [event.tokens for event in events if isinstance(event, StepDone)]
    data, plan = view.state.data, view.state.plan
    assert data is not None
    assert plan is not None
    same = len(steps) == plan.steps and seen == steps[: len(seen)].tolist() and data.sequences == len(made)
    print(
        f"{order:10} {packing!s:7} {data.train_rows:<7,} {data.sequences:<10,} {len(steps):>8,} / {plan.steps:<11,}"
        f"  {int(steps[: len(seen)].sum()):,} / {sum(seen):,} ({len(seen)} steps)  {'equal' if same else 'DIFFERENT'}",
        flush=True,
    )


if __name__ == "__main__":
    began = time.perf_counter()
    main(*sys.argv[1:4])
    print(f"{time.perf_counter() - began:.0f} s")
