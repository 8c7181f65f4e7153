"""Measure what trainings take of a GPU, by the engine's own backends and trainers: what forecasts are held against.

    python -m tests.gpu.memory_grid --shape llama-1b --adapter qlora --backend unsloth --out FILE.jsonl

One process is one model, adapter and backend. For each length and micro-batch, the smallest first, it takes three
optimiser steps and one evaluation batch on rows of exactly that length, and appends a line to FILE at once: peaks by
phase as torch and NVML see them, seconds, and running out of memory as such. `--models` is where models with random
weights are made and kept.
"""

import argparse
import gc
import importlib.metadata
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.gpu.nvml import Nvml
from tests.gpu.shapes import SHAPES, folder_of

STEPS = 3
ACCUMULATION = 2
_PACKAGES = ("torch", "transformers", "trl", "peft", "bitsandbytes", "unsloth", "unsloth_zoo")


def main() -> None:
    """Load the model once, go through the cases."""
    options = _options()
    folder = _make_model(options.shape, options.models)
    nvml = Nvml()  # before anything touches the GPU
    os.environ.setdefault("UNSLOTH_COMPILE_LOCATION", tempfile.mkdtemp(prefix="unsloth-"))
    from engine.jobs.train.backend import Choice, gpu_name, make

    backend = make(Choice(options.backend, "the grid asks for it"))  # unsloth must come before transformers
    grid = Grid(options, folder, nvml, gpu_name())
    grid.load(backend)
    for length, micro_batch in sorted(grid.cases(), key=lambda case: (case[0] * case[1], case)):
        grid.measure(length, micro_batch)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--shape", required=True, choices=SHAPES)
    parser.add_argument("--adapter", required=True, choices=("lora", "qlora", "full"))
    parser.add_argument("--backend", required=True, choices=("unsloth", "hf"))
    parser.add_argument("--lengths", type=_numbers, default=[512, 2048, 8192])
    parser.add_argument("--micro-batches", type=_numbers, default=[1, 4])
    parser.add_argument("--optimiser", default="adamw_8bit")
    parser.add_argument("--checkpointing", default="unsloth", choices=("unsloth", "plain", "off"))
    parser.add_argument("--precision", default="auto", choices=("auto", "bf16", "fp16", "fp32"))
    parser.add_argument("--rank", type=int, default=16)
    parser.add_argument("--trained", type=float, default=1.0, help="share of a row's tokens that carry loss")
    parser.add_argument("--models", type=Path, default=Path(tempfile.gettempdir()) / "ttune-shapes")
    parser.add_argument("--out", type=Path, required=True)
    return parser.parse_args()


def _numbers(text: str) -> list[int]:
    return [int(number) for number in text.split(",")]


def _make_model(shape: str, models: Path) -> Path:
    """In a process of its own, so that nothing of it stays on the GPU or in its driver's context."""
    subprocess.run([sys.executable, "-m", "tests.gpu.shapes", shape, str(models)], check=True, stdout=sys.stderr)
    return folder_of(shape, models)


