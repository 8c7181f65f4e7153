"""How long a run takes: as runs of this machine did, else a guess from a table that says it is one.

The table against what was measured (tests/bench/forecast.py): of 37 trainings on H100s, llama shapes of 1B to 8B, it
is 0.72 to 1.29 of the fastest step and 0.98 in the middle, with 0.55 for one; two processes shared each GPU, and held
each other up now and then. On an H200, 8B, QLoRA, 2 x 4 rows of 2,048 tokens: 2.2 s a step for Unsloth where 1.6 were
measured, 3.1 for hf where 3.2 were. Other GPUs, full training, experts and sampled answers have not been measured: the
range that is told is from half to double.
"""

from dataclasses import dataclass
from math import ceil

from engine.forecast.gpus import kind_of
from engine.forecast.memory import checkpointing_of
from engine.forecast.rows import Plan
from engine.forecast.shape import ModelShape
from engine.forecast.trained import Backend
from engine.forecast.types import Duration
from engine.recipe import Recipe
from engine.situation import PastRun, Situation
from engine.steps import evaluation_interval

_MEASURED_SPREAD = (0.87, 1.15)
"""Runs of one kind on one machine differ by this much: other rows, a busy host."""
_ALIKE_SPREAD = (0.75, 1.35)
"""The same with few steps, or with other batches."""
_MANY_STEPS = 20
_LIKE_TOKENS = 1.5
"""Micro-batches whose tokens differ by less than this are alike."""
_SCALED_SPREAD = (0.6, 1.7)
_TABLE_SPREAD = (0.5, 2.0)

_SHARE_OF_PEAK: dict[Backend, float] = {"unsloth": 0.44, "hf": 0.32}
"""Of the data sheet's matrix rate, what large batches reach: on an H100 and an H200, 1B and 8B shapes."""
_LAUNCH_S: dict[Backend, float] = {"unsloth": 0.011, "hf": 0.016}
"""Seconds that one block's kernels take to launch, forward, again and backward: the floor for small batches."""
_LAUNCH_OF_16_BIT: dict[Backend, float] = {"unsloth": 1.0, "hf": 0.78}
"""The share of these that is left without 4-bit weights, each of which is unpacked by kernels of its own; of Unsloth's
on a tiny model on an H200 (tests/recorded/h200-quickstart.jsonl) all of it."""
_LAUNCH_ONCE = 0.76
"""The share that is left where nothing is computed again."""
_DECODE_S = 0.0012
"""Seconds that one block's kernels take to launch for one more token of all answers of a step: transformers' generate
makes 25 to 30 tokens a second of 32 blocks, whatever the GPU. Not measured here yet."""
_READ_SHARE = 0.6
"""Of the data sheet's memory rate, what reading weights and cache reaches. Not measured here yet."""
_READ_BYTES_16_BIT, _READ_BYTES_4_BIT = 2.0, 4.5
"""Bytes that are moved for a weight and each token: read; or read in 4 bit, written in 16 and read again."""
_UNKNOWN_GB_PER_S = 500.0
_UNKNOWN_TFLOPS = 60.0
"""For GPUs that no table knows."""
_CPU_FLOPS = 2.5e10
"""32-bit matrix work of one CPU core a second, as torch reaches it."""
_PASSES = 3
"""Forward, again, and backward: what a training usually is."""
_QLORA_SLOWER = 1.39
"""QLoRA takes 39% more time than LoRA (field guide, section 3)."""
_HF_SLOWER = 1.7
"""transformers + peft against Unsloth: 1.4 for the 1B shape, 1.9 to 2.0 for the 8B one (field guide, section 6)."""


@dataclass(frozen=True, slots=True)
class Engine:
    """What a run would run on."""

    gpu: str
    """"" on a CPU."""
    backend: Backend
    cores: int = 1


