"""The smallest changes after which a run fits, the effective batch unchanged."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from engine.forecast.memory import Situated, peak_memory
from engine.forecast.rows import Widest, padded
from engine.forecast.shape import ModelShape
from engine.forecast.types import Mend, Verdict
from engine.recipe import Recipe
from engine.recipe.migration import laid_over

Settings = Mapping[str, Any]
Step = tuple[Settings, str]
"""Settings by dotted key, and what they change in words."""

_MOST = 4
_LENGTHS = (8192, 6144, 4096, 3072, 2048, 1536, 1024, 768, 512)


class Mender:
    """Tries changes on one recipe."""

    def __init__(
        self, recipe: Recipe, shape: ModelShape, situated: Situated, judge: Callable[[int], Verdict], *, unsloth: bool
    ) -> None:
        """`judge`: the verdict on a peak; `unsloth`: whether that backend could run the recipe."""
        self._recipe = recipe
        self._shape = shape
        self._situated = situated
        self._judge = judge
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
        for rows in range(training.micro_batch - 1, 0, -1):
            if training.micro_batch % rows == 0:
                accumulation = training.accumulation * training.micro_batch // rows
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
        four_bit = ({"adapter.kind": "qlora"}, "the base in 4 bit: about 39% slower, 1-5% of quality")
        if self._recipe.adapter.kind == "full":
            return [({"adapter.kind": "lora"}, "a small adapter in the place of every weight"), four_bit]
        init = self._recipe.adapter.init == "pissa"
        return [four_bit] if self._recipe.adapter.kind == "lora" and not init else []

    def _lengths(self) -> Iterator[Step]:
        widest = self._situated.training.width
        for length in _LENGTHS:
            if length < widest:
                yield {"training.max_length": length}, f"rows longer than {length} tokens lose their end"

    def _try(self, steps: list[Step]) -> Mend:
        settings = {key: value for step, _ in steps for key, value in step.items()}
        changed = self._recipe.model_validate(laid_over(self._recipe.model_dump(), settings))
        situated = self._changed(changed)
        peak = peak_memory(changed, self._shape, situated).peak_bytes
        return Mend(settings, peak, self._judge(peak), "; ".join(words for _, words in steps))

    def _changed(self, recipe: Recipe) -> Situated:
        """The widest batch with fewer or shorter rows: at most what the trainer would make of them."""
        before, length = self._situated, padded(recipe.training.max_length)
        pairs = [(before.training, recipe.training.micro_batch), (before.evaluation, recipe.training.micro_batch)]
        training, evaluation = (_narrowed(batch, rows, length) for batch, rows in pairs)
        assert training is not None
        wanted = recipe.hardware.backend
        backend = before.backend if wanted == "auto" else wanted
        return Situated(
            backend, training, evaluation, masked=before.masked, element_bytes=before.element_bytes,
            workspace_bytes=before.workspace_bytes,
        )  # fmt: skip


def _narrowed(batch: Widest | None, rows: int, length: int) -> Widest | None:
    if batch is None:
        return None
    rows, width = min(batch.rows, rows), min(batch.width, length)
    share = rows * width / max(1, batch.tokens)
    return Widest(rows, width, min(rows * width, round(batch.trained * max(share, rows / batch.rows))))
