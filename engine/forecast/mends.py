"""The smallest changes after which a run fits, the effective batch unchanged."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from engine.forecast.memory import Situated, peak_memory
from engine.forecast.rows import Widest, padded
from engine.forecast.shape import ModelShape
from engine.forecast.trained import Backend
from engine.forecast.types import Mend, Verdict
from engine.method_limits import KTO_ROWS
from engine.recipe import Recipe
from engine.recipe.migration import laid_over
from engine.recipe.training import MOST_ACCUMULATION

Settings = Mapping[str, Any]
Step = tuple[Settings, str]
"""Settings by dotted key, and what they change in words."""

_MOST = 4
_LENGTHS = (8192, 6144, 4096, 3072, 2048, 1536, 1024, 768, 512)


class Mender:
    """Tries changes on one recipe."""

    def __init__(
        self,
        recipe: Recipe,
        shape: ModelShape,
        situated: Situated,
        *,
        judge: Callable[[int], Verdict],
        backend_of: Callable[[Recipe], Backend],
        unsloth: bool,
    ) -> None:
        """`judge`: the verdict on a peak; `backend_of`: what runs a recipe; `unsloth`: whether it could this one."""
        self._recipe = recipe
        self._shape = shape
        self._situated = situated
        self._judge = judge
        self._backend_of = backend_of
        self._unsloth = unsloth

    def mends(self) -> tuple[Mend, ...]:
        """Changes that make it fit by themselves, the least painful first; where none does, the fewest together."""
        singles = [mend for choices in self._ladder() if (mend := self._first_that_fits(choices))]
        if singles:
            return tuple(singles[:_MOST])
        together: list[Step] = []
        best: Mend | None = None
        for choices in filter(None, self._ladder()):
            tried = [self._try([*together, step]) for step in choices]
            best = next((mend for mend in tried if mend.verdict == "fits"), tried[-1])
            if best.verdict == "fits":
                return (best,)
            together.append(choices[-1])
        return (best,) if best is not None and best.verdict == "tight" else ()

    def _first_that_fits(self, choices: list[Step]) -> Mend | None:
        """The smallest change of its kind that is enough."""
        tried = (self._try([step]) for step in choices)
        return next((mend for mend in tried if mend.verdict == "fits"), None)

    def _ladder(self) -> Iterator[list[Step]]:
        """Kinds of change, the least painful first; of each the smallest first."""
        yield self._backend()
        yield list(self._batches())
        yield self._checkpointing()
        yield self._optimiser()
        yield self._adapter()
        yield list(self._lengths())

    def _backend(self) -> list[Step]:
        if self._unsloth and self._situated.backend == "hf":
            return [({"hardware.backend": "unsloth"}, "unsloth: less memory, and faster")]
        return []

    def _batches(self) -> Iterator[Step]:
        training = self._recipe.training
        fewest = KTO_ROWS if self._recipe.method.kind == "kto" else 1
        for rows in range(training.micro_batch - 1, fewest - 1, -1):
            accumulation = training.accumulation * training.micro_batch // rows
            if training.micro_batch % rows == 0 and accumulation <= MOST_ACCUMULATION:
                words = "the same effective batch in smaller pieces: a little slower"
                yield {"training.micro_batch": rows, "training.accumulation": accumulation}, words

    def _checkpointing(self) -> list[Step]:
        now = self._recipe.training.gradient_checkpointing
        if now == "unsloth" or (now == "plain" and self._situated.backend == "hf"):
            return []
        return [({"training.gradient_checkpointing": "unsloth"}, "activations are computed again: about 30% slower")]

    def _optimiser(self) -> list[Step]:
        now = self._recipe.training.optimiser
        paged = ({"training.optimiser": "paged_adamw_8bit"}, "8-bit optimiser states that move to host memory")
        if now in ("adamw", "paged_adamw"):
            return [({"training.optimiser": "adamw_8bit"}, "optimiser states in 8 bit: a quarter of the memory"), paged]
        return []

    def _adapter(self) -> list[Step]:
        begun = {"adapter.init": "default"} if self._recipe.adapter.init == "pissa" else {}
        four_bit = ({"adapter.kind": "qlora", **begun}, "the base in 4 bit: about 39% slower, 1-5% of quality")
        if self._recipe.adapter.kind == "full":
            return [({"adapter.kind": "lora"}, "a small adapter in the place of every weight"), four_bit]
        return [four_bit] if self._recipe.adapter.kind == "lora" else []

    def _lengths(self) -> Iterator[Step]:
        longest = min(self._situated.training.width, self._recipe.training.max_length)
        for length in _LENGTHS:
            if length < longest:
                yield {"training.max_length": length}, f"rows longer than {length} tokens lose their end"

    def _try(self, steps: list[Step]) -> Mend:
        settings = {key: value for step, _ in steps for key, value in step.items()}
        changed = self._recipe.model_validate(laid_over(self._recipe.model_dump(), settings))
        situated = self._changed(changed)
        peak = peak_memory(changed, self._shape, situated).peak_bytes
        return Mend(settings, peak, self._judge(peak), "; ".join(words for _, words in steps))

    def _changed(self, recipe: Recipe) -> Situated:
        """The widest batch with fewer or shorter rows: at most what the trainer would make of them."""
        before, rows, length = self._situated, recipe.training.micro_batch, padded(recipe.training.max_length)
        backend = self._backend_of(recipe)
        if recipe.training.packing:
            training = _filled(1, rows * length) if backend == "unsloth" else _filled(rows, length)
        elif recipe.method.kind == "cpt":
            training = _filled(rows, min(length, before.training.width))
        else:
            training = _narrowed(before.training, rows, length)
        evaluation = _narrowed(before.evaluation, rows, length) if before.evaluation else None
        return replace(before, backend=backend, training=training, evaluation=evaluation)


def _filled(rows: int, width: int) -> Widest:
    """Texts that are packed, or cut into pieces, fill every row: shorter rows are more of them."""
    return Widest(rows, width, rows * width)


def _narrowed(batch: Widest, rows: int, length: int) -> Widest:
    rows, width = min(batch.rows, rows), min(batch.width, length)
    share = rows * width / max(1, batch.tokens)
    return Widest(rows, width, min(rows * width, round(batch.trained * max(share, rows / batch.rows))))
