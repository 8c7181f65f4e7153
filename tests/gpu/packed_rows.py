"""`python -m tests.gpu.packed_rows FOLDER BACKEND`: the losses of rows in one sequence, and of each by itself.

A process of its own, because Unsloth must be imported before transformers. Prints a JSON object: `packed` and `alone`
hold each row's loss, `leak` whether rows that see each other were refused.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

from engine.jobs.train.backend import Choice, make

LENGTHS = (40, 17, 64, 5)


def main(folder: Path, name: str) -> dict[str, Any]:
    """Load the tiny base as a training would, and compare."""
    backend = make(Choice(name, "the test asks for it"))
    os.environ["TTUNE_HOME"] = str(folder / "home")
    from engine.errors import ModelError
    from engine.home import open_home
    from engine.jobs.train.collator import Collator
    from engine.jobs.train.packed import prove_rows_apart
    from engine.jobs.train.tally import Tally
    from tests.support import quickstart
    from tests.training_runs import base_of

    project = quickstart(open_home(), training__packing=True, hardware__backend=name)
    loaded = backend.load(project.recipe(), base_of(project))
    collator = Collator(3, Tally(), loaded.in_one_line)
    prove_rows_apart(loaded.model, collator.packed)
    rows = [[5 + (7 * place + 13 * length) % 2000 for place in range(length)] for length in LENGTHS]
    packed = collator.packed(rows)
    begins = [sum(LENGTHS[:number]) for number in range(len(LENGTHS))]
    told = {
        "packed": [
            _loss(loaded.model, packed, begin, begin + length) for begin, length in zip(begins, LENGTHS, strict=True)
        ],
        "alone": [_loss(loaded.model, collator.packed([row]), 0, len(row)) for row in rows],
        "leak": False,
    }
    try:
        prove_rows_apart(loaded.model, lambda pair: collator.packed([[token for row in pair for token in row]]))
    except ModelError:
        told["leak"] = True
    return told


def _loss(model: Any, batch: dict[str, Any], begin: int, end: int) -> float:
    """Mean loss of the tokens from `begin` to `end` (not included)."""
    import torch

    labels = torch.full_like(batch["labels"], -100)
    labels.view(-1)[begin:end] = batch["labels"].view(-1)[begin:end]
    inputs = {name: value.to(model.device) for name, value in (batch | {"labels": labels}).items()}
    model.train()
    with torch.no_grad():
        return float(model(**inputs, use_cache=False).loss)


if __name__ == "__main__":
    print("\n" + json.dumps(main(Path(sys.argv[1]), sys.argv[2])))
