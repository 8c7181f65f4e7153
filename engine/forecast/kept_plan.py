"""The plan of a run, kept for as long as nothing changes that it depends on: it takes most of a forecast's time."""

from functools import lru_cache
from typing import Any

from engine.forecast.rows import Plan, plan_rows
from engine.recipe import Recipe
from engine.situation import DataFacts


def kept_plan(recipe: Recipe, data: DataFacts, *, in_one_line: bool) -> Plan | None:
    """`plan_rows`, made once for each set of rows and settings that decide."""
    return _made(_Settings(recipe), _Same(data), in_one_line)


class _Settings:
    """A recipe that is the same as another where the settings that decide are."""

    def __init__(self, recipe: Recipe) -> None:
        training = recipe.training
        self.recipe = recipe
        self._deciding: tuple[Any, ...] = (
            recipe.method.kind, recipe.method.grpo, training.micro_batch, training.accumulation, training.epochs,
            training.max_steps, training.max_length, training.packing, training.order, training.seed,
            recipe.hardware.gpus,
        )  # fmt: skip

    def __hash__(self) -> int:
        return hash(repr(self._deciding))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Settings) and other._deciding == self._deciding


class _Same:
    """Rows that are the same as others where their arrays are: these are never changed."""

    def __init__(self, data: DataFacts) -> None:
        self.data = data
        self._arrays = (data.lengths, data.trained, data.rejected, data.alike, data.validation_lengths)
        self._rest = (data.train, data.validation, data.counted_at, data.exact)

    def __hash__(self) -> int:
        return hash((*map(id, self._arrays), self._rest))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, _Same) or other._rest != self._rest:
            return False
        return all(ours is theirs for ours, theirs in zip(self._arrays, other._arrays, strict=True))


@lru_cache(maxsize=16)
def _made(settings: _Settings, same: _Same, in_one_line: bool) -> Plan | None:
    return plan_rows(settings.recipe, same.data, in_one_line=in_one_line)


def forget() -> None:
    """Let go of every plan."""
    _made.cache_clear()
