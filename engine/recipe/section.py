"""What every group of settings is made of."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

MOST_SEED = 2**32 - 1
"""numpy takes no larger one."""

When = Mapping[str, tuple[str, ...]]
"""Settings by dotted key, and the values of them under which a setting has an effect."""


class Section(BaseModel):
    """A group of settings. Unknown keys are mistakes, and so are values of another type: `true` is no number."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True, validate_default=True,
        allow_inf_nan=False,
    )  # fmt: skip


def setting(
    default: Any = ..., *, unit: str = "", advice: str = "", group: str = "", when: When | None = None, **bounds: Any
) -> Any:
    """A field with its unit and the range that is advised (narrower than the one allowed).

    `group`: where a form shows it, when not under its section's name. `when`: under which other settings it has an
    effect; without them it is kept, and does nothing.
    """
    effective: JsonDict = {key: [*values] for key, values in (when or {}).items()}
    extra: JsonDict = {"unit": unit, "advice": advice, "group": group, "when": effective}
    return Field(default, json_schema_extra=extra, **bounds)


def several(default: Any = ..., **more: Any) -> Any:
    """A `setting` that holds a list. TOML has lists where the recipe has tuples, so that alone is not strict here."""
    return setting(default, strict=False, **more)


class Mistake(ValueError):
    """What a section's own check raises, said of one of its keys (dotted, from the section on)."""

    def __init__(self, key: str, words: str) -> None:
        self.key = key
        super().__init__(words)
