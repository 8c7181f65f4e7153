"""What the audit of every row costs: ours and what people use instead, on the same rows in the same run.

    python -m tests.bench.audit [--rows 100000] [--texts FOLDER] [--peer-rows 20000]

Chat rows of about 700 bytes in made-up words, a byte-level BPE of 64k tokens trained on them (and on the files of
FOLDER) on the spot, and Qwen 2.5's template with trl's marks of what is generated. Each contender is a fresh process:

    audit       the audit job: rows read from the imported source, rendered, masked, tokenised, written as a table
    map         datasets.map of apply_chat_template(return_assistant_tokens_mask=True), one process; map x2: two
    twice       apply_chat_template of the prompt and of the whole, row by row; the mask is what comes after the prompt

The time is of the work alone, imports and opening aside; the memory is the peak of all its processes together. The
CPU time is of the whole process, imports too: on a machine with other work it is the fairer figure.
"""

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

VOCABULARY = 65_536
SYLLABLES = [a + b for a in "bcdfghklmnprstvw" for b in ("a", "e", "i", "o", "u", "an", "er", "is", "ou", "ing")]
CONTENDERS = ("audit", "map", "map x2", "twice")


def rows_of(count: int, seed: int) -> Iterator[dict[str, Any]]:
    """Chats whose words follow Zipf's law, so that the tokenizer meets common and rare ones as in prose."""
    rng = random.Random(seed)
    words = ["".join(rng.choices(SYLLABLES, k=rng.choice((1, 2, 2, 3, 3, 4)))) for _ in range(60_000)]
    weights = [1 / (rank + 3) for rank in range(len(words))]
    stock = rng.choices(words, weights, k=400_000)
    for number in range(count):
        sides = []
        for _ in range(2):
            start, length = rng.randrange(len(stock) - 100), rng.randrange(25, 60)
            sides.append(" ".join(stock[start : start + length]).capitalize() + f", {number}.")
        yield {"messages": [{"role": r, "content": it} for r, it in zip(("user", "assistant"), sides, strict=True)]}


def prepare(folder: Path, rows: int, texts: Path | None) -> None:
    """A model's folder with the tokenizer, and the rows."""
    from importlib.resources import files

    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    with open(folder / "rows.jsonl", "w", encoding="utf-8") as file:
        for row in rows_of(rows, seed=1):
            file.write(json.dumps(row) + "\n")
    backend = Tokenizer(models.BPE())
    words = r"[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
    backend.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(words), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    backend.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY, special_tokens=["<|endoftext|>", "<|im_start|>", "<|im_end|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False,
    )  # fmt: skip
    backend.train_from_iterator(_training_texts(texts), trainer)
    fast = PreTrainedTokenizerFast(tokenizer_object=backend, eos_token="<|im_end|>", pad_token="<|endoftext|>")
    fast.chat_template = (files("trl") / "chat_templates" / "qwen2_5_training.jinja").read_text(encoding="utf-8")
    fast.save_pretrained(folder / "model")
    (folder / "model" / "config.json").write_text('{"model_type": "llama"}')


def _training_texts(folder: Path | None) -> Iterator[str]:
    for row in rows_of(30_000, seed=2):
        yield from (turn["content"] for turn in row["messages"])
    for path in folder.rglob("*") if folder else ():
        if path.is_file():
            yield from path.read_text(encoding="utf-8", errors="replace").splitlines()


def audit(folder: Path, rows: int) -> float:
    """Seconds of the audit job, as it counts them itself."""
    from engine.data.audit import totals
    from engine.home import open_home
    from engine.jobs.audit.job import run
    from engine.project import create_project
    from tests.mask_runs import context_of

    os.environ["TTUNE_HOME"] = str(folder / "home")
    recipe = f'[model]\nbase = "{folder / "model"}"\n[data]\nsource = "{folder / "rows.jsonl"}"\n'
    project = create_project(open_home(), "bench", recipe)
    context = context_of(project)
    run(context)
    done = totals(context.folder)
    assert done is not None
    assert done.rows == rows
    return done.seconds


