"""The first import of a million rows, beside the same file read by pandas and `datasets` in the same run.

    python -m tests.bench.importing [FILE] [--rows 1000000] [--form flat|chat] [--repeats 1]

The file has 50 malformed lines of each of eight kinds. ttune reads it and says which of them it found; pandas and
`datasets` refuse it, so they are given a copy without. Each works in a fresh process, and peak memory is that process's
and its workers'.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from tests.bench.make_rows import make

SUBJECTS = ("ttune", "pandas", "datasets")


def ttune(path: Path, folder: Path) -> dict[str, Any]:
    """Ours: Arrow files on disk, every malformed line reported."""
    from engine.data.store import open_store

    began = time.perf_counter()
    store = open_store(path, folder / "imported")
    taken = time.perf_counter() - began
    found = {(bad.line, bad.offset) for bad in store.bad}
    planted = {(line, offset) for line, offset, _ in json.loads(planted_of(path).read_text())}
    said = f"{len(found & planted)} of {len(planted)} planted lines found, {len(found - planted)} falsely"
    return {"seconds": taken, "rows": store.count, "said": said}


def pandas(path: Path, folder: Path) -> dict[str, Any]:
    """pandas: all rows in memory."""
    import pandas as pd

    began = time.perf_counter()
    rows = pd.read_json(whole_of(path), lines=True)
    return {
        "seconds": time.perf_counter() - began,
        "rows": len(rows),
        "said": refusal(lambda: pd.read_json(path, lines=True)),
    }


def datasets(path: Path, folder: Path) -> dict[str, Any]:
    """`datasets`: an Arrow cache on disk."""
    from datasets import load_dataset

    began = time.perf_counter()
    rows = load_dataset("json", data_files=str(whole_of(path)), cache_dir=str(folder / "cache"), split="train")
    taken = time.perf_counter() - began
    said = refusal(lambda: load_dataset("json", data_files=str(path), cache_dir=str(folder / "bad"), split="train"))
    return {"seconds": taken, "rows": len(rows), "said": said}


def refusal(work: Any) -> str:
    """What comes of the file with malformed lines."""
    try:
        work()
    except Exception as error:  # noqa: BLE001 - whatever a peer raises is its answer
        return f"refuses the file: {type(error).__name__}"
    return "takes the file"


def planted_of(path: Path) -> Path:
    """Where the malformed lines are written down."""
    return path.with_name(f"{path.name}.bad.json")


def whole_of(path: Path) -> Path:
    """The same file without them."""
    return path.with_name(f"whole-{path.name}")


def prepare(path: Path, rows: int, form: str) -> None:
    """Make what is missing."""
    if not path.exists() or not planted_of(path).exists():
        planted_of(path).write_text(json.dumps(make(path, rows, form=form, bad=50)))
    if not whole_of(path).exists():
        bad = {line for line, _, _ in json.loads(planted_of(path).read_text())}
        with open(path, "rb") as source, open(whole_of(path), "wb") as target:
            target.writelines(line for number, line in enumerate(source, start=1) if number not in bad)


def measured(subject: str, path: Path) -> dict[str, Any]:
    """One subject in a fresh process."""
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        done = subprocess.run(
            [sys.executable, "-m", "tests.bench.importing", str(path), "--subject", subject, "--folder", folder],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
    return dict(json.loads(done.stdout.splitlines()[-1]))


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("file", type=Path, nargs="?")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--form", choices=("flat", "chat"), default="flat")
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--subject", choices=SUBJECTS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.subject:
        found = globals()[options.subject](options.file, options.folder)
        own, workers = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        print(json.dumps(found | {"peak": own / 1024, "worker": workers / 1024}))
        return
    with tempfile.TemporaryDirectory() as made:
        path = options.file or Path(made) / f"{options.form}.jsonl"
        prepare(path, options.rows, options.form)
        megabytes = path.stat().st_size / 1e6
        print(f"{path.name}: {megabytes:.0f} MB")
        ours = 0.0
        for subject in SUBJECTS:
            runs = [measured(subject, path) for _ in range(options.repeats)]
            seconds = median(run["seconds"] for run in runs)
            ours = ours or seconds
            peak = f"peak {runs[0]['peak']:6.0f} MB (a worker {runs[0]['worker']:.0f})"
            print(
                f"{subject:<10}{seconds:7.1f} s {megabytes / seconds:6.0f} MB/s  {seconds / ours:5.1f} x  "
                f"{peak}  {runs[0]['rows']:,} rows, {runs[0]['said']}"
            )


if __name__ == "__main__":
    main()
