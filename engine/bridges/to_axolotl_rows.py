"""How Axolotl is told to read a recipe's rows, and where it trains another prompt of them than ttune."""

import re
from typing import Any

from engine.recipe import Mapping, Recipe

Table = dict[str, Any]
"""Keys of the YAML with their values, in order."""

TYPES: dict[str, Table] = {
    "messages": {"type": "chat_template", "field_messages": "messages"},
    "sharegpt": {
        "type": "chat_template",
        "field_messages": "conversations",
        "message_property_mappings": {"role": "from", "content": "value"},
    },
    "alpaca": {"type": "alpaca"},
    "prompt_completion": {
        "type": {
            "field_instruction": "prompt", "field_output": "completion", "format": "{instruction}",
            "no_input_format": "{instruction}",
        }
    },
    "text": {"type": "completion"},
    "segments": {"type": "input_output"},
    "preference": {
        "type": "chat_template.default", "field_messages": "prompt", "field_chosen": "chosen",
        "field_rejected": "rejected",
    },
    "unpaired": {"type": {"field_prompt": "prompt", "field_completion": "completion", "field_label": "label"}},
}  # fmt: skip
"""What `datasets` says beside the path, by format. Axolotl's chat_template is the base's own unless told otherwise."""

_OF_ORPO: Table = {"type": "chat_template.argilla"}
_SINGLE = re.compile(r"\{([^{}\".]+)\}")
_BARE = "Axolotl puts no chat template around the texts, so that another prompt is trained"


def layout(recipe: Recipe, format: str) -> Table:
    """`type` and what goes with it; nothing for grpo, whose rows Axolotl hands on as they are."""
    kind, mapping = recipe.method.kind, recipe.data.mapping
    if kind == "grpo":
        return {}
    if mapping.given and is_sayable(mapping, kind):
        return _mapped(mapping)
    if kind == "orpo":
        return _OF_ORPO
    return TYPES.get(_written_as(kind, mapping) if mapping.given else format, TYPES["messages"])


def differing(recipe: Recipe, format: str) -> list[str]:
    """A line, with the mend, where Axolotl trains other prompts of the rows, or cannot read them at all."""
    kind, mapping = recipe.method.kind, recipe.data.mapping
    name = "data.mapping" if mapping.given else f"data.format = {format}"
    written = f"`ttune data export PROJECT --as {_written_as(kind, mapping)} --to FILE.jsonl` writes rows"
    if kind == "grpo":
        as_turns = "trl puts the chat template around prompts that are turns alone"
        return [f"{name}: Axolotl hands the rows on as they are, and {as_turns}: {written} with prompt and solution"]
    if mapping.given and not is_sayable(mapping, kind):
        return [f"{name}: Axolotl fills in no templates: {written} for the type that stands here"]
    if kind == "orpo":
        return [f"{name}: Axolotl's orpo reads question and answer from turns in chosen and rejected: write them so"]
    if kind == "kto":
        return [f"{name}: {_BARE}: a type such as chatml.prompt_pairs writes the turns of one family of models"]
    if format == "alpaca" and not mapping.given:
        return [f"{name}: Axolotl puts words of its own around the prompt: {written} for type: chat_template"]
    if (mapping.given and mapping.answer) or (format == "prompt_completion" and not mapping.given):
        return [f"{name}: {_BARE}: {written} for type: chat_template"]
    return []


def is_sayable(mapping: Mapping, kind: str) -> bool:
    """Whether every role is a field that Axolotl can be told: a name, and no path, text or template."""
    sides = {"dpo": "chosen", "kto": "label"}
    wanted = sides.get(kind, "text" if mapping.text else "answer")
    if kind == "orpo" or not getattr(mapping, wanted):
        return False
    return all(not set("{.") & set(getattr(mapping, role)) for role in mapping.roles)


def _written_as(kind: str, mapping: Mapping) -> str:
    """The format that rows are to be written in where Axolotl cannot read them as they are."""
    if kind == "sft" and mapping.text:
        return "text"
    formats = {"cpt": "text", "dpo": "preference", "orpo": "preference", "kto": "unpaired", "grpo": "prompt_answer"}
    return formats.get(kind, "messages")


def _mapped(mapping: Mapping) -> Table:
    """A type for the fields that a mapping names."""
    if mapping.text:
        return {"type": "completion", "field": mapping.text}
    if mapping.chosen:
        return {
            "type": "chat_template.default", "field_messages": mapping.prompt, "field_chosen": mapping.chosen,
            "field_rejected": mapping.rejected,
        }  # fmt: skip
    if mapping.label:
        fields = {"field_prompt": mapping.prompt, "field_completion": mapping.answer, "field_label": mapping.label}
        return {"type": fields}
    fields = {"field_instruction": mapping.prompt, "field_output": mapping.answer}
    around = {"format": "{instruction}", "no_input_format": "{instruction}"}
    return {"type": fields | around | _system(mapping.system)}


def _system(pattern: str) -> Table:
    """The system text of sft: a field's, or the same for all rows; nothing where it is a template."""
    field = _SINGLE.fullmatch(pattern)
    if field:
        return {"field_system": field[1], "system_format": "{system}\n\n"}
    return {"system_prompt": pattern, "system_format": "{system}\n\n"} if pattern and "{" not in pattern else {}
