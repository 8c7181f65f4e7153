"""What curating costs: steps, the split and exports, beside pandas and `datasets` doing the same in the same run.

    python -m tests.bench.curation [--rows 1000000] [--folder FOLDER]

Each figure is a process of its own, which first opens the rows (ours: the imported source; pandas: read_json;
datasets: its cache) and then is timed on the work alone; its peak memory holds both. The pandas and datasets work is
what a person would write in a notebook. Prints seconds and peak memory; BENCHMARKS.md holds the table.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.bench.make_rows import make

Work = Callable[[], object]
SHORTEST = 400


def main() -> None:
    """Print the table, or one figure of it."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--one", nargs=2, metavar=("WHO", "WHAT"))
    options = parser.parse_args()
    if options.one:
        who, what = options.one
        print(json.dumps(_measured(WORKS[what][who](options.folder))))
        return
    with tempfile.TemporaryDirectory() as made:
        folder = options.folder or Path(made)
        make(folder / "rows.jsonl", options.rows)
        print(f"{options.rows:,} rows, {(folder / 'rows.jsonl').stat().st_size / 1e6:,.0f} MB")
        print(f"{'work':22} {'ttune':>16} {'pandas':>16} {'datasets':>16}   seconds, peak MB")
        for what, by in WORKS.items():
            figures = {who: _one(folder, who, what) for who in by}
            cells = [f"{figures[who][0]:7.2f} {figures[who][1]:6,.0f}" if who in figures else "" for who in NAMES]
            print(f"{what:22} " + " ".join(f"{cell:>16}" for cell in cells), flush=True)


def _one(folder: Path, who: str, what: str) -> tuple[float, float]:
    words = [sys.executable, "-m", "tests.bench.curation", "--folder", str(folder), "--one", who, what]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    seconds, peak = json.loads(done.stdout.splitlines()[-1])
    return seconds, peak


def _measured(work: Work) -> tuple[float, float]:
    """Seconds of the work, and the process's peak memory in MB."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _ours(folder: Path) -> tuple[Any, Any]:
    """The imported source and its layout."""
    from engine.data.conversations import likely
    from engine.data.store import open_store

    store = open_store(folder / "rows.jsonl", folder / "imported")
    return store, likely(store)


def _pandas(folder: Path) -> Any:
    import pandas

    return pandas.read_json(folder / "rows.jsonl", lines=True)


def _datasets(folder: Path) -> Any:
    import datasets

    datasets.disable_progress_bars()
    datasets.disable_caching()
    cache = str(folder / "cache")
    return datasets.load_dataset("json", data_files=str(folder / "rows.jsonl"), split="train", cache_dir=cache)


def _step(text: str, *, again: bool = False) -> Callable[[Path], Work]:
    """Ours: one step; `again`: once it is kept."""

    def prepare(folder: Path) -> Work:
        from engine.data.curate.recipe_steps import parse_step
        from engine.data.curate.replay import curate

        store, layout = _ours(folder)
        steps = [parse_step(text)]
        where = {"digest": store.digest, "folder": folder / "curated"} if again else {}
        if again:
            curate(store, steps, layout, **where)
        return lambda: curate(store, steps, layout, **where)

    return prepare


def _our_split(folder: Path) -> Work:
    from engine.data.survey import make_survey
    from engine.recipe import Data, Split

    store, _ = _ours(folder)
    section = Data(format="prompt_completion", split=Split(by="stratified", field="label"))
    return lambda: make_survey(store, section, name="rows")


def _our_split_of_keys(folder: Path) -> Work:
    import numpy as np

    from engine.data.split import split_keys
    from engine.data.splitting.order import mixed
    from engine.recipe import Split

    store, _ = _ours(folder)
    keys = mixed(np.arange(store.count, dtype=np.uint64), 1)
    return lambda: split_keys(keys, Split())


def _our_export(suffix: str) -> Callable[[Path], Work]:
    def prepare(folder: Path) -> Work:
        from engine.data.export.run import export

        store, _ = _ours(folder)
        return lambda: export(store, folder / f"ours.{suffix}", force=True)

    return prepare


def _pandas_same(folder: Path) -> Work:
    frame = _pandas(folder)

    def work() -> object:
        plain = frame[["prompt", "completion"]].apply(lambda column: column.str.casefold().str.split().str.join(" "))
        return frame[~plain.duplicated()]

    return work


def _pandas_length(folder: Path) -> Work:
    frame = _pandas(folder)
    return lambda: frame[frame.prompt.str.len() + frame.completion.str.len() >= SHORTEST]


def _pandas_split(folder: Path) -> Work:
    """A share of each label's prompts; the rows of one prompt stay together."""
    frame = _pandas(folder)

    def work() -> object:
        prompts = frame.drop_duplicates("prompt")
        held_out = prompts.groupby("label").sample(frac=0.05, random_state=1)
        rest = prompts.drop(held_out.index)
        validation = rest.groupby("label").sample(frac=0.05, random_state=1)
        taken = set(held_out.prompt) | set(validation.prompt)
        return frame[~frame.prompt.isin(taken)]

    return work


def _pandas_export(folder: Path) -> Work:
    frame = _pandas(folder)
    return lambda: frame.to_parquet(folder / "pandas.parquet", compression="zstd")


def _pandas_lines(folder: Path) -> Work:
    frame = _pandas(folder)
    return lambda: frame.to_json(folder / "pandas.jsonl", orient="records", lines=True, force_ascii=False)


def _datasets_same(folder: Path) -> Work:
    rows = _datasets(folder)

    def work() -> object:
        seen: set[tuple[str, ...]] = set()

        def is_new(row: dict[str, str]) -> bool:
            key = tuple(" ".join(row[name].casefold().split()) for name in ("prompt", "completion"))
            new = key not in seen
            seen.add(key)
            return new

        return rows.filter(is_new)

    return work


def _datasets_length(folder: Path) -> Work:
    rows = _datasets(folder)
    return lambda: rows.filter(lambda row: len(row["prompt"]) + len(row["completion"]) >= SHORTEST)


def _datasets_split(folder: Path) -> Work:
    """Prompts are not kept together: it cannot."""
    rows = _datasets(folder).class_encode_column("label")
    return lambda: rows.train_test_split(0.1, stratify_by_column="label", seed=1)


def _datasets_export(folder: Path) -> Work:
    rows = _datasets(folder)
    return lambda: rows.to_parquet(str(folder / "datasets.parquet"))


def _datasets_lines(folder: Path) -> Work:
    rows = _datasets(folder)
    return lambda: rows.to_json(str(folder / "datasets.jsonl"))


NAMES = ("ttune", "pandas", "datasets")
WORKS: dict[str, dict[str, Callable[[Path], Work]]] = {
    "drop duplicates": {"ttune": _step("drop_duplicates"), "pandas": _pandas_same, "datasets": _datasets_same},
    "the same, reopened": {"ttune": _step("drop_duplicates", again=True)},
    "length": {"ttune": _step(f"length:least={SHORTEST}"), "pandas": _pandas_length, "datasets": _datasets_length},
    "language": {"ttune": _step("language:keep=en")},
    "personal data": {"ttune": _step("personal_data")},
    "split, stratified": {"ttune": _our_split, "pandas": _pandas_split, "datasets": _datasets_split},
    "split of known keys": {"ttune": _our_split_of_keys},
    "export .jsonl": {"ttune": _our_export("jsonl"), "pandas": _pandas_lines, "datasets": _datasets_lines},
    "export .parquet": {"ttune": _our_export("parquet"), "pandas": _pandas_export, "datasets": _datasets_export},
}


if __name__ == "__main__":
    main()