def duration(recipe: Recipe, shape: ModelShape | None, plan: Plan, situation: Situation, engine: Engine) -> Duration:
    """Seconds of the whole run without loading; evaluations are in it."""
    tokens = _worked_tokens(recipe, plan, situation)
    same = [run for run in situation.past if run.gpu == engine.gpu and run.tokens_per_s > 0]
    alike = [run for run in same if _is_alike(run, recipe, engine)]
    if alike:
        best = max(alike, key=lambda run: _worth(run, recipe, plan))
        return _as_measured(tokens / best.tokens_per_s, best, _same_batches(best, recipe, plan))
    samples = recipe.method.kind == "grpo"
    others = [run for run in same if run.parameters and (run.method == "grpo") == samples]
    near = max(others, key=lambda run: _likeness(run, recipe, engine), default=None)
    if near and shape:
        seconds = tokens / near.tokens_per_s * _slower(near, recipe, shape, engine)
        return _spread(seconds, _SCALED_SPREAD, "scaled", f"from {near.name}, by parameters and backend")
    where = engine.gpu or "a CPU"
    seconds = _by_table(recipe, shape, plan, tokens, engine) if shape else 0.0
    return _spread(seconds, _TABLE_SPREAD, "table", f"a guess from a table for {where}: no run was measured here yet")


def evaluations(recipe: Recipe, plan: Plan) -> int:
    """How often validation loss is measured."""
    return plan.rows.steps // evaluation_interval(plan.rows.steps, recipe.training) if plan.evaluation else 0


def _worked_tokens(recipe: Recipe, plan: Plan, situation: Situation) -> float:
    """Tokens of rows that go through the model; evaluations go forward only, a third of the work."""
    validation = situation.data.validation_lengths
    each = int(validation.clip(max=recipe.training.max_length).sum()) if validation is not None else 0
    if not each and situation.data.validation and plan.rows.rows:
        each = round(plan.rows.tokens / max(1, plan.rows.rows) * situation.data.validation)
    return plan.rows.tokens + each * evaluations(recipe, plan) / 3


def _worth(run: PastRun, recipe: Recipe, plan: Plan) -> tuple[bool, int]:
    """How much a run like this one says of it: its batches first, then its steps; of equals the newest comes first."""
    return _same_batches(run, recipe, plan), min(run.steps, _MANY_STEPS)


def _same_batches(run: PastRun, recipe: Recipe, plan: Plan) -> bool:
    """Whether a run's micro-batches had as many rows, about as long: in small ones it is launching that takes time."""
    training = recipe.training
    if (run.micro_batch, run.packing) != (training.micro_batch, training.packing):
        return False
    tokens = plan.rows.tokens / (plan.rows.steps * training.accumulation)
    return not run.batch_tokens or 1 / _LIKE_TOKENS < tokens / run.batch_tokens < _LIKE_TOKENS


def _likeness(run: PastRun, recipe: Recipe, engine: Engine) -> tuple[bool, ...]:
    """How near another run is; of equals the newest comes first."""
    return (
        run.method == recipe.method.kind, run.base == recipe.model.base, run.backend == engine.backend,
        run.adapter == recipe.adapter.kind, run.steps >= _MANY_STEPS,
    )  # fmt: skip


def _as_measured(seconds: float, run: PastRun, same_batches: bool) -> Duration:
    if not same_batches:
        return _spread(seconds, _ALIKE_SPREAD, "scaled", f"from {run.name}, which had other batches")
    few = run.steps < _MANY_STEPS
    words = f"as {run.name} ran here" + (f", for {run.steps} steps" if few else "")
    return _spread(seconds, _ALIKE_SPREAD if few else _MEASURED_SPREAD, "measured", words)


def _is_alike(run: PastRun, recipe: Recipe, engine: Engine) -> bool:
    return (run.base, run.adapter, run.method, run.backend) == (
        recipe.model.base, recipe.adapter.kind, recipe.method.kind, engine.backend,
    )  # fmt: skip


def _slower(run: PastRun, recipe: Recipe, shape: ModelShape, engine: Engine) -> float:
    """How much longer a token takes than in another run."""
    factor = shape.active_parameters / run.parameters
    factor *= (_PASSES + _more_forwards(recipe.method.kind)) / (_PASSES + _more_forwards(run.method))
    factor *= _QLORA_SLOWER ** ((recipe.adapter.kind == "qlora") - (run.adapter == "qlora"))
    return factor * _HF_SLOWER ** ((engine.backend == "hf") - (run.backend == "hf"))


