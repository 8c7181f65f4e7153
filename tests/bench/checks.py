"""What the checks cost: near duplicates beside other tools in the same run, and the whole check with its peak memory.

    python -m tests.bench.checks [--rows 100000] [--peer-rows 20000]

Documents are about 700 bytes of words in Zipf's proportions, small English words first, a tenth of them earlier ones
with a few words changed. Peers do the same work, MinHash of 128 permutations and locality-sensitive hashing over word
5-grams at 0.8, on fewer documents for their slowness: datasketch where it is installed (it is no dependency of ttune),
and MinHash in plain Python. They do not verify what they find. `found` is the share of what comparing every pair finds.
Prints the tables of BENCHMARKS.md.
"""

import argparse
import itertools
import json
import random
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

from engine.data.check.duplicates import near_duplicates
from engine.data.check.run import Settings, check
from engine.data.conversations import recognise
from engine.data.store import open_store

THRESHOLD = 0.8
PERMUTATIONS = 128
BANDS, BAND_ROWS = 21, 6
SMALL_WORDS = (
    "the of and to in a is that for it as with on be by this are from at have or an was which you not can all what "
    "will there if more when one about up so out would them some my your how than other into only time could then do"
)


def documents(count: int, seed: int = 1) -> list[str]:
    """About 700 bytes each."""
    rng = random.Random(seed)
    letters = "etaoinshrdlucmfwypvbgkjqxz"
    longer = ("".join(rng.choices(letters, range(26, 0, -1), k=rng.randint(4, 11))) for _ in range(20_000))
    vocabulary = [*SMALL_WORDS.split(), *longer]
    weights = list(itertools.accumulate(1 / (place + 3) for place in range(len(vocabulary))))
    made: list[str] = []
    for _ in range(count):
        if made and rng.random() < 0.1:
            words = rng.choice(made).split()
            for _ in range(rng.randrange(5)):
                words[rng.randrange(len(words))] = rng.choice(vocabulary)
        else:
            words = rng.choices(vocabulary, cum_weights=weights, k=rng.randint(95, 155))
        made.append(" ".join(words))
    return made


def ours(texts: Sequence[str]) -> set[int]:
    """Texts that are near duplicates of an earlier one."""
    return {number for number, first in enumerate(near_duplicates(texts, THRESHOLD).tolist()) if first != number}


def by_datasketch(texts: Sequence[str]) -> set[int]:
    """The same with datasketch: sketch, ask, insert."""
    from datasketch import MinHash, MinHashLSH

    index = MinHashLSH(num_perm=BANDS * BAND_ROWS, params=(BANDS, BAND_ROWS))
    found = set()
    for number, text in enumerate(texts):
        sketch = MinHash(num_perm=BANDS * BAND_ROWS)
        sketch.update_batch([" ".join(shingle).encode() for shingle in shingles(text)])
        if index.query(sketch):
            found.add(number)
        else:
            index.insert(number, sketch)
    return found


def in_plain_python(texts: Sequence[str]) -> set[int]:
    """The same without any library."""
    rng = random.Random(1)
    prime = (1 << 61) - 1
    factors = [(rng.randrange(1, prime), rng.randrange(prime)) for _ in range(BANDS * BAND_ROWS)]
    buckets: dict[tuple[int, ...], int] = {}
    found = set()
    for number, text in enumerate(texts):
        hashes = [hash(shingle) & 0xFFFFFFFF for shingle in shingles(text)]
        sketch = [min((factor * value + shift) % prime for value in hashes) for factor, shift in factors]
        keys = [(band, *sketch[band * BAND_ROWS : (band + 1) * BAND_ROWS]) for band in range(BANDS)]
        if any(key in buckets for key in keys):
            found.add(number)
        else:
            buckets.update((key, number) for key in keys)
    return found


