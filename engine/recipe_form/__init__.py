"""The recipe as a form: one FieldSpec a setting, made from the types in `engine.recipe`. Pure, for any front end.

What is typed becomes a value here, a value becomes text, and a value outside what is advised becomes a sentence.
"""

from engine.recipe_form.advised import advised_words, default_words, outside_advice
from engine.recipe_form.fields import (
    GROUPS,
    field,
    fields,
    fields_of,
    has_effect,
    owner_of,
    reward_help,
    reward_kinds,
)
from engine.recipe_form.spec import Bounds, FieldSpec, Kind
from engine.recipe_form.stepping import stepped
from engine.recipe_form.values import BREAK, completed, entry, fault, offers, parse_entry, same, shown

__all__ = [
    "BREAK", "GROUPS", "Bounds", "FieldSpec", "Kind", "advised_words", "completed", "default_words", "entry", "fault",
    "field", "fields", "fields_of", "has_effect", "offers", "outside_advice", "owner_of", "parse_entry", "reward_help",
    "reward_kinds", "same", "shown", "stepped",
]  # fmt: skip
