"""Looking through a million rows, beside the same work by pandas and `datasets` in the same run.

    python -m tests.bench.browse [FILE] [--rows 1000000] [--form flat|chat] [--repeats 3] [--json FILE]

FILE: JSON lines without malformed ones, which pandas refuses; made where none is given. Each of the three works in a
fresh process of its own, so that its peak memory is its own; figures are medians. All three have the file as they keep
it before the clock starts: ttune its import, `datasets` its Arrow folder; pandas keeps none and reads the file each
time. `datasets` filters with two processes, as many as ttune has threads.
"""

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from statistics import median
from typing import Any

from tests.bench.make_rows import make

SUBSTRING, REGEX, LABEL, LONG = "Ticket 7777", r"Ticket \d+99:", "billing", 300
PAGE = 40
JUMPS = 200
SUBJECTS = ("ttune", "pandas", "datasets")
TASKS = {
    "reopen": "reopen, first rows", "jump": "jump to a random page", "first": "first hit",
    "substring": "substring, all hits", "ignoring case": "the same, any case", "regex": "regex, all hits",
    "filter": "filter: label and length", "sort number": "sort by number", "sort label": "sort by label",
    "sort text": "sort by text",
    "values": "values of fields with few",
    "measure": "characters of all rows", "cancel": "give a search up", "peak": "peak memory",
}  # fmt: skip


def clock(work: Callable[[], Any], repeats: int) -> tuple[float, Any]:
    """(median of the seconds that some repeats take, what the last returned)."""
    taken = []
    for _ in range(repeats):
        began = time.perf_counter()
        answer = work()
        taken.append(time.perf_counter() - began)
    return median(taken), answer


def jumps(count: int, page: Callable[[int], Any]) -> float:
    """Seconds for a page at a random row: the median."""
    rng = random.Random(1)
    return median(clock(lambda: page(rng.randrange(count - PAGE)), 1)[0] for _ in range(JUMPS))


def ttune(path: Path, folder: Path, form: str, repeats: int) -> dict[str, Any]:
    """Figures of ours."""
    began = time.perf_counter()
    from engine.data.arrow_alone import arrow_alone
    from engine.data.store import find_store

    arrow_alone()
    store = find_store(path, folder / "imported")
    assert store is not None
    list(store.rows(0, PAGE))
    figures: dict[str, Any] = {"reopen": time.perf_counter() - began}
    if not repeats:
        return figures
    from engine.data.browse.few import few_values
    from engine.data.browse.filters import filter_rows, parse_filter
    from engine.data.browse.known import Known
    from engine.data.browse.measures import measure
    from engine.data.browse.order import sort_rows
    from engine.data.browse.paths import paths_of
    from engine.data.browse.search import Search, search

    def last(wanted: Search) -> int:
        return len(list(search(store, wanted))[-1].rows)

    text = "messages.content" if form == "chat" else "prompt"
    kept = parse_filter(f"label={LABEL} len({text})>{LONG}", paths_of(store))
    figures["jump"] = jumps(store.count, lambda number: list(store.rows(number, number + PAGE)))
    figures["first"] = clock(lambda: next(search(store, Search(SUBSTRING, case=True))), repeats)[0]
    figures["substring"], figures["found"] = clock(lambda: last(Search(SUBSTRING, case=True)), repeats)
    figures["ignoring case"] = clock(lambda: last(Search(SUBSTRING)), repeats)[0]
    figures["regex"], figures["matched"] = clock(lambda: last(Search(REGEX, regex=True, case=True)), repeats)
    figures["filter"], rows = clock(lambda: filter_rows(store, Known(), kept), repeats)
    figures["kept"] = len(rows)
    figures["values"] = clock(lambda: list(few_values(store)), repeats)[0]
    figures["peak without sorting"] = peak()
    figures["measure"] = clock(lambda: measure(store), repeats)[0]
    for name, by in (("sort number", "id"), ("sort label", "label"), ("sort text", text)):
        figures[name] = clock(lambda by=by: sort_rows(store, Known(), by, descending=True), repeats)[0]  # type: ignore[misc]
    figures["cancel"] = max(give_up(store) for _ in range(5))
    return figures