class Grid:
    """One loaded model, and what is measured of it."""

    def __init__(self, options: argparse.Namespace, folder: Path, nvml: Nvml, gpu: str | None) -> None:
        self._options = options
        self._folder = folder
        self._nvml = nvml
        self._gpu = gpu
        self._model: Any = None
        self._in_one_line = False
        self._tokenizer: Any = None
        self._of_load: dict[str, Any] = {}
        self._allocator = os.environ.get("PYTORCH_ALLOC_CONF") or os.environ.get("PYTORCH_CUDA_ALLOC_CONF") or ""

    def cases(self) -> Iterator[tuple[int, int]]:
        """Every length with every micro-batch."""
        for length in self._options.lengths:
            yield from ((length, micro_batch) for micro_batch in self._options.micro_batches)

    def load(self, backend: Any) -> None:
        """The model with its adapter, as a run loads it; the tokenizer is loaded before, as there."""
        from engine.jobs.tokenizer import load_tokenizer
        from engine.jobs.train.backend import Base
        from tests.gpu import memory_watch

        self._tokenizer = load_tokenizer(str(self._folder))
        memory_watch.begin()
        self._nvml.choose(memory_watch.uuid_of_gpu())
        memory_watch.reset()
        began = time.monotonic()
        with self._nvml.watching(), self._noting("load"):
            base = Base(str(self._folder), json.loads((self._folder / "config.json").read_text()))
            loaded = backend.load(self._recipe(max(self._options.lengths), 1), base)
            self._model, self._in_one_line = loaded.model, loaded.in_one_line
            self._nvml.look()
        if self._model is None:
            raise SystemExit(1)
        self._of_load = {
            "load_s": round(time.monotonic() - began, 2),
            "load_peak": memory_watch.peaks(),
            "load_nvml_peak": self._nvml.peak,
            "loaded": memory_watch.now(),
            "dtype": loaded.dtype,
            **_counts(self._model),
        }
        if self._options.adapter == "full" and self._of_load["trainable"] != self._of_load["parameters"]:
            self._write({"problem": "full: not every parameter is trained"} | self._of_load)
            raise SystemExit(1)

    def measure(self, length: int, micro_batch: int) -> None:
        """One case; leaves the model as it was."""
        from tests.gpu import memory_watch

        watch = memory_watch.Watch()
        case: dict[str, Any] = {"length": length, "micro_batch": micro_batch, "left_over": memory_watch.now()}
        state = _forwards(self._model)
        memory_watch.reset()
        with self._nvml.watching(), self._noting("case", case):
            self._train(self._recipe(length, micro_batch), length, micro_batch, watch)
        if "problem" in case:
            watch.mark("problem")
        self._nvml.look()
        case |= self._of_load | self._seen(watch)
        self._write(case)
        _restore(self._model, state)
        del watch
        _free(self._model)

    def _train(self, recipe: Any, length: int, micro_batch: int, watch: Any) -> None:
        from engine.jobs.train.methods import Setup
        from engine.jobs.train.methods.sft import build_trainer
        from engine.jobs.train.tally import Tally
        from engine.jobs.train.tokens import TokenisedData

        with tempfile.TemporaryDirectory() as scratch:
            rows = STEPS * ACCUMULATION * micro_batch
            train = self._rows(Path(scratch) / "train.arrow", rows, length, training=True)
            validation = self._rows(Path(scratch) / "validation.arrow", micro_batch, length, training=False)
            trainer = build_trainer(
                Setup(
                    recipe=recipe, project=Path(scratch), model=self._model, tokenizer=self._tokenizer,
                    data=TokenisedData(train, validation), output=Path(scratch) / "checkpoints", reporter=watch,
                    tally=Tally(), in_one_line=self._in_one_line,
                )
            )  # fmt: skip
            try:
                trainer.train()
            finally:
                trainer.accelerator.free_memory()
                trainer.optimizer = trainer.lr_scheduler = None

    def _recipe(self, length: int, micro_batch: int) -> Any:
        from engine.recipe_file import validate

        options = self._options
        return validate(
            {
                "model": {"base": str(self._folder)},
                "adapter": {"kind": options.adapter, "rank": options.rank, "alpha": options.rank},
                "training": {
                    "learning_rate": 1e-5, "warmup": 0, "optimiser": options.optimiser, "epochs": 1, "max_steps": STEPS,
                    "evaluate_every": STEPS, "micro_batch": micro_batch, "accumulation": ACCUMULATION,
                    "max_length": length, "order": "given", "gradient_checkpointing": options.checkpointing,
                    "precision": options.precision,
                },
                "hardware": {"backend": options.backend},
            },
            "the grid",
        )  # fmt: skip

    def _rows(self, path: Path, count: int, length: int, *, training: bool) -> Any:
        """Rows of random tokens on disk as a run leaves them; the first ones of each carry no loss where asked."""
        import numpy as np
        import pyarrow as pa

        from engine.jobs.train.tokens import TokenisedRows

        random = np.random.default_rng(length)
        ids = random.integers(4, self._model.config.get_text_config().vocab_size, (count, length), dtype=np.int32)
        trained = round(self._options.trained * length)
        labels = ids.copy()
        labels[:, : length - trained] = -100
        table = pa.table(
            {
                "input_ids": pa.array(list(ids), pa.list_(pa.int32())),
                "labels": pa.array(list(labels), pa.list_(pa.int32())),
                "length": pa.array([length] * count, pa.int32()),
                "row": pa.array(range(count) if training else [-1] * count, pa.int32()),
            }
        )
        with open(path, "wb") as file, pa.ipc.new_stream(file, table.schema) as writer:
            writer.write_table(table)
        return TokenisedRows(path, count, count * length, count * trained, np.full(count, length, np.int32))

    def _seen(self, watch: Any) -> dict[str, Any]:
        from tests.gpu import memory_watch

        phases = watch.phases
        held, used, before = memory_watch.now(), self._nvml.used(), self._nvml.before
        context = None if used is None or before is None else used - before - held["reserved"]
        return {
            "phases": phases,
            "peak_reserved": max((phase["reserved"] for phase in phases.values()), default=0),
            "peak_allocated": max((phase["allocated"] for phase in phases.values()), default=0),
            "nvml_before": before,
            "nvml_peak": self._nvml.peak,
            "context_bytes": context,
            "held_after_steps": watch.held,
            "retries": _retries(),
            "seconds": [round(seconds, 4) for seconds in watch.seconds],
            "step_s": statistics.median(watch.seconds[1:]) if len(watch.seconds) > 1 else None,
            "losses": watch.losses,
            "host_peak_bytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024,
        }

    @contextmanager
    def _noting(self, of: str, case: dict[str, Any] | None = None) -> Iterator[None]:
        """Running out of memory is a result; so is any other failure, which is told apart."""
        note: dict[str, Any] = {} if case is None else case
        try:
            yield
        except Exception as error:  # noqa: BLE001 - whatever a library raises, the other cases are still measured
            text = f"{type(error).__name__}: {error}"[:2000]
            note["problem"] = text
            note["out_of_memory"] = "out of memory" in text.lower() or "ALLOC_FAILED" in text
            print(f"{of}: {text}", file=sys.stderr, flush=True)
            if case is None:
                self._write(note)

    def _write(self, line: dict[str, Any]) -> None:
        options = self._options
        named = {
            "shape": options.shape, "adapter": options.adapter, "backend": options.backend, "rank": options.rank,
            "optimiser": options.optimiser, "checkpointing": options.checkpointing, "precision": options.precision,
            "trained": options.trained, "accumulation": ACCUMULATION, "gpu": self._gpu, "gpu_bytes": _gpu_bytes(),
            "allocator": self._allocator,
            "versions": {name: version for name in _PACKAGES if (version := _version(name))},
        }  # fmt: skip
        options.out.parent.mkdir(parents=True, exist_ok=True)
        with open(options.out, "a") as file:
            file.write(json.dumps(named | line) + "\n")
            file.flush()
            os.fsync(file.fileno())


