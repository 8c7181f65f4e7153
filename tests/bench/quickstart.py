"""The quickstart's promise, measured: seconds to train and held-out score of base and tuned, for several seeds.

    python -m tests.bench.quickstart [--seeds 3407 1 2]

Trains the starter project as it comes, seed by seed, through the engine that the studio uses, and compares base and
tuned on all held-out rows. The promise: at most 120 s a run on two CPU cores, base under 20%, tuned over 80%, always.
"""

import argparse
import os
import tempfile
import time

from engine.home import open_home
from engine.journal import read_events
from engine.protocol import EvaluationDone
from engine.start import start_evaluation, start_training
from tests.support import finished, quickstart

LONGEST_S, BASE_BELOW, TUNED_ABOVE = 120.0, 0.2, 0.8


def main() -> int:
    """Print a row a seed; 1 when a promise is broken."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[3407, 1, 2])
    seeds = parser.parse_args().seeds
    os.environ["TTUNE_HOME"] = tempfile.mkdtemp()
    project = quickstart(open_home())
    kept = True
    print("seed   run s   base   tuned   difference, 95%")
    for seed in seeds:
        began = time.monotonic()
        run = start_training(project, {"training.seed": seed})
        finished(run)
        seconds = time.monotonic() - began
        evaluation = start_evaluation(project, run)
        finished(evaluation)
        (done,) = [event for event in read_events(evaluation.events) if isinstance(event, EvaluationDone)]
        score = done.metrics[done.main]
        low, high = (100 * end for end in score.interval)
        row = f"{seed:4} {seconds:7.1f} {100 * score.base:6.1f} {100 * score.tuned:7.1f}"
        print(f"{row}   {100 * score.difference:+.1f} [{low:+.1f}, {high:+.1f}]", flush=True)
        kept = kept and seconds <= LONGEST_S and score.base < BASE_BELOW and score.tuned > TUNED_ABOVE
    return 0 if kept else 1


if __name__ == "__main__":
    raise SystemExit(main())