def _by_table(recipe: Recipe, shape: ModelShape, plan: Plan, tokens: float, engine: Engine) -> float:
    """The longer of computing and launching, and a third of the shorter, which is not all hidden."""
    work = operations_per_token(recipe, shape, engine.backend, plan.rows.longest) * plan.rows.padded_tokens
    work *= tokens / max(1, plan.rows.tokens)
    if not engine.gpu:
        return (work + _sampled_operations(recipe, shape, plan)) / (_CPU_FLOPS * max(1, engine.cores))
    kind = kind_of(engine.gpu)
    rate = (kind.tflops if kind else _UNKNOWN_TFLOPS) * 1e12 * _SHARE_OF_PEAK[engine.backend]
    batches = ceil(plan.rows.steps * recipe.training.accumulation * tokens / max(1, plan.rows.tokens))
    launching, computing = _launch_s(recipe, engine.backend) * shape.blocks * batches, work / rate
    return max(computing, launching) + min(computing, launching) / 3 + _sampling_s(recipe, shape, plan, engine)


def _sampled_operations(recipe: Recipe, shape: ModelShape, plan: Plan) -> float:
    """Of giving answers token by token, each forward once."""
    sampled = plan.rows.trained_tokens or 0 if recipe.method.kind == "grpo" else 0
    return 2 * shape.active_parameters * sampled


def _sampling_s(recipe: Recipe, shape: ModelShape, plan: Plan, engine: Engine) -> float:
    """Seconds in which grpo's answers are sampled: for each token of a step's answers all weights and the cache are
    read, and kernels launched; whichever takes longer."""
    if recipe.method.kind != "grpo":
        return 0.0
    kind, training, answer = kind_of(engine.gpu), recipe.training, recipe.method.grpo.max_new_tokens
    each = _READ_BYTES_4_BIT if recipe.adapter.kind == "qlora" else _READ_BYTES_16_BIT
    weights = each * (shape.linear_weights + shape.expert_weights) + 2 * shape.embedding
    rows, width = training.micro_batch * training.accumulation, plan.rows.longest - answer / 2
    cache = 2 * 2 * shape.blocks * shape.keys * rows * width
    rate = (kind.gb_per_s if kind else _UNKNOWN_GB_PER_S) * 1e9 * _READ_SHARE
    return plan.rows.steps * answer * max(_DECODE_S * shape.blocks, (weights + cache) / rate)


def _launch_s(recipe: Recipe, backend: Backend) -> float:
    """Seconds that one block's kernels take to launch for a micro-batch."""
    seconds = _LAUNCH_S[backend] * (1 if recipe.adapter.kind == "qlora" else _LAUNCH_OF_16_BIT[backend])
    return seconds * (_LAUNCH_ONCE if checkpointing_of(recipe, backend) == "off" else 1)


def operations_per_token(recipe: Recipe, shape: ModelShape, backend: Backend, length: int) -> float:
    """Floating-point operations of one trained token.

    2 for each parameter forward, 2 for gradients of activations, 2 for those of weights where weights are trained, and
    2 to compute activations again (Kaplan et al. 2020, section 2.1); attention adds 4 x width x length / 2 each time.
    """
    passes = 2 + (recipe.adapter.kind == "full") + (checkpointing_of(recipe, backend) != "off")
    passes += _more_forwards(recipe.method.kind) + (recipe.method.kind == "grpo" and recipe.method.grpo.beta > 0)
    attention = 2 * shape.blocks * shape.queries * min(length, shape.window or length)
    return passes * (2 * shape.active_parameters + attention)


def _more_forwards(method: str) -> int:
    """Forward passes beside the trained one in trl 1.15: dpo's of the reference; kto's of the reference, and of both
    on answers to other prompts."""
    return {"dpo": 1, "kto": 3}.get(method, 0)


def _spread(seconds: float, spread: tuple[float, float], source: str, words: str) -> Duration:
    return Duration(seconds * spread[0], seconds, seconds * spread[1], source, words)  # type: ignore[arg-type]
