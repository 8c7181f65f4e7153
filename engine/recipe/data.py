"""What is learned from."""

from typing import Literal

from pydantic import model_validator

from engine.recipe.curation import CurationStep
from engine.recipe.section import MOST_SEED, Mistake, Section, setting, several


class Mapping(Section):
    """How to make an example of a row whose fields are none of the known formats.

    Each role is a field's name (`a.b` for a field in a field), text with {field} in it, or a jinja template that sees
    the row's fields. Leave all empty where the format is recognised.
    """

    system: str = ""
    """Said before the conversation, the same for every row unless it names fields."""
    prompt: str = ""
    """What the user says."""
    answer: str = ""
    """What the model shall answer; only this is trained."""
    text: str = ""
    """Plain text to continue, without a chat template; goes with no other role."""
    chosen: str = ""
    """The better of two answers; goes with prompt and rejected."""
    rejected: str = ""
    """The worse of two answers."""
    label: str = ""
    """Whether the answer is good (true or false); goes with prompt and answer."""
    solution: str = ""
    """What a reward function compares an answer with; goes with prompt alone."""

    @property
    def given(self) -> bool:
        """Whether the recipe maps fields itself."""
        return bool(self.roles)

    @property
    def roles(self) -> frozenset[str]:
        """The roles that are mapped, the system text aside."""
        return frozenset(name for name, pattern in self if pattern) - {"system"}

    @model_validator(mode="after")
    def _complete(self) -> "Mapping":
        if self.roles and self.roles not in _MAPPED_ROLES:
            raise ValueError(
                "prompt and answer go together; else text alone; prompt, chosen and rejected; prompt, answer and "
                "label; prompt and solution; or none where the format is recognised"
            )
        return self


_MAPPED_ROLES = tuple(
    frozenset(names.split())
    for names in ("prompt answer", "text", "prompt chosen rejected", "prompt answer label", "prompt solution")
)


class Split(Section):
    """Rows kept out of training. Rows with the same prompt always land on the same side."""

    validation: float | None = setting(None, unit="share", advice="0.05 from 1,000 rows, 0.1 below", ge=0, lt=0.9)
    """Rows whose loss is measured during training: the best checkpoint is chosen by them. Empty: by size, 0.1 below
    1,000 rows and 0.05 from there."""
    held_out: float | None = setting(None, unit="share", advice="100 to 500 rows", ge=0, lt=0.9)
    """Rows that only the comparison of base and tuned sees; not taken where a held-out file is given. Empty: by size,
    0.1 below 1,000 rows and 0.05 from there."""
    seed: int = setting(3407, ge=0, le=MOST_SEED)
    """Decides which rows go where; the same seed gives the same split."""
    by: Literal["random", "stratified", "group", "time"] = "random"
    """random: prompts at random. stratified: each value of `field` (the answer where it is empty) keeps its share on
    every side. group: rows with the same `field` stay together. time: the latest rows by `field` are held out."""
    field: str = setting("", when={"data.split.by": ("stratified", "group", "time")})
    """The field that stratified, group and time look at; `a.b` for a field in a field."""


class Data(Section):
    """What is learned from."""

    source: str = ""
    """The training rows: a .jsonl, .json, .csv, .tsv, .parquet or .arrow file (.gz and .zst too), a folder of them, a
    folder that `datasets` saved, or `hub:NAME` on the Hub; relative to the project or absolute."""
    held_out: str = ""
    """A file of rows for the comparison of base and tuned; empty: a share of the source is kept for it."""
    format: Literal[
        "auto", "messages", "sharegpt", "alpaca", "prompt_completion",
        "text", "segments", "preference", "unpaired", "prompt_answer",
    ] = "auto"  # fmt: skip
    """How the rows are laid out; `auto` recognises it from all rows."""
    mapping: Mapping = Mapping()
    curate: tuple[CurationStep, ...] = several(())
    """Steps from the source's rows to those that are used, in order; the source itself never changes."""
    split: Split = Split()

    @model_validator(mode="after")
    def _rows_are_left(self) -> "Data":
        validation, held_out = self.split.validation or 0, self.split.held_out or 0
        if not self.held_out and validation + held_out >= 1:
            raise Mistake(
                "split.held_out",
                f"must be below 1 together with data.split.validation ({validation:g}), not {held_out:g}: nothing "
                "would be left to train on",
            )
        return self
