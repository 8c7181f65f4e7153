"""What the engine costs a step: the same QLoRA training through ttune and through a bare Unsloth + trl script.

    python tests/bench/engine_overhead.py MODEL_FOLDER      # needs an NVIDIA GPU and unsloth

Both train Llama-shaped MODEL_FOLDER on the same rows of 2,048 tokens (micro-batch 2, accumulation 4, rank 16, Unsloth's
gradient checkpointing, adamw_8bit, a log line a step), each in a fresh process, twice in turn. Prints the medians of a
step's wall time without the first ten, and their ratio; BENCHMARKS.md holds the table.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from engine.home import Home
from engine.job import Follower
from engine.project import create_project
from engine.protocol import StepDone
from engine.start import start_training
from projects import resource

STEPS = 40
WARM_UP = 10
LENGTH = 2048
ROWS = 160
TICKETS_PER_ROW = 60
ROUNDS = 2

RECIPE = """
[model]
base = "{model}"
[data]
source = "{rows}"
[data.split]
validation = 0.0
held_out = 0.0
[method]
answers_only = false
[adapter]
kind = "qlora"
[training]
learning_rate = 2e-4
max_steps = {steps}
micro_batch = 2
accumulation = 4
max_length = {length}
order = "random"
evaluate_every = {steps}
"""


def write_rows(path: Path) -> None:
    """Rows of more than LENGTH tokens, made of tickets; each is cut, so that every batch has the same shape."""
    tickets = [json.loads(line) for line in resource("ttune:quickstart/data/tickets.jsonl").read_text().splitlines()]
    texts = [ticket["messages"][1]["content"] for ticket in tickets]
    with open(path, "w", encoding="utf-8") as file:
        for row in range(ROWS):
            words = " ".join(texts[(row * 7 + place) % len(texts)] for place in range(TICKETS_PER_ROW))
            file.write(json.dumps({"prompt": words, "completion": words}) + "\n")


def through_ttune(home: Path, model: Path, rows: Path, name: str) -> list[float]:
    """Seconds of each step as the engine's journal has them."""
    text = RECIPE.format(model=model, rows=rows, steps=STEPS, length=LENGTH)
    (home / "projects").mkdir(parents=True, exist_ok=True)
    follower = Follower(start_training(create_project(Home(home), name, text)))
    while True:
        view, _ = follower.poll()
        if not view.live:
            break
        time.sleep(0.1)
    assert view.condition == "completed", view.state.finished
    return [step.seconds for step in view.state.steps if isinstance(step, StepDone)]


def bare(model: Path, rows: Path) -> list[float]:
    """Seconds of each step of a plain script with the same settings."""
    from unsloth import FastLanguageModel  # isort: skip
    from datasets import Dataset
    from transformers import AutoTokenizer, TrainerCallback
    from trl import SFTConfig, SFTTrainer

    class Clock(TrainerCallback):
        marks: list[float] = []

        def on_log(self, args, state, control, logs=None, **_):  # type: ignore[no-untyped-def]
            if "loss" in (logs or {}):
                self.marks.append(time.monotonic())

    network, _ = FastLanguageModel.from_pretrained(str(model), max_seq_length=LENGTH, load_in_4bit=True)
    network = FastLanguageModel.get_peft_model(
        network, r=16, lora_alpha=16, lora_dropout=0, use_gradient_checkpointing="unsloth", random_state=3407
    )
    tokenizer = AutoTokenizer.from_pretrained(str(model))
    ids = []
    for line in rows.read_text().splitlines():
        row = json.loads(line)
        turns = [{"role": "user", "content": row["prompt"]}, {"role": "assistant", "content": row["completion"]}]
        ids.append(tokenizer(tokenizer.apply_chat_template(turns, tokenize=False))["input_ids"][:LENGTH])
    arguments = SFTConfig(
        output_dir=tempfile.mkdtemp(), per_device_train_batch_size=2, gradient_accumulation_steps=4, max_steps=STEPS,
        learning_rate=2e-4, lr_scheduler_type="cosine", warmup_steps=5, weight_decay=0.01, optim="adamw_8bit",
        logging_steps=1, save_strategy="no", report_to="none", bf16=True, seed=3407, disable_tqdm=True,
        max_length=LENGTH,
    )  # fmt: skip
    dataset = Dataset.from_dict({"input_ids": ids, "labels": ids})
    trainer = SFTTrainer(model=network, args=arguments, train_dataset=dataset, processing_class=tokenizer)
    clock = Clock()
    trainer.add_callback(clock)
    trainer.train()
    return [late - early for early, late in zip(clock.marks, clock.marks[1:], strict=False)]


def main() -> None:
    """Measure both in turn and print the table."""
    model = Path(sys.argv[1]).absolute()
    if len(sys.argv) > 2:
        print(json.dumps(bare(model, Path(sys.argv[2]))))
        return
    folder = Path(tempfile.mkdtemp())
    rows = folder / "rows.jsonl"
    write_rows(rows)
    medians: dict[str, list[float]] = {"ttune": [], "bare script": []}
    for round_ in range(ROUNDS):
        seconds = through_ttune(folder / "home", model, rows, f"round-{round_}")
        medians["ttune"].append(median(seconds[WARM_UP:]))
        done = subprocess.run([sys.executable, __file__, str(model), str(rows)], stdout=subprocess.PIPE, check=True)
        medians["bare script"].append(median(json.loads(done.stdout.splitlines()[-1])[WARM_UP:]))
        print(f"round {round_ + 1} of {ROUNDS}: {medians}", file=sys.stderr)
    for name, values in medians.items():
        print(f"{name:12} {' '.join(f'{value:.4f}' for value in values)} s/step (median of {STEPS - WARM_UP} steps)")
    ratio = min(medians["ttune"]) / min(medians["bare script"])
    print(f"engine over bare script: {100 * (ratio - 1):+.2f}% of a step")


if __name__ == "__main__":
    main()
