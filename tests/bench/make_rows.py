"""Makes a large file of rows to measure with: alpaca-shaped JSON lines of about 700 bytes, the same for a seed.

usage: python -m tests.bench.make_rows FILE [--rows 1000000] [--form flat|chat] [--bad 0] [--seed 1]
`--bad N` plants N malformed lines of each of eight kinds, and writes where they are to FILE.bad.json.
"""

import argparse
import json
import random
from pathlib import Path
from typing import Any

WORDS = (Path(__file__).parents[2] / "projects/quickstart/phrases.txt").read_text().split()
LABELS = ("billing", "shipping", "account", "returns", "technical", "praise")
BLOCK = 500
"""Rows made of random words; the others are cut from these at other places, with words of their own among them."""


def bad_lines(good: bytes) -> dict[str, bytes]:
    """A malformed line of each kind, made of a good one."""
    return {
        "truncated": good[: len(good) // 2],
        "array": b"[" + good + b"]",
        "latin": good.replace(b'"prompt": "', b'"prompt": "caf\xe9 ', 1),
        "control": good.replace(b'"prompt": "', b'"prompt": "\x01', 1),
        "two objects": good + b" " + good,
        "single quotes": b"{'prompt': 'a', 'completion': 'b'}",
        "NaN": good[:-1] + b', "score": NaN}',
        "key twice": good[:-1] + b', "prompt": "again"}',
    }


def make(path: Path, rows: int, *, form: str = "flat", bad: int = 0, seed: int = 1) -> list[tuple[int, int, str]]:
    """Write the file; (line, byte, kind) of each malformed line."""
    rng = random.Random(seed)
    pool = [" ".join(rng.choices(WORDS, k=160)) for _ in range(BLOCK)]
    at: dict[int, list[str]] = {}
    kinds = list(bad_lines(b'{"prompt": "x"}'))
    for place in sorted(rng.sample(range(rows), bad * len(kinds))) if bad else []:
        at.setdefault(place, []).append(kinds[len(at) % len(kinds)])
    planted = []
    line = offset = 0
    with open(path, "wb") as file:
        for number in range(rows):
            text = json.dumps(_row(rng, pool, number, form), ensure_ascii=False).encode()
            wanted = [bad_lines(text)[kind] for kind in at.get(number, ())]
            for content, kind in [*zip(wanted, at.get(number, ()), strict=True), (text, "")]:
                line += 1
                if kind:
                    planted.append((line, offset, kind))
                file.write(content + b"\n")
                offset += len(content) + 1
    return planted


def _row(rng: random.Random, pool: list[str], number: int, form: str) -> dict[str, Any]:
    text, more = pool[rng.randrange(BLOCK)], pool[rng.randrange(BLOCK)]
    start, length = rng.randrange(200), rng.randrange(100, 500)
    prompt = f"Ticket {number}: {text[start : start + length]} {rng.choice(WORDS)}"
    answer = f"{more[start : start + 500 - length // 2]} {rng.choice(WORDS)}."
    label = rng.choice(LABELS)
    if form == "chat":
        turns = [{"role": "user", "content": prompt}, {"role": "assistant", "content": answer}]
        return {"id": number, "label": label, "messages": turns}
    return {"id": number, "label": label, "prompt": prompt, "completion": answer}


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("file", type=Path)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--form", choices=("flat", "chat"), default="flat")
    parser.add_argument("--bad", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    planted = make(options.file, options.rows, form=options.form, bad=options.bad, seed=options.seed)
    if planted:
        options.file.with_name(f"{options.file.name}.bad.json").write_text(json.dumps(planted))
    size = options.file.stat().st_size
    print(f"{options.file}: {options.rows:,} rows, {size / 1e6:.0f} MB, {len(planted)} malformed lines")


if __name__ == "__main__":
    main()