def through_map(folder: Path, rows: int, processes: int) -> float:
    """Seconds of `datasets.map`."""
    import datasets
    from transformers import AutoTokenizer

    datasets.disable_progress_bars()
    datasets.disable_caching()
    tokenizer = AutoTokenizer.from_pretrained(str(folder / "model"))
    source = datasets.load_dataset(
        "json", data_files=str(folder / "rows.jsonl"), split="train", cache_dir=str(folder / "cache")
    ).select(range(rows))

    def one(row: dict[str, Any]) -> dict[str, Any]:
        made = tokenizer.apply_chat_template(
            row["messages"], return_dict=True, return_assistant_tokens_mask=True, truncation=True, max_length=2048
        )
        return {"input_ids": made["input_ids"], "mask": made["assistant_masks"]}

    began = time.perf_counter()
    made = source.map(one, num_proc=processes if processes > 1 else None)
    seconds = time.perf_counter() - began
    assert len(made) == rows
    return seconds


def twice(folder: Path, rows: int) -> float:
    """Seconds of rendering and tokenising prompt and whole of each row."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(str(folder / "model"))
    with open(folder / "rows.jsonl", encoding="utf-8") as file:
        chats = [json.loads(line)["messages"] for line, _ in zip(file, range(rows), strict=False)]
    trained = 0
    began = time.perf_counter()
    for turns in chats:
        prompt = tokenizer.apply_chat_template(turns[:-1], add_generation_prompt=True)["input_ids"]
        whole = tokenizer.apply_chat_template(turns)["input_ids"]
        labels = [-100] * len(prompt) + whole[len(prompt) :]
        trained += len(labels) - len(prompt)
    assert trained
    return time.perf_counter() - began


def contend(name: str, folder: Path, rows: int) -> None:
    """One contender, in this process; prints what it took."""
    work = {
        "audit": audit,
        "map": lambda folder, rows: through_map(folder, rows, 1),
        "map x2": lambda folder, rows: through_map(folder, rows, 2),
        "twice": twice,
    }
    seconds = work[name](folder, rows)
    cpu_s = sum(os.times()[:4])
    own, children = (resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    peak = own + (2 * children if name == "map x2" else 0)
    print(json.dumps({"rows_per_s": rows / seconds, "cpu_us": 1e6 * cpu_s / rows, "peak_mb": peak / 1024}))


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--peer-rows", type=int, default=20_000, help="rows that the peers get; they are slow")
    parser.add_argument("--texts", type=Path)
    parser.add_argument("--contender", choices=CONTENDERS)
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    if options.contender:
        contend(options.contender, options.folder, options.rows)
        return
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        prepare(folder, options.rows, options.texts)
        size = (folder / "rows.jsonl").stat().st_size / options.rows
        print(f"{options.rows:,} chat rows of {size:.0f} bytes (peers: {options.peer_rows:,}), {os.cpu_count()} cores")
        print(f"{'':8} {'rows/s':>8} {'ratio':>6} {'peak MB':>8} {'CPU µs/row':>10}")
        ours = 0.0
        for name in CONTENDERS:
            rows = options.rows if name == "audit" else min(options.rows, options.peer_rows)
            done = subprocess.run(
                [sys.executable, "-m", "tests.bench.audit", "--contender", name, "--folder", made, "--rows", str(rows)],
                capture_output=True, text=True, check=False,
            )  # fmt: skip
            assert done.returncode == 0, done.stderr[-3000:]
            told = json.loads(done.stdout.splitlines()[-1])
            ours = ours or told["rows_per_s"]
            speed, ratio = told["rows_per_s"], ours / told["rows_per_s"]
            print(f"{name:8} {speed:8,.0f} {ratio:5.1f}x {told['peak_mb']:8,.0f} {told['cpu_us']:10,.0f}")


if __name__ == "__main__":
    main()
