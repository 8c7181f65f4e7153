"""What a `type` of Axolotl's datasets says of rows: a name, or fields and formats that are written out."""

import json
import re
from collections.abc import Mapping
from typing import Any

from engine.bridges.rules import Outcome, Outcomes, Settings, lost, text
from engine.bridges.source import Source

_OWN_WORDS = "Axolotl puts words of its own around it (`Below is an instruction …`), ttune the base's chat template"
_BARE = "Axolotl puts no chat template around the fields, ttune the base's own"

_PREFERENCE_FIELDS: Mapping[str, dict[str, str]] = {
    "argilla": {"prompt": "instruction", "chosen": "chosen_response", "rejected": "rejected_response"},
    "intel": {"system": "{system}", "prompt": "question", "chosen": "chosen", "rejected": "rejected"},
    "icr": {"system": "{system}", "prompt": "input", "chosen": "chosen", "rejected": "rejected"},
    "prompt_pairs": {}, "ultra": {}, "argilla_chat": {}, "default": {}, "load": {}, "": {},
}  # fmt: skip
"""Fields that the second halves of dpo's types stand for; {}: rows that ttune knows as preference."""

_TRANSCRIPTS = ("", "argilla", "load", "default")
"""The same of orpo: all read whole transcripts from chosen and rejected, the prompt from there or from `prompt`."""

_JUDGED_FIELDS: Mapping[str, dict[str, str]] = {
    "argilla": {"prompt": "instruction", "answer": "completion", "label": "label"},
    "intel": {"system": "{system}", "prompt": "question", "answer": "completion", "label": "label"},
    "argilla_chat": {}, "prompt_pairs": {}, "ultra": {},
}  # fmt: skip
"""The same for kto."""

TYPES: Mapping[str, tuple[Settings, str]] = {
    "alpaca": ({"data.format": "alpaca"}, _OWN_WORDS),
    "alpaca_chat": ({"data.format": "alpaca"}, _OWN_WORDS),
    "alpaca_chat.load_qa": ({"data.mapping.prompt": "question", "data.mapping.answer": "answer"}, _OWN_WORDS),
    "alpaca:chat": ({"data.format": "alpaca"}, _OWN_WORDS),
    "gpteacher": (
        {"data.mapping.prompt": "{{ instruction }}{% if input %}\n\n{{ input }}{% endif %}",
         "data.mapping.answer": "response"},
        _OWN_WORDS,
    ),
    "oasst": ({"data.mapping.prompt": "INSTRUCTION", "data.mapping.answer": "RESPONSE"}, _OWN_WORDS),
    "summarizetldr": ({"data.mapping.prompt": "article", "data.mapping.answer": "summary"}, _OWN_WORDS),
    "input_output": ({"data.format": "segments"}, ""),
    "sharegpt": ({"data.format": "sharegpt"}, ""),
    "completion": ({"data.format": "text", "method.kind": "cpt"}, ""),
}  # fmt: skip
"""Types of sft, what they become, and how the prompt differs then."""


def named_type(name: str, entry: dict[str, Any], source: Source) -> Outcome:
    """A type that is a name."""
    method = str(source.get("rl", "")).lower()
    if method == "grpo":
        return lost("a function of Axolotl makes the rows: rows have a prompt and a solution, else set data.mapping")
    if method in ("dpo", "ipo", "orpo", "kto"):
        return _weighed(name, method, entry)
    family = name.partition(".")[0]
    if name in TYPES:
        settings, differs = TYPES[name]
        field = str(entry.get("field") or "text")
        if name == "completion" and field != "text":
            settings = {"data.mapping.text": field, "method.kind": "cpt"}
        return Outcome("mapped", dict(settings), note=f"type {name}: {differs}" if differs else "")
    if family in ("chat_template", "sharegpt", "chatml", "llama3"):
        return Outcome("mapped", {"data.format": _turns(entry)})
    return lost(f"ttune knows no rows of type {name}: set data.format or data.mapping")


def _weighed(name: str, method: str, entry: dict[str, Any]) -> Outcome:
    """A type of a method that weighs answers."""
    family, _, variant = name.partition(".")
    fields = _fields(family, variant, method, entry)
    if fields is None:
        return lost(f"ttune knows no rows of type {name}: set data.format or data.mapping")
    settings: Settings = {f"data.mapping.{role}": field for role, field in fields.items()}
    own = family in ("chatml", "llama3", "zephyr")
    return Outcome(
        "mapped", settings or {"data.format": "unpaired" if method == "kto" else "preference"},
        note=f"type {name}: Axolotl writes {family}'s turns, ttune the base's chat template" if own else "",
    )  # fmt: skip