def give_up(store: Any) -> float:
    """Seconds from asking a search to stop, a fifth of a second after it began, until it has."""
    from engine.data.browse.search import Search, search
    from engine.errors import Cancelled

    stop = time.perf_counter() + 0.2
    with suppress(Cancelled):
        while time.perf_counter() < stop:
            list(search(store, Search("[a-z]+ never", regex=True), lambda: time.perf_counter() >= stop))
    return time.perf_counter() - stop


def pandas(path: Path, folder: Path, form: str, repeats: int) -> dict[str, Any]:
    """Figures of pandas."""
    began = time.perf_counter()
    import pandas as pd

    frame = pd.read_json(path, lines=True)
    frame.head(PAGE).to_dict("records")
    figures: dict[str, Any] = {"reopen": time.perf_counter() - began}
    figures["jump"] = jumps(len(frame), lambda number: frame.iloc[number : number + PAGE].to_dict("records"))
    columns = ["label", "prompt", "completion"]

    def contains(text: str, **options: Any) -> int:
        found = frame[columns[0]].str.contains(text, **options)
        for name in columns[1:]:
            found |= frame[name].str.contains(text, **options)
        return int(found.sum())

    def in_lists(matches: Callable[[str], Any]) -> int:
        return sum(any(matches(turn["content"]) for turn in turns) for turns in frame["messages"])

    if form == "chat":
        import re

        figures["substring"], figures["found"] = clock(lambda: in_lists(lambda text: SUBSTRING in text), 1)
        figures["ignoring case"] = clock(lambda: in_lists(lambda text: SUBSTRING.lower() in text.lower()), 1)[0]
        figures["regex"], figures["matched"] = clock(lambda: in_lists(re.compile(REGEX).search), 1)
        return figures | {"first": figures["substring"]}
    figures["substring"], figures["found"] = clock(lambda: contains(SUBSTRING, regex=False), repeats)
    figures["first"] = figures["substring"]
    figures["ignoring case"] = clock(lambda: contains(SUBSTRING, regex=False, case=False), repeats)[0]
    figures["regex"], figures["matched"] = clock(lambda: contains(REGEX), repeats)
    figures["filter"], rows = clock(
        lambda: frame.index[(frame["label"] == LABEL) & (frame["prompt"].str.len() > LONG)], repeats
    )
    figures["kept"] = len(rows)
    figures["measure"] = clock(lambda: sum(frame[name].str.len() for name in columns), repeats)[0]
    figures["values"] = clock(lambda: [frame[name].value_counts() for name in ("id", *columns)], repeats)[0]
    for name, by in (("sort number", "id"), ("sort label", "label"), ("sort text", "prompt")):
        figures[name] = clock(
            lambda by=by: frame[by].sort_values(ascending=False, kind="stable").index,
            repeats,  # type: ignore[misc]
        )[0]
    return figures


def datasets(path: Path, folder: Path, form: str, repeats: int) -> dict[str, Any]:
    """Figures of `datasets`."""
    import re

    began = time.perf_counter()
    from datasets import disable_caching, disable_progress_bars, load_from_disk

    data = load_from_disk(str(folder / "datasets"))
    data[:PAGE]
    figures: dict[str, Any] = {"reopen": time.perf_counter() - began}
    if not repeats:
        return figures
    disable_caching()
    disable_progress_bars()
    figures["jump"] = jumps(len(data), lambda number: data[number : number + PAGE])
    texts = (lambda row: [turn["content"] for turn in row["messages"]]) if form == "chat" else (
        lambda row: [row["label"], row["prompt"], row["completion"]]
    )  # fmt: skip
    long = (lambda row: any(len(text) > LONG for text in texts(row))) if form == "chat" else (
        lambda row: len(row["prompt"]) > LONG
    )  # fmt: skip

    def filtered(passes: Callable[[Any], bool]) -> int:
        return len(data.filter(passes, num_proc=2))

    pattern = re.compile(REGEX)
    figures["substring"], figures["found"] = clock(
        lambda: filtered(lambda row: any(SUBSTRING in t for t in texts(row))), 1
    )
    figures["first"] = figures["substring"]
    figures["regex"], figures["matched"] = clock(lambda: filtered(lambda row: any(map(pattern.search, texts(row)))), 1)
    figures["filter"], figures["kept"] = clock(lambda: filtered(lambda row: row["label"] == LABEL and long(row)), 1)
    for name, by in (("sort number", "id"), ("sort label", "label"), *((("sort text", "prompt"),) * (form == "flat"))):
        figures[name] = clock(lambda by=by: data.sort(by, reverse=True), 1)[0]  # type: ignore[misc]
    return figures


