"""How the rows of a source become examples."""

from collections.abc import Callable
from collections.abc import Mapping as Table
from dataclasses import dataclass, field
from functools import cached_property

from engine.data.example import Conversation, Example, Kind
from engine.data.formats.known import KNOWN, Format
from engine.data.formats.mapped import kind_of, mapped
from engine.data.formats.values import Unfit
from engine.data.records import Row
from engine.recipe import Mapping

TAUGHT: dict[Kind, str] = {
    "conversation": "answers to imitate", "text": "texts to continue", "segments": "the trained pieces of texts",
    "preference": "which of two answers is better", "unpaired": "whether an answer is good",
    "question": "solutions that a reward function scores",
}  # fmt: skip
"""What rows of a kind teach, in words."""

SFT_KINDS: frozenset[Kind] = frozenset({"conversation", "text", "segments"})
"""Kinds that supervised fine-tuning trains."""

NEEDED: dict[str, tuple[Kind, ...]] = {
    "dpo": ("preference",), "orpo": ("preference",), "kto": ("unpaired", "preference"),
    "grpo": ("question", "conversation"),
}  # fmt: skip
"""Kinds that each other method learns from."""

LEARNT_FROM = {
    "dpo": "prompt, chosen and rejected", "orpo": "prompt, chosen and rejected", "kto": "prompt, answer and label",
    "grpo": "prompt and solution", "cpt": "text",
}  # fmt: skip
"""What is mapped for a method; prompt and answer for those that are not here."""


@dataclass(frozen=True)
class Layout:
    """How the rows of a source become examples."""

    format: Format
    mapping: Mapping
    fits: int
    """Rows that fit it."""
    rows: int
    guessed: bool = False
    """Whether ttune guessed the mapping from the fields' names."""
    shares: Table[Format, float] = field(default_factory=dict)
    """Share of the rows that fit each format, where any does; a row may fit several."""
    parts: tuple[tuple[Format, int], ...] = ()
    """Of a mixed source each format and the rows that are in it, most rows first; () where it is not mixed."""

    @property
    def kind(self) -> Kind:
        """What the rows teach."""
        return kind_of(self.mapping) if self.format == "mapping" else KNOWN[self.format].kind

    def example(self, row: Row) -> Example:
        """The row as training takes it. Raises Unfit with the reason."""
        return self._make(row)

    def conversation(self, row: Row) -> Conversation:
        """The row as turns that end with an answer to imitate. Raises Unfit, of kinds without such turns too."""
        if self.kind != "conversation":
            raise Unfit(f"is no conversation but teaches {TAUGHT[self.kind]}")
        return self._make(row).conversation

    @property
    def mixed(self) -> str:
        """What a mixed source holds, with the mend; "" where it is not mixed."""
        if not self.parts:
            return ""
        shares = ", ".join(f"{percent(count, self.rows)} {name}" for name, count in self.parts)
        return f"{shares}: split it into a file each, or map it"

    @property
    def untrained(self) -> str:
        """Why supervised fine-tuning does not train these rows, with what else can be done; "" where it does."""
        return self.untrained_by("sft")

    def untrained_by(self, method: str) -> str:
        """Why a method does not train these rows, with what else can be done; "" where it does."""
        kinds = NEEDED.get(method, SFT_KINDS)
        if self.kind in kinds:
            return ""
        others = [name for name in self.shares if name != "mapping" and KNOWN[name].kind in kinds]
        other = max(others, key=lambda name: self.shares[name], default=None)
        roles = LEARNT_FROM.get(method, "prompt and answer")
        places = "fields that hold them" if " and " in roles else "the field that holds it"
        mend = f"set data.format to {other}" if other else f"map {roles} to {places}"
        named = "mapped" if self.format == "mapping" else self.format
        return f"{named} rows teach {TAUGHT[self.kind]}, which {method} does not train: {mend}"

    @cached_property
    def _make(self) -> Callable[[Row], Example]:
        return mapped(self.mapping).example if self.format == "mapping" else KNOWN[self.format].example


def percent(count: int, rows: int) -> str:
    """A share of rows in words: never 0% of something, nor 100% of less than all."""
    share = int(1000 * count / rows) / 10 if rows else 0
    return "under 0.1%" if count and not share else f"{share:g}%"
