"""The smallest changes after which a run fits, the effective batch unchanged."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from engine.forecast.memory import Situated, peak_memory
from engine.forecast.mend_steps import Step, ladder
from engine.forecast.rows import Widest, padded, sampled_widest
from engine.forecast.shape import ModelShape
from engine.forecast.trained import Backend
from engine.forecast.types import Mend, Verdict
from engine.recipe import Recipe
from engine.recipe.migration import laid_over

_MOST = 4


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
        self._ladder = ladder(recipe, situated, unsloth=unsloth)

    def mends(self) -> tuple[Mend, ...]:
        """Changes that make it fit by themselves, the least painful first; where none does, the fewest together."""
        singles = [mend for kind in self._ladder if (mend := self._first_that_fits(kind))]
        return tuple(singles[:_MOST]) if singles else self._together()

    def _first_that_fits(self, kind: Sequence[Step]) -> Mend | None:
        """The smallest change of its kind that is enough."""
        tried = (self._try([step]) for step in kind)
        return next((mend for mend in tried if mend.verdict == "fits"), None)

    def _together(self) -> tuple[Mend, ...]:
        """The strongest change of one kind after the other until it fits; then each as small as still fits."""
        taken: list[Step] = []
        for kind in self._ladder:
            taken.append(kind[-1])
            if self._try(taken).verdict == "fits":
                return (self._softened(taken),)
        if not taken:
            return ()
        strongest = self._try(taken)
        return (strongest,) if strongest.verdict == "tight" else ()

    def _softened(self, taken: list[Step]) -> Mend:
        found: list[Step | None] = [*taken]
        for place, kind in enumerate(self._ladder[: len(taken)]):
            for softer in (None, *kind[:-1]):
                tried = [*found[:place], softer, *found[place + 1 :]]
                if self._try([step for step in tried if step]).verdict == "fits":
                    found = tried
                    break
        return self._try([step for step in found if step])

    def _try(self, steps: Sequence[Step]) -> Mend:
        settings = {key: value for step, _ in steps for key, value in step.items()}
        changed = self._recipe.model_validate(laid_over(self._recipe.model_dump(), settings))
        peak = peak_memory(changed, self._shape, self._changed(changed)).peak_bytes
        return Mend(settings, peak, self._judge(peak), "; ".join(words for _, words in steps))

    def _changed(self, recipe: Recipe) -> Situated:
        """The widest batch of the changed recipe: at most what the trainer would make of it."""
        before, backend = self._situated, self._backend_of(recipe)
        rows, length = recipe.training.micro_batch, padded(recipe.training.max_length)
        return replace(
            before,
            backend=backend,
            training=self._widest(recipe, backend),
            evaluation=_narrowed(before.evaluation, rows, length) if before.evaluation else None,
            element_bytes=4 if recipe.training.precision == "fp32" else 2,
        )

    def _widest(self, recipe: Recipe, backend: Backend) -> Widest:
        before, rows, length = self._situated.training, recipe.training.micro_batch, padded(recipe.training.max_length)
        if recipe.training.packing:
            line = padded(rows * recipe.training.max_length)
            return _filled(1, line) if backend == "unsloth" else _filled(rows, length)
        if recipe.method.kind == "cpt":
            return _filled(rows, min(length, before.width))
        if recipe.method.kind == "grpo":
            answer = recipe.method.grpo.max_new_tokens
            width = padded(before.width - self._recipe.method.grpo.max_new_tokens + answer)
            return sampled_widest(recipe, width)
        return _narrowed(before, rows, length)


def _filled(rows: int, width: int) -> Widest:
    """Texts that are packed, or cut into pieces, fill every row: shorter rows are more of them."""
    return Widest(rows, width, rows * width)


def _narrowed(batch: Widest, rows: int, length: int) -> Widest:
    rows, width = min(batch.rows, rows), min(batch.width, length)
    share = rows * width / max(1, batch.tokens)
    return Widest(rows, width, min(rows * width, round(batch.trained * max(share, rows / batch.rows))))