def prepare(path: Path, folder: Path) -> dict[str, float]:
    """The file as ttune and `datasets` keep it; seconds that each needed."""
    from datasets import Dataset, disable_progress_bars

    from engine.data.store import open_store

    disable_progress_bars()
    ours = clock(lambda: open_store(path, folder / "imported"), 1)[0]
    kept = folder / "datasets"
    theirs = 0.0
    if not kept.exists():
        theirs = clock(
            lambda: Dataset.from_json(str(path), cache_dir=str(folder / "cache")).save_to_disk(str(kept)), 1
        )[0]
    return {"ttune": ours, "datasets": theirs}


def peak() -> float:
    """Most megabytes that this process or one of its children had in memory."""
    status = Path("/proc/self/status").read_text()
    own = int(status.split("VmHWM:")[1].split()[0]) / 1000
    return max(own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1000)


def measured(subject: str, path: Path, folder: Path, form: str, repeats: int) -> dict[str, Any]:
    """A subject's figures, from a process of its own; opening from some of their own, but for pandas, which is slow."""
    command = [sys.executable, "-m", "tests.bench.browse", str(path), "--subject", subject]
    command += ["--folder", str(folder), "--form", form, "--repeats"]
    opening = [] if subject == "pandas" else [_figures([*command, "0"]) for _ in range(repeats)]
    figures = _figures([*command, str(repeats)])
    if opening and "failed" not in figures:
        figures["reopen"] = median(found["reopen"] for found in opening)
    return figures


def _figures(command: list[str]) -> dict[str, Any]:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        return {"failed": (done.stderr.strip().splitlines() or ["no word"])[-1]}
    figures: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return figures


def table(figures: dict[str, dict[str, Any]]) -> str:
    """The figures side by side; in brackets how many times as long as ttune's."""
    lines = [f"{'':<28}" + "".join(f"{name:>22}" for name in figures)]
    for task, words in TASKS.items():
        ours = figures["ttune"].get(task)
        cells = (_cell(found.get(task), ours, memory=task == "peak") for found in figures.values())
        lines.append(f"{words:<28}" + "".join(f"{cell:>22}" for cell in cells))
    return "\n".join(lines)


def _cell(value: float | None, ours: float | None, *, memory: bool) -> str:
    if value is None:
        return "-"
    shown = f"{value:,.0f} MB" if memory else f"{value * 1000:,.1f} ms" if value < 1 else f"{value:,.2f} s"
    return shown if ours is None or value == ours else f"{shown} ({value / ours:,.1f}x)"


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("file", type=Path, nargs="?")
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--form", choices=("flat", "chat"), default="flat")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="keep what is made of the file here")
    parser.add_argument("--json", type=Path, help="also write the figures to this file")
    parser.add_argument("--subject", choices=SUBJECTS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.subject:
        found = globals()[options.subject](options.file, options.folder, options.form, options.repeats)
        print(json.dumps(found | {"peak": peak()}))
        return
    with tempfile.TemporaryDirectory() as empty:
        folder = options.folder or Path(empty)
        path = options.file or folder / f"{options.form}.jsonl"
        if not path.exists():
            make(path, options.rows, form=options.form)
        made = prepare(path, folder)
        figures = {name: measured(name, path, folder, options.form, options.repeats) for name in SUBJECTS}
        size = path.stat().st_size
    print(f"{path.name}: {size / 1e6:,.0f} MB")
    print("made once: " + ", ".join(f"{name} {taken:.1f} s" for name, taken in made.items()))
    print(table(figures))
    print(f"peak of ttune before it sorts: {figures['ttune'].get('peak without sorting', 0):,.0f} MB")
    for name, found in figures.items():
        counts = {key: found[key] for key in ("found", "matched", "kept", "failed") if key in found}
        print(f"{name}: {counts}")
    if options.json:
        options.json.write_text(json.dumps({"made": made, **figures}, indent=1))


if __name__ == "__main__":
    main()
