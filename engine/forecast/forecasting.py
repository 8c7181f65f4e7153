"""A recipe and what is known outside it -> what it will cost. Pure, and a few milliseconds a call."""

from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cached_property
from typing import Any

from engine.backends import unsloth_cannot
from engine.forecast.disk import disk_bytes
from engine.forecast.gpus import kind_of, known_names, memory_of
from engine.forecast.kept_plan import kept_plan
from engine.forecast.memory import Situated, peak_memory
from engine.forecast.mends import Mender
from engine.forecast.money import cost_of, over_budget
from engine.forecast.pace import Engine, duration
from engine.forecast.room import Room, room_of
from engine.forecast.rows import Plan, Widest, padded, sampled_widest
from engine.forecast.shape import ModelShape, read_shape
from engine.forecast.targets import layers_of, missing_targets
from engine.forecast.trained import Backend, trained_of
from engine.forecast.types import Forecast, Memory, Verdict
from engine.recipe import Recipe
from engine.situation import GpuFacts, Situation

_CPU_CONTEXT_BYTES = 700 << 20
"""torch and transformers in host memory before there is a model."""


def forecast(recipe: Recipe, situation: Situation) -> Forecast:
    """What a recipe will cost: memory, steps, time and money. What cannot be known is None, and says why."""
    return _Case(recipe, situation).forecast()


@dataclass
class _Case:
    """One recipe in one situation."""

    recipe: Recipe
    situation: Situation

    @cached_property
    def gpu(self) -> GpuFacts | None:
        """The GPU that the recipe names, else the one that is here."""
        return _gpu_of(self.recipe, self.situation)

    @cached_property
    def backend(self) -> Backend:
        wanted = self.recipe.hardware.backend
        if self.gpu is None or wanted == "hf":
            return "hf"
        return "unsloth" if wanted == "unsloth" or self.unsloth_can else "hf"

    @cached_property
    def unsloth_can(self) -> bool:
        """Whether Unsloth could run the recipe: installed (taken for granted on a GPU elsewhere), and able to."""
        if self.gpu is None or not (self.situation.unsloth or not self.gpu.here):
            return False
        return not unsloth_cannot(self.recipe, self.situation.model.config or {})

    @cached_property
    def shape(self) -> ModelShape | None:
        return self._read_shape[0]

    @cached_property
    def _read_shape(self) -> tuple[ModelShape | None, str]:
        """The shape, or why there is none."""
        model = self.situation.model
        try:
            return (None, "") if model.config is None else (read_shape(model.config, model.weight_bytes), "")
        except (ValueError, TypeError) as error:
            return None, str(error)

    @cached_property
    def unknown_gpu(self) -> str:
        """Why the GPU that the recipe names cannot be forecast for, with the mend; "" where it can."""
        named = self.recipe.hardware.gpu
        if not named or self.gpu is not None:
            return ""
        near = get_close_matches(named.upper(), known_names(), n=1, cutoff=0.5)
        guess = f"did you mean {near[0]}? Else " if near else ""
        return f"hardware.gpu: {named} is not in the table: {guess}name its memory too, such as `{named} 24GB`"

    @cached_property
    def plan(self) -> Plan | None:
        return kept_plan(self.recipe, self.situation.data, in_one_line=self.backend == "unsloth")

    def forecast(self) -> Forecast:
        memory = self._memory()
        verdict, reason = self._verdict(memory)
        shape, plan, gpu = (None if self.unknown_gpu else self.shape), self.plan, self.gpu
        engine = Engine(gpu.name if gpu else "", self.backend, self.situation.cores or 1)
        seconds = duration(self.recipe, shape, plan, self.situation, engine) if plan and shape else None
        cost = cost_of(self.recipe.budget, engine.gpu, seconds, gpu.price_per_hour if gpu else None)
        on_gpu = memory is not None and gpu is not None
        return Forecast(
            backend=self.backend,
            vram_bytes=memory.peak_bytes if memory and on_gpu else None,
            parts=memory.parts if memory else {},
            phase=memory.phase if memory else "",
            gpu=engine.gpu,
            gpu_total_bytes=gpu.total_bytes if gpu else None,
            gpu_free_bytes=gpu.free_bytes if gpu else None,
            verdict=verdict,
            reason=reason,
            rows=plan.rows if plan else None,
            rows_problem="" if plan else self.situation.data.problem or "nobody has counted the rows yet",
            seconds=seconds,
            cost=cost,
            over_budget=over_budget(self.recipe.budget, seconds, cost),
            host_bytes=(memory.host_bytes if on_gpu else memory.peak_bytes) if memory else None,
            disk_bytes=disk_bytes(self.recipe, shape, self._trained(), plan) if shape else None,
            mends=self._mends(verdict),
            notes=tuple(self._notes()),
        )

    def _memory(self) -> Memory | None:
        if self.shape is None or self.unknown_gpu:
            return None
        if self.gpu is None:
            return _on_cpu(self.recipe, self.shape, self._situated(4))
        return peak_memory(self.recipe, self.shape, self._situated(self._element_bytes()))

    def _element_bytes(self) -> int:
        return 4 if self.recipe.training.precision == "fp32" else 2

    def _trained(self) -> Any:
        assert self.shape is not None
        return trained_of(self.recipe, self.shape, self.backend, 4 if self.gpu is None else self._element_bytes())

    def _situated(self, element_bytes: int) -> Situated:
        kind = kind_of(self.gpu.name) if self.gpu else None
        widest = self.plan.training if self.plan else _widest_possible(self.recipe, self.backend)
        return Situated(
            self.backend, widest, self.plan.evaluation if self.plan else None, element_bytes=element_bytes,
            workspace_bytes=kind.workspace_bytes if kind else 32 << 20,
        )  # fmt: skip

    @cached_property
    def room(self) -> Room:
        """Memory that the run may take."""
        return room_of(self.gpu, self.situation)

    def _verdict(self, memory: Memory | None) -> tuple[Verdict, str]:
        if memory is None:
            return "unknown", self._why_unknown()
        return self.room.judge(memory.peak_bytes), self.room.told(memory.peak_bytes)

    def _why_unknown(self) -> str:
        if self.unknown_gpu:
            return self.unknown_gpu
        why = self.situation.model.problem or self._read_shape[1]
        return why or "the model's shape is not known: its config.json cannot be read"

    def _mends(self, verdict: Verdict) -> tuple[Any, ...]:
        if verdict not in ("tight", "will not fit") or self.gpu is None or self.shape is None:
            return ()
        situated = self._situated(self._element_bytes())
        return Mender(
            self.recipe, self.shape, situated, judge=self.room.judge,
            backend_of=lambda changed: replace(self, recipe=changed).backend, unsloth=self.unsloth_can,
        ).mends()  # fmt: skip

    def _notes(self) -> list[str]:
        shape = self.shape
        notes = {
            self._missing_targets(): True,
            self.plan.rows.about if self.plan else "": True,
            "rows are taken to be as long as training.max_length: nobody has counted them": self.plan is None,
            f"{shape.family if shape else ''} is not known: its layout is taken for Llama's, as its files weigh": bool(
                shape and not shape.known
            ),
            "memory of full training has not been measured on a GPU yet": self.recipe.adapter.kind == "full",
            "memory of mixture-of-experts models has not been measured on a GPU yet": bool(shape and shape.experts),
            "memory of sampling is an upper bound: all answers as long as they may be": (
                self.recipe.method.kind == "grpo"
            ),
            "unsloth is taken to be installed there": bool(
                self.gpu and not self.gpu.here and self.backend == "unsloth" and not self.situation.unsloth
            ),
        }
        return [note for note, applies in notes.items() if note and applies]

    def _missing_targets(self) -> str:
        shape = self.shape
        if shape is None or not (missing := missing_targets(self.recipe, shape)):
            return ""
        there = ", ".join(layers_of(shape))
        return f"adapter.targets: {', '.join(missing)}: no such layer in this model, so no adapter (there: {there})"


