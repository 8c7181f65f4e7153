"""The trainer's callback: its life as events, and what front ends ask of it."""

import math
import time
from pathlib import Path
from typing import Any

from transformers import TrainerCallback

from engine.files import folder_bytes
from engine.jobs.context import JobContext
from engine.jobs.train.adapter import verify
from engine.jobs.train.figures import figures
from engine.jobs.train.tally import BatchCount, Tally
from engine.protocol import CheckpointSaved, Evaluated, PhaseStarted, StepDone, TrainingPlanned

NON_FINITE_LIMIT = 3
"""Steps in a row with a loss that is no number, after which going on is a waste."""


class Reporter(TrainerCallback):  # type: ignore[misc]  # transformers is untyped here
    """Emits an event for each step, evaluation and checkpoint; ends the training when asked to."""

    def __init__(
        self, context: JobContext, tally: Tally, *, compiles: bool, steps_per_epoch: int, validation_rows: int
    ) -> None:
        self._context = context
        self._steps_per_epoch = steps_per_epoch
        self._tally = tally
        self._compiles = compiles
        self._validation_rows = validation_rows
        self._counted: list[BatchCount] = []
        self._step_began = 0.0
        self._evaluation_began: float | None = None
        self._evaluated_batches = 0
        self._best = math.inf
        self._non_finite = 0
        self.diverged_at: int | None = None
        """The step at which the loss stopped being a number for good; None when it did not."""

    def on_train_begin(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """Say how long the run is; a backend that compiles does so in the first step."""
        self._context.emit(
            TrainingPlanned(
                steps=state.max_steps,
                epochs=state.max_steps / self._steps_per_epoch,
                micro_batch=args.per_device_train_batch_size,
                accumulation=args.gradient_accumulation_steps,
            )
        )
        compiling = self._compiles
        self._say_phase("compiling" if compiling else "training", "the first step" if compiling else "")
        self._step_began = time.monotonic()

    def on_substep_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """After each micro-batch but a step's last: count it, and stop here when asked to."""
        self._count_micro_batch()
        self._obey(state, control)

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """After each optimiser step, before it is logged."""
        self._count_micro_batch()
        self._obey(state, control)

    def on_log(self, args: Any, state: Any, control: Any, logs: dict[str, Any] | None = None, **_: Any) -> None:
        """The trainer has read the step's loss from the device, so the step's work is done by now."""
        if logs is None or "loss" not in logs:
            return
        now = time.monotonic()
        loss = _finite(logs["loss"])
        self._context.emit(
            StepDone(
                step=state.global_step,
                epoch=state.epoch or 0.0,
                loss=loss,
                learning_rate=_finite(logs.get("learning_rate")),
                grad_norm=_finite(logs.get("grad_norm")),
                tokens=sum(count.tokens for count in self._counted),
                trained_tokens=sum(count.trained_tokens for count in self._counted),
                seconds=now - self._step_began,
                gpu_peak_bytes=_gpu_peak_bytes(),
                metrics=figures(logs),
            )
        )
        self._watch_divergence(state, control, loss)
        self._counted.clear()
        self._step_began = now
        if self._compiles:
            self._compiles = False
            self._say_phase("training")

    def on_prediction_step(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        """After each batch of an evaluation."""
        if self._evaluation_began is None:
            self._evaluation_began = time.monotonic()
            self._evaluated_batches = 0
            decides = (args.metric_for_best_model or "eval_loss").removeprefix("eval_")
            self._say_phase("evaluating", f"validation {decides} at step {state.global_step}")
        self._evaluated_batches += 1
        done = min(self._evaluated_batches * args.per_device_eval_batch_size, self._validation_rows)
        self._context.progress(done, self._validation_rows, "rows")

    def on_evaluate(self, args: Any, state: Any, control: Any, metrics: dict[str, Any] | None = None, **_: Any) -> None:
        """An evaluation is complete."""
        metrics = metrics or {}
        decides = args.metric_for_best_model or "eval_loss"
        value = _finite(metrics.get(decides))
        worth = None if value is None else -value if args.greater_is_better else value
        best = worth is not None and worth < self._best
        self._best = worth if best and worth is not None else self._best
        self._context.emit(
            Evaluated(
                step=state.global_step,
                loss=value if decides == "eval_loss" else None,
                seconds=float(metrics.get("eval_runtime") or 0.0),
                best=best,
                metrics=figures(metrics, "eval_"),
            )
        )
        self._evaluation_began = None
        self._say_phase("training")
        self._step_began = time.monotonic()

    def on_save(self, args: Any, state: Any, control: Any, model: Any = None, **_: Any) -> None:
        """A checkpoint is on disk: every tensor of it is compared with the one in memory."""
        path = Path(args.output_dir) / f"checkpoint-{state.global_step}"
        verify(model, path)
        relative = str(path.relative_to(self._context.folder.path))
        saved = CheckpointSaved(step=state.global_step, path=relative, bytes=folder_bytes(path))
        self._context.emit(saved, sync=True)
        self._step_began = time.monotonic()

    def _obey(self, state: Any, control: Any) -> None:
        if self._context.stop_requested:
            control.should_training_stop = True
            control.should_save = state.global_step > 0

    def _count_micro_batch(self) -> None:
        if (count := self._tally.take()) is not None:
            self._counted.append(count)

    def _watch_divergence(self, state: Any, control: Any, loss: float | None) -> None:
        self._non_finite = 0 if loss is not None else self._non_finite + 1
        if self._non_finite == 1:
            rows = sorted({row + 1 for count in self._counted for row in count.rows})[:8]
            self._context.notice(f"step {state.global_step}: the loss is no number; training rows {rows}", "error")
        if self._non_finite >= NON_FINITE_LIMIT:
            self.diverged_at = state.global_step - NON_FINITE_LIMIT + 1
            control.should_training_stop = True

    def _say_phase(self, phase: Any, detail: str = "") -> None:
        """Without the context's check for a stop: the trainer stops at its own sub-steps."""
        self._context.emit(PhaseStarted(phase=phase, detail=detail))


def _finite(value: Any) -> float | None:
    return float(value) if value is not None and math.isfinite(value) else None


def _gpu_peak_bytes() -> int | None:
    import torch

    return torch.cuda.max_memory_allocated() if torch.cuda.is_available() else None
