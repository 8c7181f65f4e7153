"""What a sampled answer is scored by (grpo): each reward gives 0 to 1, and their weighted sum is learned from."""

from typing import Annotated, Literal

from pydantic import Field

from engine.recipe.section import Section, setting, several


class _Reward(Section):
    weight: float = setting(1.0, ge=-1000, le=1000)
    """Factor of this reward in the sum; below 0 it is a penalty."""


class ExactReward(_Reward):
    """1 where the answer is the row's solution, but for case, spaces and a full stop at the end."""

    kind: Literal["exact"]


class NumericReward(_Reward):
    """1 where the last number of the answer is the row's solution."""

    kind: Literal["numeric"]
    tolerance: float = setting(1e-6, ge=0, le=1e9)
    """How far off the number may be: an absolute difference."""
    after: str = ""
    """Text that the number stands behind, such as `####`; empty: the last number anywhere."""


class RegexReward(_Reward):
    """1 where the pattern is found in the answer."""

    kind: Literal["regex"]
    pattern: Annotated[str, Field(min_length=1)]
    """A regular expression; `(?s)` lets a dot match line feeds."""


class ChoiceReward(_Reward):
    """1 where the answer names the row's solution and no other of the choices."""

    kind: Literal["choice"]
    choices: tuple[str, ...] = several(min_length=2)
    """All that an answer may choose from."""


class JsonSchemaReward(_Reward):
    """1 where the answer is JSON with the fields that are asked for; the share of them where some are missing."""

    kind: Literal["json_schema"]
    required: tuple[str, ...] = several(())
    """Fields that must be there; empty: valid JSON is enough."""
    schema_file: str = ""
    """A JSON schema that the answer must keep to, relative to the project."""


class LengthReward(_Reward):
    """1 up to `most` characters, falling to 0 at twice that."""

    kind: Literal["length"]
    most: int = setting(unit="characters", ge=1, le=10_000_000)
    """Up to this length an answer gets all of the reward."""


class LanguageReward(_Reward):
    """1 where the answer is in one of the languages."""

    kind: Literal["language"]
    keep: tuple[str, ...] = several(min_length=1)
    """ISO 639-1 codes, such as `en`."""


class PythonReward(_Reward):
    """A function of your own: `score(prompt, answer, row) -> float`."""

    kind: Literal["python"]
    file: Annotated[str, Field(min_length=1)]
    """A Python file, relative to the project; it runs with your rights, in the training's process."""
    function: str = "score"
    """Its name in that file."""


Reward = Annotated[
    ExactReward | NumericReward | RegexReward | ChoiceReward | JsonSchemaReward | LengthReward | LanguageReward
    | PythonReward,
    Field(discriminator="kind"),
]  # fmt: skip
