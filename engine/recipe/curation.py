"""Steps from a source's rows to those that are used."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from engine.recipe.section import MOST_SEED, Mistake, Section, setting, several


class DropDuplicates(Section):
    """Keep the first of rows whose texts are the same but for case and spaces."""

    step: Literal["drop_duplicates"]


class DropNearDuplicates(Section):
    """Keep the first of rows whose texts are nearly the same (MinHash)."""

    step: Literal["drop_near_duplicates"]
    threshold: float = setting(0.8, unit="share of word 5-grams in common", advice="0.7 … 0.9", gt=0, le=1)
    """From this Jaccard similarity on two rows are near duplicates."""


class PersonalData(Section):
    """Take personal data and secrets out of texts, or the rows that hold them out of the data."""

    step: Literal["personal_data"]
    action: Literal["redact", "drop"] = "redact"
    """redact: write `[EMAIL]` and the like in their place. drop: leave the row out."""
    kinds: tuple[str, ...] = several(())
    """Which kinds, such as `email` and `secret`; empty: all that the check knows."""


class LengthBounds(Section):
    """Leave out rows that are shorter or longer than asked."""

    step: Literal["length"]
    unit: Literal["characters", "words"] = "characters"
    of: Literal["row", "prompt", "answer"] = "row"
    """What is measured."""
    least: int = setting(0, ge=0, le=1_000_000_000)
    most: int | None = setting(None, ge=1, le=1_000_000_000)

    @model_validator(mode="after")
    def _in_order(self) -> "LengthBounds":
        if self.most is not None and self.least > self.most:
            raise Mistake("least", f"must not be above most ({self.most}), not {self.least}: no row would be left")
        return self


class Languages(Section):
    """Leave out rows in other languages."""

    step: Literal["language"]
    keep: tuple[str, ...] = several(min_length=1)
    """ISO 639-1 codes, such as `en`."""


class Balance(Section):
    """Bring classes to like sizes: repeat rows of small ones, which only training sees, or leave out rows of large
    ones."""

    step: Literal["balance"]
    field: str = ""
    """The field that holds the class; empty: the answer."""
    how: Literal["undersample", "oversample"] = "undersample"
    ratio: float = setting(5, advice="1 … 5", ge=1, le=1000)
    """No class is larger than this many times the smallest afterwards."""
    seed: int = setting(3407, ge=0, le=MOST_SEED)


class Mix(Section):
    """Add rows of a second source, such as general instruction data against forgetting."""

    step: Literal["mix"]
    source: str
    """A source of rows, relative to the project or absolute."""
    share: float = setting(0.1, advice="0.05 … 0.3", gt=0, lt=1)
    """Of all rows afterwards, how many are of the second source."""
    seed: int = setting(3407, ge=0, le=MOST_SEED)


class DropRows(Section):
    """Leave out rows that a person has looked at."""

    step: Literal["drop_rows"]
    rows: tuple[int, ...] = several()
    """Numbers in the source, from 1."""


class EditRow(Section):
    """Put another record in the place of a row."""

    step: Literal["edit_row"]
    row: int = setting(ge=1)
    """Number in the source, from 1."""
    record: str
    """The new record, as JSON."""


CurationStep = Annotated[
    DropDuplicates | DropNearDuplicates | PersonalData | LengthBounds | Languages | Balance | Mix | DropRows | EditRow,
    Field(discriminator="step"),
]