def _fields(family: str, variant: str, method: str, entry: dict[str, Any]) -> dict[str, str] | None:
    """Fields by role; {} where ttune knows such rows, None where it does not know the type."""
    if method == "kto":
        return _JUDGED_FIELDS.get(variant)
    if method == "orpo":
        return {} if variant in _TRANSCRIPTS else None
    if family == "chat_template" and variant in ("", "default"):
        names = {"prompt": "messages", "chosen": "chosen", "rejected": "rejected"}
        fields = {
            role: str(entry.get("field_messages" if role == "prompt" else f"field_{role}") or usual)
            for role, usual in names.items()
        }
        usual = fields["prompt"] in _PROMPTS and all(fields[it] == it for it in ("chosen", "rejected"))
        return {} if usual else fields
    return _PREFERENCE_FIELDS.get(variant)


_PROMPTS = ("prompt", "messages", "conversations", "conversation")
"""Fields of a prompt that ttune's preference format finds."""


def _turns(entry: dict[str, Any]) -> str:
    """messages or sharegpt, by who speaks in a turn."""
    names = entry.get("message_property_mappings") or {}
    speaker = names.get("role") if isinstance(names, dict) else None
    return "sharegpt" if "from" in (speaker, entry.get("message_field_role")) else "messages"


_KNOWN = {
    "prompt_completion": {"prompt": "prompt", "answer": "completion"},
    "preference": {"prompt": "prompt", "chosen": "chosen", "rejected": "rejected"},
    "unpaired": {"prompt": "prompt", "answer": "completion", "label": "label"},
    "alpaca": {"prompt": "instruction", "answer": "output"},
}
"""Formats that have these fields."""

_AROUND = "ttune puts the base's chat template around the fields"


def written_type(value: dict[str, Any], source: Source) -> Outcomes:
    """A type that is written out: what it becomes, and its formats, by what follows `type`."""
    if str(source.get("rl", "")).lower() == "grpo":
        return {"": lost("rows of grpo have a prompt and a solution: else set data.mapping")}
    roles, usual = _roles(value)
    fields = {role: _said(value, key) or usual[role] for role, key in roles.items()}
    settings = _settings(value, fields)
    outcomes = {"": Outcome("mapped", settings, note=f"datasets: {_BARE}")}
    formats = [key for key in value if key.endswith("format") and value[key]]
    return outcomes | {f".{key}": lost(_AROUND) for key in formats}


def _roles(value: dict[str, Any]) -> tuple[dict[str, str], dict[str, str]]:
    """Axolotl's keys by role, and the fields that they stand for where they are left out."""
    if "field_completion" in value or "field_label" in value:
        return (
            {"prompt": "field_prompt", "answer": "field_completion", "label": "field_label"},
            _KNOWN["unpaired"],
        )
    if "field_chosen" in value or "field_rejected" in value:
        return (
            {"prompt": "field_prompt", "chosen": "field_chosen", "rejected": "field_rejected"},
            _KNOWN["preference"],
        )
    return {"prompt": "field_instruction", "answer": "field_output"}, _KNOWN["alpaca"]


def _settings(value: dict[str, Any], fields: dict[str, str]) -> Settings:
    """A format that ttune knows, else a mapping."""
    more, system = _said(value, "field_input"), _system(value)
    if more == "input" and fields == _KNOWN["alpaca"] and _takes_input(value):
        more = ""
    known = next((name for name, theirs in _KNOWN.items() if theirs == fields), "")
    if known and not more and not system and (known != "alpaca" or _takes_input(value)):
        return {"data.format": known}
    if more and _takes_input(value):
        fields = fields | {"prompt": joined(fields["prompt"], more, _between(value))}
    return {f"data.mapping.{role}": field for role, field in ({"system": system} | fields).items() if field}


def _takes_input(value: dict[str, Any]) -> bool:
    """Whether a second field is written behind the instruction."""
    return "{input}" in str(value.get("format") or "{input}")


def _between(value: dict[str, Any]) -> str:
    """What stands between instruction and input; an empty line where that is more than space."""
    found = re.search(r"\{instruction\}(\s+)\{input\}", str(value.get("format") or "{instruction} {input} "))
    return found[1] if found else "\n\n"


def joined(first: str, second: str, between: str) -> str:
    """The template for two fields, of which the second may be empty or missing."""
    one, other = (field if field.isidentifier() else f"row[{json.dumps(field)}]" for field in (first, second))
    return f"{{{{ {one} }}}}{{% if {other} %}}{between}{{{{ {other} }}}}{{% endif %}}"


def _system(value: dict[str, Any]) -> str:
    """The system text: a field's, the same for all rows, or the one where the other is missing."""
    field, said = _said(value, "field_system"), _said(value, "system_prompt")
    if field and said:
        name = field if field.isidentifier() else f"row[{json.dumps(field)}]"
        return f"{{{{ {name} if {name} is defined else {json.dumps(said, ensure_ascii=False)} }}}}"
    if field:
        return f"{{{field}}}"
    return f"{{{{ {json.dumps(said, ensure_ascii=False)} }}}}" if "{" in said else said


def _said(value: dict[str, Any], key: str) -> str:
    """The text of a key, "" where it is missing. Raises ValueError."""
    found = value.get(key)
    try:
        return text(found) if found not in (None, "") else ""
    except ValueError as error:
        raise ValueError(f"type.{key}: {error}") from error
