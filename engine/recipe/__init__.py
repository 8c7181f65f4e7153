"""The recipe: every setting of a run, with its unit, default, range and reason.

The form, the help, the checks and `project.toml` all come from these types: the docstring below a field is
its help. Defaults and ranges follow the field guide for LoRA and QLoRA.
"""

from typing import Literal

from engine.recipe.adapter import LINEAR_LAYERS, TARGET_GROUPS, Adapter, layer_names
from engine.recipe.curation import (
    Balance,
    CurationStep,
    DropDuplicates,
    DropNearDuplicates,
    DropRows,
    EditRow,
    Languages,
    LengthBounds,
    Mix,
    PersonalData,
)
from engine.recipe.data import Data, Mapping, Split
from engine.recipe.method import METHODS, PREFERENCE, Grpo, Method, Preference
from engine.recipe.model import Model
from engine.recipe.rewards import Reward
from engine.recipe.running import Advice, Budget, Chat, Evaluation, Hardware, Readiness, Trackers
from engine.recipe.section import Section, setting, several
from engine.recipe.training import Training

VERSION = 2
"""Version of the recipe's shape; a file of a newer one is refused, of an older one migrated."""

__all__ = [
    "LINEAR_LAYERS", "METHODS", "PREFERENCE", "TARGET_GROUPS", "VERSION", "Adapter", "Advice", "Balance", "Budget",
    "Chat", "CurationStep", "Data", "DropDuplicates", "DropNearDuplicates", "DropRows", "EditRow", "Evaluation", "Grpo",
    "Hardware", "Languages", "LengthBounds", "Mapping", "Method", "Mix", "Model", "PersonalData", "Preference",
    "Readiness", "Recipe", "Reward", "Section", "Split", "Trackers", "Training", "layer_names", "setting",
]  # fmt: skip


class Recipe(Section):
    """A whole recipe, as `project.toml` holds it."""

    version: Literal[2] = 2
    """Version of the recipe's shape."""
    description: str = ""
    """One line for lists of projects and templates."""
    template: str = ""
    """The template that it was made from, with its edition, such as `ticket-triage@2`."""
    model: Model
    data: Data = Data()
    method: Method = Method()
    adapter: Adapter = Adapter()
    training: Training = Training()
    rewards: tuple[Reward, ...] = several((), when={"method.kind": ("grpo",)})
    """What sampled answers are scored by (grpo)."""
    evaluation: Evaluation = Evaluation()
    chat: Chat = Chat()
    hardware: Hardware = Hardware()
    trackers: Trackers = Trackers()
    budget: Budget = Budget()
    readiness: Readiness = Readiness()
    advice: Advice = Advice()