def by_comparing(texts: Sequence[str]) -> set[int]:
    """The same exactly, through an index of every shingle."""
    having: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
    sizes: dict[int, int] = {}
    found = set()
    for number, text in enumerate(texts):
        mine = shingles(text)
        common: defaultdict[int, int] = defaultdict(int)
        for shingle in mine:
            for other in having[shingle]:
                common[other] += 1
        if any(shared >= THRESHOLD * (len(mine) + sizes[other] - shared) for other, shared in common.items()):
            found.add(number)
            continue
        sizes[number] = len(mine)
        for shingle in mine:
            having[shingle].append(number)
    return found


def shingles(text: str) -> set[tuple[str, ...]]:
    """Word 5-grams, case aside."""
    words = text.casefold().split()
    return set(zip(*(words[place:] for place in range(5)), strict=False)) or {tuple(words)}


def timed(work: Callable[[Sequence[str]], set[int]], texts: Sequence[str]) -> tuple[float, set[int]]:
    """Seconds, and what was found."""
    began = time.perf_counter()
    found = work(texts)
    return time.perf_counter() - began, found


def near_table(rows: int, peer_rows: int) -> None:
    """Near duplicates: ours on all rows and on the peers', the peers on theirs."""
    texts = documents(rows)
    few = texts[:peer_rows]
    exact = by_comparing(few)
    peers = {"ttune": ours, "datasketch": by_datasketch, "plain Python": in_plain_python}
    print("| near duplicates | documents | seconds | µs each | times ours | found | found wrongly |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    ours(few[:2000])  # imports
    per_text = 0.0
    for name, work in peers.items():
        some = few[: peer_rows // 10] if name == "plain Python" else few
        wanted = {number for number in exact if number < len(some)}
        try:
            seconds, found = timed(work, some)
        except ImportError:
            print(f"| {name} | not installed | | | | | |")
            continue
        per_text = per_text or seconds / len(some)
        ratio = seconds / len(some) / per_text
        hit = len(found & wanted) / max(1, len(wanted))
        print(
            f"| {name} | {len(some):,} | {seconds:.2f} | {seconds / len(some) * 1e6:.0f} | {ratio:.1f} | {hit:.1%} "
            f"| {len(found - wanted)} |"
        )
    seconds, found = timed(ours, texts)
    print(f"| ttune | {rows:,} | {seconds:.2f} | {seconds / rows * 1e6:.0f} | | {len(found):,} of them | |")


def write_rows(path: Path, rows: int) -> None:
    """Prompts and answers of half a document each."""
    with path.open("w") as file:
        for text in documents(rows):
            file.write(json.dumps({"prompt": text[:350], "completion": text[350:]}) + "\n")


def whole(path: Path, processes: int) -> None:
    """One line of the second table; run in a process of its own, for its peak. The rows are imported already."""
    records = open_store(path, path.parent)
    layout = recognise(records)
    began, used = time.perf_counter(), time.process_time()
    check(records, layout, settings=Settings(processes=processes))
    seconds, own = time.perf_counter() - began, time.process_time() - used
    of_children = resource.getrusage(resource.RUSAGE_CHILDREN)
    busy = own + of_children.ru_utime + of_children.ru_stime
    peak = (
        int(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1]) / 1024
    )  # ru_maxrss has the parent's
    each = of_children.ru_maxrss / 1024 if processes else 0
    print(
        f"| {records.count:,} | {processes or 'none'} | {seconds:.1f} | {busy:.1f} | {records.count / seconds:,.0f} "
        f"| {peak:,.0f} MiB | {each:,.0f} MiB |"
    )


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--peer-rows", type=int, default=20_000)
    parser.add_argument("--whole", nargs=2, metavar=("FILE", "PROCESSES"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.whole:
        whole(Path(options.whole[0]), int(options.whole[1]))
        return
    near_table(options.rows, options.peer_rows)
    print("\n| whole check: rows | processes beside it | seconds | of a core | rows/s | peak memory | each process |")
    print("| --- | --- | --- | --- | --- | --- | --- |", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.jsonl"
        write_rows(path, options.rows)
        open_store(path, path.parent)
        for processes in ("0", "2"):
            words = ["-m", "tests.bench.checks", "--whole", str(path), processes]
            subprocess.run([sys.executable, *words], check=True)


if __name__ == "__main__":
    main()