def _gpu_bytes() -> int | None:
    import torch

    return torch.cuda.get_device_properties(0).total_memory if torch.cuda.is_available() else None


def _retries() -> int:
    """Times that torch had to give back cached memory to find room, so far in this process."""
    import torch

    return int(torch.cuda.memory_stats().get("num_alloc_retries", 0)) if torch.cuda.is_available() else 0


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return ""


def _counts(model: Any) -> dict[str, Any]:
    """Parameters, and the bytes of what is stored by type; bitsandbytes packs two 4-bit weights in a byte."""
    from engine.jobs.train.job import _size

    frozen: dict[str, int] = {}
    trained: dict[str, int] = {}
    seen: set[int] = set()
    for parameter in model.parameters():
        if id(parameter) not in seen:
            seen.add(id(parameter))
            of = trained if parameter.requires_grad else frozen
            name = str(parameter.dtype).removeprefix("torch.")
            of[name] = of.get(name, 0) + parameter.numel() * parameter.element_size()
    parameters = list(model.parameters())
    return {
        "parameters": sum(_size(parameter) for parameter in parameters),
        "trainable": sum(parameter.numel() for parameter in parameters if parameter.requires_grad),
        "frozen_bytes": frozen,
        "trained_bytes": trained,
    }


def _forwards(model: Any) -> list[tuple[Any, dict[str, Any]]]:
    """What trainers put on modules: wrapped forwards, which would pile up from case to case."""
    return [(module, {name: module.__dict__[name] for name in _own_forwards(module)}) for module in model.modules()]


def _own_forwards(module: Any) -> list[str]:
    return [name for name in ("forward", "_original_forward", "_old_forward") if name in module.__dict__]


def _restore(model: Any, state: list[tuple[Any, dict[str, Any]]]) -> None:
    for module, forwards in state:
        for name in _own_forwards(module):
            if name not in forwards:
                del module.__dict__[name]
        module.__dict__.update(forwards)
    model.zero_grad(set_to_none=True)


def _free(model: Any) -> None:
    import torch

    model.zero_grad(set_to_none=True)
    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.synchronize()
        torch.cuda.empty_cache()


if __name__ == "__main__":
    main()