def _gpu_of(recipe: Recipe, situation: Situation) -> GpuFacts | None:
    named = recipe.hardware.gpu
    if not named:
        return next(iter(situation.gpus), None)
    known = next((gpu for gpu in situation.gpus if named.lower() in gpu.name.lower()), None)
    if known:
        return known
    total = memory_of(named)
    return None if total is None else GpuFacts(named, total, here=False)


def _widest_possible(recipe: Recipe, backend: Backend) -> Widest:
    """The micro-batch that takes the most memory, of rows that nobody has counted."""
    rows, width = recipe.training.micro_batch, padded(recipe.training.max_length)
    if recipe.training.packing and backend == "unsloth":  # one row after the other
        width = padded(rows * recipe.training.max_length)
        return Widest(1, width, width)
    return sampled_widest(recipe, width) if recipe.method.kind == "grpo" else Widest(rows, width, rows * width)


def _on_cpu(recipe: Recipe, shape: ModelShape, situated: Situated) -> Memory:
    """Host memory of a run without a GPU: 32-bit weights, no checkpointing, torch's own AdamW."""
    changes = {"gradient_checkpointing": "off", "optimiser": "adamw"}
    plain = recipe.model_copy(update={"training": recipe.training.model_copy(update=changes)})
    found = peak_memory(plain, shape, situated)
    parts = {**found.parts, "context": _CPU_CONTEXT_BYTES}
    parts.pop("allocator", None)
    return replace(found, parts=parts, host_bytes=0)
