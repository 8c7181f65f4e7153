"""What there is to know of one setting."""

from dataclasses import dataclass
from typing import Any, Literal

from engine.recipe_form.numbers import shown_number

Kind = Literal["text", "integer", "number", "switch", "choice", "list", "table"]


@dataclass(frozen=True, slots=True)
class Bounds:
    """The range that is allowed; None where it is open."""

    low: float | None = None
    high: float | None = None
    low_in: bool = True
    """Whether `low` itself is allowed."""
    high_in: bool = True

    def __contains__(self, value: float) -> bool:
        above = self.low is None or value > self.low or (self.low_in and value == self.low)
        below = self.high is None or value < self.high or (self.high_in and value == self.high)
        return above and below

    @property
    def words(self) -> str:
        """In words; "" when everything is allowed."""
        low = "" if self.low is None else ("from " if self.low_in else "above ") + shown_number(self.low)
        high = "" if self.high is None else ("up to " if self.high_in else "below ") + shown_number(self.high)
        return ", ".join(part for part in (low, high) if part)


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One setting of a recipe, or of a reward in it."""

    key: str
    """Dotted, such as `training.learning_rate`."""
    group: str
    """What it stands under."""
    label: str
    kind: Kind
    default: Any
    """None where there is none, or where empty is the default."""
    required: bool
    """Whether a recipe must name it."""
    unit: str
    advice: str
    """The range that is advised, in words."""
    bounds: Bounds
    choices: tuple[str, ...]
    """All that a choice can be; of a list, the items that are known."""
    help: str
    when: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Other settings, and the values of them under which this one has an effect."""

    @property
    def separator(self) -> str:
        """What stands between the items of a list; prompts have commas of their own."""
        return "|" if self.key == "chat.prompts" else ","

    @property
    def numeric(self) -> bool:
        """Whether its values are numbers."""
        return self.kind in ("integer", "number")

    @property
    def when_words(self) -> str:
        """Under which other settings it has an effect; "" where it always has."""
        conditions = [f"{key} {' or '.join(values)}" for key, values in self.when]
        return " and ".join(conditions)
